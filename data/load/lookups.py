"""What the words of a file may refer to: grids, departments, items, cases and the site's own lists."""

from functools import cached_property

import pandas as pd
from sqlalchemy import Connection, select

from data.case_tables import case_record, department, grid_unit, site_setting
from data.load.locate import Locator, read_locator
from data.stored_settings import read_setting
from data.work_tables import access_item

ASKED = 500


class Lookups:
    """Ids by code, read when they are first asked for; one for each part of a load."""

    def __init__(self, connection: Connection, scheme: str, hierarchy: str) -> None:
        self._connection = connection
        self._scheme = scheme
        self._hierarchy = hierarchy

    @cached_property
    def grids(self) -> dict[str, int]:
        """Grids of all hierarchies and levels."""
        statement = select(grid_unit.c.code, grid_unit.c.grid_id)
        statement = statement.where(grid_unit.c.scheme == self._scheme)
        return dict(self._connection.execute(statement).all())

    @cached_property
    def areas(self) -> dict[int, float | None]:
        """Square kilometres by grid."""
        rows = self._connection.execute(select(grid_unit.c.grid_id, grid_unit.c.area_km2))
        return dict(rows.all())

    @cached_property
    def locator(self) -> Locator:
        """The outlines of the default hierarchy."""
        return read_locator(self._connection, self._hierarchy)

    @cached_property
    def departments(self) -> dict[str, int]:
        """By code, and by name where only one has it."""
        columns = department.c.code, department.c.name, department.c.department_id
        rows = self._connection.execute(select(*columns)).all()
        names = [row.name for row in rows]
        by_name = {row.name: row.department_id for row in rows if names.count(row.name) == 1}
        return by_name | {row.code: row.department_id for row in rows}

    @cached_property
    def items(self) -> dict[str, int]:
        """Items of the access list."""
        rows = self._connection.execute(select(access_item.c.code, access_item.c.item_id))
        return dict(rows.all())

    def cases(self, codes: pd.Series) -> dict[str, int]:
        """Those of the cases that are known."""
        wanted = codes.unique().tolist()
        statement = select(case_record.c.code, case_record.c.case_id)
        found: dict[str, int] = {}
        for n in range(0, len(wanted), ASKED):
            some = statement.where(case_record.c.code.in_(wanted[n : n + ASKED]))
            found |= dict(self._connection.execute(some).all())
        return found

    def keys(self, setting: str) -> tuple[str, ...]:
        """Keys of a list among the site's settings, e.g. `posts`; empty where it has none."""
        return tuple(e["key"] for e in read_setting(self._connection, site_setting, setting) or ())
