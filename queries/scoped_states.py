"""Followed states of a scope: where tiles tell what changes, and which of them stand in it at an instant.

queries.followed_states keeps what lists and remarks are told from; here is when it may be used.
"""

from collections.abc import Callable

import numpy as np
from sqlalchemy import Connection

from data.engines import steady
from data.versions import versions_of
from queries.held_states import Columns
from queries.paths import STEPS
from queries.question import filter_items
from queries.scope import Scope
from queries.site import Site
from queries.tile_cuts import tiles_of

States = Callable[[Connection, int, int], Columns | None]
"""The states of the scope's hierarchy as of a version of the cases and one of the tiles, if they are held."""


def followed_in(site: Site, scope: Scope, states: States) -> Columns | None:
    """States in memory that the scope is among; None where the database is to be asked.

    That is without tiles, beside which it is noted what changes; of what was known before; by today's grids.
    """
    tiles = tiles_of(site)
    if tiles is None or site.known is not None or scope.zoning != "reported":
        return None
    with site.case.connect() as connection:
        version = versions_of(steady(connection))
        if version.get("tiles") != tiles.version:
            return None
        return states(connection, version.get("cases", 0), tiles.version)


def stands_in(states: Columns, site: Site, scope: Scope, as_of: int) -> np.ndarray:
    """Whether each state stands at the instant and lies below the scope's grid and in its filters."""
    inside = (states["valid_from"] <= as_of) & (as_of < states["valid_to"])
    if scope.grid.level:
        inside &= states[STEPS[scope.grid.level - 1]] == scope.grid.grid_id
    for name, item in filter_items(site, scope).items():
        inside &= states[f"{name}_id"] == item
    return np.asarray(inside)
