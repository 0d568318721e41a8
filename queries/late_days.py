"""Days overdue of a large grid's cases: what tiles cannot hold, counted from the states that are late."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from data.case_tables import case_derived as d
from data.case_tables import case_path as p
from data.counters import LATE_DAYS, Counter
from data.row_values import Rows
from data.tiles.cells import GRIDS
from data.tiles.tables import DIMENSIONS
from queries.held_cases import HeldCases, Sums
from queries.held_states import rows_at
from queries.known_steps import as_it_is
from queries.question import Question
from queries.tile_cuts import cut_of, tiles_of


def late_sums(
    connection: Connection,
    question: Question,
    counters: Sequence[Counter],
    version: Mapping[str, int],
) -> Sums | None:
    """Days overdue by key where tiles answer the rest of the question; None where that is not asked.

    version: of what the connection's transaction sees, as `kept_sums` takes it.
    """
    site, scope = question.site, question.scope
    if list(counters) != [LATE_DAYS] or site.known is not None or not scope.grid.level:
        return None
    tiles = tiles_of(site)
    if tiles is None or version.get("tiles") != tiles.version:
        return None
    if cut_of(question, LATE_DAYS.clock, tiles) is None:
        return None
    with as_it_is(connection):
        states = site.late_states.of(
            connection, scope.tree, scope.grid, version.get("cases", 0), tiles.version
        )
    if states is None:
        return None
    rows = rows_at(Rows(states), question.as_of)
    columns = [d.c.due_day, *(d.c[name] for name in DIMENSIONS.values())]
    columns += [p.c[name] for name in GRIDS[scope.grid.level :]]
    cells = {column.name: rows.cells(column) for column in columns}
    return HeldCases(rows, cells).sums(question, LATE_DAYS.clock, [LATE_DAYS])
