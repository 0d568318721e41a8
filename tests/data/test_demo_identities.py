"""The demo's people have names and addresses, and numbers that nobody can have."""

from sqlalchemy import func, select

from data.databases import open_database
from data.demo.identities import CHECKS, WEIGHTS, invalid_identity
from data.encryption import demo_keyring
from data.engines import POPULATION
from data.population_tables import building, house, person, person_secret


def check_digit(digits):
    total = sum(int(sign) * weight for sign, weight in zip(digits, WEIGHTS, strict=True))
    return CHECKS[total % 11]


def test_a_known_number_has_the_check_digit_that_the_rule_gives():
    """The example of GB 11643's annex."""
    assert check_digit("11010519491231002") == "X"
    assert invalid_identity("11010519491231002") != "11010519491231002X"


def test_numbers_of_the_demo_belong_to_nobody(city):
    engine = open_database(city.population_url, POPULATION)
    keyring = demo_keyring()
    with engine.connect() as connection:
        rows = connection.execute(
            select(person_secret, person).join_from(
                person_secret, person, person_secret.c.person_id == person.c.person_id
            )
        ).all()
        total = connection.execute(select(func.count()).select_from(person)).scalar_one()
    assert len(rows) == total > 500
    for row in rows:
        number = keyring.open(row.identity_sealed, "person.identity", row.person_id)
        assert number.startswith("99")
        assert int(number[6:10]) == row.birth_year
        assert number[17] != check_digit(number[:17])
        assert (int(number[16]) % 2 == 0) == (row.sex == "female")
        assert keyring.open(row.phone_sealed, "person.phone", row.person_id).startswith("154")
        assert 2 <= len(row.name) <= 4


def test_houses_stand_in_buildings_of_their_grid(city):
    engine = open_database(city.population_url, POPULATION)
    with engine.connect() as connection:
        joined = select(house, building.c.address, building.c.grid_code.label("at")).join_from(
            house, building, house.c.building_id == building.c.building_id
        )
        rows = connection.execute(joined).all()
        total = connection.execute(select(func.count()).select_from(house)).scalar_one()
    assert len(rows) == total
    assert all(row.grid_code in (None, row.at) for row in rows)
    assert all(row.address.endswith("号楼" if row.compound_code else "号") for row in rows)
    assert len({(row.building_id, row.room) for row in rows}) == total
