"""What a map shows: a value for each grid of a level, and the classes that colour them."""

import math
from dataclasses import dataclass

import numpy as np

from queries.figures import Figure
from queries.measure import measure
from queries.metrics import Metric
from queries.record_kinds import Register
from queries.scope import Scope
from queries.site import Site

CLASSES = 5


@dataclass(frozen=True)
class MapValues:
    """Figures in the order of the level's grids; `shades`: 0–4, -1 where there is nothing.

    `breaks` are the upper ends of the classes, `break_shades` the shade of each: few classes are
    spread over all shades.
    """

    level: int
    codes: tuple[str, ...]
    figures: tuple[Figure, ...]
    shades: tuple[int, ...]
    breaks: tuple[float, ...]
    break_shades: tuple[int, ...]
    lowest: float


def map_values(site: Site, metric: Metric, scope: Scope, level: int, *, as_of: int) -> MapValues:
    """The metric for each grid of the level inside the scope's grid (itself, at its own level)."""
    scope = scope.unfiltered if isinstance(metric.top, Register) else scope
    grids = scope.tree.at_level(scope.grid, level)
    figures: tuple[Figure, ...]
    if level == scope.grid.level:
        figures = (measure(site, [metric], scope, as_of=as_of).total(metric.key),)
    else:
        answer = measure(site, [metric], scope, "grid", as_of=as_of, level=level)
        figures = tuple(answer.figures[metric.key][grid.code] for grid in grids)
    values = np.array([math.nan if f.value is None else f.value for f in figures])
    shown = values[~np.isnan(values)] if metric.is_rate else values[values > 0]
    breaks = _breaks(shown)
    classes = np.searchsorted(breaks, values, side="left")
    hidden = np.isnan(values) | ((values <= 0) & (not metric.is_rate))
    last = max(len(breaks) - 1, 0)
    spread = np.round(np.arange(last + 1) * (CLASSES - 1) / last) if last else np.array([2.0])
    shades = np.where(hidden, -1, spread[np.minimum(classes, last)])
    return MapValues(
        level=level,
        codes=tuple(grid.code for grid in grids),
        figures=figures,
        shades=tuple(int(shade) for shade in shades),
        breaks=tuple(float(b) for b in breaks),
        break_shades=tuple(int(shade) for shade in spread[: len(breaks)]),
        lowest=float(shown.min()) if len(shown) else 0.0,
    )


def _breaks(values: np.ndarray) -> np.ndarray:
    """Upper ends of up to five classes; quantiles, so that a few hot spots do not hide the rest."""
    distinct = np.unique(values)
    if len(distinct) <= CLASSES:
        return distinct
    return np.unique(np.percentile(values, np.arange(1, CLASSES + 1) * 100 / CLASSES))
