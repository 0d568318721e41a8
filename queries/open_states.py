"""The open states of all cases in memory, with their paths and what a map tells of a case.

To show the fifty most urgent, a database looks up where all open cases of the city lie, and sorts those of the
grid: a cost that grows with the city, on every screen. Held here they are read once; what changes is
followed (queries.followed_states). What is asked of them: queries.urgent_cases.
"""

from collections import OrderedDict
from functools import partial
from threading import Lock

import numpy as np
from sqlalchemy import Connection, Select, and_, literal_column, select

from data import bulk
from data.case_tables import case_derived as d
from data.case_tables import case_path as p
from data.case_tables import case_record as r
from data.grids import Grid, GridTree
from data.tiles.cells import GRIDS
from queries.followed_states import FollowedStates
from queries.held_states import Columns

SPAN = 6 * 3600
"""Seconds of instants that are answered from one reading: it holds what was open at any of them."""
READINGS = 2
"""Readings that are kept: this span's and, while some still ask about it, the one before."""


class OpenStates:
    """The open states of one database by hierarchy, each with its path and what a map tells of its case."""

    def __init__(self) -> None:
        self._spans: OrderedDict[int, FollowedStates] = OrderedDict()
        self._lock = Lock()

    def of(
        self, connection: Connection, tree: GridTree, as_of: int, version: int, tiles: int
    ) -> Columns | None:
        """All states that are open at the instant, and others of its span, as of a version of the cases.

        None for a transaction that began before the newest change.
        """
        since = as_of - as_of % SPAN
        with self._lock:
            states = self._spans.pop(since, None)
            states = states or FollowedStates(partial(_read, since=since), anew=False)
            self._spans[since] = states
            while len(self._spans) > READINGS:
                self._spans.popitem(last=False)
        return states.of(connection, tree, tree.top, version, tiles)

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._spans = OrderedDict()


def _read(
    connection: Connection, tree: GridTree, _: Grid, changed: Select | None, *, since: int
) -> Columns:
    """The states that are open at any instant of a span, as queries.followed_states takes them."""
    of_tree = and_(p.c.case_id == d.c.case_id, p.c.hierarchy_id == tree.hierarchy_id)
    found = d.join(r, r.c.case_id == d.c.case_id).join(p, of_tree, isouter=True)
    where = [d.c.valid_to > since, d.c.valid_from < since + SPAN]
    if changed is None:
        where.append(d.c.is_open == literal_column("1"))
    else:  # `+ 0`: the few that changed are looked up by themselves, not among all that are open
        where += [d.c.is_open + 0 == 1, d.c.case_id.in_(changed)]
    words = r.c.code, r.c.title, r.c.location, *(p.c[name] for name in GRIDS)
    # Places by themselves: with fractions among them no column could be read as characters (data.packed_read).
    key = d.c.case_id, d.c.valid_from
    states, places = (
        bulk.read_arrays(connection, select(*columns).select_from(found).where(*where))
        for columns in ((*d.c, *words), (*key, r.c.lon, r.c.lat))
    )
    here, there = (np.lexsort([one[column.name] for column in key]) for one in (states, places))
    held = dict(states)
    for name in ("lon", "lat"):
        held[name] = np.empty(len(here))
        held[name][here] = places[name][there]
    return held
