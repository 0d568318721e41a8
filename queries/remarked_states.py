"""The states of cases whose records have something to tell of their quality, for any period and instant.

They are few, but in proportion to all; looked for once and then followed (queries.followed_states).
"""

import pandas as pd
from sqlalchemy import Connection, Select, and_, select

from data import bulk
from data.case_tables import IS_REMARKED
from data.case_tables import case_derived as d
from data.case_tables import case_path as p
from data.case_tables import case_record as r
from data.grids import Grid, GridTree
from data.tiles.cells import GRIDS
from data.tiles.tables import DIMENSIONS
from queries.held_states import Columns


def read_remarked(
    connection: Connection, tree: GridTree, _: Grid, changed: Select | None
) -> Columns:
    """The states of all remarked cases with their paths, as queries.followed_states takes them."""
    told = select(r.c.case_id, r.c.location, r.c.flags).where(IS_REMARKED)
    if changed is not None:
        told = told.where(r.c.case_id.in_(changed))
    marked = told.cte("remarked")
    states = [d.c.case_id, d.c.valid_from, d.c.valid_to, d.c.reported_day]
    states += [d.c[name] for name in DIMENSIONS.values()]
    of_tree = and_(p.c.case_id == d.c.case_id, p.c.hierarchy_id == tree.hierarchy_id)
    found = marked.join(d, d.c.case_id == marked.c.case_id).join(p, of_tree, isouter=True)
    steps = [p.c[name] for name in GRIDS]
    statement = select(*states, marked.c.location, marked.c.flags, *steps).select_from(found)
    held = bulk.read_arrays(connection, statement)
    # What is missing among words is said in as many ways as there are engines.
    held["flags"][pd.isna(held["flags"])] = None
    return held
