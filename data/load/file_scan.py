"""A first look over a whole file for what no single row shows: repeated ids and crowded points."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from data.load.points import check_declared, numbers
from data.load.text_tables import TextTable

CROWDED_SHARE = 0.02
CROWDED_COUNT = 50
"""A point that holds this share and number of the rows is hardly where they all happened."""


@dataclass(frozen=True)
class PointColumns:
    """Where a table keeps its points, and what the mapping says they are in."""

    table: str
    x: str
    y: str
    crs: str | None


@dataclass(frozen=True)
class Scan:
    """What the first look found; rows are row numbers in the file."""

    rows: int
    repeated: frozenset[int]
    superseded: frozenset[int]
    crowded: dict[tuple[float, float], int]


def scan(table: TextTable, id_columns: list[str], point: PointColumns | None = None) -> Scan:
    """Find repeated ids (the last row counts) and points shared by a great many rows.

    Raises InputError when the points cannot be what the mapping takes them for.
    """
    parts, places = [], []
    total = 0
    for frame, malformed in table.portions():
        total += len(frame) + len(malformed)
        ids = joined(frame, id_columns)
        content = pd.util.hash_pandas_object(frame, index=False)
        parts.append(pd.DataFrame({"row": frame.index, "id": ids.array, "content": content.array}))
        if point:
            x, y = (numbers(frame[c]) for c in (point.x, point.y))
            places.append(pd.DataFrame({"x": x, "y": y}))
    seen = pd.concat(parts) if parts else pd.DataFrame({"row": [], "id": [], "content": []})
    repeated, superseded = _duplicates(seen)
    crowded: dict[tuple[float, float], int] = {}
    if point and places:
        given = pd.concat(places).dropna()
        check_declared(table.path.name, point.table, given["x"], given["y"], point.crs)
        crowded = _crowded(given, total)
    return Scan(total, repeated, superseded, crowded)


def joined(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """The columns of each row, stripped and strung together."""
    parts = [frame[column].str.strip().tolist() for column in columns]
    return pd.Series(["\x1f".join(row) for row in zip(*parts, strict=True)], index=frame.index)


def _duplicates(seen: pd.DataFrame) -> tuple[frozenset[int], frozenset[int]]:
    """(earlier rows equal to the last one of their id, earlier rows that differ from it)."""
    named = seen[seen["id"].str.strip("\x1f") != ""] if len(seen) else seen
    last = named.drop_duplicates("id", keep="last").set_index("id")
    earlier = named[named["id"].duplicated(keep="last")]
    same = earlier["content"] == earlier["id"].map(last["content"])
    return frozenset(earlier.loc[same, "row"]), frozenset(earlier.loc[~same, "row"])


def _crowded(given: pd.DataFrame, total: int) -> dict[tuple[float, float], int]:
    counts: Counter[tuple[float, float]] = Counter(given.value_counts().to_dict())
    least = max(CROWDED_COUNT, CROWDED_SHARE * total)
    return {place: n for place, n in counts.items() if n >= least and place != (0.0, 0.0)}
