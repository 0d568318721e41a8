"""Frames as plain Python values, as drivers and comparisons need them."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

NUMBERS = re.compile(
    r"(?<!\d)(?:\+?\d[\d-]{9,}\d|\d{3}[-. ]\d{3}[-. ]\d{4}|\(\d{3}\) ?\d{3}-\d{4})"
)
"""Runs that are telephone or identity numbers: they have no place on a screen."""
MAY_BE_NUMBER = r"\p{Nd}[\p{Nd}-]{9,}\p{Nd}|\p{Nd}{3}[-. ]\p{Nd}{3}[-. ]|\(\p{Nd}{3}\)"
MAY_BE_SPACE = r"[\p{Z}\x{9}-\x{d}\x{1c}-\x{1f}\x{85}]"
"""What arrow looks for to find the texts that a pattern of Python's may match: no fewer than do."""


def replaced(
    texts: pd.Series, pattern: re.Pattern[str], by: str, may_be: str | None = None
) -> pd.Series:
    """Texts (objects, None for none) with what the pattern matches replaced.

    may_be: a pattern of arrow's by which the few texts that may match are found beforehand, fast.
    """
    values = texts.to_numpy(object, copy=True)
    held = np.asarray(texts.notna())
    if may_be is not None:
        found = pc.match_substring_regex(
            pa.array(values, pa.large_string(), from_pandas=True), may_be
        )
        held = held & np.asarray(found.fill_null(False))
    for row in np.flatnonzero(held).tolist():
        values[row] = pattern.sub(by, values[row])
    return pd.Series(values, index=texts.index, dtype="object")


def plain(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with None for everything that is missing."""
    values = rows.astype("object")
    return values.where(values.notna(), None)


def records(rows: pd.DataFrame, keys: dict[str, str]) -> list[dict[str, Any]]:
    """One dict per row for an UPDATE; keys: column of the WHERE → name of its parameter."""
    return plain(rows).rename(columns=keys).to_dict("records")


def tuples(rows: pd.DataFrame) -> list[tuple[object, ...]]:
    """One tuple per row, for comparing what a file says with what is stored."""
    return list(plain(rows).itertuples(index=False, name=None))
