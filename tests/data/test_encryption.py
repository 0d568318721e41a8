"""Sealed numbers: opened by their key and record only, found by hash, sealed anew step by step."""

import stat

import pytest
from conftest import ENGINES, addresses
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from data.encryption import (
    CannotOpen,
    add_key,
    demo_keyring,
    fresh_line,
    read_keyring,
)
from data.engines import POPULATION, engine_for
from data.errors import SetupError
from data.migrate import migrate
from data.population_tables import person_secret
from data.rekey import BATCH, main, rekey, sealed_values

DEMO = demo_keyring()


def ring(*lines):
    return read_keyring(None, ",".join(line.strip() for line in lines))


SIGNS = "AbZ019_-.="


@given(st.text(max_size=60), st.integers(0, 2**62))
def test_what_is_sealed_is_opened_again(text, record):
    sealed = DEMO.seal(text, "person.phone", record)
    assert DEMO.open(sealed, "person.phone", record) == text
    assert not text or len(text) < 4 or text not in sealed
    assert sealed != DEMO.seal(text, "person.phone", record)


@given(st.data())
def test_a_changed_value_is_not_opened(data):
    # Sealed anew each time, so what is drawn must not depend on what it looks like.
    sealed = DEMO.seal("13800138000", "person.phone", 7)
    at = data.draw(st.integers(0, len(sealed) - 1))
    others = [sign for sign in SIGNS if sign != sealed[at]]
    changed = sealed[:at] + others[data.draw(st.integers(0, len(SIGNS) - 2))] + sealed[at + 1 :]
    with pytest.raises(CannotOpen) as error:
        DEMO.open(changed, "person.phone", 7)
    assert "138" not in str(error.value)


@pytest.mark.parametrize(("column", "record"), [("person.phone", 8), ("person.identity", 7)])
def test_a_value_is_not_opened_in_another_place(column, record):
    sealed = DEMO.seal("13800138000", "person.phone", 7)
    with pytest.raises(CannotOpen):
        DEMO.open(sealed, column, record)


@pytest.mark.parametrize(
    "value", ["", "1", "1.demo", "1.demo.", "2.demo.AAAA", "1.other.AAAA", "…"]
)
def test_what_is_no_sealed_value_is_refused(value):
    with pytest.raises(CannotOpen):
        DEMO.open(value, "person.phone", 7)


def test_hashes_find_by_every_key_and_tell_columns_apart():
    old, new = fresh_line(), fresh_line()
    before, after = ring(old), ring(old, new)
    assert before.hashed("138", "person.phone") in after.find("138", "person.phone")
    assert after.hashed("138", "person.phone") not in before.find("138", "person.phone")
    assert before.hashed("138", "person.phone") != before.hashed("138", "person.identity")


def test_a_key_file_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "deep" / "seal.keys"
    first = read_keyring(path, make=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keyring(path, make=True).current == first.current
    add_key(path)
    second = read_keyring(path)
    assert second.current != first.current
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert second.open(first.seal("x", "c", 1), "c", 1) == "x"


@pytest.mark.parametrize("text", ["", "one", "a " + 63 * "0", "demo " + 64 * "0", "a " + 64 * "g"])
def test_a_wrong_key_file_is_named_and_not_repeated(tmp_path, text):
    path = tmp_path / "seal.keys"
    path.write_text(text)
    with pytest.raises(SetupError, match="SEAL_KEY_FILE") as error:
        read_keyring(path)
    assert not text or text not in str(error.value)


def test_no_key_file_is_made_unasked(tmp_path):
    with pytest.raises(SetupError, match="cannot be read"):
        read_keyring(tmp_path / "seal.keys")


@pytest.fixture(params=ENGINES)
def address(request, tmp_path):
    return addresses(request.param, tmp_path, "sealed")[1]


@pytest.fixture
def engine(address):
    engine = engine_for(address, POPULATION, writable=True)
    migrate(engine, POPULATION)
    yield engine
    engine.dispose()


def test_sealing_anew_may_break_off_and_go_on(engine):
    old, new = fresh_line(), fresh_line()
    before, after = ring(old), ring(old, new)
    people = BATCH + 30
    rows = [
        sealed_values(before, one, identity=f"99{one:016d}" if one % 3 else None, phone=f"154{one}")
        for one in range(people)
    ]
    with engine.begin() as connection:
        connection.execute(person_secret.insert(), rows)

    class Broken(Exception):
        pass

    def breaks(_done):
        raise Broken

    with pytest.raises(Broken):
        rekey(engine, after, breaks)
    assert rekey(engine, after) == 30
    assert rekey(engine, after) == 0
    only_new = ring(new)
    with engine.connect() as connection:
        for row in connection.execute(select(person_secret)):
            assert (
                only_new.open(row.phone_sealed, "person.phone", row.person_id)
                == f"154{row.person_id}"
            )
            assert (row.identity_sealed is None) == (row.person_id % 3 == 0)
        found = select(func.count()).where(
            person_secret.c.phone_hash.in_(only_new.find("1547", "person.phone"))
        )
        assert connection.execute(found).scalar_one() == 1


def test_the_command_adds_a_key_then_seals_by_it(engine, address, tmp_path, monkeypatch, capsys):
    path = tmp_path / "seal.keys"
    keyring = read_keyring(path, make=True)
    with engine.begin() as connection:
        connection.execute(person_secret.insert(), [sealed_values(keyring, 1, phone="15400000001")])
    monkeypatch.setenv("POPULATION_DATABASE_URL", address)
    monkeypatch.setenv("SEAL_KEY_FILE", str(path))
    assert main(["--new-key"]) == 0
    assert main([]) == 0
    assert "1 records sealed anew" in capsys.readouterr().out
    with engine.connect() as connection:
        sealed = connection.execute(select(person_secret.c.phone_sealed)).scalar_one()
    assert sealed.startswith(read_keyring(path).current_mark)
    assert not sealed.startswith(keyring.current_mark)
    path.unlink()
    assert main([]) == 2
