"""What the tests of the demo's rows share: their moment, and the check that rows fit their table."""

import pandas as pd
from sqlalchemy import Table, create_engine, select

from data import bulk
from data.days import epoch_of, local_day

ZONE = "Asia/Shanghai"
NOW = epoch_of("2026-05-13T10:20", ZONE)
TODAY = local_day(NOW, ZONE)
FIRST = TODAY - 396


def department_ids() -> dict[str, int]:
    return {f"D{number:02d}": number for number in range(1, 26)}


def check_fits(rows: pd.DataFrame, table: Table) -> None:
    """The columns are the table's, its key is unique, gaps are where they may be; it can be stored."""
    assert set(rows.columns) == {column.name for column in table.columns}
    for column in table.columns:
        values = rows[column.name]
        assert column.nullable or values.notna().all(), column.name
        whole = "INT" in str(column.type)
        known = values.dropna()
        if whole:
            assert pd.api.types.is_integer_dtype(values.dtype), column.name
        elif str(column.type) == "TEXT":
            assert known.map(type).eq(str).all(), column.name
            assert values.isna().sum() == sum(value is None for value in values), column.name
    assert not rows.duplicated([column.name for column in table.primary_key]).any()
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        bulk.insert(connection, table, rows)
        held = connection.execute(select(table)).first()
    engine.dispose()
    assert held is not None
    for value, column in zip(held, table.columns, strict=True):
        assert value is None or isinstance(value, column.type.python_type), column.name
