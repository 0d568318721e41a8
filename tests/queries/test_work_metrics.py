"""K22–K30 on the town at work; what is expected was worked out by hand from work_town."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from hand_town import scope_of
from small_town import at
from sqlalchemy import BindParameter, insert
from sqlalchemy.sql import visitors
from work_town import AS_OF, DAY_0, work_town

from data.case_tables import site_setting
from data.errors import SetupError
from queries import work_rows
from queries.completeness import WHOLE_PERSONS
from queries.measure import CannotMeasure, measure
from queries.metrics import BY_KEY, METRICS
from queries.site import Site
from queries.work_counters import STANDING, Work
from queries.work_rules import WorkRules, read_rules

WORKING = tuple(m for m in METRICS if isinstance(m.top, Work))
BY_GRID = tuple(m for m in WORKING if m.key != "claims_outside_rule")


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = work_town(request.param, tmp_path_factory.mktemp("work"))
    site = town.city.site(AS_OF, is_exact=True)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def figure(site, key, as_of=AS_OF, **parts):
    scope = scope_of(site, as_of, **parts)
    return measure(site, [BY_KEY[key]], scope, as_of=as_of).total(key)


def split(site, key, by="grid", as_of=AS_OF, level=None, **parts):
    scope = scope_of(site, as_of, **parts)
    answer = measure(site, [BY_KEY[key]], scope, by, as_of=as_of, level=level)
    return {name: (f.n if f.d is None else (f.n, f.d)) for name, f in answer.figures[key].items()}


EXPECTED = {
    # Key: the whole (n, d), then A, B and what is in none of them (C has nothing), then P and Q and
    # what is in none of these; P holds A1 and B1, Q holds A2, and A itself is in neither.
    # P1 P2 P4 in A, P3 in B, P5 nowhere; the district A has a day of its own, X1 has two.
    "reports_per_duty_day": ((5, 6), (3, 4), (1, 0), (1, 2), (3, 2), (1, 1), (1, 3)),
    # P1 of P1 and P2; P3; P5. P4 is not decided upon.
    "valid_report_rate": ((3, 4), (1, 2), (1, 1), (1, 1), (2, 3), (0, 0), (1, 1)),
    # One in A1 beside three reports, one in B1 beside one.
    "missed_rate": ((2, 7), (1, 4), (1, 2), (0, 1), (2, 5), (0, 1), (0, 1)),
    # A1 twice, A and X1 of A1 A1 A2 A B1 X1.
    "patrol_done_rate": ((4, 6), (3, 4), (0, 1), (1, 1), (2, 3), (0, 1), (2, 2)),
    # A1 and X1 of A1 A2 B1 X1.
    "patrol_coverage": ((2, 4), (1, 2), (0, 1), (1, 1), (1, 2), (0, 1), (1, 1)),
    # The first in A1 and that in X1, of the four done.
    "patrol_finds": ((2, 4), (1, 3), (0, 0), (1, 1), (1, 2), (0, 0), (1, 2)),
    # Household 1, called on twice, of four.
    "visited_households": ((1, 4), (1, 2), (0, 1), (0, 1), (1, 3), (0, 0), (0, 1)),
    # Entity 1 of 1 and 2.
    "visited_shops": ((1, 2), (1, 2), (0, 0), (0, 0), (1, 1), (0, 1), (0, 0)),
    # Entities 3 and 4 of 3, 4 and 5.
    "visited_companies": ((2, 3), (1, 1), (1, 1), (0, 1), (2, 2), (0, 0), (0, 1)),
    # 180 days ago is fresh, 181 is not, nor is unknown, nor what is verified tomorrow.
    "fresh_houses": ((1, 4), (1, 2), (0, 1), (0, 1), (1, 3), (0, 0), (0, 1)),
    # Two persons with the first date, one each with the next two.
    "fresh_persons": ((2, 4), (2, 3), (0, 1), (0, 0), (2, 4), (0, 0), (0, 0)),
    # Entities 1 (A1) and 4 (B1).
    "fresh_entities": ((2, 5), (1, 3), (1, 1), (0, 1), (2, 3), (0, 1), (0, 1)),
    # House 2 has no year of building, house 4 no grid.
    "complete_houses": ((2, 4), (1, 2), (1, 1), (0, 1), (2, 3), (0, 0), (0, 1)),
    # Person 2 has no name, person 4 no number.
    "complete_persons": ((2, 4), (2, 3), (0, 1), (0, 0), (2, 4), (0, 0), (0, 0)),
    # Of entities 1 and 2 nobody knows the trade, of 5 the grid.
    "complete_entities": ((2, 5), (1, 3), (1, 1), (0, 1), (2, 3), (0, 1), (0, 1)),
    # X1 stands at A1, X2 at B1, X3 nowhere.
    "exclusive_heads": ((2, 3), (1, 1), (0, 1), (1, 1), (1, 2), (0, 0), (1, 1)),
    "exclusive_informants": ((12, 15), (7, 10), (5, 5), (0, 0), (12, 15), (0, 0), (0, 0)),
    "exclusive_reporting": ((1, 3), (1, 1), (0, 1), (0, 1), (1, 2), (0, 0), (0, 1)),
    # X1 by its people, X3 by its area.
    "exclusive_size": ((2, 3), (1, 1), (0, 1), (1, 1), (1, 2), (0, 0), (1, 1)),
    # 101 and 102; 103 belongs to none, 104 to one that is not written down yet.
    "needs_mapped_rate": ((2, 4), (2, 2), (0, 2), (0, 0), (1, 3), (1, 1), (0, 0)),
    # 201 of 201 and 202; both lie on districts.
    "problems_claimed_rate": ((1, 2), (1, 1), (0, 1), (0, 0), (0, 0), (0, 0), (1, 2)),
    # 301 of 301, 302, 303.
    "claims_in_time_rate": ((1, 3), (1, 2), (0, 1), (0, 0), (1, 3), (0, 0), (0, 0)),
    # The one in A1 of A1, A2, B; the one in B is cleared later.
    "ledger_cleared_rate": ((1, 3), (1, 2), (0, 1), (0, 0), (1, 1), (0, 1), (0, 1)),
    "whistle_arrival_rate": ((1, 3), (1, 2), (0, 1), (0, 0), (1, 3), (0, 0), (0, 0)),
    # Open: H1 in A1, H2 in A, P3 in B1, P5 nowhere. Heads: A 1, A1 ½, A2 ½, T 1, X1 1.
    "load_per_head": ((4, 4), (2, 2), (1, 0), (1, 2), (2, 0.5), (0, 0.5), (2, 3)),
    "stars_up": (1, 1, 0, 0, 1, 0, 0),
    "stars_down": (1, 0, 1, 0, 1, 0, 0),
    # B1 and X1; A1 lost it, A2 got and lost it on one day, C gets it later.
    "flags_held": (2, 0, 1, 1, 1, 0, 1),
}


@pytest.mark.parametrize("key", EXPECTED)
def test_the_whole_and_the_grids_of_both_trees_are_what_was_worked_out(site, key):
    whole, in_a, in_b, lost, in_p, in_q, lost_too = EXPECTED[key]
    nothing = 0 if BY_KEY[key].bottom is None else (0, 0)
    assert split(site, key, None) == split(site, key, None, hierarchy="patrol") == {None: whole}
    assert split(site, key) == {"A": in_a, "B": in_b, "C": nothing, "": lost}
    assert split(site, key, hierarchy="patrol") == {"P": in_p, "Q": in_q, "": lost_too}


def test_every_metric_of_work_is_worked_out_here():
    assert {m.key for m in WORKING} == {*EXPECTED, "claims_outside_rule"}


@pytest.mark.parametrize("key", [m.key for m in WORKING if m.bottom is not None])
def test_a_value_is_the_ratio_of_its_counts_and_missing_without_a_denominator(site, key):
    scope, times = scope_of(site), 100 if BY_KEY[key].is_rate else 1
    figures = [figure(site, key)]
    figures += measure(site, [BY_KEY[key]], scope, "grid", as_of=AS_OF).figures[key].values()
    for f in figures:
        assert f.value == (pytest.approx(times * f.n / f.d) if f.d else None)
    assert figures[-2].value is None, "C has nothing at all"


@pytest.mark.parametrize("metric", BY_GRID, ids=lambda m: m.key)
@pytest.mark.parametrize("hierarchy", ["area", "patrol", "exclusive"])
def test_the_parts_are_the_whole_and_each_part_is_what_it_is_alone(site, metric, hierarchy):
    tree = site.tree(hierarchy)
    for grid in tree.order:
        whole = figure(site, metric.key, hierarchy=hierarchy, grid=grid.code)
        for level in range(grid.level + 1, tree.deepest() + 1):
            scope = scope_of(site, hierarchy=hierarchy, grid=grid.code)
            answer = measure(site, [metric], scope, "grid", as_of=AS_OF, level=level)
            parts = answer.figures[metric.key]
            assert sum(f.n for f in parts.values()) == whole.n
            assert sum(f.d or 0 for f in parts.values()) == (whole.d or 0)
            for child in tree.at_level(grid, level):
                alone = figure(site, metric.key, hierarchy=hierarchy, grid=child.code)
                assert parts[child.code] == alone


def test_an_exclusive_grid_counts_at_itself_where_the_hierarchy_holds_it(site):
    held = split(site, "exclusive_heads", hierarchy="exclusive")
    assert held == {"X1": (1, 1), "X2": (0, 1), "": (1, 1)}


def test_several_at_once_with_cases_are_what_each_is_alone(site):
    mixed = (*BY_GRID, BY_KEY["open"], BY_KEY["reported"], BY_KEY["population"])
    for by in (None, "grid"):
        together = measure(site, mixed, scope_of(site), by, as_of=AS_OF)
        for metric in mixed:
            alone = measure(site, [metric], scope_of(site), by, as_of=AS_OF)
            assert together.figures[metric.key] == alone.figures[metric.key]


def test_by_day_each_day_has_what_was_planned_on_it(site):
    days = split(site, "patrol_done_rate", "day", from_="2026-03-02", to="2026-03-05")
    # First day: A1, X1 and A done, A2 not; second: A1; third: B1, done after now.
    assert days == dict(enumerate([(3, 4), (1, 1), (0, 1), (0, 0)], start=DAY_0))
    claims = split(site, "claims_in_time_rate", "day", from_="2026-03-05", to="2026-03-07")
    assert claims == {DAY_0 + 3: (0, 0), DAY_0 + 4: (1, 3), DAY_0 + 5: (0, 0)}
    reports = split(site, "reports_per_duty_day", "day", from_="2026-03-02", to="2026-03-04")
    assert list(reports.values()) == [(2, 4), (1, 1), (1, 1)]


def test_the_past_knows_nothing_of_what_came_later(site):
    # At hour 8.5 none of the four patrols planned is done; the ones in A1 and X1 half an hour later.
    assert split(site, "patrol_done_rate", None, at(8.5)) == {None: (0, 4)}
    assert split(site, "patrol_done_rate", None, at(9)) == {None: (2, 4)}
    # At hour 250 the one in B1 is done, too.
    assert split(site, "patrol_done_rate", None, at(250)) == {None: (5, 6)}
    # Of the whistles one has arrived before any limit is over, then two departments are missing.
    assert split(site, "whistle_arrival_rate", None, at(21)) == {None: (1, 1)}
    assert split(site, "whistle_arrival_rate", None, at(22.5)) == {None: (1, 3)}
    # On the second day A1 and B1 hold flags.
    assert split(site, "flags_held", "grid", at(30)) == {"A": 1, "B": 1, "C": 0, "": 0}
    # Once problem 203 and the claim of 202 are written down, both count.
    assert split(site, "needs_mapped_rate", None, at(300)) == {None: (3, 4)}
    assert split(site, "problems_claimed_rate", None, at(300)) == {None: (2, 3)}


def test_nothing_planned_is_no_rate(site):
    empty = {"from_": "2020-01-01", "to": "2020-01-31"}
    stocks = {m.key for m in WORKING if m.clock == "stock"}
    visits = {"visited_households", "visited_shops", "visited_companies"}
    for metric in WORKING:
        found = figure(site, metric.key, **empty)
        if metric.bottom is None:
            assert metric.key in stocks or found.n == 0
        elif metric.key not in stocks | visits:
            assert (found.n, found.d, found.value) == (0, 0, None)
        elif metric.key in visits:
            assert found.n == 0 < found.d


def test_four_claims_in_a_quarter_are_outside_the_rule_and_none_once_it_is_over(site):
    quarter = {"from_": "2026-01-01", "to": "2026-03-31"}
    # works claimed four times; police once; idle, which claimed in December, may still claim.
    assert figure(site, "claims_outside_rule", **quarter).value == 1
    assert figure(site, "claims_outside_rule", at(31 * 24), **quarter).value == 2
    # Four days of the quarter stand for all of it; the one before had one claim of one unit.
    assert figure(site, "claims_outside_rule", from_="2026-02-01", to="2026-02-04").value == 1
    assert figure(site, "claims_outside_rule", from_="2025-11-01", to="2025-12-31").value == 0
    # Two of the four lie in A, all in P; idle's is in A1.
    assert figure(site, "claims_outside_rule", grid="A", **quarter).value == 0
    assert figure(site, "claims_outside_rule", hierarchy="patrol", grid="P", **quarter).value == 1
    assert figure(site, "claims_outside_rule", department="police", **quarter).value == 0


def test_a_department_has_its_own_activities(site):
    assert split(site, "whistle_arrival_rate", None, department="police") == {None: (0, 1)}
    assert split(site, "claims_in_time_rate", department="works") == {
        "A": (1, 2),
        "B": (0, 1),
        "C": (0, 0),
        "": (0, 0),
    }
    assert split(site, "valid_report_rate", None, category="road") == {None: (3, 4)}


@pytest.mark.parametrize("metric", WORKING, ids=lambda m: m.key)
def test_what_counts_more_than_cases_has_no_words_of_cases_to_go_by(site, metric):
    for by in ("source", "category", "department"):
        with pytest.raises(CannotMeasure, match=f"{metric.key}.*{by}"):
            split(site, metric.key, by)
    with pytest.raises(CannotMeasure, match=f"{metric.key}.*source"):
        figure(site, metric.key, source="patrol")


@pytest.mark.parametrize("key", ["load_per_head", "fresh_houses", "visited_shops", "flags_held"])
def test_what_stands_or_counts_once_has_no_days(site, key):
    with pytest.raises(CannotMeasure, match="no day"):
        split(site, key, "day")


@pytest.mark.parametrize("key", ["load_per_head", "missed_rate", "exclusive_heads"])
def test_what_has_no_department_takes_no_filter_of_one(site, key):
    with pytest.raises(CannotMeasure, match="filter department"):
        figure(site, key, department="works")


def test_claims_of_a_department_are_not_torn_apart_by_grid(site):
    with pytest.raises(CannotMeasure, match="several grids"):
        split(site, "claims_outside_rule", "grid")


def test_a_site_says_who_its_workers_are_how_posts_weigh_and_what_is_fresh(tmp_path):
    town = work_town("sqlite", tmp_path)
    rules = {
        "worker_sources": ["patrol", "app", "gone"],
        "duty_weights": {"reporting": 0.25},
        "assessment": {"fresh_days": 181, "report_days": 60},
    }
    with town.case.begin() as connection:
        for key, value in rules.items():
            connection.execute(insert(site_setting).values(key=key, value=value))
    site = town.city.site(AS_OF, is_exact=True)
    # H2 is one of the app's; 181 days are fresh; X2's report of forty days ago counts.
    assert split(site, "reports_per_duty_day", None) == {None: (6, 6)}
    assert split(site, "load_per_head", None) == {None: (4, 3.75)}
    assert split(site, "fresh_houses", None) == {None: (2, 4)}
    assert split(site, "exclusive_reporting", None) == {None: (2, 3)}
    town.close()


def test_without_sources_of_the_workers_own_there_is_no_figure_of_them(tmp_path):
    town = work_town("sqlite", tmp_path)
    with town.case.begin() as connection:
        connection.execute(insert(site_setting).values(key="worker_sources", value=["drone"]))
    site = town.city.site(AS_OF, is_exact=True)
    for key in ("reports_per_duty_day", "valid_report_rate", "missed_rate"):
        assert figure(site, key).value is None
    town.close()


@pytest.mark.parametrize(
    ("held", "wrong"),
    [
        ({"worker_sources": "patrol"}, "worker_sources.*list"),
        ({"duty_weights": {"weekend": 1}}, "weekend.*resident"),
        ({"duty_weights": {"resident": -1}}, "duty_weights.resident.*from 0"),
        ({"assessment": {"fresh_days": "180"}}, "assessment.fresh_days.*number"),
        ({"assessment": []}, "assessment.*table"),
    ],
)
def test_a_setting_that_cannot_be_is_named(held, wrong):
    with pytest.raises(SetupError, match=wrong):
        read_rules(held)


def test_what_is_not_set_is_as_usual():
    assert read_rules({}) == WorkRules(("patrol",), 1.0, 0.5, 0.5, 180, 30)


def test_rows_are_read_anew_for_another_day_only_where_they_ask_it(site, monkeypatch):
    for ground in work_rows._grounds():
        told = visitors.iterate(work_rows._statement(ground))
        asked = {one.key for one in told if isinstance(one, BindParameter) and not one.unique}
        assert asked == ({"today"} if ground is STANDING else set())
    read = []
    read_rows = work_rows._read
    monkeypatch.setattr(
        work_rows, "_read", lambda s, ground, v: read.append(ground) or read_rows(s, ground, v)
    )
    for days in (1, 2, 3):
        for ground in work_rows._grounds():
            values = {"today": site.today(AS_OF) - 400 - days}
            work_rows.ground_rows(site, ground, values)
    assert len([ground for ground in read if ground is STANDING]) == 3
    assert len([ground for ground in read if ground is WHOLE_PERSONS]) <= 1
