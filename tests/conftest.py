"""Fixtures all tests share: the small demo city on SQLite and on PostgreSQL."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from sqlalchemy import create_engine, make_url, text

from data.clock import Clock
from data.databases import open_database
from data.days import epoch_of
from data.demo.build import build_demo
from data.engines import CASE, POPULATION, engine_for
from data.migrate import migrate
from queries.prepared import Prepared
from queries.site import Site

NOW = epoch_of("2026-11-20T14:05", "Asia/Shanghai")
"""When the test city was built; its clock stands still."""

POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "")
ENGINES = ("sqlite", "postgresql") if POSTGRESQL else ("sqlite",)
"""test.sh starts PostgreSQL and sets its address; pytest by itself tests SQLite only."""


LONGEST = (
    *("test_scale.py", "test_screen_trouble.py", "test_matrix.py", "test_clickhouse.py"),
    *("test_workers.py", "test_scenario_a7.py", "test_known.py", "test_small_numbers_attacked.py"),
)
"""Files that others would be waited for with: they come first where files are shared out."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Share out the longest files first, and those of browsers, which mostly wait, among the others."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(
            key=lambda item: (item.path.name not in LONGEST, crc32(item.location[0].encode()))
        )


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
    prepared: Prepared | None = None
    """What takes long to make, made once where no test changes the city."""

    def site(self, at: int = NOW, *, is_exact: bool = False) -> Site:
        """The city as the dashboard opens it, read-only, at an instant; `is_exact` as there."""
        return Site(
            open_database(self.case_url, CASE),
            open_database(self.population_url, POPULATION),
            Clock(stopped=at),
            is_exact=is_exact,
            prepared=self.prepared or Prepared(),
        )


def migrated(case_url: str, population_url: str) -> None:
    """Make the tables of two empty databases."""
    for url, kind in ((case_url, CASE), (population_url, POPULATION)):
        engine = engine_for(url, kind, writable=True)
        migrate(engine, kind)
        engine.dispose()


def addresses(engine: str, folder: Path, name: str) -> tuple[str, str]:
    """Addresses of two fresh databases of an engine."""
    if engine == "sqlite":
        return _files(folder, name)
    return _on_server("case", name), _on_server("population", name)


def copies(
    engine: str, folder: Path, name: str, make: Callable[[str, str], Any] = migrated
) -> tuple[tuple[str, str], Any]:
    """Addresses of two databases as `make` makes them, and what it gave; made once, then copied."""
    models, given = _made_once(engine, make)
    if engine == "sqlite":
        urls = _files(folder, name)
        for model, url in zip(models, urls, strict=True):
            shutil.copyfile(str(make_url(model).database), str(make_url(url).database))
        return urls, given
    case, population = (str(make_url(model).database) for model in models)
    return (_on_server("case", name, case), _on_server("population", name, population)), given


@cache
def _made_once(engine: str, make: Callable[[str, str], Any]) -> tuple[tuple[str, str], Any]:
    """What is copied lives as long as the process: a worker of the tests runs many files."""
    folder = _lasting_folder()
    urls = addresses(engine, folder, f"model_{make.__module__}_{make.__name__}")
    return urls, make(*urls)


def _lasting_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tested-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _files(folder: Path, name: str) -> tuple[str, str]:
    return (
        f"sqlite:///{folder}/{name}-case.sqlite",
        f"sqlite:///{folder}/{name}-population.sqlite",
    )


def _on_server(kind: str, name: str, model: str = "template1") -> str:
    """The address of a new database like another one, to which nobody may be connected."""
    # Tests that run side by side must not drop each other's databases.
    database = os.environ.get("PYTEST_XDIST_WORKER", "") + f"{name}_{kind}"
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{database}" TEMPLATE "{model}"'))
    admin.dispose()
    return make_url(POSTGRESQL).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(scope="session", params=ENGINES)
def city(request: pytest.FixtureRequest) -> City:
    """The small demo city, once on every engine."""
    return _demo_city(request.param)


@cache
def _demo_city(engine: str) -> City:
    """Kept while the process lives: pytest forgets a session's fixture when the next engine's turn comes."""
    folder = _lasting_folder()
    case_url, population_url = addresses(engine, folder, "city")
    build_demo(
        case_url, population_url, size="small", seed=1, now=NOW, plan_path=folder / "plan.sqlite"
    )
    return City(case_url, population_url, folder, Prepared())


@pytest.fixture(scope="module")
def shared_site(city: City) -> Iterator[Site]:
    """The small city for a whole file: what is remembered from one test is there for the next."""
    opened = city.site()
    yield opened
    opened.case.dispose()
    opened.population.dispose()


@pytest.fixture
def site(city: City) -> Iterator[Site]:
    """The small city, opened as the dashboard opens it."""
    opened = city.site()
    yield opened
    opened.case.dispose()
    opened.population.dispose()
