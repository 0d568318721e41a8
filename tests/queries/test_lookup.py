"""Look-ups find exactly who and what they should, page by page, and nothing outside the area."""

import random

import pandas as pd
import pytest
from sqlalchemy import func, select

from data.case_tables import case_record
from data.encryption import demo_keyring
from data.population_tables import (
    building,
    house,
    household,
    legal_entity,
    person,
    person_secret,
    tag,
    tag_assignment,
    visit,
)
from queries.area import EVERYTHING, NOTHING, Area, area_of
from queries.lookup import cases_at, find_buildings, find_entities, houses_of, residents_of
from queries.masking import mask_name
from queries.person_lookup import UnknownTag, Wanted, find_by_number, find_persons
from queries.scope import read_scope


def table_of(site, table):
    with site.population.connect() as connection:
        return pd.DataFrame(connection.execute(select(table)).mappings().all())


class People:
    """Everything of the small city, and who fits by reading all of it."""

    def __init__(self, site):
        self.site, self.as_of = site, site.as_of()
        self.today = site.today(self.as_of)
        homes = table_of(site, household).set_index("household_id")
        self.persons = table_of(site, person)
        self.persons["kind"] = self.persons["household_id"].map(homes["kind"])
        calls = table_of(site, visit)
        self.visits = calls[calls["subject"] == "household"].groupby("subject_id")["day"].max()
        self.tags = table_of(site, tag).set_index("code")
        self.carried = table_of(site, tag_assignment).groupby("tag_id")["subject_id"].agg(set)
        self.year = 2026

    def fitting(self, area, wanted):
        rows = self.persons
        fits = rows["grid_code"].map(area.holds)
        fits &= rows["name"].str.startswith(wanted.name)
        for code in wanted.tags:
            carried = self.carried.get(self.tags.loc[code, "tag_id"], set())
            fits &= rows["person_id"].isin(carried)
        if wanted.at_least is not None:
            fits &= self.year - rows["birth_year"] >= wanted.at_least
        if wanted.household:
            fits &= rows["kind"] == wanted.household
        if wanted.not_visited is not None:
            last = rows["household_id"].map(self.visits).fillna(-1)
            fits &= last <= self.today - wanted.not_visited
        return set(rows.loc[fits, "person_id"])

    def pages(self, area, wanted, limit):
        found, after = [], None
        while True:
            page = find_persons(
                self.site, area, wanted, as_of=self.as_of, after=after, limit=limit, sensitivity=3
            )
            assert len(page.rows) <= limit
            found += [row.person_id for row in page.rows]
            if page.more is None:
                return found
            assert page.more == found[-1]
            after = page.more


@pytest.fixture
def people(site):
    return People(site)


def random_area(tree, rng):
    if rng.random() < 0.25:
        return EVERYTHING
    return area_of(tree, rng.sample(tree.order[1:], rng.randint(1, 4)))


def test_random_questions_find_whoever_fits_once(people):
    rng = random.Random(3)
    tree = people.site.tree()
    codes = list(people.tags.index[people.tags["subject"] == "person"])
    hits = 0
    for _ in range(80):
        wanted = Wanted(
            name=rng.choice(["", "", "", "", "王", "李", "张伟", "欧阳"]),
            tags=tuple(rng.sample(codes, rng.choice([0, 0, 0, 1, 2]))),
            at_least=rng.choice([None, None, None, 60, 30]),
            household=rng.choice(["", "", "", "独居", "空巢"]),
            not_visited=rng.choice([None, None, 30, 90]),
        )
        area = random_area(tree, rng)
        found = people.pages(area, wanted, rng.choice([1, 7, 50]) if hits < 2000 else 50)
        assert len(found) == len(set(found))
        assert set(found) == people.fitting(area, wanted)
        hits += len(found)
    assert hits > 500


def test_old_people_alone_who_were_not_called_on_for_a_month(people):
    wanted = Wanted(at_least=60, household="独居", not_visited=30)
    found = find_persons(people.site, EVERYTHING, wanted, as_of=people.as_of)
    assert {row.person_id for row in found.rows} <= people.fitting(EVERYTHING, wanted)
    assert len(found.rows) > 3
    names = people.persons.set_index("person_id")["name"]
    for row in found.rows:
        assert row.age >= 60 and row.household == "独居"
        assert row.name == mask_name(names[row.person_id])
        assert row.address and not row.address.endswith("室")
        assert row.last_visit is None or row.last_visit <= people.today - 30


def test_nothing_is_found_in_an_empty_area_or_after_a_stranger(people):
    assert find_persons(people.site, NOTHING, Wanted(), as_of=people.as_of).rows == ()
    placed = people.persons.dropna(subset=["grid_code"])
    codes = sorted(placed["grid_code"].unique())
    here, there = Area(frozenset(codes[:1])), placed[placed["grid_code"] == codes[-1]]
    stranger = int(there["person_id"].iloc[0])
    unknown = 10**9
    for after in (stranger, unknown):
        page = find_persons(people.site, here, Wanted(), as_of=people.as_of, after=after)
        assert page.rows == () and page.more is None


def test_a_tag_that_may_not_be_asked_for_is_answered_as_one_that_there_is_not(people):
    tags = people.tags[people.tags["subject"] == "person"]
    secret = tags.index[tags["sensitivity"] == 3][0]
    for code in (secret, "no such tag", people.tags.index[people.tags["subject"] == "house"][0]):
        with pytest.raises(UnknownTag):
            find_persons(people.site, EVERYTHING, Wanted(tags=(code,)), as_of=people.as_of)


@pytest.mark.parametrize(
    "text", ["%", "_", "'", '"; DROP TABLE person', "\x00", "张" * 10_000, "\U0010ffff"]
)
def test_odd_texts_are_only_texts(people, text):
    assert find_persons(people.site, EVERYTHING, Wanted(name=text), as_of=people.as_of).rows == ()
    assert find_buildings(people.site, EVERYTHING, text).rows == ()
    assert find_entities(people.site, EVERYTHING, text).rows == ()


def test_a_number_finds_its_person_in_the_area_only(people):
    keyring = demo_keyring()
    row = people.persons.dropna(subset=["grid_code"]).iloc[5]
    secret = table_of(people.site, person_secret).set_index("person_id").loc[row["person_id"]]
    phone = keyring.open(secret["phone_sealed"], "person.phone", int(row["person_id"]))
    identity = keyring.open(secret["identity_sealed"], "person.identity", int(row["person_id"]))
    own = Area(frozenset([row["grid_code"]]))
    other = Area(frozenset(set(people.persons["grid_code"].dropna()) - {row["grid_code"]}))
    for text in (phone, f"{phone[:3]} {phone[3:7]}-{phone[7:]}", identity, identity.lower()):
        found = find_by_number(people.site, own, text, keyring, as_of=people.as_of)
        assert row["person_id"] in [line.person_id for line in found.rows]
        strangers = find_by_number(people.site, other, text, keyring, as_of=people.as_of)
        assert row["person_id"] not in [line.person_id for line in strangers.rows]
    assert find_by_number(people.site, EVERYTHING, "…", keyring, as_of=people.as_of).rows == ()


def test_an_address_leads_to_houses_and_people(people):
    site = people.site
    homes = table_of(site, building)
    houses = table_of(site, house)
    lived = table_of(site, household)
    busiest = houses["building_id"].value_counts().index[0]
    at = homes.set_index("building_id", drop=False).loc[busiest]
    own = Area(frozenset([at["grid_code"]]))
    for text in (at["address"], at["address"][2:], f"{at['address']}2单元302室"):
        rows = find_buildings(site, own, text).rows
        assert at["building_id"] in [row.building_id for row in rows]
    here = houses[(houses["building_id"] == at["building_id"]) & houses["grid_code"].notna()]
    found = houses_of(site, own, int(at["building_id"]))
    assert [row.room for row in found] == sorted(here["room"])
    one = next(row for row in found if row.people)
    residents = residents_of(site, own, one.house_id, people.year)
    members = lived[lived["house_id"] == one.house_id]["household_id"]
    expected = people.persons[people.persons["household_id"].isin(members)]
    assert {row.person_id for row in residents} == set(expected["person_id"])
    assert len(residents) == one.people
    assert all("*" in row.name for row in residents)
    code = houses.set_index("house_id").loc[one.house_id, "address_code"]
    assert find_buildings(site, own, code).rows[0].building_id == at["building_id"]
    elsewhere = Area(frozenset(set(homes["grid_code"]) - {at["grid_code"]}))
    assert houses_of(site, elsewhere, int(at["building_id"])) is None
    assert residents_of(site, elsewhere, one.house_id, people.year) is None
    assert residents_of(site, EVERYTHING, 10**9, people.year) is None
    assert at["building_id"] not in [
        row.building_id for row in find_buildings(site, elsewhere, at["address"]).rows
    ]


def test_pages_of_buildings_and_companies_are_the_whole(people):
    site = people.site
    for find, text, table, key in (
        (find_buildings, "号", building, "building_id"),
        (find_entities, "路", legal_entity, "entity_id"),
    ):
        found, after = [], 0
        while after is not None:
            page = find(site, EVERYTHING, text, after=after, limit=9)
            found += [getattr(row, key) for row in page.rows]
            after = page.more
        rows = table_of(site, table)
        texts = rows["address"] if table is building else rows["name"] + rows["address"].fillna("")
        assert found == sorted(rows.loc[texts.str.contains(text), key])


def test_a_company_is_found_by_its_code(people):
    rows = table_of(people.site, legal_entity)
    one = rows[rows["grid_code"].notna()].iloc[3]
    found = find_entities(people.site, EVERYTHING, one["code"].lower())
    assert [row.entity_id for row in found.rows] == [one["entity_id"]]
    assert find_entities(people.site, NOTHING, one["code"]).rows == ()


def test_cases_at_an_address_are_those_reported_there(people):
    site = people.site
    scope = read_scope(site, {}, people.as_of)
    with site.case.connect() as connection:
        counted = select(case_record.c.address_masked, func.count()).group_by(
            case_record.c.address_masked
        )
        at = dict(connection.execute(counted).all())
    homes = table_of(site, building)
    total = 0
    for row in homes.head(60).itertuples():
        cases = cases_at(site, EVERYTHING, row.building_id, scope, as_of=people.as_of)
        assert len(cases) <= at.get(row.address, 0)
        assert cases == () or cases[0].reported_at >= cases[-1].reported_at
        total += len(cases)
    assert total > 0
    assert (
        cases_at(site, NOTHING, int(homes["building_id"].iloc[0]), scope, as_of=people.as_of) == ()
    )
