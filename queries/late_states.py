"""The states in which cases of a large grid are or were late, for any instant.

Days overdue grow with the clock, so no tile holds them; but few cases are ever late. Which are is looked for
once in all cases of a grid below the top (queries.followed_states).
"""

from sqlalchemy import ColumnElement, Connection, Select, func, select

from data import bulk
from data.case_tables import case_derived as d
from data.case_tables import case_path as p
from data.counters import EVER_LATE, LATE_DAYS
from data.grids import Grid, GridTree
from data.row_values import columns_of
from data.tiles.cells import GRIDS
from data.tiles.tables import DIMENSIONS
from queries.held_states import Columns

MOST = 1_000_000
"""Cases of a grid that are looked through; some 5 µs each, once, mostly before anybody asks (dashboard.warming)."""


def read_late(
    connection: Connection, tree: GridTree, grid: Grid, changed: Select | None
) -> Columns | None:
    """The late states below a grid, as queries.followed_states takes them."""
    statement = _statement(tree, grid)
    if changed is not None:
        statement = statement.where(d.c.case_id.in_(changed))
    elif _is_too_large(connection, tree, grid):
        return None
    return bulk.read_arrays(connection, statement)


def _is_too_large(connection: Connection, tree: GridTree, grid: Grid) -> bool:
    below = select(p.c.case_id).where(*_lies(tree, grid)).limit(MOST + 1).subquery()
    return bool(connection.execute(select(func.count()).select_from(below)).scalar_one() > MOST)


def _lies(tree: GridTree, grid: Grid) -> list[ColumnElement[bool]]:
    return [p.c.hierarchy_id == tree.hierarchy_id, p.c[f"grid_{grid.level}"] == grid.grid_id]


def _statement(tree: GridTree, grid: Grid) -> Select:
    names = {"case_id", "valid_from", "valid_to", "due_day", *DIMENSIONS.values()}
    assert LATE_DAYS.times is not None
    names |= columns_of(LATE_DAYS.condition) | columns_of(LATE_DAYS.times)
    columns = [column for column in d.columns if column.name in names]
    steps = [p.c[name] for name in GRIDS[grid.level :]]
    found = p.join(d, d.c.case_id == p.c.case_id)
    return select(*columns, *steps).select_from(found).where(*_lies(tree, grid), EVER_LATE)
