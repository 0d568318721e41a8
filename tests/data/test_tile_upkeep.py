"""Whatever happens to cases, in whatever order: tiles stay what the cases say, cell by cell."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import ENGINES
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import CATEGORIES, DEPARTMENTS, SOURCES, ZONE, Case, Town, at, found_town
from sqlalchemy import text

from data import helpers
from data.ingest import rederive
from data.state_rows import read_states
from data.tiles import portions
from data.tiles.build import build
from data.tiles.cells import Cells
from data.tiles.tables import (
    ALL,
    CATEGORY,
    DEPARTMENT,
    HISTOGRAM,
    NOWHERE,
    SOURCE,
    TILES,
    Set,
    case_turn,
    tile_parent,
)
from data.tiles.writer import TileWriter, add_cells
from data.verify import full, heal, quick

DIMS = (ALL, SOURCE, CATEGORY, DEPARTMENT, HISTOGRAM)
SETS = [Set(NOWHERE, 0, dim) for dim in DIMS]
SETS += [Set(tree, level, dim) for tree in (1, 2) for level in (1, 2) for dim in DIMS]

STEPS = (
    "accepted {0} due {1}",
    "accepted {0}",
    "dispatched {0}",
    "received {0}",
    "responded {0}",
    "extended {0} due {1}",
    "hung {0}",
    "resumed {0}",
    "supervised {0} due {1}",
    "supervision_answered {0}",
    "returned {0}",
    "rework {0}",
    "checked {0}",
    "closed {0}",
    "surveyed {0} satisfied",
    "surveyed {0} dissatisfied",
    "reopened {0} due {1}",
    "cancelled {0}",
    "merged {0}",
    "rejected {0}",
    "escalated {0} lead station",
)


@st.composite
def cases(draw: st.DrawFn) -> list[Case]:
    """A handful of cases whose steps come at any hour of three months, in no order that makes sense."""
    made = []
    for number in range(draw(st.integers(1, 6))):
        reported = draw(st.integers(0, 1500))
        steps = [f"reported {reported}"]
        for step in draw(st.lists(st.sampled_from(STEPS), max_size=9)):
            hour = reported + draw(st.integers(0, 700))
            steps.append(step.format(hour, hour + draw(st.integers(1, 200))))
        made.append(
            Case(
                f"{number}",
                ", ".join(steps),
                draw(st.sampled_from(["A1", "A2", "B1", "A", ""])),
                draw(st.sampled_from(list(SOURCES))),
                draw(st.sampled_from(list(CATEGORIES))),
                draw(st.sampled_from([*DEPARTMENTS, None])),
                anonymous=draw(st.booleans()),
                in_grid=draw(st.sampled_from([None, True, False])),
                is_test=draw(st.integers(0, 9)) == 0,
            )
        )
    return made


@pytest.fixture(scope="module", params=ENGINES)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    folder: Path = tmp_path_factory.mktemp(f"upkeep-{request.param}")
    made = found_town(request.param, folder, "upkeep")
    yield made
    made.close()


def begin(town: Town) -> None:
    """Forget all cases, and have tiles of every kind."""
    town.forget()
    with town.case.begin() as connection:
        build(connection, ZONE, 0, sets=SETS)


def differing(town: Town) -> int:
    with town.case.begin() as connection:
        assert quick(connection) == []
        return full(connection, ZONE).number


def turns(town: Town) -> set[tuple[object, ...]]:
    return set(town.rows(case_turn.name))


@settings(max_examples=6, deadline=None, derandomize=True, database=None)
@given(cases(), st.lists(st.integers(0, 2300), min_size=1, max_size=3), st.data())
def test_tiles_follow_every_order_of_arrival(town, made, hours, data):
    begin(town)
    first = min(int(case.steps.split()[1].rstrip(",")) for case in made)
    for hour in (max(hour, first) for hour in hours):
        town.take(made, until=hour, now=hour)
        changed = data.draw(st.sampled_from(made))
        # The same case, told differently: another source, another office.
        other = Case(
            **{
                **changed.__dict__,
                "source": data.draw(st.sampled_from(list(SOURCES))),
                "department": data.draw(st.sampled_from([*DEPARTMENTS, None])),
            }
        )
        made = [other if case is changed else case for case in made]
        town.take(made, until=hour, now=hour)
    assert differing(town) == 0
    kept = turns(town)
    with town.case.begin() as connection:
        build(connection, ZONE, 0, sets=SETS)
    assert turns(town) == kept


def test_tiles_that_other_processes_helped_with_are_the_same(town, monkeypatch):
    begin(town)
    places = ["A1", "A2", "B1", "A", ""]
    made = [
        Case(f"{n}", f"reported {n}, accepted {n} due {n + 40}, closed {n + 9}", places[n % 5])
        for n in range(30)
    ]
    town.take(made, now=90)
    kept = [town.rows(table.name) for table in (*TILES.values(), case_turn, tile_parent)]
    monkeypatch.setattr(portions, "PORTION", 7)
    monkeypatch.setattr(helpers, "MANY", 0)
    monkeypatch.setattr(helpers, "helpers", lambda: 2)
    with town.case.connect() as connection:
        assert build(connection, ZONE, 0, sets=SETS, committed=True) == len(made)
        connection.commit()
    found = [town.rows(table.name) for table in (*TILES.values(), case_turn, tile_parent)]
    assert [sorted(rows) for rows in found] == [sorted(rows) for rows in kept]
    assert differing(town) == 0


def test_a_repeat_found_later_moves_the_figures_of_the_case_it_bears_upon(town):
    begin(town)
    town.take([Case("late", "reported 50, accepted 51 due 80", "A1")], now=60)
    town.take([Case("early", "reported 10, accepted 11 due 40, closed 20", "A1")], now=61)
    assert town.rows("tile_accepted", "SUM(n_repeated)")[0][0] > 0
    assert differing(town) == 0


def test_a_corrupted_cell_is_found_by_both_checks_and_healed(town):
    begin(town)
    town.take([Case("1", "reported 0, accepted 1 due 25, closed 10", "A1")], now=30)
    with town.case.begin() as connection:
        connection.execute(
            text("UPDATE tile_closed SET n_closed = n_closed + 1 WHERE dim = 1 AND grain = 0")
        )
    with town.case.begin() as connection:
        told = [str(one) for one in quick(connection)]
        assert any("days = months: closed" in line for line in told)
        missing = full(connection, ZONE)
        assert missing.number > 0
        assert heal(connection, missing, at(31)) > 0
    assert differing(town) == 0


def test_a_cell_too_many_in_the_whole_is_found_by_the_count_of_the_cases(town):
    begin(town)
    town.take([Case("1", "reported 0, accepted 1 due 25", "A1")], now=30)
    table = TILES["stock"]
    with town.case.begin() as connection:
        counters = len(table.columns) - 7
        keys = np.array([[0, 0, 0, 1, 700, 0, 0]])
        add_cells(connection, "stock", [Cells(keys, np.eye(1, counters, dtype=np.int64))])
        assert any("whole = cases" in str(one) for one in quick(connection))


def test_a_writer_of_another_catalogue_puts_tiles_out_of_force(town):
    begin(town)
    with town.case.begin() as connection:
        connection.execute(text("UPDATE tile_state SET value = '\"older\"' WHERE key = 'made_by'"))
        writer = TileWriter(connection, ZONE)
        assert not writer.active
        writer.before([1])
        writer.after([1])
        assert connection.execute(text("SELECT COUNT(*) FROM tile_state")).scalar() == 0


def test_deriving_anew_through_the_writer_changes_nothing(town):
    begin(town)
    town.take([Case(str(n), f"reported {n}, accepted {n + 1} due 99", "A2") for n in range(5)])
    before = town.rows("tile_accepted")
    with town.case.begin() as connection:
        ids = [row[0] for row in connection.execute(text("SELECT case_id FROM case_record"))]
        writer = TileWriter(connection, ZONE)
        writer.before(ids)
        held = read_states(connection, ids)
        rederive(connection, ids, held, zone=ZONE, now=at(0), before=writer.before)
        writer.after()
    assert [row for row in town.rows("tile_accepted") if any(row[7:])] == [
        row for row in before if any(row[7:])
    ]
    assert differing(town) == 0
