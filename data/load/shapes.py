"""Reads grid shapes (GeoJSON, .geojson.gz, Shapefile, GeoPackage) and brings them to WGS84."""

import gzip
import io
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio  # type: ignore[import-untyped]
import pyproj
import shapely

from data.errors import InputError
from data.load.chinese_offsets import CHINESE_DATUMS
from data.load.points import WGS84, are_degrees, converter


@dataclass
class ShapeFile:
    """Shapes in WGS84 with their properties as text, and what had to be done to them."""

    path: Path
    properties: pd.DataFrame
    shapes: np.ndarray
    notes: list[str] = field(default_factory=list)

    def need(self, wanting: str, column: str) -> None:
        """Raise InputError when a property that the mapping names is not in the file."""
        if column not in self.properties:
            raise InputError(
                f"{self.path.name} has no property {column!r} (mapping: {wanting}). "
                f"It has: {', '.join(map(str, self.properties.columns))}."
            )


def read_shapes(
    path: Path, layer: str | None = None, crs: str | None = None, encoding: str | None = None
) -> ShapeFile:
    """Read a file; `crs` is what the mapping declares, for files that do not say it themselves.

    `encoding` is for Shapefiles whose text is not UTF-8 and that have no .cpg file to say so.
    """
    frame = _read(path, {"layer": layer, "encoding": encoding})
    raw = frame.geometry.to_numpy()
    properties = pd.DataFrame(frame.drop(columns=frame.geometry.name)).map(_text)
    result = ShapeFile(path, properties, raw)
    _to_wgs84(result, frame.crs, crs)
    _check_degrees(result, crs)
    _repair(result)
    return result


def _read(path: Path, options: dict[str, str | None]) -> gpd.GeoDataFrame:
    if not path.exists():
        raise InputError(f"There is no file {path}.")
    try:
        if path.suffix.lower() == ".gz":
            return gpd.read_file(io.BytesIO(gzip.decompress(path.read_bytes())), **options)
        return gpd.read_file(path, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, EOFError) as error:
        raise InputError(f"{path.name} cannot be read as shapes: {error}.") from None
    except (gzip.BadGzipFile, OSError, AttributeError, ValueError) as error:
        raise InputError(f"{path.name} cannot be read as shapes: {error}.") from None


def _text(value: object) -> str:
    """A property as text: whole numbers without .0, missing as empty."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _to_wgs84(result: ShapeFile, stated: pyproj.CRS | None, declared: str | None) -> None:
    """Convert; a GeoJSON without a word is taken to be WGS84, as its standard says."""
    name = result.path.name
    try:
        convert = converter(declared or stated)
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None
    if declared and declared not in CHINESE_DATUMS and stated:
        source = pyproj.CRS.from_user_input(declared)
        if not stated.equals(source) and not stated.equals(pyproj.CRS(WGS84)):
            raise InputError(
                f"{name} says it is in {stated.name}, the mapping says {declared}; remove crs "
                "from the mapping, or correct it."
            )
    if convert is not None:
        told = declared or (stated.name if stated else "")
        result.shapes = shapely.transform(result.shapes, convert)
        result.notes.append(f"{name}: converted from {told} to WGS84")


def _check_degrees(result: ShapeFile, declared: str | None) -> None:
    """Refuse coordinates that cannot be longitude and latitude."""
    points, owner = shapely.get_coordinates(result.shapes, return_index=True)
    fits = are_degrees(points[:, 0], points[:, 1])
    if fits.all():
        return
    at = int(np.argmin(fits))
    place = f"shape {owner[at] + 1}, coordinate ({points[at, 0]:.6g}, {points[at, 1]:.6g})"
    if declared:
        raise InputError(
            f"{result.path.name}: {place} is no longitude and latitude after reading it as "
            f"{declared}; correct crs in the mapping."
        )
    raise InputError(
        f"{result.path.name}: {place} is no longitude and latitude, and the file does not say "
        'which projection it is in. Add crs = "EPSG:…" to this level in the mapping (ask the '
        "publisher; EPSG:2249 is Massachusetts in feet, EPSG:4547 is CGCS2000 at 114° E)."
    )


def _repair(result: ShapeFile) -> None:
    """Make faulty outlines valid and keep their areas only."""
    present = ~(shapely.is_missing(result.shapes) | shapely.is_empty(result.shapes))
    faulty = present & ~shapely.is_valid(result.shapes)
    if faulty.any():
        result.shapes = result.shapes.copy()
        result.shapes[faulty] = [_areas(s) for s in shapely.make_valid(result.shapes[faulty])]
        result.notes.append(f"{result.path.name}: {int(faulty.sum())} faulty outlines repaired")
    kinds = shapely.get_type_id(result.shapes)
    flat = present & ~np.isin(kinds, (3, 6))
    if flat.any():
        raise InputError(
            f"{result.path.name}: shape {int(np.argmax(flat)) + 1} is not an area; a grid must be "
            "a Polygon or MultiPolygon."
        )


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 2]
    return shapely.union_all(parts) if len(parts) != 1 else parts[0]
