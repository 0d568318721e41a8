"""The grids of the made-up district: names and codes for its blocks, as two trees of grids."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo.blocks import Blocks
from data.demo.chance import stream
from data.demo.vocabulary import Vocabulary

SCHEME = "demo"
KINDS = {
    "district": "区",
    "station": "综合网格",
    "subdistrict": "街道",
    "community": "社区",
    "grid": "网格",
    "micro": "微网格",
}
DIGITS = {"subdistrict": 2, "community": 3, "grid": 2, "micro": 2}
TREES = {
    "territory": ("district", "subdistrict", "community", "grid", "micro"),
    "station": ("district", "station", "subdistrict", "community", "grid", "micro"),
}
"""Levels of each hierarchy, top first; both use the same grids from the subdistrict down."""


@dataclass(frozen=True)
class Territory:
    """The blocks with their names and codes; `units[level]` has a row per block of the level."""

    blocks: Blocks
    units: dict[str, pd.DataFrame]

    def tree(self, hierarchy: str) -> pd.DataFrame:
        """Rows for data.grid_writing.write_hierarchy, parents before children."""
        levels = TREES[hierarchy]
        parts = []
        for above, level in zip((None, *levels), levels, strict=False):
            unit = self.units[level]
            parent: object = None
            if above is not None:
                position = self.blocks.ancestors(level, above)
                parent = self.units[above]["code"].to_numpy(object)[position]
            parts.append(unit.assign(parent_code=parent, geometry=self.blocks.shapes[level]))
        return pd.concat(parts, ignore_index=True)


def name_blocks(blocks: Blocks, words: Vocabulary, seed: int) -> Territory:
    """Give every block a name in both languages and a code that begins with its parent's code."""
    rng = stream(seed, "names")
    site = words.site
    units = {"district": _units("district", [site["code"]], [site["district"]])}
    stations = [(f"{zh}综合网格工作站", f"{en} Station") for zh, en in site["stations"]["names"]]
    count = len(blocks.shapes["station"])
    codes = [f"{site['code']}Z{number}" for number in range(1, count + 1)]
    units["station"] = _units("station", codes, stations[:count])
    stems = {
        "subdistrict": _shuffled(words.places["subdistrict"], rng),
        "community": _compound_names(words, rng),
    }
    for level, digits in DIGITS.items():
        above = TREES["territory"][TREES["territory"].index(level) - 1]
        parent = blocks.ancestors(level, above)
        number = np.arange(len(parent)) - np.searchsorted(parent, parent) + 1
        prefix = units[above]["code"].to_numpy(object)[parent]
        codes = [f"{p}{n:0{digits}d}" for p, n in zip(prefix, number, strict=True)]
        named = level in stems
        names = _named(level, stems[level]) if named else _numbered(level, blocks, units, number)
        units[level] = _units(level, codes, names)
    return Territory(blocks, units)


def _units(level: str, codes: list[str], names: list[tuple[str, str]]) -> pd.DataFrame:
    if len(names) < len(codes):
        raise RuntimeError(f"data/sites/demo has too few names for the level {level}")
    table = pd.DataFrame(names[: len(codes)], columns=["name", "name_en"])
    return table.assign(code=codes, kind=KINDS[level])


def _named(level: str, stems: list[tuple[str, str]]) -> list[tuple[str, str]]:
    zh, en = ("街道", "Subdistrict") if level == "subdistrict" else ("社区", "Community")
    return [(stem + zh, f"{pinyin} {en}") for stem, pinyin in stems]


def _numbered(
    level: str, blocks: Blocks, units: dict[str, pd.DataFrame], number: np.ndarray
) -> list[tuple[str, str]]:
    community = units["community"].iloc[blocks.ancestors(level, "community")]
    zh = community["name"].str.removesuffix("社区")
    en = community["name_en"].str.removesuffix(" Community")
    if level == "grid":
        pairs = zip(zh, en, number, strict=True)
        return [(f"{z}第{n:02d}网格", f"{e} Grid {n:02d}") for z, e, n in pairs]
    grid = units["grid"]["code"].str[-2:].to_numpy(object)[blocks.parents["micro"]]
    places = zip(zh, en, grid, number, strict=True)
    return [(f"{z}{g}-{n}号微网格", f"{e} Micro-grid {g}-{n}") for z, e, g, n in places]


def _shuffled(pairs: list[tuple[str, str]], rng: np.random.Generator) -> list[tuple[str, str]]:
    return [pairs[i] for i in rng.permutation(len(pairs))]


def _compound_names(words: Vocabulary, rng: np.random.Generator) -> list[tuple[str, str]]:
    first, second = words.places["first"], words.places["second"]
    pairs = [(a + b, (p + q).capitalize()) for a, p in first for b, q in second if p != q]
    unlike = {pinyin: (name, pinyin) for name, pinyin in pairs}
    return _shuffled(sorted(unlike.values()), rng)


def leaf_paths(territory: Territory, grid_ids: dict[str, int], hierarchy: str) -> np.ndarray:
    """Grid ids on the way to each micro-grid, one column per level below the top."""
    levels = list(TREES[hierarchy][1:])
    ids = {
        level: territory.units[level]["code"].map(grid_ids).to_numpy(np.int64) for level in levels
    }
    return np.column_stack(
        [ids[level][territory.blocks.ancestors("micro", level)] for level in levels]
    )
