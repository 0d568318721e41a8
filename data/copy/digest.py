"""A number that rows of a table come to, whatever engine holds them and in whatever order they come."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import JSON, Column, Float, Integer, Table

NOTHING = np.uint64(0x9E3779B97F4A7C15)
"""What stands for null."""


def digest_of(table: Table, columns: Mapping[str, Sequence[Any] | np.ndarray]) -> int:
    """Sum of the rows' hashes modulo 2**64; each column counts by its place, each row by all of it."""
    total = np.zeros(len(next(iter(columns.values()))), np.uint64)
    for column in table.columns:
        total = _mixed(total * np.uint64(31) + _mixed(_bits(column, columns[column.name])))
    return int(total.sum(dtype=np.uint64))


def _bits(column: Column[Any], values: Sequence[Any] | np.ndarray) -> np.ndarray:
    if isinstance(column.type, JSON):
        values = [json.dumps(value, sort_keys=True) for value in values]
    elif isinstance(column.type, Integer | Float):
        # -0.0 and 0 are one number; whole numbers are exact up to 2**53, as everywhere here.
        numbers = np.asarray(values, np.float64) + 0.0
        return np.where(np.isnan(numbers), NOTHING, numbers.view(np.uint64))
    return np.asarray(pd.util.hash_array(np.array(values, object), categorize=False))


def _mixed(bits: np.ndarray) -> np.ndarray:
    """Spread every bit over all others (splitmix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
