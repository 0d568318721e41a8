"""Handled in time, closed on the same day of assessment, dispatched off the list: worked by hand."""

from itertools import pairwise

import pandas as pd
import pytest
from conftest import ENGINES
from derived_rows import now, versions
from small_town import ZONE, Case, at, found_town

from data.assessment_day import assessment_days
from data.case_tables import site_setting
from data.days import epoch_of, local_day
from data.errors import SetupError
from data.rules import Rules, read_rules
from data.stored_settings import write_setting
from data.work_tables import access_item

DUE = "reported 0, accepted 1 due 25"


@pytest.mark.parametrize(
    ("steps", "in_time"),
    [
        ("", 0),
        # Handled, not closed yet.
        (", handled 25", 1),
        (", handled 25.001", 0),
        # What checking and closing take is not the unit's.
        (", handled 20, checked 40, closed 50", 1),
        # Nobody noted the handling.
        (", closed 25", 1),
        (", closed 26", 0),
        # Rework takes the handling back; the limit runs on.
        (", handled 20, checked 21, rework 22", 0),
        (", handled 20, checked 21, rework 22, handled 24", 1),
        (", handled 20, checked 21, rework 22, handled 30, closed 31", 0),
        # Only the newest handling of a cycle counts.
        (", handled 20, handled 30", 0),
        # Reopened after it was handled: a new cycle with its own limit.
        (", handled 20, closed 21, reopened 30 due 54", 0),
        (", handled 20, closed 21, reopened 30 due 54, handled 54, closed 60", 1),
        (", handled 20, closed 21, reopened 30 due 54, handled 55, closed 60", 0),
        # … and one that says nothing of the limit goes on by the old one.
        (", handled 20, closed 21, reopened 30, handled 31", 0),
        # An extension that comes after makes it good; parked time does not count.
        (", handled 30, extended 35 due 49", 1),
        (", hung 10, resumed 20, handled 34", 1),
        (", handled 20, cancelled 30", 0),
    ],
)
def test_handled_by_the_effective_deadline(steps, in_time):
    assert now(DUE + steps)["on_time_handled"] == in_time


def test_without_a_deadline_nothing_is_in_time():
    assert now("reported 0, accepted 1, handled 2, closed 3")["on_time_handled"] == 0


def test_whoever_asks_after_the_deadline_sees_what_had_been_handled_by_then():
    rows = versions(Case("x", f"{DUE}, handled 20, handled 30, checked 31, closed 40"))
    flags = [(row["valid_from"], row["on_time_handled"]) for row in rows]
    # Handled again too late: that begins a version, while being handled in time does not.
    assert flags == [(at(0), 0), (at(1), 1), (at(30), 0), (at(40), 0)]
    assert all(one["valid_to"] == other["valid_from"] for one, other in pairwise(rows))


@pytest.mark.parametrize(
    ("begins", "accepted", "closed", "same"),
    [
        ("00:00", 9, 23.9, 1),
        ("00:00", 23, 24.5, 0),
        # Noon to noon: 11:59 belongs to the day that began yesterday.
        ("12:00", 11 + 59 / 60, 12 + 1 / 60, 0),
        ("12:00", 12 + 1 / 60, 35 + 59 / 60, 1),
        ("12:00", 12, 36, 0),
        ("12:00", 23, 25, 1),
    ],
)
def test_closed_on_the_same_day_of_assessment(begins, accepted, closed, same):
    row = now(f"reported 8, accepted {accepted}, closed {closed}", Rules(ZONE, day_begins=begins))
    assert row["is_same_day"] == same


@pytest.mark.parametrize("steps", ["accepted 9", "closed 9", "accepted 9, closed 10, reopened 11"])
def test_what_is_not_both_accepted_and_closed_is_not_closed_the_same_day(steps):
    assert now(f"reported 8, {steps}")["is_same_day"] == 0


def test_noon_is_noon_on_the_wall_clock_also_when_clocks_change():
    """In New York 8 March 2026 has 23 hours: its noon is eleven hours after midnight."""
    zone, texts = "America/New_York", ["2026-03-08T11:59", "2026-03-08T12:00", "2026-03-08T00:30"]
    at_ = pd.Series([epoch_of(text, zone) for text in texts] + [None], dtype="Int64")
    day = local_day(epoch_of(texts[0], zone), zone)
    found = assessment_days(at_, zone, "12:00")
    assert found.tolist()[:3] == [day - 1, day, day - 1]
    assert found.isna().tolist() == [False, False, False, True]


LIST = Rules(ZONE, management=frozenset({1}), has_access_list=True)
SENT = "reported 0, accepted 1 due 25 lead station, dispatched 2"


@pytest.mark.parametrize(
    ("steps", "other", "rules", "off"),
    [
        (SENT, {}, LIST, 1),
        # Covered by an item of the list.
        (SENT, {"item": 7}, LIST, 0),
        # A service is no management case.
        (SENT, {"category": "water"}, LIST, 0),
        # Not dispatched yet; led by somebody else.
        ("reported 0, accepted 1 due 25 lead station", {}, LIST, 0),
        ("reported 0, accepted 1 due 25 lead street, dispatched 2", {}, LIST, 0),
        # The station led it for a while.
        (f"{SENT}, escalated 3 lead street, closed 9", {}, LIST, 1),
        ("reported 0, accepted 1 lead street, dispatched 2, escalated 3 lead station", {}, LIST, 1),
        # The site has no list.
        (SENT, {}, Rules(ZONE, management=frozenset({1})), 0),
    ],
)
def test_off_the_list_is_what_a_station_was_sent_without_an_item(steps, other, rules, off):
    row = now(steps, rules, **other)
    assert (row["is_off_list"], row["access_item_id"]) == (off, other.get("item"))


def test_a_case_is_off_the_list_from_its_dispatch_on():
    rows = versions(Case("x", f"{SENT}, closed 9"), LIST)
    flags = [(row["valid_from"], row["is_off_list"]) for row in rows]
    assert flags == [(at(0), 0), (at(1), 0), (at(2), 1), (at(9), 1)]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_rules_of_a_site_come_from_its_database(engine, tmp_path):
    town = found_town(engine, tmp_path, "rules")
    item = {"item_id": 7, "code": "7", "batch": 1, "class_code": "1", "valid_from": 0}
    item |= dict.fromkeys(["class_name", "class_name_en", "name", "name_en"], "摊贩")
    with town.case.begin() as connection:
        bare = read_rules(connection, ZONE)
        connection.execute(access_item.insert().values(**item, lead_level="station"))
        told = {"day_begins": "12:00", "repeat_days": 30, "repeat_metres": 20.5}
        write_setting(connection, site_setting, "assessment", told)
        rules = read_rules(connection, ZONE)
        assert (bare.has_access_list, rules.has_access_list) == (False, True)
        assert (bare.day_begins, rules.day_begins) == ("00:00", "12:00")
        assert (bare.reach.metres, bare.reach.days) == (50, 90)
        assert (rules.reach.metres, rules.reach.days) == (20.5, 30)
    town.close()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"day_begins": "24:00"}, "day_begins"),
        ({"day_begins": 12}, "day_begins"),
        ({"repeat_metres": 0}, "repeat_metres"),
        ({"repeat_metres": "50"}, "repeat_metres"),
        ({"repeat_days": 1.5}, "repeat_days"),
        ({"repeat_days": True}, "repeat_days"),
        ({"repeat_by": "phone"}, "repeat_by"),
        ([], "assessment"),
    ],
)
def test_a_setting_that_cannot_be_taken_is_named(told, said, tmp_path):
    town = found_town("sqlite", tmp_path, "rules")
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "assessment", told)
        with pytest.raises(SetupError, match=said):
            read_rules(connection, ZONE)
    town.close()
