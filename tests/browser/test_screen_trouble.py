"""When something is away: the server, the database, the cases; and when data means harm."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from browser_tools import PHONE, TABLET, WALL, Server, Size, Visit, Visitor
from conftest import City

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

CASE_TABLES = ("survey", "case_event", "case_path", "case_derived", "case_record")
HARM = '<img src="x" onerror="window.hurt = 1"><b class="hurt">'
SOON = 12_000
"""Milliseconds in which a visitor must be told, or given new figures: two refreshes and a bit."""

WIDE = Size("wall", 5760, 2160)

BLANK = """() => [...document.querySelectorAll('.panel:not(#sheet)')]
    .filter((p) => p.getClientRects().length && !p.innerText.trim()).map((p) => p.id)"""


def copy_of(city: City, folder: Path) -> City:
    """The same city in files of its own."""
    for name in ("city-case.sqlite", "city-population.sqlite"):
        with (
            closing(sqlite3.connect(city.folder / name)) as source,
            closing(sqlite3.connect(folder / name)) as target,
        ):
            source.backup(target)
    shutil.copy(city.folder / "plan.sqlite", folder)
    urls = (f"sqlite:///{folder}/city-{kind}.sqlite" for kind in ("case", "population"))
    return City(*urls, folder)


def change(city: City, *statements: str, values: tuple[str, ...] = ()) -> None:
    with closing(sqlite3.connect(city.folder / "city-case.sqlite", timeout=30)) as connection:
        for statement in statements:
            connection.execute(statement, values)
        connection.commit()


@pytest.fixture(scope="module")
def troubled(browser_city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, on a city of which one street and every case has a name that is code."""
    city = copy_of(browser_city, tmp_path_factory.mktemp("troubled"))
    one = "(SELECT min(child_id) FROM grid_edge WHERE hierarchy_id = 1 AND parent_id IS NOT NULL)"
    change(
        city, f"UPDATE grid_unit SET name = ?, name_en = ?1 WHERE grid_id = {one}", values=(HARM,)
    )
    change(city, "UPDATE case_record SET title = ?, road = ?1, address_masked = ?1", values=(HARM,))
    running = Server(city)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def deserted(browser_city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a city with grids and people but without any case."""
    city = copy_of(browser_city, tmp_path_factory.mktemp("deserted"))
    change(city, *(f"DELETE FROM {table}" for table in CASE_TABLES))
    running = Server(city)
    running.start()
    yield running
    running.stop()
    assert "Traceback" not in running.log()


def told(visit: Visit, *words: str) -> bool:
    line = visit.page.locator("#connection").inner_text()
    return all(word in line for word in words)


def test_a_server_that_goes_and_comes_back(troubled: Server, visit: Visitor) -> None:
    wall, tablet, phone = (visit(s, at=troubled, forgiving=True) for s in (WALL, TABLET, PHONE))
    seen = [wall.go(), tablet.go(search="?lang=en"), phone.go()]
    words = [
        ("连不上服务器", "数字停在"),
        ("No connection", "min old"),
        ("连不上服务器", "数字停在"),
    ]
    clocks = [one.text(".as-of-time") for one in seen]
    figures = [one.page.locator(".panel-band, .panel-brief").inner_text() for one in seen]
    assert not any(one.text("#connection") for one in seen)
    troubled.stop()
    try:
        for one, line in zip(seen, words, strict=True):
            one.eventually(lambda o=one, w=line: told(o, *w), timeout=SOON)
        for one, before in zip(seen, figures, strict=True):
            assert one.shown("#connection")
            assert one.page.locator(".panel-band, .panel-brief").inner_text() == before
            assert not one.count(".is-loading, .notice-card")
    finally:
        troubled.start()
    for one, before in zip(seen, clocks, strict=True):
        one.eventually(lambda o=one: not o.text("#connection"), timeout=SOON)
        one.eventually(lambda o=one, b=before: o.text(".as-of-time") != b)
        assert not one.count(".is-cut, .is-stale, .is-failed")


def test_a_table_that_is_away_leaves_the_last_figures_with_their_age(
    troubled: Server, visit: Visitor
) -> None:
    seen = [visit(size, at=troubled, forgiving=True).go() for size in (WALL, TABLET, PHONE)]
    kept = [one.page.locator(".panel-ranking .rows").inner_text() for one in seen]
    # What is held in memory is right until something newer is told: only then is the table asked.
    newer = "UPDATE data_version SET version = version + 1 WHERE part = 'cases'"
    change(troubled.city, "ALTER TABLE case_derived RENAME TO case_derived_away", newer)
    try:
        for one, before in zip(seen, kept, strict=True):
            one.eventually(lambda o=one: o.count(".panel-ranking.is-stale"))
            assert one.page.locator(".panel-ranking .rows").inner_text() == before
            state = one.text(".panel-ranking .panel-state")
            assert state.startswith("数据停在 14:") and "分钟前" in state
            assert one.page.evaluate(BLANK) == []
            assert not one.count(".is-failed, .notice-card")
        late = visit(PHONE, at=troubled, forgiving=True).go()
        assert late.count(".is-failed")
        assert "暂时取不到数据" in late.text(".panel-ranking .panel-state")
        assert late.page.evaluate(BLANK) == []
    finally:
        change(troubled.city, "ALTER TABLE case_derived_away RENAME TO case_derived")
    for one in (*seen, late):
        one.eventually(lambda o=one: not o.count(".is-stale, .is-failed"))
        one.eventually(lambda o=one: o.count(".panel-ranking :is(.row, .peer)"))


def test_a_database_that_does_not_answer_is_told(troubled: Server, visit: Visitor) -> None:
    seen = [visit(size, at=troubled, forgiving=True).go() for size in (WALL, TABLET, PHONE)]
    change(troubled.city, "ALTER TABLE data_version RENAME TO data_version_away")
    try:
        for one in seen:
            one.eventually(lambda o=one: "数据库没有应答" in o.text("#notice"))
            assert one.shown(".panel-ranking :is(.row, .peer)")
            assert one.page.evaluate(BLANK) == []
    finally:
        change(troubled.city, "ALTER TABLE data_version_away RENAME TO data_version")
    for one in seen:
        one.eventually(lambda o=one: not o.page.locator("#notice").inner_text())


@pytest.mark.parametrize("size", [WALL, TABLET, PHONE], ids=str)
def test_names_in_the_data_are_never_run_as_code(
    size: Size, troubled: Server, visit: Visitor
) -> None:
    seen = visit(size, at=troubled).go("#list=open")
    if size.screen == "phone":
        seen.page.locator(".sheet-close").click()
        seen.eventually(lambda: not seen.count(".sheet-card"))
        seen.page.locator(".map-opener").click()
        seen.eventually(lambda: seen.count("#map-outlines a.area"))
    else:
        seen.eventually(lambda: seen.count(".grid-label"))
        seen.refreshed()
    assert HARM in seen.page.locator(".panel-ranking").inner_text()
    assert seen.count(".hurt") == 0
    assert seen.page.evaluate("window.hurt") is None


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [WALL, WIDE, TABLET, PHONE], ids=str)
def test_a_city_without_cases_says_so(
    size: Size, language: str, deserted: Server, visit: Visitor
) -> None:
    seen = visit(size, at=deserted).go(f"#lang={language}")
    assert not seen.count(".is-failed, .is-stale, .notice-card")
    assert seen.page.evaluate(BLANK) == []
    page = seen.page.locator("#screen").inner_text()
    english = language == "en"
    wanted = {
        "wall": "No case in the last 7 days" if english else "近 7 天没有案件",
        "tablet": "There are no such cases" if english else "没有这样的案件",
        "phone": "No overdue, supervised" if english else "没有超期、督办",
    }
    assert wanted[size.screen] in page
    assert ("no cases" if english else "无案件") in seen.page.locator(".panel-ranking").inner_text()
    if size is WIDE:
        assert ("No open cases" if english else "没有在办案件") in page
    values = seen.page.locator(".panel-rates .tile-value, .panel-cards .tile-value")
    assert set(values.all_inner_texts()) <= {"—", ""}
    assert "NaN" not in page and "None" not in page and "nan" not in page.split()
    tree_link = seen.page.locator(".panel-ranking a:is(.row, .peer)").first
    tree_link.click()
    seen.eventually(lambda: seen.count(".crumb") == 2)
    seen.refreshed()
    assert not seen.count(".is-failed, .is-stale, .notice-card")
