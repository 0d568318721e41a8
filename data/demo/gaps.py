"""Columns with missing entries, in the form the database layer expects."""

import numpy as np
import pandas as pd


def whole_or_missing(values: np.ndarray, missing: np.ndarray) -> pd.arrays.IntegerArray:
    """Whole numbers with gaps."""
    return pd.arrays.IntegerArray(values.astype(np.int64), missing)


def text_or_missing(values: np.ndarray, missing: np.ndarray) -> pd.Series:
    """Texts with gaps, as plain objects: faster to cut into portions than pandas' text columns."""
    texts = values.astype(object)
    texts[missing] = None
    return pd.Series(texts, dtype=object)
