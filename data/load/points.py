"""Brings coordinates to WGS84, whatever the mapping says they are in."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyproj

from data.errors import InputError
from data.load.chinese_offsets import CHINESE_DATUMS, to_wgs84

WGS84 = "EPSG:4326"
MOSTLY = 0.5
"""A file whose given points mostly cannot be degrees is in a projection that was not declared."""

Converter = Callable[[np.ndarray], np.ndarray]


def converter(crs: str | pyproj.CRS | None) -> Converter | None:
    """A function from (x, y) rows to (lon, lat) rows; None when nothing is to be done.

    Raises ValueError when there is no such coordinate system.
    """
    if crs is None:
        return None
    if isinstance(crs, str) and crs in CHINESE_DATUMS:
        return lambda points: to_wgs84(points, crs)
    try:
        source = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise ValueError(
            f"crs = {crs!r} is not known; use e.g. EPSG:4490, EPSG:2249, "
            f"{' or '.join(CHINESE_DATUMS)}."
        ) from None
    if source.equals(pyproj.CRS(WGS84), ignore_axis_order=True):
        return None
    convert = pyproj.Transformer.from_crs(source, WGS84, always_xy=True)
    return lambda points: np.column_stack(convert.transform(points[:, 0], points[:, 1]))


def numbers(texts: pd.Series) -> pd.Series:
    """A column of coordinates as numbers; missing where the text is none that can be one."""
    values = pd.to_numeric(texts, errors="coerce").astype(float)
    return values.where(np.isfinite(values))


def are_degrees(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether each pair can be a longitude and a latitude."""
    return (np.abs(x) <= 180) & (np.abs(y) <= 90)


def to_degrees(x: pd.Series, y: pd.Series, crs: str | None) -> tuple[pd.Series, pd.Series]:
    """(lon, lat) in WGS84 of numeric columns; missing where there is no usable point, as at (0, 0)."""
    convert = converter(crs)
    real = x.notna() & y.notna() & ~((x == 0) & (y == 0))
    if convert is not None and real.any():
        moved = convert(np.column_stack([x[real], y[real]]).astype(float))
        x, y = x.astype(float).copy(), y.astype(float).copy()
        # Seven decimals are a centimetre; more would make the same point differ between machines.
        x[real], y[real] = moved[:, 0].round(7), moved[:, 1].round(7)
    real &= are_degrees(x.to_numpy(float), y.to_numpy(float))
    return x.where(real), y.where(real)


def check_declared(file: str, table: str, x: pd.Series, y: pd.Series, crs: str | None) -> None:
    """Refuse a table whose points are no degrees while its mapping declares no projection."""
    given = x.notna() & y.notna()
    off = given & ~are_degrees(x.to_numpy(float), y.to_numpy(float))
    if crs is None and off.sum() > MOSTLY * given.sum():
        row = off.idxmax()
        raise InputError(
            f"{file}, row {row}: ({x.at[row]:.6g}, {y.at[row]:.6g}) is no longitude and latitude, "
            f'and so with {off.sum():,} of {given.sum():,} points. Add crs = "EPSG:…" to {table} '
            "in the mapping, or correct which columns are lon and lat."
        )
