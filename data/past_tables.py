"""Tables of what the case database said before it was told better: rows are added, never changed."""

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from data.case_tables import case_derived, case_metadata, case_path


def _same(table: Table) -> list[Column]:
    """The columns of a table, without what ties them to other tables."""
    return [
        Column(c.name, c.type, nullable=c.nullable, server_default=c.server_default and "0")
        for c in table.columns
    ]


KNOWN = "known"
"""Name of the execution option that makes a connection read what was said at a moment (queries.known)."""

case_derived_past = Table(
    "case_derived_past",
    case_metadata,
    *_same(case_derived),
    Column("recorded_to", BigInteger, nullable=False),
    PrimaryKeyConstraint("case_id", "valid_from", "recorded_to"),
)
"""States that `case_derived` once held: the database said so while recorded_from <= R < recorded_to.

It has every column of `case_derived`; whoever adds one there adds it here.
"""
Index("ix_case_derived_past_recorded", case_derived_past.c.recorded_to)

case_path_past = Table(
    "case_path_past",
    case_metadata,
    *_same(case_path),
    Column("recorded_to", BigInteger, nullable=False),
    PrimaryKeyConstraint("case_id", "hierarchy_id", "recorded_to"),
)
"""Paths before they were filled in, without grids where there was none: said until `recorded_to`."""
Index("ix_case_path_past_recorded", case_path_past.c.recorded_to)
