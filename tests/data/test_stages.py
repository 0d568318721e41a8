"""Stages and handling limits, worked by hand and against a replay; lights by stage and by share.

Hour 0 is Monday, 2 March 2026; the town works 08–12 and 14–18, also on Saturday, the 7th (调休).
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from case_replay import Step
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import CATEGORIES, START, ZONE, Case, at, events_of, records_of
from small_town import surveys_of as no_surveys_of
from stage_replay import BURST, CALENDAR, HOUR, PIPE, STANDARD, WATER, StageReplay

from data.derive import derive
from data.rules import Rules
from data.stage_limits import StageLimit, StageLimits


def frames_of(case: Case) -> tuple[pd.DataFrame, ...]:
    frames = records_of([case]), events_of([case]), no_surveys_of([case])
    for frame in frames:
        frame["case_id"] = 1
    frames[1]["seq"] = range(1, len(frames[1]) + 1)
    return frames


def versions(
    steps: str,
    limits: Sequence[StageLimit] = STANDARD,
    category: str = "road",
    **rules: Any,
) -> pd.DataFrame:
    held = Rules(ZONE, CALENDAR, stage_limits=StageLimits(tuple(limits)), **rules)
    return derive(*frames_of(Case("x", steps, category=category)), held)


def last(steps: str, limits: Sequence[StageLimit] = STANDARD, category: str = "road") -> pd.Series:
    return versions(steps, limits, category).iloc[-1]


def told(instant: Any) -> str | None:
    return None if pd.isna(instant) else f"{pd.Timestamp(instant, unit='s', tz=ZONE):%a %d %H:%M}"


def stage(steps: str, limits: Sequence[StageLimit] = STANDARD, category: str = "road") -> tuple:
    """The stage of the newest state, when it is due, and how many ended late."""
    row = last(steps, limits, category)
    return known(row["stage"]), told(row["stage_due"]), row["n_stage_late"]


def known(value: Any) -> Any:
    return None if pd.isna(value) else value


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("reported 11.5", ("verify", "Mon 02 12:00", 0)),
        # One working hour from 11:45: a quarter before noon, three quarters after 14:00.
        ("reported 11.5, verified 11.75", ("accept", "Mon 02 14:45", 0)),
        ("reported 9, verified 9.25, accepted 9.5", ("dispatch", "Mon 02 10:00", 0)),
        # A working day from 10:00: six hours on Monday, two on Tuesday.
        ("reported 9, accepted 9.25, dispatched 10", ("handle", "Tue 03 10:00", 1)),
        ("reported 9, accepted 9.25, received 9.5", ("handle", "Tue 03 09:30", 0)),
        (
            "reported 9, accepted 9.25, dispatched 9.5, received 12, handled 17",
            ("check", "Tue 03 09:00", 0),
        ),
        (
            "reported 9, accepted 9.25, dispatched 9.5, handled 17, checked 34",
            (None, None, 1),
        ),
        ("reported 9, accepted 9.25, dispatched 9.5, handled 17, closed 18", (None, None, 0)),
        ("reported 9, rejected 10", (None, None, 1)),
        ("reported 9, rejected 9.5, accepted 10", ("dispatch", "Mon 02 10:30", 0)),
        # Wrongly sent: dispatched anew, the newest dispatch begins the handling.
        (
            "reported 8, accepted 8, dispatched 8.5, returned 9",
            ("dispatch", "Mon 02 09:30", 0),
        ),
        (
            "reported 8, accepted 8, dispatched 8.5, returned 9, dispatched 10",
            ("handle", "Tue 03 10:00", 1),
        ),
        (
            "reported 8, accepted 8, dispatched 8.25, handled 9, rework 10",
            ("handle", "Tue 03 10:00", 0),
        ),
    ],
)
def test_each_stage_is_due_by_its_own_limit_on_its_own_clock(steps, expected):
    assert stage(steps) == expected


def test_without_a_limit_for_verifying_a_report_waits_to_be_accepted():
    limits = STANDARD[1:]
    assert stage("reported 9", limits) == ("accept", "Mon 02 10:00", 0)
    # That somebody verified it until 11:00 is not a late acceptance.
    assert stage("reported 9, verified 11", limits) == ("accept", "Mon 02 12:00", 0)
    assert stage("reported 9, accepted 11", limits)[2] == 1


def test_a_limit_of_the_category_wins_over_the_one_for_all():
    own = StageLimit("dispatch", 4 * HOUR, "urgent_hour", WATER)
    steps = "reported 9, accepted 10"
    assert stage(steps, (*STANDARD, own), "water") == ("dispatch", "Mon 02 14:00", 1)
    assert stage(steps, (*STANDARD, own), "road") == ("dispatch", "Mon 02 10:30", 1)


def test_a_category_without_any_limit_has_no_stages():
    assert stage("reported 9, accepted 10, dispatched 11", PIPE, "road") == (None, None, 0)
    assert len(versions("reported 9, accepted 10, dispatched 11", PIPE, "road")) == 2


def test_a_stage_without_a_limit_has_a_name_and_no_due_time():
    assert stage("reported 9, accepted 10", PIPE, "water") == ("dispatch", None, 0)


def test_parking_stops_the_clock_of_the_stage():
    """Parked from 17:00 to 09:00: two working hours, so 8 hours from 10:00 end at 12:00."""
    steps = "reported 9, accepted 9, dispatched 10, hung 17"
    assert stage(steps) == ("handle", "Tue 03 10:00", 1)
    assert stage(f"{steps}, resumed 33") == ("handle", "Tue 03 12:00", 1)
    # Handled while still parked: of eight hours five had counted.
    assert stage(f"{steps}, handled 200")[2] == 1
    assert stage("reported 9, accepted 9, dispatched 9.5, hung 17, handled 200")[2] == 0


def test_handling_steps_follow_each_other_each_on_its_own_clock():
    """Fence: three hours from 9, four of them parked: 16:00, done at 15. Repair: eight hours from 15."""
    assert stage(BURST, PIPE, "water") == ("fence", "Mon 02 16:00", 0)
    fenced = f"{BURST}, step_done 15 step fence"
    assert stage(fenced, PIPE, "water") == ("repair", "Mon 02 23:00", 0)
    # Repaired at midnight, an hour late. Five working days, Saturday among them.
    repaired = f"{fenced}, step_done 24 step repair"
    assert stage(repaired, PIPE, "water") == ("restore", "Sat 07 18:00", 1)
    # The last step ends when the case is handled, not when somebody says so of the step.
    restored = f"{repaired}, step_done 100 step restore"
    assert stage(restored, PIPE, "water") == ("restore", "Sat 07 18:00", 1)
    assert stage(f"{restored}, handled 106", PIPE, "water") == ("check", None, 1)


def test_rework_begins_the_handling_anew_and_leaves_the_whole_limit():
    """Ten working days from Monday 08:00 end on Thursday the 12th; two hours of parking: Friday 10:00."""
    done = f"{BURST}, step_done 15 step fence, step_done 24 step repair, handled 106"
    again = last(f"{done}, rework 111", PIPE, "water")
    assert (again["stage"], told(again["stage_due"])) == ("fence", "Fri 06 18:00")
    assert told(again["effective_deadline"]) == "Fri 13 10:00"
    assert again["effective_deadline"] == last(done, PIPE, "water")["effective_deadline"]


def test_reopening_begins_a_new_cycle_of_stages():
    late = f"{BURST}, closed 30"
    assert stage(late, PIPE, "water") == (None, None, 1)
    assert stage(f"{late}, reopened 40", PIPE, "water") == ("dispatch", None, 0)
    again = f"{late}, reopened 40, dispatched 41"
    assert stage(again, PIPE, "water") == ("fence", "Tue 03 20:00", 0)


def test_a_step_that_was_left_out_counts_as_done_with_the_later_one():
    steps = f"{BURST}, step_done 15 step repair"
    assert stage(steps, PIPE, "water")[0] == "restore"
    assert stage(f"{steps}, step_done 16 step fence", PIPE, "water")[0] == "restore"
    assert stage(f"{BURST}, step_done 15 step dance", PIPE, "water")[0] == "fence"


def test_steps_go_by_their_position_not_by_their_row():
    assert stage(BURST, PIPE[::-1], "water")[0] == "fence"


def test_a_stage_in_which_an_extension_was_granted_may_take_as_long_as_the_whole_limit():
    """domain.md §3.4: the light goes by the effective deadline."""
    steps = "reported 8, accepted 8 due 30, dispatched 8.25, extended 12 due 60"
    assert stage(steps) == ("handle", "Wed 04 12:00", 0)
    assert stage(f"{steps}, handled 58") == ("check", "Wed 04 12:00", 0)
    assert stage(f"{steps}, handled 61")[2] == 1


def test_a_new_stage_is_a_new_version():
    rows = versions("reported 8, accepted 8.25 due 40, dispatched 8.5, received 9, handled 12")
    assert [(row["valid_from"], row["stage"]) for _, row in rows.iterrows()] == [
        (at(8), "verify"),
        (at(8.25), "dispatch"),
        (at(8.5), "handle"),
        (at(12), "check"),
    ]


def test_lights_go_by_the_stage_where_the_site_says_so_and_it_has_a_limit():
    steps = "reported 8, accepted 8 due 60, dispatched 8.5"
    whole, by_stage = (versions(steps, basis=basis).iloc[-1] for basis in ("whole", "stage"))
    assert (told(whole["light_due"]), told(by_stage["light_due"])) == (
        "Wed 04 12:00",
        "Tue 03 08:30",
    )
    # 80 % of eight hours are 6 h 24 min: 3 h 30 min before noon, 2 h 54 min after 14:00.
    assert told(by_stage["light_warn"]) == "Mon 02 16:54"
    assert whole["light_warn"] == whole["warn_at"] == by_stage["warn_at"]
    checked = versions(f"{steps}, handled 9, checked 9.5", basis="stage").iloc[-1]
    assert (known(checked["stage"]), checked["light_due"]) == (None, at(60))


def test_the_share_moves_the_yellow_light_only():
    steps = "reported 0, accepted 0 due 10"
    half, most = (versions(steps, (), warn_share=share).iloc[-1] for share in (0.5, 0.8))
    assert (half["light_warn"], most["light_warn"]) == (at(5), at(8))
    assert half["light_due"] == most["light_due"] == at(10)


CHANGES = (
    *("verified", "accepted", "accepted", "rejected", "dispatched", "dispatched", "received"),
    *("returned", "step_done", "step_done", "handled", "handled", "checked", "rework"),
    *("hung", "hung", "resumed", "resumed", "closed", "reopened", "cancelled", "supervised"),
)
"""In any order: sources deliver what they like."""


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Step, str | None]]:
    moment = START + 60 * draw(st.integers(0, 3000))
    found: list[tuple[Step, str | None]] = [(Step("reported", moment), None)]
    for _ in range(draw(st.integers(1, 14))):
        moment += 60 * draw(st.sampled_from([0, 1, 20, 50, 130, 400, 1500, 4000]))
        type_ = draw(st.sampled_from(CHANGES))
        done = draw(st.sampled_from([x.stage for x in PIPE])) if type_ == "step_done" else None
        found.append((Step(type_, moment), done))
    return found


def written(history: list[tuple[Step, str | None]]) -> str:
    return ", ".join(
        f"{step.type} {(step.at - START) / HOUR!r}" + (f" step {done}" if done else "")
        for step, done in history
    )


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    histories(),
    st.sampled_from([STANDARD, STANDARD[1:], PIPE, (*STANDARD, *PIPE), (*STANDARD[2:4], *PIPE)]),
    st.sampled_from(["road", "water"]),
)
def test_stages_agree_with_replaying_each_case_step_by_step(history, limits, category):
    mine = [row for row in limits if row.category_id in (None, CATEGORIES[category])]
    found = versions(written(history), limits, category)
    if not mine:
        assert found["stage"].isna().all()
        return
    steps = [row.stage for row in mine if row.is_step]
    replay = StageReplay(CALENDAR, {row.stage: row for row in mine}, steps)
    for number, (step, done) in enumerate(history):
        replay.take(step, done)
        if number + 1 < len(history) and history[number + 1][0].at == step.at:
            continue
        held = found[(found["valid_from"] <= step.at) & (found["valid_to"] > step.at)].iloc[0]
        told = known(held["stage"]), known(held["stage_due"]), held["n_stage_late"]
        assert told == (replay.key, replay.due, replay.late)
