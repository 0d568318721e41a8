"""Which open cases come first on a list or a map of the present, from the states in memory."""

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import ColumnElement

from data.dialect import steady
from data.row_values import Rows
from data.versions import versions_of
from queries.held_states import Columns
from queries.open_states import SPAN
from queries.paths import STEPS
from queries.question import filter_items
from queries.scope import Scope
from queries.seen_cases import told_of
from queries.site import Site
from queries.tile_cuts import tiles_of


def most_urgent(
    site: Site,
    scope: Scope,
    condition: ColumnElement[bool],
    *,
    as_of: int,
    told: Sequence[str] = ("case_id",),
    most: int | None = None,
) -> Columns | None:
    """The first open cases of a scope that fulfil a condition, in the order of queries.case_rows.URGENT.

    told: the columns that are wanted. None where cases are not held: of the past, by today's grids, and where
    no tiles tell what changes.
    """
    site.admit(scope)
    site.admit(scope, "case_detail")
    tiles = tiles_of(site)
    if tiles is None or site.known is not None or scope.zoning != "reported":
        return None
    if as_of < site.clock.now() - SPAN:
        return None
    with site.case.connect() as connection:
        version = versions_of(steady(connection))
        if version.get("tiles") != tiles.version:
            return None
        cases = version.get("cases", 0)
        held = site.open_states.of(connection, scope.tree, as_of, cases, tiles.version)
    if held is None:
        return None
    chosen = _chosen(held, site, scope, [condition, *told_of(site, scope)], as_of)
    order = np.lexsort((held["case_id"][chosen], held["light_due"][chosen]))
    return {name: held[name][chosen[order[:most]]] for name in told}


def _chosen(
    held: Mapping[str, np.ndarray],
    site: Site,
    scope: Scope,
    conditions: Sequence[ColumnElement[bool]],
    as_of: int,
) -> np.ndarray:
    """Positions of the states that stand at the instant, lie in the scope and fulfil all conditions."""
    here = (held["valid_from"] <= as_of) & (as_of < held["valid_to"])
    if scope.grid.level:
        here &= held[STEPS[scope.grid.level - 1]] == scope.grid.grid_id
    for name, item in filter_items(site, scope).items():
        here &= held[f"{name}_id"] == item
    chosen = np.flatnonzero(here)
    rows = Rows(held).at(chosen, np.full(len(chosen), as_of, np.int64))
    fulfilled = np.ones(len(chosen), bool)
    for condition in conditions:
        fulfilled &= rows.is_true(condition)
    return chosen[fulfilled]
