"""A page goes on exactly behind a line, whatever the order and wherever values are unknown."""

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, select

from queries.paging import backwards, beyond, parts_of

table = Table("line", MetaData(), Column("id", Integer, primary_key=True), Column("due", Integer))
DUES = [5, None, 3, 3, None, 9, 5]
ORDERS = {
    "rising, unknown last": (table.c.due.asc().nulls_last(), table.c.id),
    "rising, unknown first": (table.c.due.asc().nulls_first(), table.c.id.asc()),
    "falling, unknown last": (table.c.due.desc().nulls_last(), table.c.id.desc()),
    "falling, unknown first": (table.c.due.desc().nulls_first(), table.c.id),
}


@pytest.fixture(scope="module")
def lines():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": n, "due": due} for n, due in enumerate(DUES)])
        yield connection


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_what_comes_after_and_before_each_line(lines, order):
    values = select(
        table.c.id, *(part.value.label(f"v{n}") for n, part in enumerate(parts_of(order)))
    )
    whole = lines.execute(values.order_by(*order)).all()
    ids = [row.id for row in whole]
    for place, row in enumerate(whole):
        for forward, wanted in ((True, ids[place + 1 :]), (False, ids[:place][::-1])):
            by = order if forward else backwards(order)
            chosen = select(table.c.id).where(beyond(order, row[1:], forward=forward)).order_by(*by)
            assert lines.execute(chosen).scalars().all() == wanted
