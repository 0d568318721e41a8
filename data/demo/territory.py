"""The grids of the made-up area: names and codes for its blocks, as the trees of its site."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from data.demo.blocks import Blocks
from data.demo.chance import apportion, stream
from data.demo.vocabulary import Vocabulary
from data.sites.ladder import Ladder, Level, Pair

SCHEME = "demo"


@dataclass(frozen=True)
class Territory:
    """The blocks with their names and codes; `units[level]` has a row per block of the level.

    exclusive: the exclusive grids (data.demo.premises), empty where the site has none.
    """

    blocks: Blocks
    ladder: Ladder
    units: dict[str, pd.DataFrame]
    exclusive: pd.DataFrame

    def tree(self, hierarchy: str) -> pd.DataFrame:
        """Rows for data.grid_writing.write_hierarchy, parents before children."""
        levels = self.ladder.tree(hierarchy).levels
        parts = []
        for above, level in pairwise((None, *levels)):
            if level not in self.units:
                parts.append(self.exclusive)
                continue
            unit = self.units[level]
            parent: object = None
            if above is not None:
                position = self.blocks.ancestors(level, above)
                parent = self.units[above]["code"].to_numpy(object)[position]
            parts.append(unit.assign(parent_code=parent, geometry=self.blocks.shapes[level]))
        return pd.concat(parts, ignore_index=True)

    def leaf_ids(self, grid_ids: dict[str, int], level: str) -> np.ndarray:
        """Grid id of the ancestor at a level, for each leaf."""
        ids = self.units[level]["code"].map(grid_ids).to_numpy(np.int64)
        return np.asarray(ids[self.blocks.ancestors(self.blocks.leaf, level)])


def name_blocks(blocks: Blocks, words: Vocabulary, seed: int) -> Territory:
    """Give every block a name in both languages and a code that begins with that of a grid above.

    Raises RuntimeError when the site has too few names, or digits, for one of its grids.
    """
    ladder = words.ladder
    draws = stream(seed, "names")
    kinds = _kinds(blocks, ladder, stream(seed, "kinds"))
    stems: list[Pair] | None = None
    stem_of = np.zeros(1, np.int64)
    units: dict[str, pd.DataFrame] = {}
    numbers: dict[str, np.ndarray] = {}
    for level in ladder.levels:
        codes, numbers[level.key] = _codes(level, blocks, ladder, units, words.site["code"])
        parents = blocks.parents[level.key]
        stem_of = stem_of[parents] if len(units) else stem_of
        if level.pool:
            stems = _pool(level.pool, words, draws)
            stem_of = np.arange(len(codes)) % len(stems)
            if np.bincount(parents).max() > len(stems):
                raise RuntimeError(f"the site has too few names for the level {level.key}")
        above = ladder.keys[max(0, len(units) - 1)]
        names = _names(
            level,
            kinds[level.key],
            [stems[i] for i in stem_of] if stems else None,
            numbers[level.key],
            numbers[above][parents],
            units[above].iloc[parents] if units else None,
        )
        table = pd.DataFrame(names, columns=["name", "name_en"])
        units[level.key] = table.assign(
            code=codes, kind=np.array(level.kinds, object)[kinds[level.key]]
        )
    _check_codes(units)
    return Territory(blocks, ladder, units, pd.DataFrame())


def _kinds(blocks: Blocks, ladder: Ladder, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Which of its level's kinds each block is of; a level may follow the one above."""
    chosen: dict[str, np.ndarray] = {}
    last = np.zeros(1, np.int64)
    for level in ladder.levels:
        parents = blocks.parents[level.key]
        if level.kinds_follow:
            last = last[parents]
        elif len(level.kinds) == 1:
            last = np.zeros(len(parents), np.int64)
        else:
            last = _mixed(np.array(level.kind_shares), len(parents), rng)
        chosen[level.key] = last
    return chosen


def _mixed(shares: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Kinds in just these shares, in no order; each occurs where there are enough blocks."""
    counts = apportion(number, shares, int(number >= len(shares)))
    return rng.permutation(np.repeat(np.arange(len(shares)), counts))


def _codes(
    level: Level, blocks: Blocks, ladder: Ladder, units: dict[str, pd.DataFrame], top: str
) -> tuple[list[str], np.ndarray]:
    """Code of each block and its number among those of the same grid above."""
    if not units:
        return [top], np.ones(1, np.int64)
    above = ladder.coded_under(level.key)
    parent = blocks.ancestors(level.key, above)
    number = np.arange(len(parent)) - np.searchsorted(parent, parent) + 1
    if number.max() >= 10**level.digits:
        raise RuntimeError(f"{level.digits} digits are too few for the level {level.key}")
    prefix = units[above]["code"].to_numpy(object)[parent]
    codes = [f"{p}{level.letter}{n:0{level.digits}d}" for p, n in zip(prefix, number, strict=True)]
    return codes, number


def _check_codes(units: dict[str, pd.DataFrame]) -> None:
    codes = pd.concat([table["code"] for table in units.values()])
    if not codes.is_unique:
        twice = codes[codes.duplicated()].iloc[0]
        raise RuntimeError(f"two grids have the code {twice}: give a level more digits or a letter")


def _pool(pool: str, words: Vocabulary, rng: np.random.Generator) -> list[Pair]:
    """Stems for the names of a level, in the order in which they are used up."""
    if pool == "site":
        zh, en = words.site["district"]
        return [(zh, en)]
    if pool == "stations":
        return [(zh, en) for zh, en in words.site["stations"]["names"]]
    first, plus, second = pool.partition("+")
    if not plus:
        return _shuffled(words.places[first], rng)
    pairs = [
        (a + b, (p + q).capitalize())
        for a, p in words.places[first]
        for b, q in words.places[second]
        if p != q
    ]
    unlike = {pinyin: (name, pinyin) for name, pinyin in pairs}
    return _shuffled(sorted(unlike.values()), rng)


def _shuffled(pairs: list[Pair], rng: np.random.Generator) -> list[Pair]:
    return [pairs[i] for i in rng.permutation(len(pairs))]


def _names(
    level: Level,
    kinds: np.ndarray,
    stems: list[Pair] | None,
    numbers: np.ndarray,
    parent_numbers: np.ndarray,
    parents: pd.DataFrame | None,
) -> list[Pair]:
    named: list[Pair] = []
    for row, (kind, n, parent_n) in enumerate(zip(kinds, numbers, parent_numbers, strict=True)):
        texts = []
        for language, pattern in enumerate(level.names[kind]):
            texts.append(
                pattern.format(
                    stem=stems[row][language] if stems else "",
                    n=int(n),
                    parent_n=int(parent_n),
                    parent="" if parents is None else parents.iat[row, language],
                    kind=level.kinds[kind],
                )
            )
        named.append((texts[0], texts[1]))
    return named
