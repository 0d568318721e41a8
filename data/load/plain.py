"""Frames as plain Python values, as drivers and comparisons need them."""

import re
from typing import Any

import pandas as pd

NUMBERS = re.compile(
    r"(?<!\d)(?:\+?\d[\d-]{9,}\d|\d{3}[-. ]\d{3}[-. ]\d{4}|\(\d{3}\) ?\d{3}-\d{4})"
)
"""Runs that are telephone or identity numbers: they have no place on a screen."""


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
