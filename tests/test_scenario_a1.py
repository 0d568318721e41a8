"""Scenario A1 (domain.md §7), 08:30 morning check on the wall: one test for each of its sentences.

S0's subdistrict with its three stations and eight sources, on Friday, 20 November 2026, over yesterday
and this morning; two reports of this morning say no place. That a silent feed is named and its tiles are
dimmed comes with the health of the feeds and is not tested here; that all can be read from 8 m is
measured in a browser (tests/browser).
"""

import re
from collections.abc import Iterator

import pytest
from conftest import addresses
from drawn import Answer, ask, of_class, text_of
from small_town import START, Case, batch_of

from dashboard.server import SCREENS
from data.clock import Clock
from data.databases import open_database
from data.days import epoch_of
from data.demo.build import build_demo
from data.engines import CASE, POPULATION, engine_for
from data.ingest import ingest
from queries.balance import balance, balance_by_grid
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.question import UNLOCATED
from queries.scope import Scope, read_scope
from queries.site import Site

WALL = SCREENS[0]
ZONE = "Asia/Shanghai"
MORNING = epoch_of("2026-11-20T08:30", ZONE)
HOUR = (MORNING - START) / 3600
"""Half past eight as an hour of a case's line."""
UNPLACED = (
    Case("nowhere-1", f"reported {HOUR - 0.4}, accepted {HOUR - 0.3} due {HOUR + 20}"),
    Case(
        "nowhere-2", f"reported {HOUR - 0.4}, accepted {HOUR - 0.3} due {HOUR + 20}, closed {HOUR}"
    ),
)
PERIOD = "#days=2"
STATIONS = ("揽月综合网格工作站", "枕溪综合网格工作站", "知行综合网格工作站")
SOURCES = {
    "区级平台": "district",
    "街道受理": "street",
    "居委会": "committee",
    "两代表一委员社情民意": "deputies",
    "12345热线": "hotline",
    "网格巡查": "patrol",
    "“四百”大走访": "visit",
    "民情气象站": "weather",
}
RARE = {"deputies", "weather"}
"""Of the eight those from which nothing came since yesterday."""
FLOWS = ("accepted", "closed", "open")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("a1")
    case_url, population_url = addresses("sqlite", folder, "a1")
    plan = folder / "plan.sqlite"
    build_demo(
        case_url,
        population_url,
        size="small",
        seed=3,
        now=MORNING,
        plan_path=plan,
        site="s0_ruijin",
    )
    engine = engine_for(case_url, CASE, writable=True)
    with engine.begin() as connection:
        ingest(connection, batch_of(UNPLACED, {}), zone=ZONE, now=MORNING)
    engine.dispose()
    case, population = open_database(case_url, CASE), open_database(population_url, POPULATION)
    yield Site(case, population, Clock(stopped=MORNING))
    case.dispose()
    population.dispose()


def look(site: Site, fragment: str = PERIOD) -> Answer:
    answer = ask(WALL, site, fragment)
    assert answer.notice is None
    return answer


def scope_of(site: Site, **parts: str) -> Scope:
    return read_scope(site, {"days": "2", **parts}, MORNING)


def number(words: str) -> int:
    (found,) = re.findall(r"\d+", words.replace(",", ""))
    return int(found)


def stations(site: Site) -> dict[str, str]:
    """Codes of the three stations by name."""
    tree = site.tree()
    assert tree is not None
    return {grid.name: grid.code for grid in tree.children(tree.top)}


def of_today(site: Site, fragment: str) -> dict[str, int]:
    """受理, 办结 and 在办 as the wall's tiles of today print them."""
    tiles = of_class(look(site, fragment).panels["today"].tree, "tile-value")
    return {key: number(text_of(tile)) for key, tile in zip(FLOWS, tiles, strict=True)}


def test_all_eight_sources_appear_in_the_source_bar_two_of_them_0(site: Site) -> None:
    rows = of_class(look(site).panels["sources"].tree, "row")
    labels = [text_of(of_class(row["children"], "row-label")) for row in rows]
    assert labels == list(SOURCES)
    values = [text_of(of_class(row["children"], "row-value")).split()[0] for row in rows]
    counts = dict(zip(SOURCES.values(), map(number, values), strict=True))
    assert {code for code, n in counts.items() if n == 0} == RARE
    answer = measure(site, [BY_KEY["accepted"]], scope_of(site), "source", as_of=MORNING)
    assert {code: figure.n for code, figure in answer.figures["accepted"].items()} == counts


def test_three_stations_stand_side_by_side(site: Site) -> None:
    assert set(stations(site)) == set(STATIONS)
    tree = look(site).panels["ranking"].tree
    rows = of_class(tree, "peer")
    # A card of its own for each, none cut off behind a 'more'.
    codes = [re.findall(r"grid=(\w+)", row["href"]) for row in rows]
    assert sorted(codes) == sorted([code] for code in stations(site).values())
    for name in ("揽月", "枕溪", "知行"):
        assert sum(name in text_of(of_class(row["children"], "rank-name")) for row in rows) == 1
    assert "工作站 3 个" in text_of(of_class(tree, "panel-aside"))


@pytest.mark.parametrize("days", ["1", "2", "30"])
def test_stations_and_unplaced_equal_the_street_for_accepted_closed_and_open(
    site: Site, days: str
) -> None:
    scope = scope_of(site, days=days)
    metrics = [BY_KEY[key] for key in FLOWS]
    whole = measure(site, metrics, scope, as_of=MORNING)
    parts = measure(site, metrics, scope, "grid", as_of=MORNING)
    for key in FLOWS:
        held = {code: figure.n or 0 for code, figure in parts.figures[key].items()}
        assert set(held) == {*stations(site).values(), UNLOCATED}
        assert held[UNLOCATED] >= 1
        assert sum(held.values()) == whole.total(key).n


def test_what_the_wall_prints_of_today_adds_up_too(site: Site) -> None:
    """UNPLACED: two accepted today, one of them closed, one open."""
    street = of_today(site, PERIOD)
    printed = [of_today(site, f"{PERIOD}&grid={code}") for code in stations(site).values()]
    unplaced = {"accepted": 2, "closed": 1, "open": 1}
    assert {key: sum(held[key] for held in printed) + unplaced[key] for key in FLOWS} == street


def test_the_walls_ranking_prints_what_is_open_and_what_is_unplaced(site: Site) -> None:
    answer = look(site)
    ranking = answer.panels["ranking"].tree
    # The last line of a station's lights is what they add up to.
    lines = [of_class(one["children"], "peer-line") for one in of_class(ranking, "peer")]
    stations = [[number(text_of(line)) for line in shown] for shown in lines]
    late = [number(text_of(one)) for one in of_class(ranking, "peer-figure")]
    assert [sum(shown[:-1]) + n for shown, n in zip(stations, late, strict=True)] == [
        shown[-1] for shown in stations
    ]
    (unplaced,) = of_class(ranking, "row-more")
    assert text_of(unplaced) == "另有未落格在办 1 件"
    (lamp,) = of_class(answer.panels["band"].tree, "lamp-open")
    whole = number(text_of(of_class(lamp["children"], "lamp-number")))
    assert sum(shown[-1] for shown in stations) + 1 == whole


@pytest.mark.parametrize("days", ["1", "2", "30"])
def test_the_balance_holds_for_the_street_and_each_station(site: Site, days: str) -> None:
    """期初在办 + 受理 + 重办 = 办结 + 作废/并案 + 期末在办 (domain.md §4.1)."""
    scope = scope_of(site, days=days)
    street = balance(site, scope, as_of=MORNING)
    parts = balance_by_grid(site, scope, as_of=MORNING)
    assert street.holds and all(part.holds for part in parts.values())
    assert set(parts) == {*stations(site).values(), UNLOCATED}
    for name in ("opening", "accepted", "reopened", "closed", "void", "closing"):
        assert sum(getattr(part, name) for part in parts.values()) == getattr(street, name)
    # What the balance ends with is what the wall's band shows.
    (lamp,) = of_class(look(site, f"#days={days}").panels["band"].tree, "lamp-open")
    assert number(text_of(of_class(lamp["children"], "lamp-number"))) == street.closing


def test_the_balance_of_a_month_has_every_kind_of_step(site: Site) -> None:
    """Nothing above holds only because there was nothing of it."""
    month = balance(site, scope_of(site, days="30"), as_of=MORNING)
    assert min(month.opening, month.accepted, month.reopened, month.closed, month.void) > 0
