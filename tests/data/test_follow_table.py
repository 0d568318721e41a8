"""Following a table of a customer's database: rows are taken as they change, nothing twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from follow_town import codes, events, order_of
from load_town import Town, cases
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from data.errors import InputError, SetupError
from data.load.pull import TableFollower, reader_of

pytest_plugins = ["follow_fixtures"]

FOLLOW = '\n[follow]\ntable = "events"\nchanged = "更新"\noverlap_seconds = 60\n'


class Source:
    """A customer's database with one table."""

    def __init__(self, town: Town) -> None:
        self.url = f"sqlite:///{town.folder}/customer.sqlite"
        self.engine = create_engine(self.url)
        self.columns = [*cases()[0], "更新"]
        named = ", ".join(f'"{name}" TEXT' for name in self.columns)
        self.run(f"CREATE TABLE events ({named})")

    def run(self, statement: str, values: dict[str, Any] | None = None) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values or {})

    def put(self, row: dict[str, str], changed: str) -> None:
        values = {f"v{n}": v for n, v in enumerate([*row.values(), f"2024-03-10 {changed}"])}
        self.run('DELETE FROM events WHERE "编号" = :v0', {"v0": row["编号"]})
        self.run(f"INSERT INTO events VALUES ({', '.join(f':{name}' for name in values)})", values)


@pytest.fixture
def source(town: Town) -> Iterator[Source]:
    made = Source(town)
    town.mapping += FOLLOW
    yield made
    made.engine.dispose()


def table_of(town: Town, source: Source) -> TableFollower:
    return TableFollower(*order_of(town), lambda part: None, address=source.url)


def test_rows_are_taken_as_they_change(town: Town, source: Source) -> None:
    follower = table_of(town, source)
    assert follower.look() == 0
    one, two, three, _ = cases()
    source.put(one, "10:00:00")
    source.put(two, "10:00:10")
    assert follower.look() == 2
    assert follower.look() == 0
    source.put(three, "10:00:05")
    assert follower.look() == 1, "a transaction that ended late"
    two |= {"状态": "已结案", "结案时间": "2024-03-01 12:00:00"}
    source.put(two, "10:05:00")
    assert follower.look() == 1
    assert codes(town) == ["A1", "A2", "A3"]
    assert town.now("A2")["is_closed"] == 1


def test_a_follower_of_rows_that_begins_again_goes_on(town: Town, source: Source) -> None:
    follower = table_of(town, source)
    for n, row in enumerate(cases()):
        source.put(row, f"1{n}:00:00")
    assert follower.look() == 4
    before = events(town)
    again = table_of(town, source)
    assert again.look() == 1, "what lies within the overlap is looked at once more"
    assert events(town) == before
    assert codes(town) == ["A1", "A2", "A3", "A4"]


def test_what_could_not_be_loaded_is_loaded_the_next_time(
    town: Town, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = table_of(town, source)
    source.put(cases()[0], "10:00:00")
    load = TableFollower.load

    def gone(*_: Any) -> None:
        raise OperationalError("", {}, OSError("the database is away"))

    monkeypatch.setattr(TableFollower, "load", gone)
    with pytest.raises(OperationalError):
        follower.look()
    monkeypatch.setattr(TableFollower, "load", load)
    assert follower.look() == 1
    assert codes(town) == ["A1"]


def test_a_table_that_cannot_be_followed_is_named(town: Town, source: Source) -> None:
    for old, new, told in (
        ('table = "events"', 'table = "cases"', "there is no cases"),
        ('changed = "更新"', 'changed = "updated"', "no column 'updated'"),
    ):
        mapping = town.mapping
        town.change(old, new)
        with pytest.raises(InputError, match=told):
            table_of(town, source).look()
        town.mapping = mapping
    with pytest.raises(SetupError, match="FOLLOW_URL") as refusal:
        reader_of("nonsense:secret")
    assert "secret" not in str(refusal.value)


def test_a_column_of_changes_is_looked_at_before_anything_is_loaded(
    town: Town, source: Source
) -> None:
    source.put(cases()[0], "10:00:00")
    for value in ("31/03/2026 18:00", "yesterday"):
        source.run('UPDATE events SET "更新" = :value', {"value": value})
        with pytest.raises(InputError, match=rf"'更新' of events holds '{value}'"):
            table_of(town, source).look()
    assert codes(town) == []


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("NUMERIC(20, 0)", (1_700_000_000_000, 1_700_000_000_100)),
        ("NUMERIC(20, 3)", (1.5, 70.25)),
        ("DATE", ("2024-03-10", "2024-03-11")),
        ("TIMESTAMP", ("2024-03-10 10:00:00.000000", "2024-03-10 11:00:00.000000")),
    ],
)
def test_changes_are_counted_by_numbers_and_days_too(
    kind: str, values: tuple[Any, Any], town: Town, source: Source
) -> None:
    named = ", ".join(f'"{name}" TEXT' for name in source.columns[:-1])
    source.run("DROP TABLE events")
    source.run(f'CREATE TABLE events ({named}, "更新" {kind})')
    follower = table_of(town, source)
    for row, value in zip(cases(), values, strict=False):
        source.put(row, "")
        source.run(
            'UPDATE events SET "更新" = :value WHERE "编号" = :id',
            {"value": value, "id": row["编号"]},
        )
        assert [follower.look(), follower.look()] == [1, 0]
    assert codes(town) == ["A1", "A2"]
    assert table_of(town, source).look() in (1, 2), "what lies within the overlap"
