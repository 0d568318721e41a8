"""What starting tells and refuses: the first administrator, the demo's accounts, an open server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from accounts_town import app_engine
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from conftest import ENGINES, City
from small_town import Case, found_town
from sqlalchemy import update

import app
from dashboard.guard import Guard
from data.accounts import __main__ as command
from data.accounts.access import open_access
from data.accounts.people import first_administrator
from data.accounts.sign_in import sign_in
from data.app_tables import app_metadata, audit_head
from data.audit.verify import verify
from data.case_tables import site_setting
from data.engines import APP, CASE, engine_for
from data.settings import read_settings
from data.stored_settings import write_setting


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The servers that would have run."""
    servers: list[object] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, **_: servers.append(self.config.app))
    monkeypatch.setattr(app, "_listening", lambda _: None)
    monkeypatch.setattr(app, "keep_warm", lambda site: None)
    return servers


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APP_DATABASE_URL", f"sqlite:///{tmp_path}/app.sqlite")
    monkeypatch.setenv("AUDIT_FOLDER", str(tmp_path / "audit"))
    monkeypatch.delenv("HOST", raising=False)
    return tmp_path


def on(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASE_DATABASE_URL", city.case_url)
    monkeypatch.setenv("POPULATION_DATABASE_URL", city.population_url)


@pytest.fixture(scope="module")
def own_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A site that is no demo."""
    town = found_town("sqlite", tmp_path_factory.mktemp("own"), "own")
    town.take([Case("c1", "reported 0, accepted 1 due 25", "A1")], now=100)
    yield town.city


@pytest.fixture(scope="module")
def demo_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The same, saying of itself that it is one."""
    town = found_town("sqlite", tmp_path_factory.mktemp("demo"), "demo")
    town.take([Case("c1", "reported 0, accepted 1 due 25", "A1")], now=100)
    with engine_for(town.city.case_url, CASE, writable=True).begin() as connection:
        write_setting(connection, site_setting, "demo", True)
    yield town.city


@pytest.mark.parametrize("engine", ENGINES)
def test_the_migrations_make_the_tables_that_the_program_knows(engine: str, tmp_path: Path) -> None:
    with app_engine(engine, tmp_path).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), app_metadata) == []


def test_the_first_start_prints_a_one_time_password_once(
    own_city: City,
    at_home: Path,
    started: list[object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    on(own_city, monkeypatch)
    assert app.main([]) == 0
    assert "first administrator" in capsys.readouterr().out
    for kept in at_home.glob("app.sqlite*"):
        assert kept.stat().st_mode & 0o077 == 0, kept
    assert (at_home / "audit" / "key").stat().st_mode & 0o077 == 0
    assert app.main([]) == 0
    assert "administrator" not in capsys.readouterr().out
    assert all(isinstance(server, Guard) for server in started)
    # A key of another log is not gone on with.
    engine = engine_for(f"sqlite:///{at_home}/app.sqlite", APP, writable=True)
    with engine.begin() as connection:
        connection.execute(update(audit_head).values(seal=b"x"))
    assert app.main([]) == 2
    assert "AUDIT_FOLDER" in capsys.readouterr().err


def test_the_demo_tells_its_accounts_and_is_not_shown_to_the_network(
    demo_city: City,
    own_city: City,
    at_home: Path,
    started: list[object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    on(demo_city, monkeypatch)
    assert app.main([]) == 0
    said = capsys.readouterr().out
    assert "demo accounts" in said and "station_chief" in said
    monkeypatch.setenv("HOST", "0.0.0.0")
    assert app.main([]) == 2
    assert "--i-know" in capsys.readouterr().err
    assert app.main(["--open"]) == 2
    assert app.main(["--i-know"]) == 0
    monkeypatch.setenv("HOST", "127.0.0.1")
    monkeypatch.setenv("PUBLIC_URL", "https://grid.example.org")
    assert app.main([]) == 2
    monkeypatch.delenv("PUBLIC_URL")
    # The accounts of the demo never open a site's own cases.
    on(own_city, monkeypatch)
    assert app.main(["--i-know"]) == 2
    assert "not the demo's" in capsys.readouterr().err


def test_without_signing_in_only_when_told_so(
    demo_city: City, at_home: Path, started: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    on(demo_city, monkeypatch)
    assert app.main(["--open"]) == 0
    assert not isinstance(started[0], Guard)
    assert not (at_home / "app.sqlite").exists()


@pytest.mark.parametrize("url", ["grid.example.org", "ftp://x", "https://x/path", "https://x?a=b"])
def test_a_public_address_that_cannot_be_is_named(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUBLIC_URL", url)
    assert app.main([]) == 2
    assert "PUBLIC_URL" in capsys.readouterr().err


def test_who_keeps_the_server_lets_an_administrator_back_in(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["list"]) == 0
    access = open_access(read_settings())
    assert first_administrator(access) is not None
    assert command.main(["renew", "nobody"]) == 2
    assert command.main(["renew", "Admin"]) == 0
    password = capsys.readouterr().out.strip().splitlines()[-1]
    assert sign_in(access, "admin", password) is not None
    assert command.main(["disable", "admin"]) == 0
    assert sign_in(access, "admin", password) is None
    assert command.main(["enable", "admin"]) == 0
    assert sign_in(access, "admin", password) is not None
    assert command.main(["list"]) == 0
    assert "administrator none" in capsys.readouterr().out
    assert verify(access.log).problems == []
