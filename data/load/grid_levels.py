"""Builds the grids of one hierarchy from the files of its levels, and checks that they nest."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from data.errors import InputError
from data.load.key_rules import normalise
from data.load.shapes import ShapeFile, read_shapes
from data.load.site_mapping import Hierarchy, Level

COLUMNS = [
    "code",
    "parent_code",
    "name",
    "name_en",
    "kind",
    "level",
    "geometry",
    "households",
    "residents",
]


@dataclass
class Built:
    """Grids of a hierarchy, top first and siblings by code, as `write_hierarchy` wants them."""

    grids: pd.DataFrame
    notes: list[str] = field(default_factory=list)
    per_level: dict[str, int] = field(default_factory=dict)


def build_hierarchy(hierarchy: Hierarchy, source: Path, known: pd.DataFrame | None) -> Built:
    """Read every level, tie children to parents, check the nesting.

    known: grids of hierarchies built before; a code that occurs in both is the same grid.
    """
    result = Built(pd.DataFrame())
    levels = [
        _read_level(level, depth, source, result) for depth, level in enumerate(hierarchy.level)
    ]
    for depth in range(1, len(levels)):
        _tie(levels[depth - 1], levels[depth], hierarchy.level[depth], depth)
    for depth in range(len(levels) - 2, -1, -1):
        _settle_shapes(levels[depth], levels[depth + 1], hierarchy, depth, result)
    grids = pd.concat(levels, ignore_index=True)
    _check_codes(hierarchy, grids)
    result.grids = _with_known(hierarchy, grids, known)
    for level, frame in zip(hierarchy.level, levels, strict=True):
        result.per_level[level.id] = len(frame)
    return result


def _read_level(level: Level, depth: int, source: Path, result: Built) -> pd.DataFrame:
    if level.file is None:
        name_en = level.unit_name_en or level.unit_name
        row = [level.code, None, level.unit_name, name_en, level.kind, depth, None, None, None]
        return pd.DataFrame([row], columns=COLUMNS)
    file = read_shapes(source / level.file, level.layer, level.crs, level.encoding)
    result.notes += [note for note in file.notes if note not in result.notes]
    frame = _units(level, depth, file)
    blank = frame["code"].isna()
    if blank.any():
        raise InputError(
            f"{level.file}: shape {int(np.argmax(blank)) + 1} has no code in "
            f"{level.key.column if level.key else ''!r}; every grid needs one."
        )
    twice = frame["code"].duplicated()
    if twice.any() and level.geometry == "file":
        code = frame.loc[twice, "code"].iloc[0]
        numbers = [int(n) + 1 for n in np.flatnonzero(frame["code"] == code)]
        raise InputError(
            f"{level.file}: shapes {', '.join(map(str, numbers))} have the same code {code!r}. "
            "Give each its own code, or merge them in the file."
        )
    _check_one_parent(level, frame)
    if twice.any():
        # The level exists only as a column of the level below: its rows have no outline of their own.
        frame["geometry"] = None
    without = int(shapely.is_missing(frame["geometry"].to_numpy(object)).sum())
    if without and level.geometry == "file":
        result.notes.append(f"{level.file}: {without} grids have no shape and stay off the map")
    return frame[~twice].sort_values("code", ignore_index=True)


def _check_one_parent(level: Level, frame: pd.DataFrame) -> None:
    """A level that is only a column names the parent of a grid once for each shape below it."""
    for code, parents in frame.groupby("code")["parent_code"]:
        named = sorted(set(parents.dropna()))
        if len(named) > 1:
            raise InputError(
                f"{level.file}: grid {code!r} of level {level.id!r} has two parents, {named[0]!r} and "
                f"{named[1]!r}; a grid lies in one. Correct the file, or the parent of the level."
            )


def _units(level: Level, depth: int, file: ShapeFile) -> pd.DataFrame:
    """One row per shape, with codes and names by the rules of the mapping."""
    assert level.key is not None
    properties = file.properties
    file.need(f"key of level {level.id!r}", level.key.column)
    if level.parent:
        file.need(f"parent of level {level.id!r}", level.parent.column)
    frame = pd.DataFrame({"code": normalise(properties[level.key.column], level.key.rules)})
    frame["parent_code"] = (
        normalise(properties[level.parent.column], level.parent.rules) if level.parent else None
    )
    for column, template in (
        ("name", level.unit_name),
        ("name_en", level.unit_name_en or level.unit_name),
    ):
        frame[column] = _names(level, template, frame["code"], properties, file)
    frame["kind"], frame["level"] = level.kind, depth
    frame["geometry"] = file.shapes
    for column, named in (("households", level.households), ("residents", level.residents)):
        if named:
            file.need(f"{column} of level {level.id!r}", named)
        numbers = pd.to_numeric(properties[named], errors="coerce") if named else None
        frame[column] = None if numbers is None else numbers.round().astype("Int64")
    return frame[COLUMNS]


def _names(
    level: Level, template: str, codes: pd.Series, properties: pd.DataFrame, file: ShapeFile
) -> list[str]:
    names = []
    for code, row in zip(codes, properties.to_dict("records"), strict=True):
        try:
            names.append(template.format_map({**row, "code": code}))
        except (KeyError, IndexError, ValueError) as error:
            raise InputError(
                f"unit_name {template!r} of level {level.id!r}: {file.path.name} has no property "
                f"{error}. It has: {', '.join(properties.columns)}."
            ) from None
    return names


def _tie(parents: pd.DataFrame, children: pd.DataFrame, level: Level, depth: int) -> None:
    """Fill parent_code: the one top, the column of the mapping, or where the child lies."""
    if depth == 1:
        if len(parents) != 1:
            raise InputError(
                f"The top level must be one grid, its file holds {len(parents)}. Put a level with "
                "a bare code above it."
            )
        children["parent_code"] = parents["code"].iloc[0]
        return
    if level.parent is None:
        children["parent_code"] = _parents_by_place(parents, children)
    lost = children[~children["parent_code"].isin(parents["code"])]
    if len(lost):
        child = lost.iloc[0]
        raise InputError(
            f"{level.file}: grid {child['code']!r} belongs to {child['parent_code']!r}, which the "
            f"level above does not have ({len(lost)} such grids). Correct the parent of level "
            f"{level.id!r} in the mapping, or the file."
        )


def _parents_by_place(parents: pd.DataFrame, children: pd.DataFrame) -> list[str | None]:
    inside = shapely.point_on_surface(children["geometry"].to_numpy(object))
    tree = shapely.STRtree(parents["geometry"].to_numpy(object))
    found: list[str | None] = [None] * len(children)
    for child, parent in zip(*tree.query(inside, predicate="intersects"), strict=True):
        if found[child] is None:
            found[child] = parents["code"].iloc[parent]
    return found


def _settle_shapes(
    parents: pd.DataFrame, children: pd.DataFrame, hierarchy: Hierarchy, depth: int, result: Built
) -> None:
    """Compare parents with their children; where the mapping says so, the children win."""
    level, below = hierarchy.level[depth], hierarchy.level[depth + 1]
    groups = children.groupby("parent_code")["geometry"]
    union = groups.agg(lambda shapes: shapely.union_all(shapes.to_numpy(object)))
    empty = sorted(set(parents["code"]) - set(union.index))
    if empty:
        result.notes.append(
            f"{level.id}: {len(empty)} grids have nothing below them ({', '.join(empty[:5])})"
        )
    outside = _outside(parents, children)
    beyond = outside[outside > hierarchy.nesting_tolerance].sort_values(ascending=False)
    told = ", ".join(f"{code} ({share:.1%} outside)" for code, share in beyond.head(3).items())
    from_children = level.code is not None or level.geometry == "children"
    if len(beyond) and not from_children:
        raise InputError(
            f"{len(beyond)} grids of level {below.id!r} ({below.file}) do not lie in the grid of "
            f"level {level.id!r} ({level.file}) they belong to: {told}. Correct parent in the "
            f"mapping; or, if the outlines are only drawn differently, set geometry = "
            f'"children" on level {level.id!r} or raise nesting_tolerance '
            f"(now {hierarchy.nesting_tolerance:.1%})."
        )
    if len(beyond):
        result.notes.append(
            f"{level.id}: outlines are the union of their {below.id}s; the published ones leave "
            f"out parts of {len(beyond)}: {told}"
        )
    _tell_overlaps(children, below, hierarchy.nesting_tolerance, result)
    if from_children:
        drawn = [union.get(code) for code in parents["code"]]
        parents["geometry"] = pd.Series(drawn, index=parents.index, dtype=object)


def _outside(parents: pd.DataFrame, children: pd.DataFrame) -> pd.Series:
    """Share of each child's area that lies outside its parent, where both have shapes."""
    shape_of = dict(zip(parents["code"], parents["geometry"], strict=True))
    own = children["geometry"].to_numpy(object)
    above = np.array([shape_of.get(code) for code in children["parent_code"]], dtype=object)
    both = ~(shapely.is_missing(own) | shapely.is_missing(above))
    out = shapely.area(shapely.difference(own[both], above[both])) / shapely.area(own[both])
    return pd.Series(out, index=children.loc[both, "code"])


def _tell_overlaps(children: pd.DataFrame, level: Level, tolerance: float, result: Built) -> None:
    """Note neighbours that overlap: a point in both goes to the first by code."""
    shapes = children["geometry"].to_numpy(object)
    codes = children["code"].to_numpy(object)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    smaller = np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    over = shared > tolerance * smaller
    if over.any():
        names = [f"{codes[a]}/{codes[b]}" for a, b in zip(first[over], second[over], strict=True)]
        result.notes.append(
            f"{level.id}: {len(names)} pairs of grids overlap ({', '.join(names[:3])}); a point "
            "in both goes to the first"
        )


def _check_codes(hierarchy: Hierarchy, grids: pd.DataFrame) -> None:
    twice = grids[grids["code"].duplicated(keep=False)].sort_values("code")
    if len(twice):
        levels = [hierarchy.level[n].id for n in twice["level"].head(2)]
        raise InputError(
            f"Code {twice['code'].iloc[0]!r} occurs in level {levels[0]!r} and {levels[1]!r} of "
            f'hierarchy {hierarchy.code!r}; add a rule such as "prefix {levels[1][0].upper()}" '
            "to one of the keys."
        )


def _with_known(
    hierarchy: Hierarchy, grids: pd.DataFrame, known: pd.DataFrame | None
) -> pd.DataFrame:
    """Take over grids that another hierarchy has brought; refuse one code for two places."""
    if known is None:
        return grids
    before = known.drop_duplicates("code").set_index("code")
    for row in grids.index[grids["code"].isin(before.index)]:
        code = grids.at[row, "code"]
        own, other = grids.at[row, "geometry"], before.at[code, "geometry"]
        if grids.at[row, "level"] > 0 and own is not None and other is not None:
            shared = shapely.intersection(own, other).area
            if shared < 0.9 * max(own.area, other.area):
                raise InputError(
                    f"Code {code!r} of hierarchy {hierarchy.code!r} is another place in the "
                    'hierarchy before it; add a rule such as "prefix N" to its key.'
                )
        for column in ("name", "name_en", "kind", "geometry", "households", "residents"):
            grids.at[row, column] = before.at[code, column]
    return grids
