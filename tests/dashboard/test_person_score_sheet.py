"""Scores of persons as they read on the tablet, and that nothing of them reaches wall or phone."""

import re
from collections.abc import Iterator

import pytest
from conftest import ENGINES
from dash import no_update
from drawn import CHINESE, ask, links, of_class, only, text_of, texts
from plotly.io.json import to_json_plotly
from seat_town import NOON, seat_town
from small_town import at

from dashboard.server import SCREENS
from dashboard.view import SCORED, read_view
from queries.person_roles import ROLES
from queries.scope import ScopeError
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
LINK = re.compile(r'"href":\s*"[^"]*"')
SEATS = ("A1-01", "X-9", "SL-1", "SL-2", "ZB-1", "PQ-1", "PQ-2", "PQ-3", "PQ-4")


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = seat_town(request.param, tmp_path_factory.mktemp("seat_sheet"), "seat_sheet")
    site = town.city.site(at(NOON))
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def panel(site: Site, fragment: str):
    return ask(only(TABLET, "departments"), site, fragment).panels["departments"].tree


def sheet(site: Site, fragment: str):
    return ask(only(TABLET, "sheet"), site, fragment).panels["sheet"].tree


def test_links_lead_from_departments_to_each_role_and_back(site):
    drawn = panel(site, "#role=dispatcher&days=20")
    chosen = [text_of(node) for node in of_class(drawn, "is-chosen")]
    assert chosen == ["派遣员"]
    for key in SCORED:
        wanted = "#days=20" + ("" if key == "department" else f"&role={key}")
        assert wanted in links(drawn)


def test_persons_stand_by_their_code_and_those_without_a_total_come_last(site):
    marks = [text_of(node) for node in of_class(panel(site, "#role=dispatcher"), "score")]
    assert marks == ["PQ-1C 73.3", "PQ-2B 86.7", "PQ-4B 86.7", "PQ-3—"]
    assert "#role=dispatcher&score=PQ-3" in links(panel(site, "#role=dispatcher"))


def test_the_sheet_prints_counts_weights_and_definitions(site):
    lines = [text_of(n) for n in of_class(sheet(site, "#role=dispatcher&score=PQ-1"), "score-part")]
    assert [line.partition("%")[0] + "%" for line in lines] == [
        "派遣数3 / 3100.00 × 20%",
        "按时派遣率2 / 366.67 × 40%",
        "准确派遣率2 / 366.67 × 40%",
    ]
    for line, part in zip(lines, ROLES["dispatcher"].parts, strict=True):
        assert line.endswith(part.formula.zh)


def test_a_part_without_a_figure_withholds_the_total_but_not_the_others(site):
    drawn = text_of(sheet(site, "#role=dispatcher&score=PQ-3"))
    assert "有一项没有数据，不给总分" in drawn
    assert "准确派遣率1 / 1100.00 × 40%" in drawn


@pytest.mark.parametrize("role", ROLES)
def test_english_is_complete(site, role):
    for code in ("A1-01", "SL-1", "ZB-1", "PQ-1", "gone"):
        fragment = f"#role={role}&score={code}&lang=en"
        told = texts(sheet(site, fragment), frozenset())
        assert [words for words in told if CHINESE.search(words)] == []


def test_a_seat_that_did_nothing_is_told_so(site):
    assert "此席位或岗位没有记录" in text_of(sheet(site, "#role=dispatcher&score=gone"))
    assert "没有此类席位" in text_of(panel(site, "#role=dispatcher&grid=C"))


@pytest.mark.parametrize(
    "fragment", ["#role=boss", "#score=PQ-1", f"#role=acceptor&score={'x' * 65}"]
)
def test_an_address_that_cannot_be_is_refused(site, fragment):
    with pytest.raises(ScopeError):
        read_view(site, fragment, "")


@pytest.mark.parametrize("screen", [WALL, PHONE], ids=["wall", "phone"])
def test_nobody_reaches_the_wall_or_the_phone(site, screen, monkeypatch):
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("a screen without persons asked for their scores")

    monkeypatch.setattr("dashboard.panels.person_score.person_scores", asked)
    for role, code in (("supervisor", "A1-01"), ("acceptor", "SL-1"), ("dispatcher", "PQ-1")):
        for more in ("", f"&score={code}", "&case=h1"):
            answer = ask(screen, site, f"#role={role}{more}")
            assert answer.notice is None
            drawn = [c for p in answer.panels.values() for c in p.contents if c is not no_update]
            # Links keep the address that the visitor came with; nothing else may name a seat.
            told = LINK.sub("", to_json_plotly(drawn))
            assert [seat for seat in SEATS if seat in told] == []
            assert all(p.klass == f"panel panel-{key}" for key, p in answer.panels.items())


def test_the_phone_says_where_they_are_and_the_wall_opens_nothing(site):
    phone, wall = (
        ask(only(screen, "sheet"), site, "#role=dispatcher&score=PQ-1").panels["sheet"].tree
        for screen in (PHONE, WALL)
    )
    assert text_of(of_class(phone, "sheet-card")) == "✕ 关闭个人评分仅在中屏显示"
    assert of_class(wall, "sheet-card") == []


def test_the_tablet_names_them_so_that_the_test_above_can_fail(site):
    told = text_of(panel(site, "#role=supervisor"))
    assert "A1-01C 70.0" in told
