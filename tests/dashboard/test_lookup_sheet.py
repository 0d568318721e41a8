"""The sheet 人房企: masked, inside the sight of who looks, and nothing typed in any address."""

import json
import re
from typing import NamedTuple

import pytest
from drawn import CHINESE, ask, links, of_class, only, text_of, texts
from sqlalchemy import select

from dashboard.looked import Looked, read_looked
from dashboard.panels import lookup
from dashboard.screens.phone import PHONE
from dashboard.screens.tablet import TABLET
from dashboard.screens.wall import WALL
from dashboard.sight import Sight, _area
from data.population_tables import building, house, household, person, person_secret
from queries.area import EVERYTHING, NOTHING, Area
from queries.masking import mask_name
from queries.scope import ScopeError

ALL = Sight(EVERYTHING, EVERYTHING, EVERYTHING)


@pytest.fixture
def seen_by(monkeypatch):
    def look(sight):
        monkeypatch.setattr(lookup, "sight_of", lambda _ask: sight)

    return look


def sheet(site, fragment, typed="", screen=TABLET):
    search = f"?typed={typed}" if typed else ""
    return ask(only(screen, "sheet"), site, fragment, search=search).panels["sheet"].tree


def one_of(site, table):
    with site.population.connect() as connection:
        grid = table.c.grid_code.is_not(None)
        return connection.execute(select(table).where(grid).limit(1)).first()


@pytest.mark.parametrize("fragment", ["#people=find", "#people=list:old60", "#people=person:1"])
@pytest.mark.parametrize("screen", [TABLET, PHONE])
def test_without_a_right_totals_are_told_and_nothing_is_looked_up(site, fragment, screen):
    told = text_of(sheet(site, fragment, "王", screen))
    assert "名单按权限不开放" in told
    assert "王" not in told
    assert "*" not in told


def test_the_wall_never_unfolds_it(site, seen_by):
    seen_by(ALL)
    assert sheet(site, "#people=list:old60", screen=WALL) is None


def test_a_list_is_masked_and_its_links_hold_ids_only(site, seen_by):
    seen_by(ALL)
    tree = sheet(site, "#people=list:old60.alone.unseen30", "王")
    with site.population.connect() as connection:
        names = set(connection.execute(select(person.c.name)).scalars())
    shown = text_of(tree)
    assert "王*" in shown
    assert not any(name in shown for name in names if len(name) > 2)
    for link in links(tree):
        assert re.fullmatch(r"[#&=\w.:@%-]*", link, re.ASCII)
        assert "typed" not in link
    assert of_class(tree, "is-chosen")


def test_what_is_typed_finds_persons_addresses_and_companies(site, seen_by):
    seen_by(ALL)
    road = one_of(site, building).address[:3]
    tree = sheet(site, "#people=find", road)
    assert "地址" in text_of(tree)
    assert any("people=building%3A" in link for link in links(tree))
    keyring = site.keyring
    secret = one_of(site, person).person_id
    with site.population.connect() as connection:
        row = connection.execute(
            select(person_secret).where(person_secret.c.person_id == secret)
        ).first()
    phone = keyring.open(row.phone_sealed, "person.phone", secret)
    tree = sheet(site, "#people=find", phone)
    assert any(f"people=person%3A{secret}" in link for link in links(tree))
    assert phone not in json.dumps(tree)


def test_a_person_leads_to_the_house_and_that_to_the_building_and_its_cases(site, seen_by):
    seen_by(ALL)
    one = one_of(site, person)
    tree = sheet(site, f"#people=person:{one.person_id}")
    shown = text_of(tree)
    assert mask_name(one.name) in shown and one.name not in shown
    assert re.search(r"154\*{4}\d{4}", shown) and re.search(r"990\*{11}\d{3}[\dX]", shown)
    to_house = next(link for link in links(tree) if "house" in link)
    tree = sheet(site, to_house.replace("%3A", ":"))
    assert mask_name(one.name) in text_of(tree)
    to_building = next(link for link in links(tree) if "building" in link)
    assert "此地址" in text_of(sheet(site, to_building.replace("%3A", ":")))


@pytest.mark.parametrize("kind", ["person", "building", "house"])
def test_what_lies_outside_is_answered_as_what_there_is_not(site, seen_by, kind):
    table = {"person": person, "building": building, "house": house}[kind]
    item = one_of(site, table)[0]
    # A sight of somewhere else, and of nothing of this kind.
    elsewhere = Area(frozenset(["no such grid"]))
    for sight in (Sight(elsewhere, elsewhere, elsewhere), Sight(entities=EVERYTHING)):
        seen_by(sight)
        outside = sheet(site, f"#people={kind}:{item}")
        unknown = sheet(site, f"#people={kind}:{10**12}")
        assert outside == unknown
        assert "没有这条记录" in text_of(outside)


def test_who_sees_houses_but_no_persons_sees_no_name(site, seen_by):
    seen_by(Sight(houses=EVERYTHING))
    with site.population.connect() as connection:
        home = connection.execute(
            select(household.c.house_id).where(household.c.grid_code.is_not(None)).limit(1)
        ).scalar()
    tree = sheet(site, f"#people=house:{home}")
    assert "没有登记人员" in text_of(tree)
    to_building = next(link for link in links(tree) if "building" in link)
    assert "登记" not in text_of(sheet(site, to_building.replace("%3A", ":")))
    assert not any("person" in link for link in links(tree))
    assert "没有符合条件" in text_of(sheet(site, "#people=list:old60"))


def test_a_sensitive_tag_finds_nobody_and_is_not_offered(site, seen_by):
    seen_by(ALL)
    secret = sheet(site, "#people=list:T200")
    unknown = sheet(site, "#people=list:T999")
    assert text_of(secret).replace("T200", "") == text_of(unknown).replace("T999", "")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "person",
        "person:",
        "person:x",
        "list",
        "list:" + "a" * 130,
        "house:1@2",
        "list:a@",
        "name:王",
        "list:" + ".".join(f"T{n}" for n in range(9)),
        "person:1234567890123456789",
    ],
)
def test_an_address_that_says_something_else_is_refused(site, given):
    with pytest.raises(ScopeError):
        read_looked(given)


@pytest.mark.parametrize(
    "given",
    ["find", "list:old60.alone", "list:T012@17", "list:", "person:7", "building:0", "house:12"],
)
def test_an_address_is_read_and_written_alike(given):
    assert str(read_looked(given)) == given


def test_of_a_group_one_condition_holds():
    looked = read_looked("list:old60.alone")
    assert looked.toggled("old80").conditions == ("alone", "old80")
    assert looked.toggled("alone").conditions == ("old60",)
    assert read_looked("list:alone").toggled("alone") == Looked("find")


def test_in_english_nothing_is_left_in_chinese_but_what_the_data_say(site, seen_by):
    seen_by(ALL)
    one = one_of(site, person)
    for part in ("find", "list:old60", f"person:{one.person_id}"):
        tree = sheet(site, f"#people={part}&lang=en")
        told = texts(
            tree,
            frozenset(
                {"find-name", "chip", "case-head", "looked-line", "people-conditions", "facts"}
            ),
        )
        assert not [text for text in told if CHINESE.search(text)]


class Right(NamedTuple):
    depth: int
    reach: str = "grant"
    limit: str = ""


class Grant(NamedTuple):
    reach: str
    tree: str | None = None
    grid: str | None = None


class Visitor:
    def __init__(self, *allowed):
        self.allowed = lambda _kind, _screen: allowed


def test_the_area_is_what_grants_of_whole_records_reach(site):
    tree = site.tree()
    trees = {tree.code: tree}
    grid = tree.order[5]
    below = {one.code for one in tree.subtree(grid)}

    def area(*allowed):
        return _area(Visitor(*allowed), "person", "tablet", trees)

    own = Grant("grid", tree.code, grid.code)
    assert area((Right(2), own)) == Area(frozenset(below))
    assert area((Right(4), Grant("site"))) == EVERYTHING
    for nothing in (
        (Right(1), own),
        (Right(2, limit="visit"), own),
        (Right(2, reach="tasks"), own),
        (Right(2), Grant("grid", "other", grid.code)),
        (Right(2), Grant("grid", tree.code, "other")),
        (Right(2), Grant("department")),
        (Right(2), Grant("none")),
    ):
        assert area(nothing) == NOTHING
    assert area() == NOTHING
