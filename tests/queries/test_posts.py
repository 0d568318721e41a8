"""Posts are found by their code in the staff list or in the event log, without reading all of the log."""

from pathlib import Path

import pytest
from conftest import ENGINES, addresses
from sqlalchemy import Engine, Select, inspect, select, text

from data.case_tables import case_event
from data.engines import CASE, engine_for
from data.migrate import migrate
from data.work_tables import staff
from queries.posts import acting_post, is_post
from queries.site import Site

e = case_event.c
NAMED = select(e.actor).where(e.actor == "SL-1").limit(1)
TASKS = select(e.case_id).where(e.actor.in_(["SL-1", "SL-2"]))


def plan(engine: Engine, statement: Select) -> str:
    """How the database means to find the answer."""
    literal = statement.compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.execute(text(f"EXPLAIN QUERY PLAN {literal}"))
            return "\n".join(str(row[-1]) for row in rows)
        # A table of a few rows is read through however many indexes it has.
        connection.execute(text("SET enable_seqscan = off"))
        return "\n".join(row[0] for row in connection.execute(text(f"EXPLAIN {literal}")))


@pytest.mark.parametrize("statement", [NAMED, TASKS])
def test_the_steps_of_a_post_are_found_by_an_index(site: Site, statement: Select) -> None:
    assert "ix_case_event_actor" in plan(site.case, statement)


def test_a_post_is_one_of_the_list_or_one_that_took_a_step(site: Site) -> None:
    tree = site.tree()
    assert tree is not None
    with site.case.connect() as connection:
        acted = connection.execute(
            select(e.actor).where(e.actor.is_not(None)).limit(1)
        ).scalar_one()
        code, grid_id = connection.execute(
            select(staff.c.code, staff.c.grid_id).where(staff.c.grid_id.in_(tree.by_id)).limit(1)
        ).one()
    assert is_post(site, acted) and is_post(site, code)
    assert not is_post(site, "no such post") and not is_post(site, "")
    assert acting_post(site, tree.by_id[grid_id]) is not None


@pytest.mark.parametrize("engine", ENGINES)
def test_databases_from_before_are_given_the_index(tmp_path: Path, engine: str) -> None:
    case_url, _ = addresses(engine, tmp_path, "actors")
    held = engine_for(case_url, CASE, writable=True)
    migrate(held, CASE)
    migrate(held, CASE)
    names = [index["name"] for index in inspect(held).get_indexes("case_event")]
    assert names.count("ix_case_event_actor") == 1
    held.dispose()
