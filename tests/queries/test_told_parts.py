"""Figures that say how many persons, houses and companies have something do not tell of a few of them."""

from collections.abc import Iterator

import pytest
from small_town import Town, at, found_town

from data.population_tables import house, legal_entity, person, person_secret
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.scope import read_scope
from queries.site import Site

NOW = at(100)
TODAY = (NOW + 8 * 3600) // 86_400
FRESH = {"A1": (47, 3), "A2": (30, 30), "B1": (20, 40)}
"""Of houses and of companies by grid: verified today, and never."""
SHOPS = {"A1": (30, 30), "A2": (58, 2), "B1": (20, 20)}
"""Shops and companies by grid; none of them was ever called on."""
KNOWN = {"A1": (48, 2), "A2": (32, 30), "B1": (22, 43)}
"""Persons by grid: of some name and identity are known; of the others neither, or one of them."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = found_town("sqlite", tmp_path_factory.mktemp("told-parts"), "toldparts")
    with made.population.begin() as connection:
        for code, days in verified().items():
            for day in days:
                n = connection.exec_driver_sql("SELECT COUNT(*) FROM house").scalar_one()
                row = {"house_id": n, "address_code": f"H{n}", "usage": "自住", "heritage": 0}
                row |= {"grid_code": code, "verified_day": day, "building_id": 1, "room": f"{n}"}
                row["built_year"] = None if n % 60 == 1 else 1990
                connection.execute(house.insert().values(row))
        kinds = [
            (code, kind)
            for code, numbers in SHOPS.items()
            for kind, number in zip(("商户", "企业"), numbers, strict=True)
            for _ in range(number)
        ]
        for n, (code, kind) in enumerate(kinds):
            row = {"entity_id": n, "code": f"E{n}", "name": f"E{n}", "kind": kind}
            row |= {"grid_code": code, "verified_day": TODAY if n % 60 else None}
            connection.execute(legal_entity.insert().values(row))
        known = [
            (code, is_known)
            for code, numbers in KNOWN.items()
            for is_known, number in zip((True, False), numbers, strict=True)
            for _ in range(number)
        ]
        for n, (code, is_known) in enumerate(known):
            row = {"person_id": n, "household_id": n, "grid_code": code, "sex": "male"}
            row |= {"birth_year": 1990, "residence_kind": "户籍"}
            row["name"] = "王五" if is_known or n % 3 == 0 else None
            connection.execute(person.insert().values(row))
            if is_known or n % 3 == 1:
                secret = {"person_id": n, "identity_hash": f"hash {n}"}
                connection.execute(person_secret.insert().values(secret))
    yield made
    made.close()


def verified() -> dict[str, list[int | None]]:
    return {code: [TODAY] * fresh + [None] * stale for code, (fresh, stale) in FRESH.items()}


@pytest.fixture
def site(town: Town) -> Iterator[Site]:
    opened = town.city.site(NOW)
    yield opened
    opened.case.dispose()
    opened.population.dispose()


def told(site: Site, key: str, as_of: int = NOW) -> dict[str, tuple[int, int]]:
    """n and d of every grid of the hierarchy that they are told of."""
    tree = site.tree()
    assert tree is not None
    found = {}
    for grid in tree.order:
        scope = read_scope(site, {"grid": grid.code}, NOW)
        figure = measure(site, [BY_KEY[key]], scope, as_of=as_of).total(key)
        if figure.d:
            found[grid.code] = (int(figure.n or 0), int(figure.d))
    return found


def test_neither_the_fresh_nor_the_stale_are_told_where_they_are_few(site: Site) -> None:
    found = told(site, "fresh_houses")
    assert found["T"] == (97, 170) and "A1" not in found
    assert len(found.keys() & {"A1", "A2", "B1"}) < 2, "the sum would tell the rest"
    assert told(site, "fresh_houses", NOW - 86_400) == {}, "of today alone they are protected"


def test_so_it_is_with_companies(site: Site) -> None:
    assert all(min(n, d - n) >= 5 or n in (0, d) for n, d in told(site, "fresh_entities").values())
    assert "T" in told(site, "visited_shops")


def test_no_denominator_tells_how_many_companies_of_a_kind_a_grid_has(site: Site) -> None:
    for key in ("visited_shops", "visited_companies"):
        found = told(site, key)
        assert "A2" not in found and len(found.keys() & {"A1", "B1"}) < 2


def test_a_program_that_holds_figures_against_records_is_told_all(town: Town) -> None:
    exact = town.city.site(NOW, is_exact=True)
    assert told(exact, "fresh_houses")["A1"] == (47, 50)
    assert told(exact, "complete_houses")["T"] == (167, 170)
    assert told(exact, "visited_companies")["A2"] == (0, 2)
    exact.case.dispose()
    exact.population.dispose()


def test_neither_the_persons_of_whom_all_is_known_nor_the_others_are_told_where_they_are_few(
    town: Town, site: Site
) -> None:
    found = told(site, "complete_persons")
    assert found["T"] == (102, 177) and "A1" not in found
    assert len(found.keys() & {"A1", "A2", "B1"}) < 2, "the sum would tell the rest"
    assert told(site, "complete_persons", NOW - 86_400) == {}
    exact = town.city.site(NOW, is_exact=True)
    every = told(exact, "complete_persons")
    assert {code: every[code] for code in KNOWN} == {
        code: (whole, whole + other) for code, (whole, other) in KNOWN.items()
    }
    exact.case.dispose()
    exact.population.dispose()


def test_nor_how_many_records_are_complete_where_all_but_few_are(site: Site) -> None:
    """Three houses have no year of building, one on each grid: not even of all of them it is told."""
    assert told(site, "complete_houses") == {}
    assert told(site, "complete_entities")["T"] == (0, 160), "of none is no secret"
    assert told(site, "complete_entities", NOW - 86_400) == {}
