"""The day by which a site assesses: it may run from noon to noon (domain.md K08)."""

import re

import numpy as np
import pandas as pd

from data.days import day_of, epoch_of, local_days
from data.errors import InputError

MIDNIGHT = "00:00"


def day_begins_of(held: object) -> str:
    """`assessment.day_begins`, HH:MM; raises InputError for anything else."""
    if not isinstance(held, str) or not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", held):
        raise InputError(f"assessment.day_begins = {held!r} must be a time such as 12:00.")
    return held


def assessment_days(at: pd.Series, zone: str, begins: str) -> pd.Series:
    """Number of the local day (Int64, missing stays missing) in which each instant's day began."""
    days = local_days(at, zone)
    if begins == MIDNIGHT:
        return days
    # The wall clock decides, also on days that a change of clocks makes longer or shorter.
    starts = {day: epoch_of(f"{day_of(day)}T{begins}", zone) for day in days.dropna().unique()}
    early = at < days.map(starts).astype("Int64")
    return days - early.fillna(False).astype(np.int64)
