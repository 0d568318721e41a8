"""Turns instants into days of a site's time zone and back; the only place that knows zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Whole days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The date that a day number stands for."""
    return EPOCH + timedelta(days=int(number))


def local_day(at: int, zone: str) -> int:
    """Day number of an epoch second on the wall clock of the zone."""
    return day_number(datetime.fromtimestamp(at, ZoneInfo(zone)).date())


def day_start(number: int, zone: str) -> int:
    """Epoch second at which a local day begins."""
    return int(datetime.combine(day_of(number), time(), ZoneInfo(zone)).timestamp())


def local_time(at: int, zone: str) -> datetime:
    """An epoch second as a wall-clock time of the zone."""
    return datetime.fromtimestamp(at, ZoneInfo(zone))


def epoch_of(text: str, zone: str) -> int:
    """Epoch second of an ISO time; without an offset it is read in the zone. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    try:
        return int(moment.astimezone(UTC).timestamp())
    except OverflowError as error:
        raise ValueError(f"{text} lies outside the calendar") from error


def local_days(at: pd.Series, zone: str) -> pd.Series:
    """Day numbers (Int64, missing stays missing) of a column of epoch seconds."""
    known = at.notna().to_numpy()
    seconds = at.fillna(0).to_numpy(np.int64)
    wall = pd.DatetimeIndex(seconds.astype("datetime64[s]")).tz_localize("UTC").tz_convert(zone)
    naive = wall.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    return pd.Series(pd.arrays.IntegerArray(naive, ~known), index=at.index)
