"""What is read and replaced fast is what the csv module and the patterns themselves give."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.load import text_tables
from data.load.case_rows import DOORS, MAY_BE_DOOR, SPACES
from data.load.plain import MAY_BE_NUMBER, MAY_BE_SPACE, NUMBERS, replaced
from data.load.text_tables import TextTable

CELLS = st.text(st.sampled_from("aB占 ,\t\"'\r\n\ufeff\u3000\u2028.0\udc80"), max_size=5)
LINES = st.lists(
    st.one_of(
        st.lists(CELLS, min_size=1, max_size=4).map(",".join),
        st.tuples(st.text("ab占1 ", max_size=4), st.text("cd2", max_size=3)).map(",".join),
    ),
    max_size=12,
)


def told(path, size):
    """Rows with their numbers, and the malformed ones."""
    good, bad = [], []
    for frame, malformed in TextTable(path, "utf-8", ",", ["x", "y"], "").portions(size):
        good += [(n, *row) for n, row in zip(frame.index, frame.to_numpy().tolist(), strict=True)]
        bad += [tuple(one) for one in malformed]
    return good, bad


@settings(max_examples=150, deadline=None, derandomize=True)
@given(lines=LINES, size=st.integers(1, 6), end=st.sampled_from(["\n", "\r\n"]))
def test_plain_lines_are_what_the_csv_module_reads(tmp_path_factory, lines, size, end):
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    text = end.join(["x,y", *lines])
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.MonkeyPatch.context() as patch:
        fast = told(path, size)
        patch.setattr(text_tables, "read_plain", lambda *_: None)
        assert told(path, size) == fast


TEXTS = st.text(
    st.sampled_from("占 0123456789１３-+.()#\u3000\x1c\x85室户单元aptunitFLſſrooK"), max_size=22
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.none(), TEXTS), max_size=8))
def test_texts_that_are_passed_over_would_not_have_changed(texts):
    held = pd.Series(texts, dtype="object")
    doors = [(re.compile(pattern), MAY_BE_DOOR) for pattern in DOORS]
    for pattern, may_be in [*doors, (SPACES, MAY_BE_SPACE), (NUMBERS, MAY_BE_NUMBER)]:
        plainly = [None if text is None else pattern.sub("*", text) for text in texts]
        assert replaced(held, pattern, "*", may_be).tolist() == plainly
