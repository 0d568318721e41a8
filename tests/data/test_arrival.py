"""Batches that arrive: what is taken, what is refused and in which words; twice or mixed up changes nothing."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arrival_town import body_of, sent, time_of
from conftest import ENGINES
from small_town import Town, at, found_town
from sqlalchemy import select

from data.arrival.checks import read_items
from data.arrival.schema import CASE, EVENT, MOST_CASES, SURVEY, openapi
from data.arrival.taking import Ground, Taken, read_body, take
from data.case_tables import case_derived, case_event, case_path, case_record, survey
from data.engines import CASE as CASE_KIND
from data.engines import engine_for
from data.errors import InputError
from data.one_ingester import AnotherIngester, only_ingester
from data.pulse import read_pulses

NOW = at(200)


class Door:
    """Takes batches into a town."""

    def __init__(self, town: Town) -> None:
        self.engine = engine_for(town.city.case_url, CASE_KIND, writable=True)
        self.ground = Ground()

    def take(self, *cases: Any, source: str = "hotline", prefix: str = "", now: int = NOW) -> Taken:
        return take(self.engine, self.ground, source, prefix, cases, now)

    def rows(self, table: Any, *without: str) -> list[tuple[Any, ...]]:
        columns = [c for c in table.columns if c.name not in without]
        with self.engine.connect() as connection:
            return sorted((tuple(row) for row in connection.execute(select(*columns))), key=str)

    def state(self) -> Any:
        """All that figures are made of, without when it came and in which order."""
        with self.engine.connect() as connection:
            code_of = dict(
                connection.execute(select(case_record.c.case_id, case_record.c.code)).all()
            )
        told = {}
        for table in (case_record, case_path, case_event, survey, case_derived):
            hidden = {"updated_at", "ingested_at", "recorded_from", "seq", "content_hash"}
            names = [c.name for c in table.columns if c.name not in hidden]
            with self.engine.connect() as connection:
                rows = connection.execute(select(*(table.c[name] for name in names)))
                told[table.name] = sorted(
                    (
                        tuple(
                            code_of[v] if n == "case_id" else v
                            for n, v in zip(names, row, strict=True)
                        )
                        for row in rows
                    ),
                    key=str,
                )
        return told


@pytest.fixture(params=ENGINES)
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    made = Door(found_town(request.param, tmp_path, "arrivals"))
    yield made
    made.engine.dispose()


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Door]:
    """A second, empty town."""
    made = Door(found_town("sqlite", tmp_path, "another"))
    yield made
    made.engine.dispose()


def refused(taken: Taken) -> dict[str, list[tuple[str, str]]]:
    return {v.id: [tuple(p) for p in v.problems] for v in taken.verdicts if v.verdict == "refused"}


def words(taken: Taken) -> list[str]:
    return [verdict.verdict for verdict in taken.verdicts]


def test_a_case_that_arrives_is_there_with_its_path_and_states(door: Door) -> None:
    one = sent(1, grid=None, lon=120.005, lat=30.005, address="人民路1号3单元502室", road="人民路")
    taken = door.take(one, sent(2, ("reported", 0), grid="P"))
    assert (taken.new, taken.events, taken.version) == (2, 3, 1)
    assert words(taken) == ["new", "new"]
    with door.engine.connect() as connection:
        row = connection.execute(select(case_record).where(case_record.c.code == "1")).one()
        paths = connection.execute(
            select(case_path.c.hierarchy_id, case_path.c.grid_1, case_path.c.grid_2).where(
                case_path.c.case_id == row.case_id
            )
        ).all()
    assert (row.address_masked, row.location, row.source_id) == ("人民路1号", "exact", 1)
    assert all(path.grid_2 is not None for path in paths)
    assert len(paths) == 2


def test_the_same_batch_twice_changes_nothing(door: Door) -> None:
    batch = [sent(n) for n in range(5)]
    door.take(*batch)
    before = door.state()
    taken = door.take(*batch, now=NOW + 60)
    assert (taken.new, taken.updated, taken.unchanged, taken.events) == (0, 0, 5, 0)
    assert words(taken) == ["known"] * 5
    assert taken.version == 1
    assert door.state() == before


def test_batches_that_come_twice_and_mixed_up_give_what_a_clean_load_gives(
    door: Door, another: Door
) -> None:
    steps = (("reported", 0), ("accepted", 1, 24), ("dispatched", 2), ("closed", 9))
    final = [
        sent(n, *steps[: 2 + n % 3], title=f"第{2 + n % 3}版", urgency=1 + n % 3) for n in range(12)
    ]
    another.take(*final, now=NOW)
    sends = []
    for n in range(12):
        for length in range(1, 3 + n % 3):
            title = f"第{length}版"
            sends.append([sent(n, *steps[:length], title=title, urgency=1 + n % 3)])
    sends += sends
    random.Random(7).shuffle(sends)
    for batch in sends:
        door.take(*batch)
    assert door.state() == another.state()


def test_what_is_older_brings_its_events_and_changes_nothing_else(door: Door) -> None:
    door.take(sent(1, ("reported", 0), ("accepted", 1, 24), ("closed", 9), title="办结了"))
    taken = door.take(sent(1, ("reported", 0), ("dispatched", 2), title="还早"))
    assert (words(taken), taken.events, taken.updated) == (["older"], 1, 1)
    with door.engine.connect() as connection:
        assert connection.execute(select(case_record.c.title)).scalar() == "办结了"


def test_each_item_is_refused_by_itself_and_nothing_of_it_is_written(door: Door) -> None:
    taken = door.take(
        sent("good"),
        sent("nowhere", grid="Z9"),
        sent("later", ("reported", 0), ("accepted", 300)),
        sent("words", category="weather", department="ministry"),
        {"id": "bare", "category": "road", "title": "x"},
        sent("more", mood="bad", importance=4, anonymous="yes", lon=10),
        sent("clock", at_least=1) | {"events": [{"type": "reported", "at": "2026-03-02 08:00"}]},
        sent("unknown", ("accepted", 1)),
        "nonsense",
        sent("good"),
        sent("surveyed", surveys=[{"cycle": 1, "at": time_of(3), "channel": "phone"}]),
    )
    assert (taken.new, taken.version) == (1, 1)
    assert words(taken)[0] == "new"
    told = refused(taken)
    assert told["nowhere"] == [("grid", "there is no grid Z9")]
    assert told["later"][0][0] == "events[1].at"
    assert "future" in told["later"][0][1]
    assert [field for field, _ in told["words"]] == ["category", "department"]
    assert told["bare"] == [("events", "a case has at least one event")]
    assert [field for field, _ in told["more"]] == ["mood", "anonymous", "importance", "lon"]
    assert ("events[0].at", "2026-03-02 08:00 is no time like 2026-03-31T18:00:00+08:00") in told[
        "clock"
    ]
    assert told["unknown"][0][0] == "events"
    assert told[""] == [("", "a case is an object")]
    assert told["good"] == [("id", "the same id as item 0 of this batch")]
    assert told["surveyed"] == [("surveys[0].reached", "missing")]
    assert len(door.rows(case_record)) == 1
    assert len(door.rows(case_event)) == 2


def test_an_id_is_what_is_kept_of_it(door: Door) -> None:
    long = "a" * 80
    taken = door.take(sent(f"{long}1"), sent(f"{long}2"), sent("b 1"), sent(" b  1"))
    assert words(taken) == ["new", "new", "new", "refused"]


def test_numbers_of_persons_are_struck_out(door: Door) -> None:
    door.take(sent(1, title="请回电13800138000", address="13900139000 人民路1号"))
    (row,) = door.rows(case_record)
    assert "138" not in str(row[:]).replace("120", "")
    assert "number_masked" in str(row)


def test_a_source_has_its_own_cases_only(door: Door) -> None:
    door.take(sent(1))
    taken = door.take(sent(1), source="app")
    assert refused(taken)["1"][0][0] == "id"
    taken = door.take(sent(1), source="app", prefix="app:")
    assert words(taken) == ["new"]
    with pytest.raises(InputError, match="no source 'fax'"):
        door.take(sent(1), source="fax")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"\xff\xfe", "no UTF-8: byte 0"),
        (b'{"cases": ["\xe4\xb8"]}', "no UTF-8"),
        (b"", "no JSON"),
        (b"[", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"cases": [NaN]}', "no JSON"),
        (b"[]", "cases"),
        (b'{"cases": {}}', "cases"),
        (b'{"cases": [], "more": 1}', "nothing else"),
        (body_of([{}] * (MOST_CASES + 1)), "1,001 cases"),
    ],
)
def test_what_is_no_batch_is_refused_whole(body: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_body(body)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        0,
        True,
        "",
        "\x00",
        1e400,
        10**400,
        -(10**400),
        "x" * 10_000,
        -1,
        "🙂",
        "\ud800",
    ],
)
def test_no_value_breaks_the_checks(value: Any) -> None:
    for fields, place in ((CASE, None), (EVENT, "events"), (SURVEY, "surveys")):
        for field in fields:
            item = sent(1, surveys=[])
            if place is None:
                item[field.name] = value
            else:
                item[place] = [{field.name: value}]
            (read,) = read_items([item], NOW)
            str((read.case_id, read.problems)).encode()
    for name in ("events", "surveys", "\x00"):
        read_items([{**sent(1), name: value}], NOW)


def test_who_is_at_work_is_waited_for(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.one_ingester.PATIENCE_SECONDS", 0.2)
    with (
        only_ingester(door.engine, "data.load"),
        pytest.raises(AnotherIngester, match=r"data\.load"),
    ):
        take(door.engine, door.ground, "hotline", "", [sent(1)], NOW)
    assert door.rows(case_record) == []


def test_how_late_a_source_is_and_when_it_falls_silent(door: Door) -> None:
    for minute in range(10):
        at_hour = 100 + minute * 5 / 60
        case = sent(minute, ("reported", at_hour))
        door.take(case, now=at(at_hour) + 90)
    with door.engine.connect() as connection:
        pulses = read_pulses(connection)
    pulse = pulses.by_source["hotline"]
    assert (pulse.lag, pulse.gaps) == (90, (300,) * 9)
    assert pulse.silent_after() == 15 * 60
    heard = pulse.heard_at
    assert pulses.silent(heard + 900) == {}
    assert pulses.silent(heard + 901) == {"hotline": 901}
    assert pulse.silent_after(0) is None
    assert pulse.silent_after(20) == 1200


def test_the_document_names_every_field_that_is_taken() -> None:
    document = openapi()
    post = document["paths"]["/api/cases"]["post"]
    item = post["requestBody"]["content"]["application/json"]["schema"]["properties"]["cases"][
        "items"
    ]
    assert set(item["properties"]) == {field.name for field in CASE} | {"events", "surveys"}
    assert set(item["required"]) == {"id", "category", "title", "events"}
    assert item["properties"]["events"]["items"]["properties"]["type"]["enum"][0] == "reported"
