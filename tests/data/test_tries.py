"""Tries are counted for all processes together, in a minute that slides."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from accounts_town import START, Hand, Office, office
from conftest import ENGINES
from sqlalchemy import create_engine, select

from data.accounts.tries import WINDOW, Tries
from data.app_tables import recent_try
from data.engines import APP, engine_for


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(request.param, tmp_path) as opened:
        yield opened


def other_process(town: Office, folder: Path, most: int, hand: Hand) -> Tries:
    """The same database, opened anew as another process opens it."""
    url = town.access.engine.url
    file = url.get_backend_name() == "sqlite"
    address = f"sqlite:///{folder}/app.sqlite" if file else url.render_as_string(False)
    return Tries(engine_for(address, APP, writable=True), "sign_in", most, hand)


def test_what_one_process_counted_the_other_counts_on(town: Office, tmp_path: Path) -> None:
    first = Tries(town.access.engine, "sign_in", 3, town.hand)
    second = other_process(town, tmp_path, 3, town.hand)
    assert [one.allows("10.0.0.1") for one in (first, second, first, second, first)] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert second.allows("10.0.0.2"), "another address"
    assert Tries(town.access.engine, "look_up", 3, town.hand).allows("10.0.0.1"), "another kind"
    second.engine.dispose()


def test_the_minute_slides_and_refused_tries_do_not_count(town: Office) -> None:
    tries = Tries(town.access.engine, "sign_in", 2, town.hand)
    assert tries.allows("a")
    town.hand.at = START + 30
    assert tries.allows("a") and not tries.allows("a")
    town.hand.at = START + WINDOW - 1
    assert not tries.allows("a")
    town.hand.at = START + WINDOW
    assert tries.allows("a") and not tries.allows("a")
    town.hand.at = START + 30 + WINDOW
    assert tries.allows("a")


def test_a_clock_that_was_put_back_shuts_nobody_out(town: Office) -> None:
    tries = Tries(town.access.engine, "sign_in", 2, town.hand)
    assert tries.allows("a") and tries.allows("a") and not tries.allows("a")
    town.hand.at = START - 3600
    assert tries.allows("a") and tries.allows("a") and not tries.allows("a")


def test_nothing_is_kept_for_longer_than_it_counts(town: Office) -> None:
    tries = Tries(town.access.engine, "sign_in", 2, town.hand)
    for number in range(5):
        tries.allows(f"10.0.0.{number}" + "x" * 500)
    town.hand.at += WINDOW
    tries.allows("b")
    with town.access.engine.connect() as connection:
        assert connection.execute(select(recent_try.c.who)).scalars().all() == ["b"]


def test_of_many_at_once_no_more_get_through(town: Office, tmp_path: Path) -> None:
    all_ = [other_process(town, tmp_path, 5, town.hand) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        found = [*threads.map(lambda n: all_[n % 4].allows("a"), range(40))]
    assert sum(found) == 5
    for one in all_:
        one.engine.dispose()


def test_where_it_cannot_be_counted_nobody_may_try(tmp_path: Path) -> None:
    broken = Tries(create_engine(f"sqlite:///{tmp_path}/none.sqlite"), "sign_in", 5)
    with pytest.raises(Exception, match="recent_try"):
        broken.allows("a")
