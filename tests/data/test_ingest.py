"""Cases enter the database once, and what arrives later is added to what is there."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import numpy as np
import pandas as pd
import psycopg
import pytest
from conftest import ENGINES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_town import ZONE, Case, Town, at, batch_of, found_town

from data.ingest import CaseBatch, Ingested, ingest

TABLES = ("case_record", "case_path", "case_event", "survey", "case_derived", "data_version")
FULL = "reported 0, accepted 1 due 25, hung 3, resumed 9, closed 30, surveyed 40 satisfied"
CASES = (
    Case("a", FULL, "A1"),
    Case("b", "reported 2, accepted 4, extended 5 due 60, supervised 7", "A2", department=None),
    Case("c", "reported 5, rejected 6", "", is_test=True),
)


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    founded = found_town(request.param, tmp_path, "ingest")
    yield founded
    founded.close()


def everything(town: Town) -> dict[str, list[tuple[object, ...]]]:
    return {table: town.rows(table) for table in TABLES}


def version(town: Town) -> dict[object, object]:
    return dict(town.rows("data_version", "part, version"))


def take(town: Town, batch: CaseBatch, now: float = 50) -> Ingested:
    with town.case.begin() as connection:
        return ingest(connection, batch, zone=ZONE, now=at(now))


def test_the_same_batch_twice_changes_nothing(town):
    assert town.take(CASES, now=50) == Ingested(new=3, updated=0, unchanged=0, events=11)
    before = everything(town)
    assert town.take(CASES, now=90) == Ingested(new=0, updated=0, unchanged=3, events=0)
    assert everything(town) == before


def test_the_version_counts_up_only_when_something_changed(town):
    assert "cases" not in version(town)
    town.take(CASES, until=10)
    assert version(town)["cases"] == 1
    town.take(CASES, until=10)
    assert version(town)["cases"] == 1
    town.take(CASES)
    assert version(town)["cases"] == 2
    renamed = [replace(CASES[0], title="井盖缺失"), *CASES[1:]]
    town.take(renamed)
    assert version(town)["cases"] == 3
    assert version(town)["grids"] == 2, "one for each tree"


def test_an_empty_batch_changes_nothing(town):
    town.take(CASES)
    before = everything(town)
    whole = batch_of(CASES, town.grid_ids)
    empty = CaseBatch(
        whole.cases.iloc[:0], whole.paths.iloc[:0], whole.events.iloc[:0], whole.surveys.iloc[:0]
    )
    assert take(town, empty, now=99) == Ingested(0, 0, 0, 0)
    assert everything(town) == before


def test_later_events_are_appended_and_earlier_ones_stay_as_they_were(town):
    town.take(CASES, until=5, now=5)
    early = town.rows("case_event")
    assert town.take(CASES, now=50) == Ingested(new=0, updated=3, unchanged=0, events=4)
    late = town.rows("case_event")
    assert set(early) < set(late)
    assert len(late) == 11
    arrived = town.rows("case_event", "type, ingested_at")
    assert ("accepted", at(5)) in arrived
    assert ("closed", at(50)) in arrived


def test_the_seat_of_an_event_is_kept_as_it_first_came(town):
    town.take([Case("a", "reported 0, accepted 1 due 25 by ZB-1")])
    town.take([Case("a", "reported 0, accepted 1 due 25 by ZB-2, dispatched 2 by PQ-1")])
    assert town.rows("case_event", "seq, type, actor") == [
        (1, "reported", None),
        (2, "accepted", "ZB-1"),
        (3, "dispatched", "PQ-1"),
    ]


def test_events_of_a_case_are_numbered_from_one_as_they_arrive(town):
    steps = [part.strip() for part in FULL.split(",") if "surveyed" not in part]
    late_news = [steps[0], steps[1], steps[4]]
    town.take([Case("a", ", ".join(late_news), "A1")])
    town.take([Case("a", FULL, "A1")])
    seqs = town.rows("case_event", "seq, type")
    assert seqs == [
        (1, "reported"),
        (2, "accepted"),
        (3, "closed"),
        (4, "hung"),
        (5, "resumed"),
    ]
    whole = town.rows("case_derived", "paused_seconds")
    assert whole[-1] == (6 * 3600,), "what arrives late still counts at its own time"


def test_events_that_a_source_no_longer_sends_are_kept(town):
    town.take([CASES[0]])
    before = everything(town)
    town.take([replace(CASES[0], steps="reported 0, accepted 1 due 25")], now=80)
    assert everything(town) == before


def test_a_changed_attribute_updates_the_record_and_every_version_but_not_the_path(town):
    town.take(CASES, now=50)
    paths, events = town.rows("case_path"), town.rows("case_event")
    moved = replace(CASES[0], title="井盖缺失", leaf="B1", category="water", department="police")
    assert town.take([moved], now=60) == Ingested(new=0, updated=1, unchanged=0, events=0)
    assert town.rows("case_path") == paths
    assert town.rows("case_event") == events
    title = town.rows("case_record", "code, title, updated_at")
    assert title[0] == ("a", "井盖缺失", at(60))
    assert title[1] == ("b", "路面破损", at(50))
    derived = town.rows("case_derived", "case_id, category_id, department_id")
    assert {row for row in derived if row[0] == 1} == {(1, 3, 2)}


def test_a_case_that_turns_out_to_be_a_test_is_no_longer_counted(town):
    town.take(CASES)
    town.take([replace(CASES[0], is_test=True)])
    assert {row[0] for row in town.rows("case_derived", "case_id")} == {2}
    assert len(town.rows("case_event")) == 11
    town.take([CASES[0]])
    assert {row[0] for row in town.rows("case_derived", "case_id")} == {1, 2}


def test_a_case_without_any_step_has_a_record_and_no_state(town):
    whole = batch_of([CASES[0]], town.grid_ids)
    bare = CaseBatch(whole.cases, whole.paths, whole.events.iloc[:0], whole.surveys.iloc[:0])
    assert take(town, bare) == Ingested(new=1, updated=0, unchanged=0, events=0)
    assert town.rows("case_derived") == []
    assert take(town, whole).events == 5


def test_a_step_that_is_in_one_batch_twice_counts_once(town):
    """Like a step that is sent again later."""
    whole = batch_of([CASES[1]], town.grid_ids)
    doubled = pd.concat([whole.events, whole.events], ignore_index=True)
    take(town, CaseBatch(whole.cases, whole.paths, doubled, whole.surveys))
    assert town.rows("case_event", "seq, type") == [
        (1, "reported"),
        (2, "accepted"),
        (3, "extended"),
        (4, "supervised"),
    ]


def test_a_case_looks_the_same_whatever_it_arrives_beside(town):
    """A column without gaps has another type than one with gaps: that is no news of the case."""
    alone = batch_of(CASES[:1], town.grid_ids)
    plain = alone.cases.astype({"department_id": "int64"})
    take(town, CaseBatch(plain, alone.paths, alone.events, alone.surveys), now=50)
    assert town.take(CASES, now=60) == Ingested(new=2, updated=0, unchanged=1, events=6)
    assert take(town, alone, now=70).unchanged == 1


def test_a_batch_that_fails_leaves_nothing_behind(town):
    town.take(CASES[:1])
    before = everything(town)
    whole = batch_of(CASES, town.grid_ids)
    faulty = CaseBatch(whole.cases, whole.paths, whole.events.assign(type=None), whole.surveys)
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError), match=r"(?i)null"):
        take(town, faulty)
    assert everything(town) == before


MOMENTS = st.lists(st.integers(1, 40), min_size=1, max_size=7, unique=True)
STEPS = (
    "accepted {0} due {1}",
    "extended {0} due {1}",
    "reopened {0} due {1}",
    *("hung {0}", "resumed {0}", "closed {0}", "closed {0}", "supervised {0}", "rejected {0}"),
    *("surveyed {0} satisfied", "surveyed {0} unreached", "cancelled {0}", "dispatched {0}"),
)
examples = count()


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Any steps in any order, at different hours: what is stored is judged, not its sense."""
    hours = sorted(draw(MOMENTS))
    chosen = [draw(st.sampled_from(STEPS)).format(hour, hour + 10) for hour in hours]
    return ", ".join(["reported 0", *chosen])


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_history_in_pieces_adds_up_to_the_whole_history(town, data):
    """Pieces come in any order and may repeat what was sent before; a twin arrives all at once."""
    number = next(examples)
    written = data.draw(st.lists(lines(), min_size=3, max_size=8))
    pieces = [Case(f"{number}-{n}-pieces", line, "A1") for n, line in enumerate(written)]
    whole = [Case(f"{number}-{n}-whole", line, "A1") for n, line in enumerate(written)]
    town.take(whole)
    batch = batch_of(pieces, town.grid_ids)
    last = data.draw(st.integers(1, 3))
    portion = st.integers(0, last)
    of_event = np.array([data.draw(portion) for _ in range(len(batch.events))])
    of_survey = np.array([data.draw(portion) for _ in range(len(batch.surveys))])
    resends = data.draw(st.booleans())
    for n in range(last + 1):
        events = batch.events[of_event <= n if resends else of_event == n]
        surveys = batch.surveys[of_survey <= n if resends else of_survey == n]
        take(town, CaseBatch(batch.cases, batch.paths, events, surveys))
    columns = "code, valid_from, valid_to, accepted_at, closed_at, effective_deadline, warn_at, "
    columns += "paused_seconds, handling_seconds, is_open, is_closed, is_void, is_rejected, "
    columns += "is_hung, n_extend, n_hang, n_reopen, survey_valid, d.satisfaction"
    rows = town.rows("case_derived d JOIN case_record r USING (case_id)", columns)
    mine = [row for row in rows if str(row[0]).startswith(f"{number}-")]
    ends = ("-pieces", "-whole")
    twins = [
        [(str(row[0]).removesuffix(end), *row[1:]) for row in mine if str(row[0]).endswith(end)]
        for end in ends
    ]
    assert twins[0] == twins[1] != []
