"""A list as a file: what it says of itself, that it is masked, and that a wrong address is no file."""

import csv
import io
from collections.abc import Iterator

import pytest
from access_town import AS_OF, access_town
from conftest import ENGINES
from drawn import ask, links
from flask.testing import FlaskClient
from openpyxl import load_workbook
from small_town import Case

from dashboard.export import COLUMNS
from dashboard.server import SCREENS, create_flask
from queries import extract
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
ODD = "reported 10, accepted 11 due 60, dispatched 12 lead street, closed 29"


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = access_town(request.param, tmp_path_factory.mktemp("export"))
    town.take([Case("odd", ODD, "A1", title="=1+1")], now=228)
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


@pytest.fixture
def client(site: Site) -> FlaskClient:
    return create_flask(site).test_client()


def parsed(body: str) -> tuple[dict[str, str], list[list[str]]]:
    """The head by its words, and the table with its names first."""
    rows = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))
    gap = rows.index([])
    return {row[0]: row[1] for row in rows[:gap]}, rows[gap + 1 :]


def taken(client: FlaskClient, query: str) -> tuple[dict[str, str], list[list[str]]]:
    answer = client.get(f"/export.csv?{query}")
    assert answer.status_code == 200
    return parsed(answer.get_data(as_text=True))


def test_the_head_says_what_the_file_is(client: FlaskClient) -> None:
    head, _ = taken(client, "list=station_led_rate.rest&grid=A&department=works")
    assert head["指标"] == "站牵头解决率 · K14 · station_led_rate"
    assert head["清单部分"] == "未达标"
    assert head["口径"].startswith("综合网格工作站牵头办结的管理案件 ÷")
    # In A, by works: s1 s2 s3 led by the station; e1 e2 x1 and odd led elsewhere.
    assert head["数值"] == "42.86 %（3 / 7）"
    assert head["范围"] == "area › 第T格 › 第A格"
    assert head["筛选"] == "works名"
    assert head["统计期"] == "2026-02-10 – 2026-03-11"
    assert head["截至"] == "2026-03-11 12:00:00（Asia/Shanghai），数据第 2 版"
    assert head["行数"] == "4 件，全部列出; 每份文件最多 10,000 行"


def test_it_holds_the_list_masked(client: FlaskClient) -> None:
    _, (names, *rows) = taken(client, "list=station_led_rate.rest")
    assert len(names) == len(COLUMNS)
    lines = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    assert set(lines) == {"e1", "e2", "e3", "e4", "e5", "x1", "odd"}
    assert lines["e1"] == {
        "编号": "e1",
        "状态": "已办结",
        "标题": "路面破损",
        "来源": "hotline名",
        "事项": "road名",
        "准入事项": "Z01 事项Z01",
        "越权派单": "",
        "牵头层级": "街道",
        "主办单位": "works名",
        "网格": "第A格 第A1格",
        "道路": "海晏路",
        "地址（脱敏）": "海晏路1号",
        "上报": "2026-03-02 10:00",
        "受理": "2026-03-02 11:00",
        "办结": "2026-03-03 06:00",
        "原时限": "2026-03-04 12:00",
        "现行时限": "2026-03-04 12:00",
    }
    assert (lines["x1"]["越权派单"], lines["e4"]["越权派单"]) == ("越权派单", "")
    assert lines["odd"]["标题"] == "'=1+1"


def test_it_is_a_file_for_spreadsheets_that_nobody_keeps(client: FlaskClient) -> None:
    answer = client.get("/export.csv?list=open")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="open-top-20260311-1200.csv"'
    )
    assert answer.headers["Cache-Control"] == "no-store"


def test_as_a_workbook_it_holds_the_same_and_computes_nothing(client: FlaskClient) -> None:
    query = "list=station_led_rate.rest"
    answer = client.get(f"/export.xlsx?{query}")
    assert answer.headers["Content-Disposition"].endswith('-20260311-1200.xlsx"')
    page = load_workbook(io.BytesIO(answer.data)).active
    told = [[cell.value or "" for cell in row] for row in page.iter_rows()]
    assert "f" not in {cell.data_type for row in page.iter_rows() for cell in row}
    plain = client.get(f"/export.csv?{query}").get_data(as_text=True).removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(plain)))
    width = len(told[0])
    assert told == [row + [""] * (width - len(row)) for row in rows]
    assert "'=1+1" in {cell for row in told for cell in row}


def test_it_speaks_english(client: FlaskClient) -> None:
    head, (names, *rows) = taken(client, "list=open&lang=en")
    assert head["Metric"].startswith("Open")
    assert head["Rows"] == "1 cases, all of them; a file holds at most 10,000 rows"
    assert names[0] == "Code" and [row[0] for row in rows] == ["o1"]


def test_a_file_ends_at_its_limit_and_says_so(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "MOST", 2)
    head, (_, *rows) = taken(client, "list=station_led_rate.rest")
    assert len(rows) == 2
    assert head["行数"].startswith("共 7 件，本文件到上限为止只列前")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "list=nope",
        "list=population",
        "list=open&grid=nope",
        "list=open&days=0",
        "grid=A",
        "%zz",
    ],
)
def test_a_wrong_address_is_no_file(client: FlaskClient, query: str) -> None:
    assert client.get(f"/export.csv?{query}").status_code == 404


def test_the_tablet_offers_the_file_of_what_it_lists(client: FlaskClient, site: Site) -> None:
    fragment = "#grid=A&days=30&list=station_led_rate.rest&page=2&lang=en&colour=open&level=2"
    tree = ask(TABLET, site, fragment).panels["urgent"].tree
    (href,) = [href for href in links(tree) if href.startswith("/export.csv")]
    assert href == "/export.csv?grid=A&days=30&list=station_led_rate.rest&lang=en"
    assert client.get(href).status_code == 200


def test_no_other_screen_offers_files(site: Site) -> None:
    """Neither the wall nor the leader's phone exports (domain.md §5.3)."""
    for screen in (WALL, PHONE):
        answer = ask(screen, site, "#list=open")
        assert not any(
            href.startswith("/export")
            for panel in answer.panels.values()
            for content in panel.contents
            for href in links(panel.tree if content is panel.contents[0] else [])
        )
