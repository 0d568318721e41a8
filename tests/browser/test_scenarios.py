"""The scenarios A1 to A8 (domain.md §7) as far as only a browser can tell: what is seen and tapped.

On the demo city, on S0 with its three stations, on S2 with exclusive grids and on S4 with priorities.
"""

import csv
import io
import re
import urllib.request
from collections.abc import Iterator

import pytest
from browser_tools import PHONE, TABLET, WALL, Serve, Server, Size, Visit, Visitor
from conftest import NOW, City, addresses
from playwright.sync_api import Locator
from sqlalchemy import update

from data.case_tables import grid_edge
from data.databases import open_database
from data.demo.build import build_demo
from data.engines import CASE
from data.grids import read_tree
from data.rezone import rezone

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

LIST = {"tablet": ".panel-urgent", "phone": ".sheet-card", "wall": ".sheet-card"}

OUTSIDE = """() => [...document.querySelectorAll('.panel, .panel .row, .lamp, .tile, .panel-head')]
    .filter((e) => e.getClientRects().length && !e.closest('.sheet, #sheet'))
    .filter((e) => {
        const box = e.getBoundingClientRect();
        return box.left < -1 || box.top < -1
            || box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
    })
    .map((e) => e.className + ': ' + e.textContent.slice(0, 40))"""

COLOURS_OF = "(marks) => marks.map((e) => getComputedStyle(e).color)"

COVERED = """(row) => {
    const box = row.getBoundingClientRect();
    const body = row.closest('.panel-body').getBoundingClientRect();
    return box.bottom > body.bottom + 2 || box.right > body.right + 2;
}"""


def number(words: str) -> int:
    return int(re.sub(r"\D", "", words))


def push(visit: Visit, target: Locator) -> None:
    """Tap it, as a hand does on a screen that is held."""
    target.scroll_into_view_if_needed()
    target.tap()


def total(visit: Visit) -> int:
    """How many cases the list that is open says it has."""
    return number(visit.text(f"{LIST[visit.size.screen]} .list-total"))


def sum_of(visit: Visit, table: int) -> int:
    held = visit.page.locator(".breakdown > *").nth(table).locator(".sum b").all_inner_texts()
    return sum(map(number, held))


def test_a1_the_wall_shows_eight_sources_and_three_stations_at_once(
    visit: Visitor, serve: Serve
) -> None:
    seen = visit(WALL, at=serve("s0_ruijin")).go("#from=2026-11-18&to=2026-11-18")
    sources = seen.page.locator(".panel-sources .row")
    assert sources.count() == 8
    assert not any(row.evaluate(COVERED) for row in sources.all())
    counts = [number(text.split()[0]) for text in sources.locator(".row-value").all_inner_texts()]
    assert counts.count(0) == 2
    stations = seen.page.locator(".panel-ranking .peer")
    assert stations.count() == 3
    assert not any(one.evaluate(COVERED) for one in stations.all())
    names = " ".join(seen.page.locator(".peer-name").all_inner_texts())
    assert all(name in names for name in ("揽月", "枕溪", "知行"))
    # Side by side: at one height, one after the other, none over its neighbour.
    boxes = [one.bounding_box() for one in stations.all()]
    assert len({round(box["y"]) for box in boxes if box}) == 1
    edges = [edge for box in boxes if box for edge in (box["x"], box["x"] + box["width"])]
    assert len(edges) == 6 and edges == sorted(edges)
    assert seen.page.evaluate(OUTSIDE) == []


def test_a2_wall_tablet_and_phone_show_the_same_overdue_number(visit: Visitor) -> None:
    seen = {size: visit(size).go() for size in (WALL, TABLET, PHONE)}
    for one in seen.values():
        one.next_round()
    lamp = ".lamp-overdue .lamp-number"
    shown = {number(seen[size].text(lamp)) for size in (WALL, TABLET)}
    shown |= {total(seen[TABLET]), number(seen[PHONE].text(".need[href*='list=overdue'] b"))}
    shown.add(number(seen[PHONE].text(".brief a[href*='list=overdue']")))
    assert len(shown) == 1 and min(shown) > 0


def test_a3_the_queue_of_approvals_on_the_tablet(visit: Visitor) -> None:
    seen = visit(TABLET).go("#list=supervision_queue")
    rows = seen.page.locator(".panel-urgent .case")
    assert rows.count() == total(seen) > 0
    for words in rows.all_inner_texts():
        assert re.search(r"(挂账|延期批准) \d+ 天", words), words
        assert re.search(r"原时限 .+ → 现时限 ", words), words
        assert re.search(r"[已未]督办", words), words


def test_a4_the_timeline_of_a_closed_case(visit: Visitor) -> None:
    seen = visit(TABLET).go("#list=closed")
    push(seen, seen.page.locator(".panel-urgent .case").first)
    seen.eventually(lambda: seen.count(".timeline .step") >= 3)
    steps = seen.page.locator(".timeline .step")
    assert steps.locator(".step-what").first.inner_text() == "上报"
    for step in steps.all():
        assert re.search(r"\d\d-\d\d \d\d:\d\d", step.locator(".step-time").inner_text())
    assert "办结" in steps.locator(".step-what").all_inner_texts()
    assert "（自然时）" in seen.text(".sheet-card .facts")


def test_a5_from_the_figure_to_its_list_and_the_access_list(visit: Visitor, serve: Serve) -> None:
    seen = visit(TABLET, at=serve("s0_ruijin")).go()
    line = seen.page.locator(".quality-row", has_text="站牵头解决率")
    n, d = map(number, line.locator(".quality-basis").inner_text().split("/"))
    push(seen, line.locator(".quality-value"))
    seen.eventually(lambda: seen.part("list") and total(seen) == d - n)
    assert sum_of(seen, 0) == sum_of(seen, 1) == d - n
    assert "越权派单" in seen.text(".panel-urgent .is-off-list")
    href = seen.page.locator(".panel-urgent a[href^='/export.csv']").get_attribute("href")
    with urllib.request.urlopen(f"{seen.server.url}{href}", timeout=20) as answer:
        rows = list(csv.reader(io.StringIO(answer.read().decode("utf-8-sig"))))
    assert len(rows[rows.index([]) + 2 :]) == d - n
    push(seen, seen.page.locator(".panel-urgent .choice", has_text="职责准入清单"))
    seen.eventually(lambda: seen.count(".sheet-card .access-item") == 46)
    assert seen.count(".sheet-card .access-group") == 8
    push(seen, seen.page.locator(".sheet-card .choice", has_text="按批次"))
    seen.eventually(lambda: seen.count(".sheet-card .access-group") == 4)
    push(seen, seen.page.locator(".sheet-close"))
    seen.eventually(lambda: not seen.count(".sheet-card") and total(seen) == d - n)


def test_a6_the_leaders_phone_reconciles_a_published_figure(visit: Visitor) -> None:
    seen = visit(PHONE).go()
    push(seen, seen.page.locator(".tile-label[href*='explain=closure_rate']").first)
    push(seen, seen.page.locator(".sheet-card .choice[href*='check=']").first)
    seen.eventually(lambda: "99.88" in seen.text(".sheet-card .facts"))
    told = dict(
        zip(
            seen.page.locator(".sheet-card .facts dt").all_inner_texts(),
            seen.page.locator(".sheet-card .facts dd").all_inner_texts(),
            strict=True,
        )
    )
    n, d = map(number, told["重算"].split("→")[0].split("/"))
    assert f"{100 * n / d:.2f} %" in told["重算"]
    assert f"未办结 {d - n} 件" in told["其余案件"]
    push(seen, seen.page.locator(".sheet-card .choice", has_text=f"未办结 {d - n} 件"))
    seen.eventually(lambda: total(seen) == d - n == seen.count(".sheet-card .case"))


def test_a7_a_typed_code_finds_the_exclusive_grid_and_its_card(
    visit: Visitor, serve: Serve
) -> None:
    seen = visit(TABLET, at=serve("s2_nantong")).go()
    push(seen, seen.page.locator("#find-text"))
    seen.page.locator("#find-text").press_sequentially("9903000102z001")
    seen.eventually(lambda: seen.count(".find-row") == 1)
    assert "9903000102Z001" in seen.text(".find-row")
    push(seen, seen.page.locator(".find-card"))
    seen.eventually(lambda: seen.part("about") == "9903000102Z001")
    seen.eventually(lambda: "9903000102Z001" in seen.text(".sheet-card"))
    names = seen.page.locator(".sheet-card dt").all_inner_texts()
    assert {"规模标准", "公职人员任网格长", "网格信息员", "主体责任", "联动综合网格"} <= set(names)
    push(seen, seen.page.locator(".sheet-close"))
    seen.eventually(lambda: not seen.count(".sheet-card"))
    assert not seen.page.locator("#find-text").input_value()
    push(seen, seen.page.locator(".crumb").first)
    seen.eventually(lambda: seen.part("grid") is None)
    assert "另一种划分" in seen.text(".other-tree")


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=str)
def test_a7_another_hierarchy_says_that_it_is_another(
    size: Size, visit: Visitor, serve: Serve
) -> None:
    seen = visit(size, at=serve("s2_nantong")).go()
    assert not seen.count(".other-tree")
    push(seen, seen.page.locator(".switches .choice", has_text="专属"))
    seen.eventually(lambda: "合计不与「属地」相加" in seen.text(".other-tree"))
    push(seen, seen.page.locator(".switches .choice", has_text="属地"))
    seen.eventually(lambda: not seen.count(".other-tree"))


@pytest.fixture(scope="module")
def rezoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server on the demo city after a community has gone to another street; the street it left."""
    folder = tmp_path_factory.mktemp("browser-rezoned")
    city = City(*addresses("sqlite", folder, "city"), folder)
    plan = folder / "plan.sqlite"
    build_demo(city.case_url, city.population_url, size="small", seed=1, now=NOW, plan_path=plan)
    engine = open_database(city.case_url, CASE, writable=True)
    with engine.begin() as connection:
        tree = read_tree(connection)
        assert tree is not None
        old, new = tree.children(tree.top)[:2]
        moved = grid_edge.c.child_id == tree.children(old)[0].grid_id
        of_tree = grid_edge.c.hierarchy_id == tree.hierarchy_id
        to_new = update(grid_edge).where(moved, of_tree).values(parent_id=new.grid_id)
        connection.execute(to_new)
        assert rezone(connection, NOW)[tree.code].moved > 0
    engine.dispose()
    server = Server(city)
    server.start()
    yield server, old.code
    server.stop()
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=str)
def test_a7_a_rezoned_grid_is_remapped_by_one_tap_and_back(
    size: Size, visit: Visitor, rezoned: tuple[Server, str]
) -> None:
    server, street = rezoned
    last_year = f"#grid={street}&days=365"
    seen = visit(size, at=server).go(f"{last_year}&list=accepted")
    then = total(seen)
    seen.go(last_year)
    assert "现按上报时网格统计" in seen.text(".zoning")
    push(seen, seen.page.locator(".zoning .choice"))
    seen.eventually(lambda: "现按现行网格统计" in seen.text(".zoning"))
    assert (seen.part("zoning"), seen.part("grid")) == ("now", street)
    assert (
        seen.page.locator(".panel-ranking .row-more .choice").inner_text().startswith("按现行网格")
    )
    seen.go(f"{last_year}&zoning=now&list=accepted")
    assert 0 < total(seen) < then
    seen.go(f"{last_year}&zoning=now")
    push(seen, seen.page.locator(".panel-ranking .row-more .choice"))
    seen.eventually(lambda: "现按上报时网格统计" in seen.text(".zoning"))
    assert seen.part("zoning") is None


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=str)
def test_a8_a_case_shows_its_priority_beside_its_light(
    size: Size, visit: Visitor, serve: Serve
) -> None:
    seen = visit(size, at=serve("s4_xiapu")).go("#list=open")
    rows = seen.page.locator(f"{LIST[size.screen]} .case")
    seen.eventually(lambda: rows.count())
    marks = rows.locator(".priority")
    assert marks.count() > 0
    assert all(text.startswith("◆ ") for text in marks.all_inner_texts())
    colours = marks.evaluate_all(COLOURS_OF)
    lights = rows.locator(".light").evaluate_all(COLOURS_OF)
    words = dict(zip(marks.all_inner_texts(), colours, strict=True))
    assert len(set(words.values())) == len(words) > 2
    assert not set(colours) & set(lights)
    assert rows.locator(".light").count() == rows.count()
