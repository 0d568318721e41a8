"""Columns of frames and arrays as arrow's tables and back."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.columns import arrays_of, arrow_of, csv_block

WORDS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
NUMBERS = st.none() | st.integers(-(2**53), 2**53)


@given(st.lists(st.tuples(WORDS, NUMBERS), min_size=1))
def test_what_is_missing_stays_missing_and_all_else_is_as_it_was(rows):
    words, numbers = zip(*rows, strict=True)
    held = {"word": np.array(words, object), "number": pd.Series(numbers, dtype="Int64")}
    came = arrays_of(arrow_of(held))
    assert came["word"].tolist() == list(words)
    read = [None if np.isnan(number) else int(number) for number in came["number"]]
    assert read == list(numbers)
    assert (came["number"].dtype == np.int64) == (None not in numbers)


def test_words_of_which_none_is_there_are_words():
    held = arrow_of({"word": np.array([None, None], object)})
    assert held.schema.field("word").type == pa.string()
    assert arrays_of(held)["word"].tolist() == [None, None]


def test_what_csv_cannot_carry_is_said():
    assert csv_block({"a": np.array([b"x"], object)}) is None
    assert csv_block({"a": np.array([1, "x"], object)}) is None
    assert csv_block({"a": np.array([True, False])}) == b"1\n0\n"


def test_words_among_numbers_are_refused():
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        arrow_of({"a": np.array([1, "x"], object)})
