"""Events that make no sense where they came: named one by one, counted, and kept."""

import pytest
from conftest import ENGINES
from derived_rows import log_of, now, versions
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import Case, at, found_town

from dashboard.text import LANGUAGES, catalogue
from data.events import EVENT_TYPES
from data.odd_events import REASONS, odd_events, oddities

SANE = (
    "reported 0, verified 0.5, accepted 1 due 25, dispatched 2, returned 3, dispatched 4, received 5, "
    "responded 6, hang_requested 7, hung 8, resumed 9, extension_requested 10, extended 11 due 49, "
    "supervised 12 due 20, escalated 13 lead street, supervision_answered 14, step_done 15, handled 16, "
    "checked 17, rework 18, handled 19, checked 20, closed 21, surveyed 22 dissatisfied, "
    "reopened 23 due 60, handled 24, closed 25"
)


def odd(steps: str, *, self_handled: bool = False) -> list[tuple[str, str]]:
    """Type and reason of the odd events of one case."""
    log = log_of([Case("x", steps)])
    types = log.set_index("seq")["type"]
    return [(types[seq], why) for seq, why in oddities(log, self_handled=self_handled)]


@pytest.mark.parametrize(
    "steps",
    [
        SANE,
        "reported 0, rejected 1, accepted 2 due 9",
        "reported 0, accepted 1 due 9, hung 2, closed 3",
    ],
)
def test_a_case_that_goes_its_way_has_nothing_odd(steps):
    assert odd(steps) == []
    assert {row["n_odd"] for row in versions(Case("x", steps))} == {0}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("reported 0, teleported 1, accepted 2 due 9", [("teleported", "unknown_type")]),
        ("accepted 1 due 9, reported 2", [("accepted", "before_report")]),
        (
            "accepted 1 due 9, closed 2",
            [("accepted", "before_report"), ("closed", "before_report")],
        ),
        ("reported 0, cancelled 1, accepted 2 due 9", [("accepted", "after_void")]),
        ("reported 0, accepted 1 due 9, merged 2, closed 3", [("closed", "after_void")]),
        ("reported 0, accepted 1 due 9, resumed 2", [("resumed", "not_hung")]),
        ("reported 0, accepted 1 due 9, hung 2, closed 3, resumed 4", [("resumed", "not_hung")]),
        ("reported 0, accepted 1 due 9, closed 2, hung 3", [("hung", "not_open")]),
        ("reported 0, extended 1 due 9, accepted 2 due 9", [("extended", "not_open")]),
        ("reported 0, returned 1, accepted 2 due 9", [("returned", "not_open")]),
        ("reported 0, accepted 1 due 9, closed 2, rework 3", [("rework", "not_open")]),
        ("reported 0, rejected 1, supervised 2", [("supervised", "not_open")]),
        ("reported 0, accepted 1 due 9, reopened 2", [("reopened", "not_closed")]),
        ("reported 0, rejected 1, reopened 2", [("reopened", "not_closed")]),
        ("reported 0, closed 1, accepted 2 due 9", [("closed", "not_accepted")]),
        ("reported 0, accepted 1, hung 2", [("hung", "no_limit")]),
        ("reported 0, accepted 1, extended 2 due 9", [("extended", "no_limit")]),
        ("reported 5, accepted 6 due 4", [("accepted", "early_deadline")]),
        ("reported 5, accepted 6 due 9, supervised 7 due 4", [("supervised", "early_deadline")]),
    ],
)
def test_an_odd_event_is_named_and_counted(steps, expected):
    assert odd(steps) == expected
    assert now(steps)["n_odd"] == len(expected)


def test_an_event_counts_once_and_of_several_reasons_the_first_is_told():
    # It is neither reported nor open nor limited.
    assert odd("hung 1") == [("hung", "before_report")]


def test_what_is_settled_on_the_spot_is_closed_without_having_been_accepted():
    steps = "reported 0, closed 1"
    assert odd(steps) == [("closed", "not_accepted")]
    assert odd(steps, self_handled=True) == []
    assert now(steps, self_handled=True)["n_odd"] == 0


def test_a_deadline_in_the_second_of_the_report_is_not_before_it():
    assert odd("reported 5, accepted 6 due 5") == []


def test_surveys_are_no_events():
    assert now("reported 0, surveyed 1 satisfied, accepted 2 due 9")["n_odd"] == 0


def test_a_version_begins_where_an_odd_event_came():
    rows = versions(Case("x", "reported 0, accepted 1 due 9, teleported 3, closed 5"))
    found = [(row["valid_from"], row["n_odd"]) for row in rows]
    assert found == [(at(0), 0), (at(1), 0), (at(3), 1), (at(5), 1)]


def test_several_cases_are_told_apart():
    log = log_of(
        [Case("a", "reported 0, resumed 1"), Case("b", "reported 0, closed 1"), Case("c", SANE)]
    )
    found = odd_events(log, self_handled=[2])
    assert found.to_dict("records") == [{"case_id": 1, "seq": 2, "reason": "not_hung"}]
    assert odd_events(log.iloc[:0]).empty


ANY = st.lists(
    st.tuples(st.sampled_from([*EVENT_TYPES, "teleported"]), st.integers(0, 20), st.booleans()),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(steps=ANY, self_handled=st.booleans())
def test_as_many_events_are_counted_as_are_named(steps, self_handled):
    line = ", ".join(f"{t} {hour}{f' due {hour + 5}' if due else ''}" for t, hour, due in steps)
    case = Case("x", line, self_handled=self_handled)
    named = oddities(log_of([case]), self_handled=self_handled)
    # A case that only ever had events which change nothing has no version.
    rows = versions(case)
    assert (rows[-1]["n_odd"] if rows else 0) == len(named)
    assert len({seq for seq, _ in named}) == len(named)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_type_of_event_is_kept_as_it_came(engine, tmp_path):
    town = found_town(engine, tmp_path, "odd")
    town.take([Case("a", "reported 0, teleported 1, accepted 2 due 9")])
    assert ("teleported", at(1)) in town.rows("case_event", "type, at")
    town.take([Case("a", "reported 0, teleported 1, accepted 2 due 9, resumed 3")])
    newest = town.rows("case_derived", "valid_from, n_odd, is_open")[-1]
    assert newest == (at(3), 2, 1)
    town.close()


def test_every_reason_has_its_words():
    for reason in REASONS:
        words = catalogue()[f"odd.{reason}"]
        assert all(words[language].strip() for language in LANGUAGES)
