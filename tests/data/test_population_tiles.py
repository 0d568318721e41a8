"""Tiles of the register: as the register says after any change, and not believed when they may be old."""

from collections import Counter

import pandas as pd
import pytest
from conftest import ENGINES
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import Town, found_town
from sqlalchemy import delete, select, update

from data import bulk
from data.population_tables import legal_entity, person, population_setting, population_tile
from data.population_tiles import bump_population, differing, made_for
from queries.population_counts import counts_of, records_of

PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["A1", "A2", "B1", None]),
        st.sampled_from(["male", "female"]),
        st.integers(1920, 2026),
        st.sampled_from(["户籍", "流动"]),
    ),
    max_size=30,
)


def settle(town: Town, people: list[tuple]) -> None:
    names = ["grid_code", "sex", "birth_year", "residence_kind"]
    rows = pd.DataFrame(people, columns=names).astype({"grid_code": object})
    rows["person_id"] = range(1, len(rows) + 1)
    rows["household_id"] = 1
    with town.population.begin() as connection:
        connection.execute(delete(person))
        bulk.insert(connection, person, rows)


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path):
    town = found_town(request.param, tmp_path, "tiles")
    yield town
    town.close()


def test_tiles_are_what_the_register_says(town):
    @settings(max_examples=15, deadline=None)
    @given(PEOPLE)
    def holds(people):
        settle(town, people)
        with town.population.begin() as connection:
            bump_population(connection, 1, ["birth_year", "sex", "residence"])
            assert differing(connection) == {}
        site = town.city.site(0)
        told = counts_of(site, "sex")
        expected: dict[str | None, Counter] = {}
        for code, sex, _, _ in people:
            expected.setdefault(code, Counter())[sex] += 1
        assert {code: dict(held) for code, held in told.items()} == expected
        assert records_of(site, "sex") == {code: sum(c.values()) for code, c in expected.items()}

    holds()


def test_a_register_changed_by_others_is_counted_itself(town):
    settle(town, [("A1", "male", 1950, "户籍")] * 3)
    with town.population.begin() as connection:
        bump_population(connection, 1)
        connection.execute(update(person).values(sex="female"))
        connection.execute(update(population_setting).values(value=0))
    assert counts_of(town.city.site(0), "sex") == {"A1": {"female": 3}}


def test_what_was_changed_by_others_is_made_anew_with_the_next_change(town):
    settle(town, [("A1", "male", 1950, "户籍")] * 3)
    with town.population.begin() as connection:
        bump_population(connection, 1)
        connection.execute(update(population_setting).values(value=0))
        connection.execute(update(person).values(sex="female"))
        bump_population(connection, 2, ["entity"])
        assert differing(connection) == {}
        assert made_for(connection) == 2


def test_a_corrupted_count_is_found(town):
    settle(town, [("A1", "male", 1950, "户籍")] * 3)
    with town.population.begin() as connection:
        bump_population(connection, 1)
        t = population_tile.c
        connection.execute(update(population_tile).where(t.attribute == "sex").values(n=4))
        assert differing(connection) == {"sex": 1}


def test_only_what_changed_is_counted_anew(town):
    with town.population.begin() as connection:
        bump_population(connection, 1)
        entity = {"entity_id": 1, "code": "x", "name": "x", "kind": "企业", "grid_code": "A1"}
        connection.execute(legal_entity.insert(), entity)
        bump_population(connection, 2, ["entity"])
        held = connection.execute(select(population_tile)).all()
        assert [tuple(row) for row in held] == [("entity", "A1", "企业", 1)]
