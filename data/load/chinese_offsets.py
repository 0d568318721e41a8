"""Takes the official Chinese map offsets out of coordinates: GCJ-02 and BD-09 to WGS84.

The offset is published only as code that has been read out of map products; the forward formula
here is that one. It has no closed inverse, so it is solved by fixed-point steps: after five the
result, put through the forward formula again, is within 0.01 m. Against surveyed points the
formula itself is reported good to about a metre. Outside China the offset is not applied.
"""

import numpy as np

CHINESE_DATUMS = ("GCJ-02", "BD-09")

_AXIS = 6378245.0
_ECCENTRICITY = 0.00669342162296594323
_BAIDU = np.pi * 3000.0 / 180.0
_STEPS = 5


def to_wgs84(points: np.ndarray, datum: str | None) -> np.ndarray:
    """WGS84 of an array of (lon, lat) rows given in one of CHINESE_DATUMS."""
    marked = _from_baidu(points) if datum == "BD-09" else np.asarray(points, float)
    true = marked.copy()
    for _ in range(_STEPS):
        true = marked - _offset(true)
    return true


def to_gcj02(points: np.ndarray) -> np.ndarray:
    """The forward formula: GCJ-02 of WGS84 (lon, lat) rows."""
    return np.asarray(points, float) + _offset(np.asarray(points, float))


def _offset(points: np.ndarray) -> np.ndarray:
    lon, lat = points[:, 0], points[:, 1]
    x, y = lon - 105.0, lat - 35.0
    wave = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = (
        -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * np.sqrt(np.abs(x))
        + (wave + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
        + (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    )
    east = (
        300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * np.sqrt(np.abs(x))
        + (wave + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
        + (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    )
    angle = np.radians(lat)
    bend = 1.0 - _ECCENTRICITY * np.sin(angle) ** 2
    meridian = _AXIS * (1.0 - _ECCENTRICITY) / (bend * np.sqrt(bend))
    parallel = _AXIS / np.sqrt(bend) * np.cos(angle)
    offset = np.degrees(np.column_stack([east / parallel, north / meridian]))
    in_china = (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)
    return np.where(in_china[:, None], offset, 0.0)


def _from_baidu(points: np.ndarray) -> np.ndarray:
    x, y = points[:, 0] - 0.0065, points[:, 1] - 0.006
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * _BAIDU)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * _BAIDU)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
