"""Figures by the grids of then and by today's: either way parts add up, and lists are their figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ENGINES
from hand_town import COUNTED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rezoned_town import AS_OF_HOUR, CASES, TODAY, place_anew, rezoned_town, today, write_area
from small_town import Case, Town, at, found_town, grids
from sqlalchemy import Engine, event, select

from data.case_tables import case_derived
from queries.access import access_use, breakdown
from queries.ask import main
from queries.balance import balance, balance_by_grid
from queries.cases import behind, newest, one_case
from queries.data_quality import data_quality
from queries.extract import extract
from queries.map_values import map_values
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.paths import below, lies_below, rezoned, with_path
from queries.points import open_points
from queries.question import UNLOCATED
from queries.ranking import ranking
from queries.scope import Scope, ScopeError, read_scope
from queries.site import Site

AS_OF = at(AS_OF_HOUR)
ZONINGS = ("reported", "now")
LISTED = ("accepted", "open", "closed", "on_time_rate", "overdue")
either = pytest.mark.parametrize("zoning", ZONINGS)


@pytest.fixture(scope="module", params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Town]:
    founded = rezoned_town(request.param, tmp_path_factory.mktemp("zoning"), "zoning")
    yield founded
    founded.close()


@pytest.fixture(scope="module")
def site(town: Town) -> Iterator[Site]:
    opened = town.city.site(AS_OF)
    yield opened
    opened.case.dispose()
    opened.population.dispose()


def scope_of(site: Site, zoning: str = "reported", **parts: str) -> Scope:
    return read_scope(site, parts | ({"zoning": "now"} if zoning == "now" else {}), AS_OF)


def every_scope(site: Site, zoning: str) -> list[Scope]:
    """Every grid of today in both hierarchies."""
    trees = [site.tree(code) for code, _ in site.hierarchies()]
    return [
        scope_of(site, zoning, hierarchy=tree.code, grid=grid.code)
        for tree in trees
        if tree is not None
        for grid in tree.order
    ]


def accepted_by_grid(site: Site, zoning: str, grid: str, level: int | None = None):
    scope = scope_of(site, zoning, grid=grid)
    answer = measure(site, [BY_KEY["accepted"]], scope, "grid", as_of=AS_OF, level=level)
    return {code: figure.n for code, figure in answer.figures["accepted"].items() if figure.n}


def test_a_grid_has_the_cases_of_then_or_those_that_lie_in_it_today(site):
    """A2 went from A to B with four cases; A1 (three cases) was cut, one of them has no exact point."""
    assert accepted_by_grid(site, "reported", "T") == {"A": 8, "B": 1, UNLOCATED: 1}
    assert accepted_by_grid(site, "now", "T") == {"A": 4, "B": 5, UNLOCATED: 1}
    assert accepted_by_grid(site, "now", "A") == {"A11": 1, "A12": 1, UNLOCATED: 2}
    assert accepted_by_grid(site, "now", "B") == {"B1": 1, "A2": 4}


def test_grids_that_are_no_more_keep_their_cases_as_reported(site):
    """A1 has no name today; it goes by its number, and nothing is lost."""
    counts = accepted_by_grid(site, "reported", "A")
    (number,) = set(counts) - {"A2", UNLOCATED}
    assert number.startswith("#")
    assert (counts[number], counts["A2"], counts[UNLOCATED]) == (3, 4, 1)


@either
def test_the_grids_below_and_what_lies_in_none_of_them_are_the_whole(site, zoning):
    for scope in every_scope(site, zoning):
        whole = measure(site, COUNTED, scope, as_of=AS_OF)
        for level in range(scope.grid.level + 1, scope.tree.deepest() + 1):
            parts = measure(site, COUNTED, scope, "grid", as_of=AS_OF, level=level)
            for metric in COUNTED:
                held = parts.figures[metric.key].values()
                total = whole.total(metric.key)
                assert sum(figure.n or 0 for figure in held) == total.n
                assert sum(figure.d or 0 for figure in held) == (total.d or 0)


@either
def test_ids_below_a_grid_are_those_that_lists_and_figures_go_by(site, zoning):
    for scope in every_scope(site, zoning):
        ids = case_derived.c.case_id
        by_id = select(ids).where(*lies_below(scope, ids)).distinct()
        by_path = select(ids).select_from(with_path(scope)).where(*below(scope)).distinct()
        with site.case.connect() as connection:
            assert set(connection.execute(by_id)) == set(connection.execute(by_path))


def test_by_todays_grids_the_parts_are_children_and_unplaced_only(site):
    """Nothing lies in a grid that went elsewhere, and each child's own figure is its part."""
    for scope in every_scope(site, "now"):
        below = scope.tree.children(scope.grid)
        if not below:
            continue
        parts = measure(site, COUNTED, scope, "grid", as_of=AS_OF)
        for metric in COUNTED:
            held = parts.figures[metric.key]
            assert set(held) == {grid.code for grid in below} | {UNLOCATED}
            for grid in below:
                own = measure(site, [metric], scope.at(grid), as_of=AS_OF).total(metric.key)
                assert own == held[grid.code]


def test_the_whole_is_the_same_either_way(site):
    then, now = (
        measure(site, COUNTED, scope_of(site, zoning), as_of=AS_OF).figures for zoning in ZONINGS
    )
    assert then == now
    assert then["accepted"][None].n == len(CASES)


def test_an_untouched_hierarchy_counts_the_same_either_way(site):
    for then, now in zip(every_scope(site, "reported"), every_scope(site, "now"), strict=True):
        if then.tree.code == "patrol":
            assert measure(site, COUNTED, then, as_of=AS_OF) == measure(
                site, COUNTED, now, as_of=AS_OF
            )


@either
def test_a_list_its_file_and_its_breakdown_are_as_long_as_the_figure(site, zoning):
    for scope in every_scope(site, zoning):
        for metric in (BY_KEY[key] for key in LISTED):
            figure = measure(site, [metric], scope, as_of=AS_OF).total(metric.key)
            asked = (site, metric, "top", scope)
            held = behind(*asked, as_of=AS_OF)
            taken = extract(*asked, as_of=AS_OF)
            assert held.total == len(held.rows) == figure.n
            assert [row.code for row in taken.rows] == [row.code for row in held.rows]
            assert [row.grid_id for row in taken.rows] == [row.grid_id for row in held.rows]
            assert breakdown(*asked, as_of=AS_OF).total == figure.n


@either
def test_the_balance_holds_and_that_of_the_parts_adds_up(site, zoning):
    for scope in every_scope(site, zoning):
        whole = balance(site, scope, as_of=AS_OF)
        accepted = measure(site, [BY_KEY["accepted"]], scope, as_of=AS_OF).total("accepted")
        assert whole.holds
        assert whole.accepted == accepted.n
        parts = balance_by_grid(site, scope, as_of=AS_OF).values()
        assert all(part.holds for part in parts)
        assert sum(part.accepted for part in parts) == whole.accepted
        assert sum(part.closing for part in parts) == whole.closing


def codes(rows) -> set[str]:
    return {row.code for row in rows}


def test_map_points_ranking_newest_and_data_quality_follow(site):
    then, now = (scope_of(site, zoning, grid="B") for zoning in ZONINGS)
    moved = {"moved", "moved_open", "no_point", "border"}
    assert codes(newest(site, then, as_of=at(20), limit=50)) == {"stays"}
    assert codes(newest(site, now, as_of=at(20), limit=50)) == {"stays"} | moved
    assert codes(open_points(site, then, as_of=AS_OF)) == set()
    assert codes(open_points(site, now, as_of=AS_OF)) == {"moved_open"}
    assert (data_quality(site, then, as_of=AS_OF).reported) == 1
    assert (data_quality(site, now, as_of=AS_OF).reported) == 5
    assert sum(access_use(site, then, as_of=AS_OF).counts.values()) == 1
    assert sum(access_use(site, now, as_of=AS_OF).counts.values()) == 5
    ranked = {
        row.code: row.accepted.n for row in ranking(site, now, as_of=AS_OF, before=AS_OF).rows
    }
    assert ranked == {"B1": 1, "A2": 4}
    shown = map_values(site, BY_KEY["accepted"], now, 2, as_of=AS_OF)
    assert dict(zip(shown.codes, (figure.n for figure in shown.figures), strict=True)) == ranked


def test_a_cases_page_has_the_path_of_the_zoning(site):
    for zoning, path in (("reported", ["A", "A2"]), ("now", ["B", "A2"])):
        for grid in ("T", "A2"):
            scope = scope_of(site, zoning, grid=grid)
            held = one_case(site, "moved", scope, as_of=AS_OF)
            assert held is not None
            assert [scope.tree.by_id[step].code for step in held.path_ids] == path


def test_how_many_cases_lie_elsewhere_is_told_by_hierarchy(site):
    area, patrol = (site.tree(code) for code in ("area", "patrol"))
    assert (rezoned(site, area), rezoned(site, patrol)) == (len(TODAY), 0)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The SQL that the engine is sent in the meantime."""
    heard: list[str] = []

    def listen(_connection, _cursor, statement, *_rest) -> None:
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    yield heard
    event.remove(engine, "before_cursor_execute", listen)


@either
def test_as_reported_nothing_of_todays_paths_is_read(site, zoning):
    """The default must not become slower for a switch that is rarely used."""
    scope = scope_of(site, zoning, grid="A", days="29")
    with statements(site.case) as heard:
        measure(site, COUNTED, scope, "grid", as_of=AS_OF)
        behind(site, BY_KEY["accepted"], "top", scope, as_of=AS_OF)
        extract(site, BY_KEY["accepted"], "top", scope, as_of=AS_OF)
        balance_by_grid(site, scope, as_of=AS_OF)
        one_case(site, "moved", scope, as_of=AS_OF)
    asked = [statement for statement in heard if "case_path" in statement]
    assert len(asked) > 5
    of_today = ["case_path_now" in statement for statement in asked]
    assert all(of_today) if zoning == "now" else not any(of_today)


@pytest.mark.parametrize("value", ["", "reported", "Now", "1", "now ", "' OR 1=1 --"])
def test_any_other_word_is_refused(site, value):
    with pytest.raises(ScopeError) as caught:
        read_scope(site, {"zoning": value}, AS_OF)
    assert (caught.value.part, caught.value.value) == ("zoning", value)


def test_both_readings_are_remembered_apart_and_kept_by_other_scopes(site):
    then, now = scope_of(site), scope_of(site, "now")
    assert then.key != now.key
    grid = now.tree.by_code["A"]
    for other in (now.at(grid), now.on(1, 2), now.previous()):
        assert other.zoning == "now"


def test_the_command_line_takes_it_and_says_so(town, monkeypatch, capsys):
    monkeypatch.setenv("CASE_DATABASE_URL", town.city.case_url)
    monkeypatch.setenv("POPULATION_DATABASE_URL", town.city.population_url)
    asked = ["accepted", "--grid", "B", "--as-of", "2026-03-12T00:00"]
    told = {}
    for options in ([], ["--zoning", "now"]):
        assert main([*asked, *options]) == 0
        told[bool(options)] = capsys.readouterr().out
    assert "按上报时网格 / by the grids of then" in told[False]
    assert "按现行网格 / by today's grids" in told[True]
    assert (told[False].rstrip()[-1], told[True].rstrip()[-1]) == ("1", "5")
    assert main([*asked, "--zoning", "then"]) == 2
    assert "zoning 'then'" in capsys.readouterr().err


# Any cases, any re-zoning

AREAS = ("A", "B", "C")
LEAVES = ("A1", "A2", "B1")


@pytest.fixture(scope="module")
def changing(tmp_path_factory) -> Iterator[Town]:
    """A town whose leaves go from district to district."""
    town = found_town("sqlite", Path(tmp_path_factory.mktemp("changing")))
    yield town
    town.close()


@st.composite
def some_cases(draw: st.DrawFn, mark: str) -> list[Case]:
    """Two cases anywhere, known to a leaf, a district or nothing, with a point that may lie elsewhere."""
    return [
        Case(
            f"{mark}-{number}",
            closed_or_open,
            draw(st.sampled_from(["", *LEAVES, *AREAS])),
            lon=draw(st.sampled_from([119.9, 120.0, 120.005, 120.01, 120.017, 120.03])),
            location=draw(st.sampled_from(["exact", "none", "default_point"])),
        )
        for number, closed_or_open in enumerate(
            ("reported 1, accepted 2 due 90", "reported 3, accepted 4 due 9, closed 30")
        )
    ]


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_however_leaves_move_about_parts_add_up_and_the_whole_stays(changing, data):
    cut = data.draw(st.booleans())
    rows = today() if cut else grids("area")
    for leaf in rows.loc[rows["geometry"].notna(), "code"]:
        rows.loc[rows["code"] == leaf, "parent_code"] = data.draw(st.sampled_from(AREAS))
    mark = str(len(changing.rows("case_record")))
    changing.take(data.draw(some_cases(mark)), now=100)
    write_area(changing, rows)
    place_anew(changing)
    site = changing.city.site(AS_OF)
    metrics = [BY_KEY[key] for key in ("accepted", "closed", "open", "on_time_rate")]
    top = scope_of(site, "now", hierarchy="area")
    then = scope_of(site, "reported", hierarchy="area")
    assert measure(site, metrics, top, as_of=AS_OF) == measure(site, metrics, then, as_of=AS_OF)
    for grid in (grid for grid in top.tree.order if top.tree.children(grid)):
        scope = top.at(grid)
        parts = measure(site, metrics, scope, "grid", as_of=AS_OF).figures["accepted"]
        whole = measure(site, metrics, scope, as_of=AS_OF).total("accepted")
        assert set(parts) == {child.code for child in top.tree.children(grid)} | {UNLOCATED}
        assert sum(figure.n for figure in parts.values()) == whole.n
    site.case.dispose()
    site.population.dispose()
