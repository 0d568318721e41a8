"""The rules of lights and stages: what is refused by name, what older databases keep, what is derived anew."""

from collections.abc import Sequence
from typing import Any

import pytest
from small_town import ZONE, Case, at, found_town
from stage_replay import BURST, CALENDAR, HOUR, PIPE, STANDARD

from data.case_tables import site_setting
from data.errors import InputError, SetupError
from data.rederive import renew_states
from data.rules import lights_of, read_rules, write_calendar
from data.stage_limits import StageLimit, StageLimits, read_stage_limits, write_stage_limits
from data.stored_settings import write_setting


@pytest.mark.parametrize(
    ("held", "named"),
    [
        ({"warn_share": 1.5}, "warn_share"),
        ({"warn_share": 0}, "warn_share"),
        ({"warn_share": True}, "warn_share"),
        ({"warn_share": "0.8"}, "warn_share"),
        ({"basis": "both"}, "basis"),
        ([], "lights"),
    ],
)
def test_a_setting_that_cannot_be_gone_by_is_refused_by_name(held, named):
    with pytest.raises(InputError, match=named):
        lights_of(held)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ((PIPE[0], PIPE[0]), "'fence'.*twice"),
        ((StageLimit("fence", HOUR),), "belongs to a category"),
        ((StageLimit("handle", 0),), "limit_seconds"),
        ((StageLimit("handle", HOUR, "moon"),), "limit_clock"),
    ],
)
def test_stage_limits_that_make_no_sense_are_refused_by_name(rows, named):
    with pytest.raises(InputError, match=named):
        StageLimits(rows)


@pytest.fixture
def town(tmp_path):
    town = found_town("sqlite", tmp_path, "stages")
    with town.case.begin() as connection:
        write_calendar(connection, CALENDAR)
    yield town
    town.close()


def renew(town: Any, lights: dict[str, object], limits: Sequence[StageLimit] = ()) -> None:
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "lights", lights)
        write_stage_limits(connection, limits)
        renew_states(connection, ZONE, at(100), progress=False)


def test_changed_rules_hold_after_deriving_anew(town):
    town.take(
        [Case("x", f"{BURST}, step_done 15 step fence", category="water")], until=200, now=200
    )
    assert town.rows("case_derived", "stage, light_due") != []
    renew(town, {"basis": "stage", "warn_share": 0.5}, (*STANDARD, *PIPE))
    newest = max(town.rows("case_derived", "valid_from, stage, light_due, light_warn"))
    assert newest == (at(15), "repair", at(23), at(19))
    with town.case.connect() as connection:
        assert read_stage_limits(connection).rows == (*STANDARD, *PIPE)


def test_the_share_of_older_databases_still_holds(town):
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "warn_share", 0.6)
        assert read_rules(connection, ZONE).warn_share == 0.6
        write_setting(connection, site_setting, "lights", {"basis": "stage"})
        held = read_rules(connection, ZONE)
        assert (held.warn_share, held.basis) == (0.6, "stage")
        write_setting(connection, site_setting, "lights", {"warn_share": 0.7})
        assert read_rules(connection, ZONE).warn_share == 0.7


def test_rules_that_cannot_be_gone_by_stop_with_a_sentence(town):
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "lights", {"warn_share": 2})
        with pytest.raises(SetupError, match="warn_share = 2"):
            read_rules(connection, ZONE)


def test_a_stage_on_working_time_needs_a_calendar(tmp_path):
    town = found_town("sqlite", tmp_path, "bare")
    with town.case.begin() as connection:
        write_stage_limits(connection, STANDARD)
        with pytest.raises(SetupError, match=r"'accept'.*work_hour.*no working time"):
            read_rules(connection, ZONE)
    town.close()
