"""How the cases of the demo city go: limits on their clocks, leads, answers and supervision."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from data.days import day_number, epoch_of
from data.demo.city import City, imagine
from data.demo.sizes import FULL
from data.demo.vocabulary import read_vocabulary
from data.working_time import WORKING_CLOCKS, WorkClock

NOW = epoch_of("2026-05-13T10:20", "Asia/Shanghai")
HOUR, DAY = 3600, 86_400
EAST = 8 * HOUR
"""Asia/Shanghai against UTC."""
LIMIT = ["deadline", "limit_seconds", "limit_clock"]


@pytest.fixture(scope="module")
def full() -> City:
    return imagine(FULL, read_vocabulary(), 17, NOW, lambda _part: None)


def of_type(city: City, *types: str) -> pd.DataFrame:
    return city.events[city.events["type"].isin(types)]


def first(city: City, type_: str) -> pd.Series:
    """Time of the first such event of each case, missing where there is none."""
    found = of_type(city, type_).groupby("case")["at"].first()
    return found.reindex(range(len(city.cases))).astype("Int64")


def is_worked(city: City, at: pd.Series) -> pd.Series:
    """Whether instants lie in working windows, their ends included; told by the calendar's days."""
    hour = (at + EAST) % DAY / HOUR
    day = (at + EAST) // DAY
    calendar = city.words.working_time
    off = day.isin([day_number(one) for one in calendar.holidays])
    made_up = day.isin([day_number(one) for one in calendar.workdays])
    rest = (day + 3) % 7 >= 5
    inside = ((hour > 8) & (hour <= 12)) | ((hour > 14) & (hour <= 18))
    return inside & ~off & (made_up | ~rest)


def test_limits_run_on_their_clock(full: City) -> None:
    begun = of_type(full, "accepted", "reopened")
    timed = begun[begun["deadline"].notna()]
    assert (begun[LIMIT].notna().sum(axis=1).isin([0, len(LIMIT)])).all()
    working = timed["limit_clock"].isin(WORKING_CLOCKS)
    expected = WorkClock(full.words.working_time).deadline(
        timed["at"].to_numpy(), timed["limit_seconds"].to_numpy(np.int64), working.to_numpy()
    )
    assert (timed["deadline"] == expected).all()
    assert set(timed["limit_clock"]) == {"urgent_hour", "work_hour", "work_day", "natural_day"}
    assert is_worked(full, timed["deadline"][working]).all()
    assert 0.002 < begun["deadline"].isna().mean() < 0.005


def test_a_case_keeps_its_clock_or_has_none(full: City) -> None:
    begun = of_type(full, "accepted", "reopened")
    clocks = begun["limit_clock"].fillna("none").groupby(begun["case"])
    assert clocks.nunique().max() == 1
    extended = of_type(full, "extended")
    assert extended["deadline"].notna().all()
    assert extended["limit_seconds"].isna().all()
    before = of_type(full, "accepted").set_index("case")["deadline"]
    assert (extended["deadline"].to_numpy() > before[extended["case"]].to_numpy()).all()
    elsewhere = full.events[~full.events["type"].isin(["accepted", "reopened"])]
    assert elsewhere[["limit_seconds", "limit_clock"]].isna().all(axis=None)


def test_holidays_are_skipped(full: City) -> None:
    accepted = of_type(full, "accepted")
    day = (accepted["at"] + EAST) // DAY
    begin, end = (day_number(date(2025, 10, one)) for one in (1, 8))
    working = accepted["limit_clock"].isin(WORKING_CLOCKS)
    golden_week = accepted[working & day.between(begin, end)]
    assert len(golden_week) > 1000
    assert ((golden_week["deadline"] + EAST) // DAY > end).all()


def test_steps_follow_each_other(full: City) -> None:
    steps = ["reported", "accepted", "dispatched", "received", "responded", "handled"]
    times = {name: first(full, name) for name in steps}
    for number, name in enumerate(steps):
        for later in steps[number + 1 :]:
            assert (times[name] < times[later]).dropna().all(), (name, later)


def test_the_station_leads_most_of_what_it_should(full: City) -> None:
    leads = full.events.dropna(subset="lead_level")
    assert set(leads["type"]) == {"accepted", "escalated"}
    accepted = of_type(full, "accepted")
    assert accepted["lead_level"].notna().all()
    spot = full.cases["self_handled"].to_numpy()[accepted["case"]]
    assert (accepted["lead_level"][spot] == "micro_grid").all()
    line = full.words.categories["line"].to_numpy()[full.cases["category"]]
    closed = of_type(full, "closed")["case"].unique()
    sent = ~full.cases["self_handled"].to_numpy(bool)
    counted = closed[(line[closed] == "management") & sent[closed]]
    last = leads.groupby("case")["lead_level"].last()[counted]
    assert 0.82 < (last == "station").mean() < 0.88
    assert set(last) == {"station", "street", "cross"}


def test_some_cases_are_escalated_while_they_run(full: City) -> None:
    escalated = of_type(full, "escalated").set_index("case")
    sent = of_type(full, "dispatched")["case"].nunique()
    assert 0.015 < len(escalated) / sent < 0.025
    before = of_type(full, "accepted").set_index("case")["lead_level"][escalated.index]
    assert (before == "station").all()
    assert set(escalated["lead_level"]) == {"street", "cross"}
    assert set(escalated["note"]) == set(full.words.site["reasons"]["escalated"])
    closed = first(full, "closed")[escalated.index]
    assert (escalated["at"] < closed).dropna().all()


def test_citizens_are_answered_in_time_as_a_rule(full: City) -> None:
    responded, reported = first(full, "responded"), first(full, "reported")
    in_grid = full.rows["in_grid"]
    public = full.words.sources["public"].to_numpy()[full.cases["source"]] == 1
    assert (in_grid.notna() == public).all()
    assert responded[~public].isna().all()
    due = public & (first(full, "dispatched") < first(full, "closed")).fillna(False)
    waited, near = (responded - reported)[due], in_grid[due] == 1
    in_time = (waited <= np.where(near, 15 * 60, DAY)).fillna(False)
    assert 0.80 < in_time.mean() < 0.95
    assert 0.80 < in_time[near].mean() < in_time[~near].mean() < 0.96
    assert 0.01 < waited.isna().mean() < 0.04


def test_supervision_wants_an_answer_by_a_working_time(full: City) -> None:
    asked = of_type(full, "supervised").set_index("case")
    assert is_worked(full, asked["deadline"]).all()
    clock = WorkClock(full.words.working_time)
    two_days = np.array(2 * full.words.working_time.day_seconds)
    assert (asked["deadline"] == clock.deadline(asked["at"].to_numpy(), two_days)).all()
    answered = first(full, "supervision_answered")[asked.index]
    in_time = (answered <= asked["deadline"])[answered.notna()]
    assert 0.85 < in_time.mean() < 1
    stuck = full.cases["stuck"].to_numpy()[asked.index] != ""
    assert stuck.any()
    assert (answered.isna()[stuck]).all()


def test_callbacks_tell_who_was_heard(full: City) -> None:
    surveys = full.surveys
    reached = surveys["reached"] == 1
    assert surveys["responded"][~reached].isna().all()
    assert 0.96 < surveys["responded"][reached].mean() < 0.985
    assert (surveys["responded"][surveys["solved"] == 1] == 1).all()
