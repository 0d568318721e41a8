"""What the events of a case add up to: worked by hand, and against a step-by-step replay."""

from itertools import pairwise

import pandas as pd
import pytest
from case_replay import Standing, Step, versions
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import RATINGS, START, ZONE, Case, at, events_of, records_of, surveys_of

from data.case_tables import FOREVER, case_derived
from data.days import local_day
from data.derive import derive
from data.rules import Rules

FLAGS = ("is_open", "is_closed", "is_void", "is_rejected", "is_hung")


def plain(row: dict[str, object]) -> dict[str, object]:
    """A row with None for what is missing and whole numbers for the rest."""
    return {
        name: None if pd.isna(value) else value if isinstance(value, str) else int(value)
        for name, value in row.items()
    }


def derived(*cases: Case) -> dict[str, list[dict[str, object]]]:
    """Versions by case code, oldest first."""
    number = {case.code: n for n, case in enumerate(cases, start=1)}
    records = records_of(cases)
    events, surveys = events_of(cases), surveys_of(cases)
    for frame in (records, events, surveys):
        frame["case_id"] = frame["code"].map(number)
    events["seq"] = events.groupby("case_id").cumcount() + 1
    found = derive(records, events, surveys, Rules(ZONE))
    by_case: dict[str, list[dict[str, object]]] = {case.code: [] for case in cases}
    codes = {n: code for code, n in number.items()}
    for row in found.to_dict("records"):
        by_case[codes[row["case_id"]]].append(plain(row))
    return by_case


def now(steps: str, **other: bool) -> dict[str, object]:
    """The newest version of one case."""
    return derived(Case("x", steps, **other))["x"][-1]


def states(row: dict[str, object]) -> set[str]:
    return {name.removeprefix("is_") for name in FLAGS if row[name]}


def test_a_case_from_report_to_closing_has_a_version_for_each_change():
    rows = derived(Case("x", "reported 0, accepted 1 due 25, dispatched 2, closed 10"))["x"]
    assert [(row["valid_from"], row["valid_to"]) for row in rows] == [
        (at(0), at(1)),
        (at(1), at(10)),
        (at(10), FOREVER),
    ]
    assert [states(row) for row in rows] == [set(), {"open"}, {"closed"}]
    assert [row["is_accepted"] for row in rows] == [0, 1, 1]
    assert [row["effective_deadline"] for row in rows] == [None, at(25), at(25)]
    assert [row["handling_seconds"] for row in rows] == [None, None, 10 * 3600]
    assert rows[1]["warn_at"] == at(1 + 0.8 * 24)
    assert (rows[2]["on_time_effective"], rows[2]["on_time_original"]) == (1, 1)


@pytest.mark.parametrize(
    ("closed", "in_time"), [(24, 1), (25, 1), (25.001, 0)], ids=["early", "on the dot", "late"]
)
def test_a_case_closed_by_its_deadline_is_on_time(closed, in_time):
    row = now(f"reported 0, accepted 1 due 25, closed {closed}")
    assert (row["on_time_effective"], row["on_time_original"]) == (in_time, in_time)


def test_an_extension_moves_the_effective_deadline_and_keeps_the_original():
    row = now("reported 0, accepted 1 due 25, extended 20 due 49, closed 40")
    assert (row["original_deadline"], row["effective_deadline"]) == (at(25), at(49))
    assert (row["on_time_effective"], row["on_time_original"]) == (1, 0)
    assert (row["is_extended"], row["n_extend"]) == (1, 1)
    assert row["due_day"] == local_day(at(49), ZONE)


def test_after_an_extension_the_warning_comes_at_four_fifths_of_the_longer_limit():
    row = now("reported 0, accepted 0 due 10, extended 5 due 20")
    assert row["warn_at"] == at(16)


def test_parking_stops_the_clock_and_pushes_both_deadlines():
    rows = derived(Case("x", "reported 0, accepted 1 due 25, hung 11, resumed 59, closed 70"))["x"]
    assert [states(row) for row in rows] == [
        set(),
        {"open"},
        {"open", "hung"},
        {"open"},
        {"closed"},
    ]
    parked, resumed, closed = rows[2:]
    assert (parked["hung_since"], parked["effective_deadline"]) == (at(11), at(25))
    assert (resumed["hung_since"], resumed["effective_deadline"]) == (None, at(25 + 48))
    assert resumed["warn_at"] == at(1 + 48 + 0.8 * 24)
    assert closed["paused_seconds"] == 48 * 3600
    assert closed["handling_seconds"] == (70 - 48) * 3600
    assert (closed["on_time_effective"], closed["on_time_original"]) == (1, 1)


def test_closing_a_parked_case_ends_the_parking():
    row = now("reported 0, accepted 1 due 25, hung 11, closed 60")
    assert states(row) == {"closed"}
    assert row["hung_since"] is None
    assert row["handling_seconds"] == 11 * 3600
    assert row["on_time_effective"] == 1


def test_two_parkings_add_up():
    row = now("reported 0, accepted 0 due 10, hung 1, resumed 3, hung 5, resumed 10, closed 16")
    assert (row["paused_seconds"], row["n_hang"]) == (7 * 3600, 2)
    assert row["effective_deadline"] == at(17)


def test_parking_approved_again_while_parked_runs_from_the_first_approval():
    rows = derived(Case("x", "reported 0, accepted 1 due 25, hung 10, hung 20, resumed 30"))["x"]
    assert rows[-2]["hung_since"] == at(10)
    assert rows[-1]["paused_seconds"] == 20 * 3600
    assert rows[-1]["effective_deadline"] == at(45)


def test_a_deadline_set_while_parked_is_pushed_by_the_parking_that_is_left():
    """Like an extension granted a second before or after the parking: by what is parked after it."""
    row = now("reported 0, accepted 1 due 25, hung 10, extended 20 due 100, resumed 40")
    assert row["effective_deadline"] == at(120)


def test_a_limit_that_begins_while_parked_is_pushed_by_the_parking_after_it():
    row = now("reported 0, accepted 1 due 25, hung 10, reopened 20 due 100, resumed 40")
    assert (row["original_deadline"], row["effective_deadline"]) == (at(100), at(120))
    assert row["paused_seconds"] == 30 * 3600
    assert row["warn_at"] == at(20 + 20 + 0.8 * 80)


@pytest.mark.parametrize("end", ["closed", "cancelled", "merged", "rejected"])
def test_however_a_parked_case_ends_its_parking_ends_with_it(end):
    row = now(f"reported 0, accepted 1 due 25, hung 10, {end} 20")
    assert (row["is_hung"], row["hung_since"], row["paused_seconds"]) == (0, None, 10 * 3600)


def test_parking_a_closed_case_changes_nothing():
    row = now("reported 0, accepted 1 due 25, closed 2, hung 3, resumed 100")
    assert (row["handling_seconds"], row["paused_seconds"]) == (2 * 3600, 0)
    assert row["effective_deadline"] == at(25)


def test_a_reopened_case_is_open_again_with_its_new_deadline():
    rows = derived(
        Case("x", "reported 0, accepted 1 due 25, closed 30, reopened 40 due 64, closed 60")
    )["x"]
    late, again, last = rows[-3:]
    assert (late["on_time_effective"], late["closed_at"]) == (0, at(30))
    assert states(again) == {"open"}
    assert (again["closed_at"], again["closed_day"], again["handling_seconds"]) == (None,) * 3
    assert (again["original_deadline"], again["effective_deadline"]) == (at(64), at(64))
    assert again["warn_at"] == at(40 + 0.8 * 24)
    assert (last["on_time_effective"], last["on_time_original"], last["n_reopen"]) == (1, 1, 1)
    assert last["handling_seconds"] == 60 * 3600


def test_a_case_reopened_without_a_deadline_keeps_the_one_it_had():
    row = now("reported 0, accepted 1 due 25, closed 5, reopened 30, closed 31")
    assert row["effective_deadline"] == at(25)
    assert row["on_time_effective"] == 0


def test_parking_before_a_reopening_does_not_push_the_new_deadline():
    steps = "reported 0, accepted 0 due 9, hung 1, resumed 3, closed 5, reopened 6 due 16"
    assert now(steps)["effective_deadline"] == at(16)
    assert now(f"{steps}, hung 7, resumed 9")["effective_deadline"] == at(18)


def test_a_valid_survey_keeps_its_answer():
    row = now("reported 0, accepted 1, closed 5, surveyed 9 satisfied")
    assert (row["survey_due"], row["survey_valid"], row["satisfaction"]) == (1, 1, "satisfied")


@pytest.mark.parametrize("answer", ["unreached", "unrated"])
def test_a_survey_without_an_answer_is_not_valid(answer):
    row = now(f"reported 0, accepted 1, closed 5, surveyed 9 {answer}")
    assert (row["survey_due"], row["survey_valid"], row["satisfaction"]) == (1, 0, None)


def test_an_anonymous_report_is_neither_due_for_a_survey_nor_counted():
    row = now("reported 0, accepted 1, closed 5, surveyed 9 satisfied", anonymous=True)
    assert (row["survey_due"], row["survey_valid"], row["satisfaction"]) == (0, 0, None)


def test_a_survey_before_the_last_closing_does_not_count():
    before = now("reported 0, accepted 1, surveyed 3 satisfied, closed 5")
    assert (before["survey_due"], before["survey_valid"]) == (1, 0)
    again = "reported 0, accepted 1, closed 5, surveyed 6 satisfied, reopened 7"
    assert now(again)["survey_valid"] == 0
    assert now(f"{again}, closed 9")["survey_valid"] == 0
    assert now(f"{again}, closed 9, surveyed 10 dissatisfied")["satisfaction"] == "dissatisfied"


def test_a_cancelled_case_is_void_whatever_came_before():
    for steps in ("", ", hung 5", ", closed 5"):
        row = now(f"reported 0, accepted 1 due 25{steps}, cancelled 9")
        assert states(row) == {"void"}
        assert (row["closed_at"], row["on_time_effective"]) == (None, 0)


def test_a_merged_case_is_void_and_was_never_accepted():
    row = now("reported 0, merged 2")
    assert states(row) == {"void"}
    assert (row["is_accepted"], row["reported_at"]) == (0, at(0))


def test_a_merged_case_stays_merged_when_it_is_closed_with_the_other():
    assert states(now("reported 0, accepted 1 due 25, merged 2, closed 9")) == {"void"}


def test_a_rejected_case_is_not_open_until_it_is_accepted_after_all():
    assert states(now("reported 0, rejected 2")) == {"rejected"}
    assert states(now("reported 0, accepted 1 due 25, rejected 2")) == {"rejected"}
    assert states(now("reported 0, rejected 2, accepted 4 due 28")) == {"open"}


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ("rejected 2, closed 5", "closed"),
        ("accepted 1, closed 2, rejected 5", "rejected"),
        ("accepted 1, rejected 2, reopened 5", "open"),
        ("accepted 1, cancelled 2, reopened 5", "open"),
        ("accepted 1, cancelled 2, closed 5", "closed"),
        ("accepted 1, cancelled 2, rejected 5", "rejected"),
        ("rejected 1, cancelled 2", "void"),
    ],
)
def test_the_last_verdict_counts_and_a_case_has_one_state_only(steps, state):
    """data.load writes such logs when a later extract says something else."""
    assert states(now(f"reported 0, {steps}")) == {state}


def test_a_self_handled_case_is_closed_without_having_been_accepted():
    row = now("reported 0, closed 1", self_handled=True)
    assert states(row) == {"closed"}
    assert (row["is_accepted"], row["self_handled"], row["handling_seconds"]) == (0, 1, 3600)


def test_a_test_case_has_no_rows():
    assert derived(
        Case("x", "reported 0, accepted 1", is_test=True), Case("y", "reported 0")
    ).keys() == {"x", "y"}
    assert derived(Case("x", "reported 0, accepted 1", is_test=True)) == {"x": []}


def test_steps_count_in_the_order_of_their_times():
    ordered = derived(Case("x", "reported 0, accepted 1 due 25, hung 5, resumed 9, closed 20"))
    mixed = derived(Case("x", "closed 20, hung 5, reported 0, resumed 9, accepted 1 due 25"))
    assert mixed == ordered


def test_of_two_steps_in_one_second_the_later_written_decides_and_both_count():
    rows = derived(Case("x", "reported 0, accepted 0 due 24, hung 5, resumed 5, closed 9"))["x"]
    assert [states(row) for row in rows] == [{"open"}, {"open"}, {"closed"}]
    assert (rows[1]["n_hang"], rows[1]["paused_seconds"]) == (1, 0)


def test_a_case_without_a_deadline_is_never_on_time_nor_due():
    row = now("reported 0, accepted 1, closed 5")
    assert (row["on_time_effective"], row["on_time_original"]) == (0, 0)
    assert (row["effective_deadline"], row["warn_at"], row["due_day"]) == (None, None, None)


def test_repeats_returns_and_supervision_are_counted():
    row = now("reported 0, accepted 1, returned 2, rework 3, rework 4, supervised 5, supervised 6")
    assert (row["n_return"], row["n_rework"], row["n_supervise"]) == (1, 2, 2)
    assert (row["is_supervised"], row["is_extended"]) == (1, 0)


def test_days_are_those_of_the_sites_zone():
    """23:30 and 00:30 local are one UTC day."""
    row = now("reported 23.5, accepted 24.5 due 47.5, closed 48")
    first = local_day(START, ZONE)
    days = [row[f"{name}_day"] for name in ("reported", "accepted", "due", "closed")]
    assert days == [first, first + 1, first + 1, first + 2]


def test_every_column_of_the_table_is_derived():
    row = now("reported 0, accepted 1 due 25")
    when_written = {"recorded_from"}
    assert set(row) == {column.name for column in case_derived.columns} - when_written


NEXT = {
    "start": ["reported"],
    "new": ["verified", "accepted", "accepted", "accepted", "rejected", "merged", "closed"],
    "rejected": ["accepted", "supervised", "closed", "cancelled", "reopened"],
    "open": "dispatched returned rework supervised extended hung resumed closed cancelled".split(),
    "hung": "supervised hang_requested returned resumed resumed closed cancelled merged".split(),
    "closed": ["surveyed", "surveyed", "reopened", "closed", "supervised", "rejected"],
    "cancelled": ["supervised", "surveyed", "closed", "rejected", "reopened"],
    "merged": ["supervised", "surveyed", "closed", "rejected", "cancelled", "reopened"],
}
"""What may follow what (domain.md §3.2), and repeats and stray steps that sources deliver."""


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Steps of one case, in order; several may share a second."""
    standing, steps, moment = Standing(), [], START
    for _ in range(draw(st.integers(1, 12))):
        place = "start" if not steps else standing.ended or "new"
        if standing.open:
            place = "hung" if standing.parked_since is not None else "open"
        moment += draw(st.sampled_from([0, 1, 600, 5000, 40_000, 100_000]))
        type_ = draw(st.sampled_from(NEXT[place]))
        deadline = rating = None
        if type_ == "surveyed":
            rating = draw(st.sampled_from([*RATINGS, "unreached"]))
        elif type_ in ("accepted", "reopened", "extended") and draw(st.booleans()):
            base = standing.effective if type_ == "extended" else moment
            deadline = (base or moment) + draw(st.integers(0, 200_000))
        steps.append(Step(type_, moment, deadline, rating))
        standing.take(steps[-1])
    return steps


def written(steps: list[Step], number: int, anonymous: bool) -> Case:
    """The same steps as a line of the town, hours to the second."""

    def word(step: Step) -> str:
        due = f" due {(step.deadline - START) / 3600!r}" if step.deadline is not None else ""
        return f"{step.type} {(step.at - START) / 3600!r}{due} {step.rating or ''}"

    line = ", ".join(word(step).strip() for step in steps)
    return Case(f"c{number}", line, anonymous=anonymous)


@settings(max_examples=24, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(histories(), st.booleans()), min_size=1, max_size=8))
def test_deriving_agrees_with_replaying_each_case_step_by_step(town):
    cases = [written(steps, n, anonymous) for n, (steps, anonymous) in enumerate(town)]
    found = derived(*cases)
    for case, (steps, anonymous) in zip(cases, town, strict=True):
        expected = [plain(row) for row in versions(steps, anonymous)]
        kept = [{name: row[name] for name in expected[0]} for row in found[case.code]]
        assert kept == expected


@settings(max_examples=12, deadline=None, derandomize=True, database=None)
@given(st.lists(histories(), min_size=1, max_size=8))
def test_versions_tile_time_and_keep_their_promises(town):
    for rows in derived(*(written(steps, n, False) for n, steps in enumerate(town))).values():
        assert rows[-1]["valid_to"] == FOREVER
        for row, following in pairwise(rows):
            assert row["valid_from"] < row["valid_to"] == following["valid_from"]
        for row in rows:
            assert row["on_time_original"] <= row["on_time_effective"] <= row["is_closed"]
            assert row["is_hung"] <= row["is_open"] <= row["is_accepted"]
            assert (row["handling_seconds"] or 0) >= 0
            assert row["is_open"] + row["is_closed"] + row["is_void"] + row["is_rejected"] <= 1
            assert (row["closed_at"] is None) == (row["is_closed"] == 0)
