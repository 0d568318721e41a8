"""What the database said at a moment comes back exactly, whatever it has been told since."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from hand_town import scope_of
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from small_town import (
    CATEGORIES,
    DEPARTMENTS,
    SOURCES,
    ZONE,
    Case,
    Town,
    at,
    found_town,
    paths_of,
)
from sqlalchemy import text, update
from test_tile_upkeep import SETS, STEPS

from data.case_tables import data_version
from data.load.case_paths import fill_paths
from data.past_states import PastStates
from data.rederive import renew_states
from data.tiles.build import build, drop
from data.versions import bump
from queries.cases import behind, one_case
from queries.known import BeforeRecords, as_known, known_since, read_known
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.question import UNLOCATED
from queries.scope import ScopeError
from queries.site import Site

ASKED = [("area", "", by) for by in (None, "grid", "day", "department")]
ASKED += [("area", "A", "source"), ("area", "", "deepest"), ("patrol", "P", "grid")]
METRICS = [
    BY_KEY[key]
    for key in "reported closure_rate on_time_rate overdue handling_median handling_p90 handling_mean "
    "repeat_rate satisfaction supervision_rate open normal hung late_days".split()
]
LISTED = ("open", "on_time_rate", "handling_median")


@pytest.fixture(scope="module", params=ENGINES)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    made = found_town(request.param, tmp_path_factory.mktemp("known"), "known")
    yield made
    made.close()


def begin(town: Town, tiles: bool = True) -> None:
    """Forget all cases; have tiles of every kind, or none."""
    town.forget()
    with town.case.begin() as connection:
        bump(connection, "cases", at(0))
        connection.execute(update(data_version).values(changed_at=at(0)))
        drop(connection, at(0))
        if tiles:
            build(connection, ZONE, at(0), sets=SETS)


def told(site: Site, as_of: int) -> list[object]:
    """All figures of the town as of an instant, and the lists behind some."""
    found: list[object] = []
    for tree, grid, by in ASKED:
        parts = {"hierarchy": tree, "days": "90"} | ({"grid": grid} if grid else {})
        scope = scope_of(site, as_of, **parts)
        split, level = ("grid", 2) if by == "deepest" else (by, None)
        answer = measure(site, METRICS, scope, split, as_of=as_of, level=level).figures
        found.append(
            {
                (tree, grid, by, key): {at: f for at, f in figures.items() if f.n or f.d}
                for key, figures in answer.items()
            }
        )
    scope = scope_of(site, as_of, days="90")
    for key in LISTED:
        found.append(behind(site, BY_KEY[key], "top", scope, as_of=as_of))
    return found


def close(site: Site) -> None:
    site.case.dispose()
    site.population.dispose()


@st.composite
def cases(draw: st.DrawFn) -> list[tuple[Case, list[tuple[str, int]]]]:
    """Cases with their steps, each with the hour at which it arrives: late, and in any order."""
    made = []
    for number in range(draw(st.integers(1, 5))):
        reported = draw(st.integers(0, 1200))
        steps = [(f"reported {reported}", reported + draw(st.integers(0, 200)))]
        for step in draw(st.lists(st.sampled_from(STEPS), max_size=8)):
            hour = reported + draw(st.integers(0, 500))
            words = step.format(hour, hour + draw(st.integers(1, 200)))
            steps.append((words, hour + draw(st.integers(0, 600))))
        case = Case(
            f"{number}",
            "",
            draw(st.sampled_from(["A1", "A2", "B1", "A", ""])),
            draw(st.sampled_from(list(SOURCES))),
            draw(st.sampled_from(list(CATEGORIES))),
            draw(st.sampled_from([*DEPARTMENTS, None])),
            is_test=draw(st.integers(0, 9)) == 0,
        )
        made.append((case, steps))
    return made


def arrived(made: list[tuple[Case, list[tuple[str, int]]]], hour: int, changed: dict) -> list[Case]:
    """The cases as a source would deliver them at an hour."""
    found = []
    for case, steps in made:
        here = [words for words, when in steps if when <= hour]
        if here and here[0].startswith("reported"):
            fields = {**case.__dict__, **changed.get(case.code, {}), "steps": ", ".join(here)}
            found.append(Case(**fields))
    return found


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
@given(cases(), st.sets(st.integers(0, 2300), min_size=2, max_size=3), st.data())
def test_every_past_report_comes_back(town, made, hours, data):
    begin(town)
    reports, changed = [], {}
    first = min(when for _, steps in made for words, when in steps[:1])
    for hour in sorted({max(hour, first) for hour in hours}):
        town.take(arrived(made, hour, changed), now=hour)
        instants = [at(hour), at(hour) - data.draw(st.integers(0, 10**6))]
        site = town.city.site(at(hour))
        reports += [(at(hour), instant, told(site, instant)) for instant in instants]
        close(site)
        # The same case, told differently the next time: routed elsewhere.
        code = data.draw(st.sampled_from(made))[0].code
        department = data.draw(st.sampled_from([*DEPARTMENTS, None]))
        source = data.draw(st.sampled_from(list(SOURCES)))
        changed[code] = {"department": department, "source": source}
    for uses_tiles in (True, False):
        site = town.city.site(at(2400))
        site.uses_tiles = uses_tiles
        for known, instant, report in reports:
            assert told(as_known(site, known), instant) == report, (known, instant, uses_tiles)
        close(site)


def opened(town: Town, hour: float = 2400) -> Site:
    return town.city.site(at(hour))


def count(site: Site, key: str, hour: float, **parts: str) -> float | None:
    scope = scope_of(site, at(hour), **parts)
    return measure(site, [BY_KEY[key]], scope, as_of=at(hour)).total(key).n


LATE = "reported 0, accepted 1 due 25, closed 20"


@pytest.mark.parametrize("tiles", [True, False])
def test_a_closing_told_late_was_an_overdue_case_until_then(town, tiles):
    begin(town, tiles)
    town.take([Case("1", LATE)], until=2, now=2)
    town.take([Case("1", LATE), Case("2", "reported 40")], now=50)
    site = opened(town, 60)
    then = as_known(site, at(49))
    assert as_known(site, at(49)) is then and as_known(site, None) is site
    assert [count(one, "overdue", 30) for one in (site, then)] == [0, 1]
    assert [count(one, "reported", 48) for one in (site, then)] == [2, 1]
    # The second of a batch is that batch's.
    assert count(as_known(site, at(50)), "overdue", 30) == 0
    detail = one_case(then, "1", scope_of(site, at(49)), as_of=at(49))
    assert detail is not None and detail.row.light == "overdue"
    assert [event.type for event in detail.events] == ["reported", "accepted"]
    assert one_case(then, "2", scope_of(site, at(49)), as_of=at(49)) is None
    close(site)


def test_a_survey_told_late_is_on_no_page_of_before(town):
    begin(town, tiles=False)
    steps = "reported 0, accepted 1 due 25, closed 20"
    town.take([Case("1", steps)], now=21)
    town.take([Case("1", f"{steps}, surveyed 22 satisfied")], now=90)
    site = opened(town)
    for hour, rated in ((80, None), (90, "satisfied")):
        detail = one_case(as_known(site, at(hour)), "1", scope_of(site, at(80)), as_of=at(80))
        assert detail is not None and detail.satisfaction == rated
        assert ("surveyed" in [event.type for event in detail.events]) == (rated is not None)
    close(site)


def test_an_earlier_case_told_late_made_no_repeat_before(town):
    begin(town)
    town.take([Case("late", "reported 50, accepted 51 due 80", "A1")], now=60)
    town.take([Case("early", "reported 10, accepted 11 due 40", "A1")], now=70)
    site = opened(town)
    assert count(site, "repeat_rate", 100) == 1
    assert count(as_known(site, at(69)), "repeat_rate", 100) == 0
    close(site)


def test_states_derived_otherwise_stay_askable_and_equal_ones_are_kept_once(town):
    begin(town, tiles=False)
    town.take([Case(str(n), LATE) for n in range(3)], now=30)
    with town.case.begin() as connection:
        renew_states(connection, ZONE, at(40), progress=False)
    assert town.rows("case_derived_past") == []
    # As an older program would have had it.
    with town.case.begin() as connection:
        wrong = "UPDATE case_derived SET on_time_effective = 0 WHERE case_id = 2 AND is_closed = 1"
        connection.execute(text(wrong))
        renew_states(connection, ZONE, at(50), progress=False)
    assert town.rows("case_derived_past", "case_id, recorded_to") == [(2, at(50))]
    site = opened(town)
    assert count(site, "on_time_rate", 45) == 3
    assert count(as_known(site, at(45)), "on_time_rate", 45) == 2
    close(site)


@pytest.mark.parametrize("tiles", [True, False])
def test_a_path_filled_in_later_was_not_known_before(town, tiles):
    begin(town, tiles)
    nowhere, here = Case("1", "reported 0", ""), Case("1", "reported 0", "A1")
    town.take([nowhere, Case("2", "reported 0", "A2")], now=1)
    with town.case.begin() as connection:
        connection.execute(text("DELETE FROM case_path WHERE case_id = 1 AND hierarchy_id = 2"))
        past = PastStates(connection, at(5))
        assert fill_paths(connection, paths_of([here], town.grid_ids), past.before_paths) == (2, 0)
        bump(connection, "cases", at(5))
        if tiles:
            build(connection, ZONE, at(5), sets=SETS)
    site = opened(town)
    for tree, grid in (("area", "A1"), ("patrol", "A1")):
        parts = {"hierarchy": tree, "grid": grid}
        assert count(site, "reported", 9, **parts) == 1
        assert count(as_known(site, at(4)), "reported", 9, **parts) == 0
    scope = scope_of(site, at(9))
    answer = measure(as_known(site, at(4)), [BY_KEY["reported"]], scope, "grid", as_of=at(9))
    found = {key: f.n for key, f in answer.figures["reported"].items() if f.n}
    assert found == {"A": 1, UNLOCATED: 1}
    close(site)


def test_what_is_told_while_a_moment_is_looked_at_changes_nothing_of_it(town):
    begin(town)
    made = [Case(str(n), LATE, "A1") for n in range(4)]
    town.take(made, until=2, now=2)
    site = opened(town, 30)
    then = as_known(site, at(2))
    for hour, number in ((30, 1), (31, 2), (32, 4)):
        town.take(made[:number], now=hour)
        site.look()
        assert count(then, "overdue", 28) == 4
        assert count(site, "overdue", 28) == 4 - number
    close(site)


def test_where_too_much_was_told_since_all_is_counted_from_the_cases(town, monkeypatch):
    begin(town)
    made = [Case(str(n), LATE, "A1") for n in range(4)]
    town.take(made, until=2, now=2)
    town.take(made, now=30)
    monkeypatch.setattr("queries.known_steps.MOST_CASES", 3)
    site = opened(town)
    assert count(as_known(site, at(29)), "overdue", 28) == 4
    assert as_known(site, at(29)).known._held[2] is None
    close(site)


def test_a_clock_that_was_put_back_mixes_nothing_up(town):
    begin(town, tiles=False)
    town.take([Case("1", LATE)], until=2, now=40)
    town.take([Case("1", LATE)], now=30)
    site = opened(town)
    assert count(as_known(site, at(39.9)), "overdue", 30) == 0
    assert count(as_known(site, at(40)), "closed", 30) == 1
    assert town.rows("case_derived", "MAX(recorded_from)") == [(at(40),)]
    close(site)


def test_a_moment_is_a_day_or_a_time_that_is_past_and_on_record(town):
    begin(town, tiles=False)
    town.take([Case("1", LATE)], now=30)
    site = opened(town, 100)
    assert known_since(site) == at(30)
    assert read_known(site, None) is None
    assert read_known(site, "2026-03-03") == at(48) - 1
    assert read_known(site, "2026-03-03T18:00") == at(42)
    assert read_known(site, "2026-03-06") == at(120) - 1
    for wrong in (
        "2026-03-07",
        "2026-03-06T05:00",
        "yesterday",
        "2026-3-3",
        "1900-01-01T00:00",
        "",
        "3",
    ):
        with pytest.raises(ScopeError) as refused:
            read_known(site, wrong)
        assert (refused.value.part, refused.value.value) == ("known", wrong)
        assert not isinstance(refused.value, BeforeRecords)
    with pytest.raises(BeforeRecords) as refused:
        read_known(site, "2026-03-03T05:59")
    assert f"{refused.value.since:%m-%d %H:%M}" == "03-03 06:00"
    close(site)
