"""Opening the databases: what is wrong is said in words, and the dashboard can only read."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ENGINES, NOW, POSTGRESQL, City, addresses
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from data.case_tables import case_record
from data.databases import open_database, open_databases
from data.engines import CASE, POPULATION, engine_for
from data.errors import SetupError
from data.migrate import head_revision, migrate
from data.settings import read_settings
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.scope import read_scope
from queries.site import open_site


def refusal(address: str, kind: str = CASE, *, writable: bool = False) -> str:
    """The text with which an address is refused."""
    with pytest.raises(SetupError) as caught:
        open_database(address, kind, writable=writable).dispose()
    return str(caught.value)


def test_a_missing_file_is_not_made_but_named(tmp_path: Path):
    said = refusal(f"sqlite:///{tmp_path}/none.sqlite")
    assert "CASE_DATABASE_URL" in said
    assert f"{tmp_path}/none.sqlite" in said
    assert "python -m data.demo" in said
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    path = tmp_path / "letter.sqlite"
    path.write_text("Dear reader, " * 200)
    said = refusal(f"sqlite:///{path}", POPULATION)
    assert "POPULATION_DATABASE_URL" in said
    assert "not a database" in said
    assert "Check" in said


def test_a_folder_is_refused(tmp_path: Path):
    assert "CASE_DATABASE_URL" in refusal(f"sqlite:///{tmp_path}")


def test_a_database_without_tables_is_sent_to_the_migration(tmp_path: Path):
    sqlite3.connect(tmp_path / "bare.sqlite").close()
    said = refusal(f"sqlite:///{tmp_path}/bare.sqlite")
    assert "CASE_DATABASE_URL" in said
    assert head_revision(CASE) in said
    assert "python -m data.migrate" in said


def test_a_database_of_the_other_kind_is_refused(city: City):
    assert "POPULATION_DATABASE_URL" in refusal(city.case_url, POPULATION)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "case.sqlite",
        "mysql://reader@localhost/case",
        "postgres://reader@localhost/case",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://reader@localhost:port/case",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_one_that_can(address):
    said = refusal(address)
    assert "CASE_DATABASE_URL" in said
    assert "sqlite:///FILE" in said


@pytest.mark.parametrize("driver", ["psycopg2", "asyncpg", "nonsense"])
def test_a_driver_that_is_not_installed_is_no_crash(driver):
    said = refusal(f"postgresql+{driver}://reader@127.0.0.1:1/case")
    assert "CASE_DATABASE_URL" in said


def test_a_refused_address_does_not_give_away_its_password():
    assert "s3cret" not in refusal("mysql://reader:s3cret@localhost/case")
    assert "s3cret" not in refusal("reader:s3cret@localhost/case")


def test_a_server_that_does_not_answer_is_named():
    said = refusal("postgresql://reader:s3cret@127.0.0.1:1/case", POPULATION)
    assert "POPULATION_DATABASE_URL" in said
    assert "does not answer" in said
    assert "Check that it runs" in said
    assert "s3cret" not in said
    assert "\n" not in said


@pytest.mark.parametrize("folder", ["with space", "50%41", "a#b", "网格"])
def test_a_file_may_lie_in_a_folder_of_any_name(tmp_path: Path, folder: str):
    path = str(tmp_path / folder / "case.sqlite")
    address = make_url("sqlite://").set(database=path).render_as_string()
    engine = engine_for(address, CASE, writable=True)
    migrate(engine, CASE)
    engine.dispose()
    assert [path.name for path in tmp_path.iterdir()] == [folder]
    open_database(address, CASE).dispose()


def test_both_databases_are_checked(tmp_path: Path, city: City):
    settings = {
        "CASE_DATABASE_URL": city.case_url,
        "POPULATION_DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite",
    }
    with pytest.raises(SetupError, match="POPULATION_DATABASE_URL"):
        open_databases(read_settings(settings))


def settings_for(city: City, **other: str) -> dict[str, str]:
    named = {"CASE_DATABASE_URL": city.case_url, "POPULATION_DATABASE_URL": city.population_url}
    return named | other


def test_a_site_opens_on_both_databases_and_its_clock_starts_at_the_asked_time(city: City):
    site = open_site(read_settings(settings_for(city, AS_OF="2026-11-20T14:05")))
    assert 0 <= site.clock.now() - NOW < 600
    assert site.as_of() % 15 == 0
    assert site.facts().zone == "Asia/Shanghai"


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "0001-01-01T00:00"])
def test_a_replay_clock_that_cannot_be_read_is_named(city: City, text):
    with pytest.raises(SetupError, match="AS_OF"):
        open_site(read_settings(settings_for(city, AS_OF=text)))


def test_an_empty_migrated_database_asks_for_data(city: City, tmp_path: Path):
    engine_name = "sqlite" if city.case_url.startswith("sqlite") else "postgresql"
    case_url, population_url = addresses(engine_name, tmp_path, "empty")
    for address, kind in ((case_url, CASE), (population_url, POPULATION)):
        engine = engine_for(address, kind, writable=True)
        migrate(engine, kind)
        engine.dispose()
    named = {"CASE_DATABASE_URL": case_url, "POPULATION_DATABASE_URL": population_url}
    with pytest.raises(SetupError) as caught:
        open_site(read_settings(named))
    assert "CASE_DATABASE_URL" in str(caught.value)
    assert "python -m data.demo" in str(caught.value)
    assert "python -m data.load" in str(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM case_record",
        "UPDATE case_record SET title = ''",
        "INSERT INTO data_version (part, version, changed_at) VALUES ('x', 1, 1)",
        "CREATE TABLE mine (x INTEGER)",
        "DROP TABLE case_derived",
    ],
)
def test_the_dashboards_connection_cannot_write(city: City, statement):
    engine = open_database(city.case_url, CASE)
    with engine.connect() as connection:
        before = connection.execute(text("SELECT count(*) FROM case_record")).scalar_one()
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), engine.begin() as connection:
        connection.execute(text(statement))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM case_record")).scalar_one() == before
    engine.dispose()


def test_migrating_twice_changes_nothing(city: City):
    engine = engine_for(city.case_url, CASE, writable=True)
    with engine.connect() as connection:
        before = connection.execute(case_record.select()).all()
    migrate(engine, CASE)
    with engine.connect() as connection:
        assert connection.execute(case_record.select()).all() == before
    engine.dispose()


def run(address: str, *statements: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def reader(city: City, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """Addresses of the city's databases for someone who may read them and nothing else."""
    addresses = (city.case_url, city.population_url)
    if city.case_url.startswith("sqlite"):
        files = [Path(shutil.copy(make_url(url).database or "", tmp_path)) for url in addresses]
        for file in files:
            file.chmod(0o444)
        yield tuple(f"sqlite:///{file}" for file in files)
        return
    run(POSTGRESQL, "DROP ROLE IF EXISTS only_reads", "CREATE ROLE only_reads LOGIN")
    for url in addresses:
        run(url, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads")
    mine = [make_url(url).set(username="only_reads") for url in addresses]
    limited = tuple(url.render_as_string(hide_password=False) for url in mine)
    with pytest.raises(DBAPIError, match="permission denied"):
        run(limited[0], "DELETE FROM case_record")
    yield limited
    for url in addresses:
        run(url, "DROP OWNED BY only_reads")
    run(POSTGRESQL, "DROP ROLE only_reads")


def test_a_user_that_may_only_read_is_enough(reader: tuple[str, ...]):
    named = {"CASE_DATABASE_URL": reader[0], "POPULATION_DATABASE_URL": reader[1]}
    site = open_site(read_settings(named | {"AS_OF": "2026-11-20T14:05"}))
    scope = read_scope(site, {}, NOW)
    metrics = [BY_KEY[key] for key in ("open", "on_time_rate", "handling_median", "population")]
    for by in (None, "grid"):
        assert set(measure(site, metrics, scope, by, as_of=NOW).figures) == {m.key for m in metrics}
    site.case.dispose()
    site.population.dispose()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_past_of_states_has_every_column_of_states(tmp_path: Path, engine: str):
    case_url, _ = addresses(engine, tmp_path, "columns")
    held = engine_for(case_url, CASE, writable=True)
    migrate(held, CASE)
    for table in ("case_derived", "case_path"):
        names = [
            [column["name"] for column in inspect(held).get_columns(name)]
            for name in (table, f"{table}_past")
        ]
        assert sorted(names[1]) == sorted([*names[0], "recorded_to"])
    held.dispose()
