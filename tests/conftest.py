"""Fixtures all tests share: the small demo city on SQLite and on PostgreSQL."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from data.clock import Clock
from data.databases import open_database
from data.days import epoch_of
from data.demo.build import build_demo
from data.engines import CASE, POPULATION
from queries.site import Site

NOW = epoch_of("2026-11-20T14:05", "Asia/Shanghai")
"""When the test city was built; its clock stands still."""

POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "")
ENGINES = ("sqlite", "postgresql") if POSTGRESQL else ("sqlite",)
"""test.sh starts PostgreSQL and sets its address; pytest by itself tests SQLite only."""


def in_a_loop(begin: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The result of what `begin` begins, in a thread of its own: browser tests leave a running loop here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(begin())).result()


@dataclass(frozen=True)
class City:
    """A built demo city: the addresses of its databases."""

    case_url: str
    population_url: str
    folder: Path

    def site(self, at: int = NOW, *, is_exact: bool = False) -> Site:
        """The city as the dashboard opens it, read-only, at an instant; `is_exact` as there."""
        return Site(
            open_database(self.case_url, CASE),
            open_database(self.population_url, POPULATION),
            Clock(stopped=at),
            is_exact=is_exact,
        )


def addresses(engine: str, folder: Path, name: str) -> tuple[str, str]:
    """Addresses of two fresh databases of an engine."""
    if engine == "sqlite":
        return (
            f"sqlite:///{folder}/{name}-case.sqlite",
            f"sqlite:///{folder}/{name}-population.sqlite",
        )
    made = []
    # Tests that run side by side must not drop each other's databases.
    name = os.environ.get("PYTEST_XDIST_WORKER", "") + name
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for kind in ("case", "population"):
            database = f"{name}_{kind}"
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{database}"'))
            url = make_url(POSTGRESQL).set(database=database)
            made.append(url.render_as_string(hide_password=False))
    admin.dispose()
    return made[0], made[1]


@pytest.fixture(scope="session", params=ENGINES)
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> City:
    """The small demo city, once on every engine."""
    folder = tmp_path_factory.mktemp(f"city-{request.param}")
    case_url, population_url = addresses(request.param, folder, "city")
    build_demo(
        case_url, population_url, size="small", seed=1, now=NOW, plan_path=folder / "plan.sqlite"
    )
    return City(case_url, population_url, folder)


@pytest.fixture
def site(city: City) -> Iterator[Site]:
    """The small city, opened as the dashboard opens it."""
    opened = city.site()
    yield opened
    opened.case.dispose()
    opened.population.dispose()
