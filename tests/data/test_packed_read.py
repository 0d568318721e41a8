"""Numbers that SQLite writes as characters are what the driver hands over one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    select,
)

from data import bulk, packed_read
from data.engines import CASE, engine_for
from data.packed_read import read_packed

SIZES = {"small": (SmallInteger, 16), "middle": (Integer, 32), "large": (BigInteger, 64)}
numbered = Table(
    "numbered",
    MetaData(),
    Column("place", Integer, primary_key=True),
    *(Column(name, kind, nullable=False) for name, (kind, _) in SIZES.items()),
    *(Column(f"{name}_or_none", kind) for name, (kind, _) in SIZES.items()),
    Column("spent_seconds", BigInteger),
    Column("word", Text),
)


def whole(bits: int) -> st.SearchStrategy[int]:
    """Numbers of a size."""
    highest = 2 ** (bits - 1) - 1
    # A float, as which a column with gaps is given, holds so many digits only.
    edge = min(highest, 2**53)
    return st.one_of(st.integers(-9, 9), st.sampled_from([-edge, edge]), st.integers(-edge, edge))


DURATIONS = st.none() | st.integers(-(2**35), 2**35)
WORDS = st.none() | st.text(st.sampled_from("aé占"), max_size=2)
ROWS = st.lists(
    st.fixed_dictionaries(
        {name: whole(bits) for name, (_, bits) in SIZES.items()}
        | {f"{name}_or_none": st.none() | whole(bits) for name, (_, bits) in SIZES.items()}
        | {"spent_seconds": DURATIONS, "word": WORDS}
    ),
    max_size=8,
)
EXPECTED = st.lists(
    st.fixed_dictionaries(
        {
            "small": st.integers(0, 2**15 - 1),
            "middle": st.integers(0, 2**31 - 1),
            "large": st.integers(0, 2**53) | st.just(2**52),
            "small_or_none": st.none() | st.integers(0, 2**15 - 1),
            "middle_or_none": st.none() | st.integers(0, 2**31 - 1),
            "large_or_none": st.none() | st.integers(0, 2**36),
            "spent_seconds": DURATIONS,
            "word": WORDS,
        }
    ),
    min_size=1,
    max_size=8,
)
"""Such as stand in a database; no way round is gone for them."""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("packed")
    engine = engine_for(f"sqlite:///{folder}/numbers.sqlite", CASE, writable=True)
    with engine.connect() as made:
        numbered.create(made)
        yield made
    engine.dispose()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(ROWS)
def test_numbers_are_those_of_the_rows_whatever_they_are(connection, rows):
    written(connection, rows)
    found = bulk.read_arrays(connection, select(numbered).order_by(numbered.c.place))
    are_those(found, rows)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(EXPECTED)
def test_numbers_as_they_are_to_be_expected_are_read_as_characters(connection, rows):
    written(connection, rows)
    found = read_packed(connection, select(numbered).order_by(numbered.c.place))
    assert found is not None
    are_those(found, rows)


def test_more_rows_than_are_taken_apart_at_once_are_all_read(connection, monkeypatch):
    monkeypatch.setattr(packed_read, "ROWS", 3)
    rows = [dict.fromkeys(SIZES, number) | {"spent_seconds": None} for number in range(8)]
    written(connection, rows)
    found = read_packed(connection, select(numbered).order_by(numbered.c.place))
    assert found is not None
    assert found["large"].tolist() == list(range(8))
    assert np.isnan(found["spent_seconds"]).all()


def written(connection, rows) -> None:
    connection.execute(numbered.delete())
    if rows:
        connection.execute(numbered.insert(), rows)


def are_those(found, rows) -> None:
    for name in rows[0] if rows else ():
        told = [row[name] for row in rows]
        if name == "word":
            assert found[name].tolist() == told
        else:
            assert [None if np.isnan(n) else n for n in found[name].tolist()] == told
    assert {len(column) for column in found.values()} == {len(rows)}


def test_what_is_computed_is_read_as_before(connection):
    counted = select(func.count().label("n")).select_from(numbered)
    assert read_packed(connection, counted) is None
    assert bulk.read_arrays(connection, counted)["n"].shape == (1,)


def test_many_keys_are_found_by_one_statement(connection):
    connection.execute(numbered.delete())
    told = {"small": 0, "middle": 0, "large": 0}
    rows = [told | {"place": place, "word": f"占'\"{place}"} for place in range(3000)]
    connection.execute(numbered.insert(), rows)
    wanted = list(range(0, 3000, 3))
    by_number = bulk.read_for(connection, select(numbered.c.place), numbered.c.place, wanted)
    assert sorted(by_number["place"]) == wanted
    words = [f"占'\"{place}" for place in wanted]
    by_word = bulk.read_for(connection, select(numbered.c.place), numbered.c.word, words)
    assert sorted(by_word["place"]) == wanted
    assert bulk.read_for(connection, select(numbered), numbered.c.place, []).empty
