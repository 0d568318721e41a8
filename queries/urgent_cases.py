"""Which open cases come first on a list or a map of the present, from the states in memory."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from sqlalchemy import ColumnElement

from data.counters import Counter
from data.row_values import Rows
from queries.held_states import Columns
from queries.metrics import BY_KEY, LIGHTS
from queries.open_states import SPAN
from queries.scope import Scope
from queries.scoped_states import followed_in, stands_in
from queries.seen_cases import told_of
from queries.site import Site

LIGHT = "light"
"""Name of what is told besides the columns: the light of each case, as queries.standing says it."""


def most_urgent(
    site: Site,
    scope: Scope,
    condition: ColumnElement[bool],
    *,
    as_of: int,
    told: Sequence[str],
    most: int | None = None,
) -> Columns | None:
    """The first open cases of a scope that fulfil a condition, in the order of queries.case_rows.URGENT.

    told: the columns that are wanted, and LIGHT. None where cases are not held: of the past, for a reader that
    is behind, and where queries.scoped_states says so.
    """
    site.admit(scope)
    site.admit(scope, "case_detail")
    if as_of < site.clock.now() - SPAN:
        return None
    states = partial(site.open_states.of, tree=scope.tree, as_of=as_of)
    held = followed_in(site, scope, lambda c, cases, tiles: states(c, version=cases, tiles=tiles))
    if held is None:
        return None
    rows, chosen = Rows(held), np.flatnonzero(stands_in(held, site, scope, as_of))
    for part in (condition, *told_of(site, scope)):
        chosen = chosen[_at(rows, chosen, as_of).is_true(part)]
    chosen = chosen[np.lexsort((held["case_id"][chosen], held["light_due"][chosen]))][:most]
    found = {name: held[name][chosen] for name in told if name != LIGHT}
    return found | {LIGHT: _lights(_at(rows, chosen, as_of))} if LIGHT in told else found


def _at(rows: Rows, chosen: np.ndarray, as_of: int) -> Rows:
    return rows.at(chosen, np.full(len(chosen), as_of, np.int64))


def _lights(rows: Rows) -> np.ndarray:
    """Which of the figures that count cases by light each open case is in."""
    counters = [BY_KEY[key].top for key in LIGHTS]
    lit = [rows.is_true(one.condition) for one in counters if isinstance(one, Counter)]
    return np.select(lit, LIGHTS, "")
