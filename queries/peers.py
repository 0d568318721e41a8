"""The rank of somebody's own grid among its peers, where the matrix lets them know it: a place, no names."""

from typing import NamedTuple

from queries.ranking import ranking
from queries.scope import Scope
from queries.site import Site

PEERS = "peers"


class Place(NamedTuple):
    """A rank among so many that have one; None with too few cases to be ranked."""

    rank: int | None
    of: int


def place_among_peers(site: Site, scope: Scope, *, as_of: int, before: int) -> Place | None:
    """Where the scope's grid stands among those beside it; None where that is not to be told.

    Only of a grid that somebody was granted, by a right that says so; what the others count is not given.
    `before` as in `ranking`.
    """
    grid, tree = scope.grid, scope.tree
    if site.sight is None or grid.parent_id is None or grid not in site.tops(tree):
        return None
    if site.right("case_figures", tree, grid, scope.department).limit != PEERS:
        return None
    parent = scope.at(tree.by_id[grid.parent_id])
    held = ranking(site.whole, parent, as_of=as_of, before=before)
    (own,) = (row for row in held.rows if row.code == grid.code)
    return Place(own.rank, held.ranked)
