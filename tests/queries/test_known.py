"""What the database said at a moment comes back exactly, whatever it has been told since."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from hand_town import CASES, scope_of
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from small_town import CATEGORIES, DEPARTMENTS, SOURCES, ZONE, Case, Town, at, found_town
from test_tile_upkeep import SETS, STEPS
from sqlalchemy import text

from data.rederive import renew_states
from data.tiles.build import build
from data.versions import bump
from queries.cases import behind, one_case
from queries.known import BeforeRecords, as_known, known_since, read_known
from queries.measure import measure
from queries.metrics import BY_KEY
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
    with town.case.begin() as connection:
        for table in ("case_derived", "survey", "case_event", "case_path", "case_record"):
            connection.execute(text(f"DELETE FROM {table}"))
        bump(connection, "cases", at(0))
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
    max_examples=5, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
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
