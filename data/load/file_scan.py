"""A first look over a whole file for what no single row shows: repeated ids and crowded points."""

from dataclasses import dataclass

import pandas as pd

from data.load.points import check_declared, numbers
from data.load.text_tables import TextTable

NO_ROWS: frozenset[int] = frozenset()
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
        parts.append(pd.DataFrame({"row": frame.index, "id": joined(frame, id_columns).array}))
        if point:
            x, y = (numbers(frame[c]) for c in (point.x, point.y))
            places.append(pd.DataFrame({"x": x, "y": y}))
    repeated, superseded = _duplicates(table, pd.concat(parts)) if parts else (NO_ROWS, NO_ROWS)
    crowded: dict[tuple[float, float], int] = {}
    if point and places:
        given = pd.concat(places).dropna()
        check_declared(table.path.name, point.table, given["x"], given["y"], point.crs)
        crowded = _crowded(given, total)
    return Scan(total, repeated, superseded, crowded)


def joined(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """The columns of each row, stripped and strung together."""
    first, *others = (frame[column].str.strip() for column in columns)
    return first.str.cat(others, sep="\x1f") if others else first


def _duplicates(table: TextTable, seen: pd.DataFrame) -> tuple[frozenset[int], frozenset[int]]:
    """(earlier rows equal to the last one of their id, earlier rows that differ from it).

    Only where an id comes twice the file is read once more, to compare what the rows say.
    """
    named = seen[seen["id"].str.strip("\x1f") != ""]
    twice = named[named["id"].duplicated(keep=False)]
    if twice.empty:
        return NO_ROWS, NO_ROWS
    parts = []
    for frame, _ in table.portions():
        asked = frame[frame.index.isin(twice["row"])]
        parts.append(pd.util.hash_pandas_object(asked, index=False))
    twice = twice.assign(content=twice["row"].map(pd.concat(parts)))
    last = twice.drop_duplicates("id", keep="last").set_index("id")
    earlier = twice[twice["id"].duplicated(keep="last")]
    same = earlier["content"] == earlier["id"].map(last["content"])
    return frozenset(earlier.loc[same, "row"]), frozenset(earlier.loc[~same, "row"])


def _crowded(given: pd.DataFrame, total: int) -> dict[tuple[float, float], int]:
    counts = given.value_counts()
    crowded = counts[counts >= max(CROWDED_COUNT, CROWDED_SHARE * total)].to_dict()
    return {place: n for place, n in crowded.items() if place != (0.0, 0.0)}
