"""Seals all sealed numbers anew by the newest key of the key file: `python -m data.rekey`.

First `python -m data.rekey --new-key` puts a fresh key there; servers that run must be started again to
know it. Then the numbers are sealed anew: this may be broken off at any time and begun again, what is
done is not done twice, and look-ups find people throughout. At last older keys may be taken out.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, or_, select, update

from data.databases import open_database
from data.dialect import is_postgresql
from data.encryption import CannotOpen, Keyring, add_key, read_keyring
from data.engines import POPULATION
from data.errors import SetupError
from data.population_tables import person_secret
from data.settings import read_settings

BATCH = 2_000
COLUMNS = ("identity", "phone")
"""Each has NAME_sealed and NAME_hash in person_secret."""


def column_name(name: str) -> str:
    """What a value of person_secret is sealed for."""
    return f"person.{name}"


def sealed_values(keyring: Keyring, person_id: int, **values: str | None) -> dict[str, Any]:
    """A row of person_secret: identity and phone in plain, or None."""
    row: dict[str, Any] = {"person_id": person_id}
    for name in COLUMNS:
        value, column = values.get(name) or "", column_name(name)
        row[f"{name}_sealed"] = keyring.seal(value, column, person_id) if value else None
        row[f"{name}_hash"] = keyring.hashed(value, column) if value else None
    return row


def rekey(engine: Engine, keyring: Keyring, tell: Callable[[int], None] = lambda _: None) -> int:
    """Seal by the current key whatever another one sealed; gives how many records changed.

    A transaction for each BATCH of records. Raises CannotOpen where a value cannot be opened; the records
    before stay as they are by then.
    """
    done, last = 0, -1
    while True:
        with engine.begin() as connection:
            rows = _old(connection, keyring, last)
            for row in rows:
                connection.execute(
                    update(person_secret).where(person_secret.c.person_id == row["person_id"]),
                    _renewed(row, keyring),
                )
        if not rows:
            return done
        done, last = done + len(rows), rows[-1]["person_id"]
        tell(done)


def _old(connection: Connection, keyring: Keyring, after: int) -> list[dict[str, Any]]:
    columns = [person_secret.c[f"{name}_sealed"] for name in COLUMNS]
    old = or_(*(~column.startswith(keyring.current_mark, autoescape=True) for column in columns))
    statement = select(person_secret).where(person_secret.c.person_id > after, old)
    statement = statement.order_by(person_secret.c.person_id).limit(BATCH)
    if is_postgresql(connection):
        statement = statement.with_for_update()
    return [dict(row._mapping) for row in connection.execute(statement)]


def _renewed(row: dict[str, Any], keyring: Keyring) -> dict[str, Any]:
    person_id = row["person_id"]
    opened = {
        name: row[f"{name}_sealed"]
        and keyring.open(row[f"{name}_sealed"], column_name(name), person_id)
        for name in COLUMNS
    }
    return sealed_values(keyring, person_id, **opened)


def main(arguments: list[str] | None = None) -> int:
    """Command line; 0 when every value is sealed by the newest key, 2 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m data.rekey", description=__doc__)
    parser.add_argument(
        "--new-key", action="store_true", help="add a fresh key to the file, nothing more"
    )
    options = parser.parse_args(arguments)
    try:
        settings = read_settings()
        path: Path = settings.seal_key_file
        keyring = read_keyring(path, settings.seal_keys)
        if options.new_key:
            if settings.seal_keys:
                raise SetupError("SEAL_KEYS is set: add the new key there, at its end.")
            add_key(path)
            print(f"{path}: key {read_keyring(path).current} seals from now on")
            return 0
        engine = open_database(settings.population_database_url, POPULATION, writable=True)
        done = rekey(engine, keyring, lambda n: print(f"{n:,} records", flush=True))
    except (SetupError, CannotOpen) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{done:,} records sealed anew; every value is sealed by key {keyring.current}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
