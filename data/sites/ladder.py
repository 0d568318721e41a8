"""The ladder of a site's levels, its hierarchies over them and the rule of its exclusive grids."""

from dataclasses import dataclass
from typing import Any

Pair = tuple[str, str]
"""A text in Chinese and in English."""


@dataclass(frozen=True)
class Level:
    """One level of nested blocks. `names` are patterns, one for each kind or one for all.

    pool: where stems of names come from ('' = none of its own); letter and digits: what a grid's
    code adds to that of the grid above; counts: number of grids by size of the build.
    """

    key: str
    name: Pair
    kinds: tuple[str, ...]
    kind_shares: tuple[float, ...]
    kinds_follow: bool
    pool: str
    names: tuple[Pair, ...]
    letter: str
    digits: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Tree:
    """A hierarchy: the keys of its levels from the top down, the last being that of its leaves."""

    code: str
    name: Pair
    levels: tuple[str, ...]


@dataclass(frozen=True)
class ExclusiveType:
    """A type of exclusive grid: its name, how often it occurs, and how grids of it are named."""

    name: Pair
    weight: float
    suffix: Pair


@dataclass(frozen=True)
class ExclusiveRule:
    """The exclusive grids (专属网格, domain.md S2-09): parts of leaves that lie in a level of their own."""

    key: str
    name: Pair
    kind: str
    parent: str
    letter: str
    digits: int
    counts: dict[str, int]
    types: tuple[ExclusiveType, ...]


@dataclass(frozen=True)
class Ladder:
    """All levels top first, and what some of them are for.

    office: its grids have the offices that handle cases; road: its grids share road names, and a
    case with a default point is known to lie in one; station: '' where a site has no stations.
    """

    levels: tuple[Level, ...]
    trees: tuple[Tree, ...]
    exclusive: ExclusiveRule | None
    office: str
    road: str
    station: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all levels, top first."""
        return tuple(level.key for level in self.levels)

    @property
    def leaf(self) -> str:
        """Key of the lowest level."""
        return self.levels[-1].key

    @property
    def road_above(self) -> str:
        """Key of the level above the road level: long roads run through several of its children."""
        return self.keys[self.keys.index(self.road) - 1]

    def level(self, key: str) -> Level:
        """A level by key."""
        return next(level for level in self.levels if level.key == key)

    def tree(self, code: str) -> Tree:
        """A hierarchy by code."""
        return next(tree for tree in self.trees if tree.code == code)

    def counts(self, size: str) -> dict[str, int]:
        """Number of grids at each level, top first."""
        return {level.key: level.counts[size] for level in self.levels}

    def level_names(self, tree: Tree) -> list[Pair]:
        """What the levels of a hierarchy are called, top first."""
        names = {level.key: level.name for level in self.levels}
        if self.exclusive:
            names[self.exclusive.key] = self.exclusive.name
        return [names[key] for key in tree.levels]

    def coded_under(self, key: str) -> str:
        """The level whose codes those of a level begin with: above it in the first tree that has it."""
        levels = next(tree.levels for tree in self.trees if key in tree.levels)
        return levels[levels.index(key) - 1]


def ladder_of(site: dict[str, Any]) -> Ladder:
    """The ladder that a site.toml describes; it has been checked (data.sites.problems)."""
    duties = site["roles_of_levels"]
    rule = site.get("exclusive")
    return Ladder(
        levels=tuple(_level(entry) for entry in site["level"]),
        trees=tuple(
            Tree(entry["code"], _pair(entry["name"]), tuple(entry["levels"]))
            for entry in site["hierarchy"]
        ),
        exclusive=_exclusive(rule) if rule else None,
        office=duties["office"],
        road=duties["road"],
        station=duties.get("station", ""),
    )


def _level(entry: dict[str, Any]) -> Level:
    kinds = tuple(entry["kinds"])
    names = tuple(_pair(pair) for pair in entry["names"])
    return Level(
        key=entry["key"],
        name=_pair(entry["name"]),
        kinds=kinds,
        kind_shares=tuple(entry.get("kind_shares", [1.0] * len(kinds))),
        kinds_follow=entry.get("kinds_follow", False),
        pool=entry.get("pool", ""),
        names=names * len(kinds) if len(names) == 1 else names,
        letter=entry.get("letter", ""),
        digits=entry.get("digits", 0),
        counts={"full": entry["full"], "small": entry["small"]},
    )


def _exclusive(entry: dict[str, Any]) -> ExclusiveRule:
    return ExclusiveRule(
        key=entry["key"],
        name=_pair(entry["name"]),
        kind=entry["kind"],
        parent=entry["parent"],
        letter=entry["letter"],
        digits=entry["digits"],
        counts={"full": entry["full"], "small": entry["small"]},
        types=tuple(
            ExclusiveType(_pair(one["name"]), float(one["weight"]), _pair(one["suffix"]))
            for one in entry["type"]
        ),
    )


def _pair(texts: list[str]) -> Pair:
    zh, en = texts
    return zh, en
