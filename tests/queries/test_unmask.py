"""Plain numbers are opened singly, for a reason and a case, for minutes, so many a day, and always noted."""

import threading
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from data.days import epoch_of
from data.encryption import demo_keyring
from data.population_tables import person
from queries.area import EVERYTHING, NOTHING
from queries.masking import mask_phone
from queries.person_lookup import person_card
from queries.unmask import (
    Limits,
    Opened,
    Refused,
    Wish,
    open_until,
    plain_part,
    unmask,
)

ZONE = "Asia/Shanghai"
NOON = epoch_of("2026-11-20T12:00", ZONE)
LIMITS = Limits(seconds=300, per_day=3, unusual=3)


class Rows:
    """A ledger in memory."""

    def __init__(self):
        self.rows, self.lock, self.broken = [], threading.Lock(), False

    @contextmanager
    def alone(self, _actor):
        with self.lock:
            yield

    def opened_since(self, actor, at):
        return [
            Opened(note.object, when)
            for note, when in self.rows
            if note.actor == actor and when >= at and note.outcome == "done"
        ]

    def note(self, note, at):
        if self.broken:
            raise OSError("no room")
        self.rows.append((note, at))


def wish(person_id=1, part="phone", reason="核实独居老人情况", case="HD-1", actor="zhao"):
    return Wish(actor, "S01", person_id, part, reason, case)


def ask(rows, at=NOON, limits=LIMITS, **changed):
    return unmask(
        rows,
        wish(**changed),
        at=at,
        zone=ZONE,
        limits=limits,
        sees_case=lambda code: code.startswith("HD-"),
        sees_person=lambda one: one < 100,
    )


def test_a_record_is_open_for_five_minutes_and_noted_without_what_it_shows():
    rows = Rows()
    until = ask(rows, reason="电话13800138000打不通")
    assert until == NOON + 300
    for at, expected in ((NOON, until), (until - 1, until), (until, None), (NOON - 1, None)):
        assert open_until(rows, "zhao", 1, "phone", at=at, limits=LIMITS) == expected
    for person_id, part, actor in (
        (2, "phone", "zhao"),
        (1, "identity", "zhao"),
        (1, "phone", "li"),
    ):
        assert open_until(rows, actor, person_id, part, at=NOON, limits=LIMITS) is None
    ((note, at),) = rows.rows
    assert (note.actor, note.object, note.outcome, at) == ("zhao", "person/1/phone", "done", NOON)
    assert note.reason == "HD-1: 电话138****8000打不通"


def test_nothing_else_is_asked_while_the_log_is_held():
    """Everybody who opens or does anything that is noted waits for it."""
    rows, asked = Rows(), []

    def sees(_):
        asked.append(rows.lock.locked())
        return True

    unmask(rows, wish(), at=NOON, zone=ZONE, limits=LIMITS, sees_case=sees, sees_person=sees)
    assert asked == [False, False]


def test_opening_the_next_closes_the_one_before():
    rows = Rows()
    ask(rows, person_id=1)
    ask(rows, person_id=2, at=NOON + 10)
    assert open_until(rows, "zhao", 1, "phone", at=NOON + 11, limits=LIMITS) is None
    assert open_until(rows, "zhao", 2, "phone", at=NOON + 11, limits=LIMITS) == NOON + 310


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        ("reason", {"reason": ""}),
        ("reason", {"reason": "       "}),
        ("reason", {"reason": "\u200b\u202e\u200b\u200b\u200b"}),
        ("reason", {"reason": "。。。。。。"}),
        ("reason", {"reason": "aaaaaaaa"}),
        ("reason", {"reason": "很长" * 200}),
        ("case", {"case": ""}),
        ("case", {"case": "other"}),
        ("person", {"person_id": 100}),
        ("part", {"part": "photo"}),
        ("part", {"part": "phone/../name"}),
    ],
)
def test_what_is_refused_says_why_and_is_noted(why, changed):
    rows = Rows()
    with pytest.raises(Refused) as refused:
        ask(rows, **changed)
    assert refused.value.why == why
    ((note, _),) = rows.rows
    assert note.outcome == "refused" and note.reason.startswith(f"[{why}]")
    assert open_until(rows, "zhao", 1, "phone", at=NOON, limits=LIMITS) is None


def test_so_many_a_local_day_and_no_more():
    rows = Rows()
    for number in range(3):
        ask(rows, at=NOON + number)
    with pytest.raises(Refused, match="quota"):
        ask(rows, at=NOON + 3)
    late = epoch_of("2026-11-20T23:59", ZONE)
    with pytest.raises(Refused, match="quota"):
        ask(rows, at=late)
    assert ask(rows, at=late + 60) == late + 360
    assert ask(rows, actor="li") == NOON + 300


def test_a_hurry_and_a_stranger_are_marked_for_the_auditor():
    rows = Rows()
    for number in range(3):
        ask(rows, at=NOON + number)
    with pytest.raises(Refused):
        ask(rows, at=NOON + 7200, person_id=500, limits=Limits())
    assert [note.unusual for note, _ in rows.rows] == [False, False, True, True]


def test_nothing_opens_that_cannot_be_noted():
    rows = Rows()
    rows.broken = True
    with pytest.raises(OSError, match="no room"):
        ask(rows)
    assert open_until(rows, "zhao", 1, "phone", at=NOON, limits=LIMITS) is None


def test_many_at_once_do_not_get_past_the_number_of_a_day():
    rows, opened = Rows(), []

    def one():
        with suppress(Refused):
            opened.append(ask(rows))

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 3 and len(rows.rows) == 20


@pytest.mark.parametrize(
    "wrong", [{"seconds": 0}, {"seconds": 10**6}, {"per_day": -1}, {"unusual": 0}]
)
def test_wrong_limits_are_refused(wrong):
    with pytest.raises(ValueError, match="range"):
        Limits(**wrong)


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 4)), max_size=25))
def test_at_any_time_one_record_at_most_is_open(steps):
    rows, at = Rows(), NOON
    for wait, person_id in steps:
        at += wait
        try:
            ask(rows, at=at, person_id=person_id, limits=Limits(per_day=6))
        except Refused as refused:
            assert refused.why == "quota"
        open_now = [
            one
            for one in range(1, 5)
            if open_until(rows, "zhao", one, "phone", at=at, limits=Limits(per_day=6)) is not None
        ]
        assert len(open_now) <= 1
    assert sum(note.outcome == "done" for note, _ in rows.rows) <= 6


def test_the_plain_number_is_given_while_it_is_open_and_in_the_area_only(site):
    rows, keyring = Rows(), demo_keyring()
    with site.population.connect() as connection:
        one = connection.execute(
            select(person).where(person.c.grid_code.is_not(None)).limit(1)
        ).first()
    ask(rows, person_id=one.person_id)

    def shown(part="phone", area=EVERYTHING, at=NOON):
        return plain_part(
            site, area, keyring, rows, "zhao", one.person_id, part, at=at, limits=LIMITS
        )

    number = shown()
    card = person_card(site, EVERYTHING, one.person_id, keyring, as_of=NOON)
    assert card.phone == mask_phone(number) != number
    assert number not in repr(card) and one.name not in repr(card)
    assert shown(area=NOTHING) is None
    assert shown(at=NOON + 301) is None
    assert shown(part="identity") is None
    ask(rows, person_id=one.person_id, part="name")
    assert shown(part="name") == one.name
    ask(rows, person_id=one.person_id, part="address")
    assert shown(part="address").endswith("室")
    assert person_card(site, NOTHING, one.person_id, keyring, as_of=NOON) is None
    assert person_card(site, EVERYTHING, 10**9, keyring, as_of=NOON) is None
