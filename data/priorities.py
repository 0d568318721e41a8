"""分色治理: the site's priorities by importance × urgency (domain.md S4-12)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from data.errors import InputError

STEPS = (1, 2, 3)
"""Importance and urgency, 1 = most."""

COLOURS = ("red", "orange", "yellow", "green", "blue", "violet", "grey")
"""Colours of their own for priorities, tokens `--priority-…` of assets/tokens.css; no light has one."""

Cells = Mapping[tuple[int, int], int]
"""Position of the priority by (importance, urgency)."""


def priority_cells(held: Sequence[Mapping[str, Any]] | None) -> Cells:
    """The cells of a setting `priorities`, first to last; raises InputError naming key and cell."""
    if held is not None and not isinstance(held, list | tuple):
        raise InputError("priorities: must be a list of {key, name, when = [[1, 1], …]}.")
    cells: dict[tuple[int, int], int] = {}
    owner: dict[tuple[int, int], str] = {}
    for position, one in enumerate(held or ()):
        key, when = _told(one, position)
        for pair in when:
            cell = _cell(key, pair)
            if cell in cells:
                raise InputError(
                    f"priorities: cell {list(cell)} stands in {owner[cell]!r} and in {key!r}; "
                    "keep it in one of them."
                )
            cells[cell], owner[cell] = position, key
    return cells


def colours_of(held: Sequence[Mapping[str, Any]] | None) -> tuple[str, ...]:
    """A colour of COLOURS for each priority; InputError names an unknown one.

    Who names none gets the first that is not named by another; when all are taken, grey.
    """
    named = [one.get("colour") for one in held or ()]
    for one, colour in zip(held or (), named, strict=True):
        if colour is not None and colour not in COLOURS:
            raise InputError(
                f"priorities: {one.get('key')!r} has the colour {colour!r}; "
                f"write one of {', '.join(COLOURS)}."
            )
    free = iter([colour for colour in COLOURS if colour not in named])
    return tuple(colour or next(free, COLOURS[-1]) for colour in named)


def _told(one: object, position: int) -> tuple[str, Sequence[object]]:
    key = one.get("key") if isinstance(one, Mapping) else None
    name = repr(key) if key else f"number {position + 1}"
    when = one.get("when") if isinstance(one, Mapping) else None
    if not isinstance(when, list | tuple):
        raise InputError(f"priorities: {name} lacks its cells; write when = [[1, 1], [1, 2], …].")
    return str(key or position + 1), when


def _cell(key: str, pair: object) -> tuple[int, int]:
    if not isinstance(pair, list | tuple) or len(pair) != 2 or any(n not in STEPS for n in pair):
        raise InputError(
            f"priorities: {key!r} has the cell {pair!r}; write [importance, urgency], each 1 (most), "
            "2 or 3."
        )
    return int(pair[0]), int(pair[1])


def positions(importance: pd.Series, urgency: pd.Series, cells: Cells) -> pd.arrays.IntegerArray:
    """Position of each case's priority; missing where it is not told or no cell fits."""
    table = np.full((len(STEPS) + 1, len(STEPS) + 1), -1, np.int64)
    for cell, position in cells.items():
        table[cell] = position
    one, other = (
        values.astype("Int64").where(values.isin(STEPS), 0).fillna(0).to_numpy(np.int64)
        for values in (importance, urgency)
    )
    found = table[one, other]
    return pd.arrays.IntegerArray(np.maximum(found, 0), found < 0)
