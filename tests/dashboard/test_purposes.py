"""What opens by registered purpose, named duty, own line or down to a level (domain.md §5.3), and not without it."""

from collections.abc import Iterator
from typing import Any

import pytest
from accounts_town import START, Office, grant
from drawn import ask_as, text_of
from guarded import Browser, guarded
from small_town import Town, at, found_town
from sqlalchemy import select

from dashboard.screens.phone import PHONE
from dashboard.screens.tablet import TABLET
from data.accounts.grants import Grant
from data.app_tables import audit
from data.population_tables import house, household, legal_entity, person, tag, tag_assignment
from queries.site import Site
from queries.visitor import Visitor

TAGS = {
    # name: class, sensitivity, owner
    "志愿者": ("组织", 0, "street"),
    "低保": ("帮扶", 2, "works名"),
    "残疾": ("健康", 3, "police名"),
}
LEAVES = ("A1", "A2", "B1")
EACH = 40


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = found_town("sqlite", tmp_path_factory.mktemp("purposes"), "purposes")
    with made.population.begin() as connection:
        for n, (name, (klass, sensitivity, owner)) in enumerate(TAGS.items(), start=1):
            row = {"tag_id": n, "code": f"T{n}", "name": name, "name_en": name, "subject": "person"}
            row |= {"class_name": klass, "sensitivity": sensitivity, "owner": owner}
            connection.execute(tag.insert().values(row))
        for n in range(len(LEAVES) * EACH):
            where = {"grid_code": LEAVES[n // EACH]}
            row = {"household_id": n, "house_id": n, "size": 1, "kind": "普通", **where}
            connection.execute(household.insert().values(row))
            row = {"house_id": n, "address_code": f"H{n}", "usage": "自住", "heritage": 0, **where}
            connection.execute(house.insert().values(row))
            row = {"person_id": n, "household_id": n, "sex": ("male", "female")[n % 2], **where}
            row |= {
                "birth_year": 1950 if n % 3 else 1990,
                "residence_kind": "户籍",
                "name": f"王{n}",
            }
            connection.execute(person.insert().values(row))
            for tag_id in (1, 2, 3):
                if n % (tag_id + 1) == 0:
                    carried = {"tag_id": tag_id, "subject_id": n, **where}
                    connection.execute(tag_assignment.insert().values(carried))
        row = {"entity_id": 1, "code": "E1", "name": "海晏商店", "kind": "个体", "grid_code": "B1"}
        connection.execute(legal_entity.insert().values(row))
    yield made
    made.close()


@pytest.fixture
def site(town: Town) -> Iterator[Site]:
    opened = town.city.site(at(100))
    yield opened
    opened.case.dispose()
    opened.population.dispose()


def people(site: Site, held: Grant, fragment: str = "", screen: Any = TABLET) -> str:
    answer = ask_as(Visitor(1, "who", "who", "", (held,), START), screen, site, fragment)
    assert answer.notice is None, answer.notice
    return text_of(answer.panels["people" if screen is TABLET else "sheet"].tree)


BUREAU = grant("department", department="works")
PURPOSE = BUREAU._replace(purpose="低保核查")
CHIEF = grant("station_chief", tree="area", grid="A")
DUTY = CHIEF._replace(duty="帮扶", purpose="入户帮扶")


def test_a_department_sees_totals_by_registered_purpose_only(site: Site) -> None:
    assert "按权限不开放" in people(site, BUREAU)
    told = people(site, PURPOSE)
    assert "实有人口120" in told and "15–59" in told
    assert "低保40" in told and "残疾" not in told
    assert "低保" not in people(site, PURPOSE, "#grid=A1")
    coloured = ask_as(
        Visitor(1, "w", "w", "", (PURPOSE,), START), TABLET, site, "#colour=population"
    )
    assert coloured.notice is None and "is-failed" not in coloured.panels["grids"].klass


def test_a_leader_has_totals_of_sensitive_tags_down_to_the_street(site: Site) -> None:
    leader = grant("leader")
    assert "低保40" in people(site, leader) and "残疾30" in people(site, leader)
    assert "低保" not in people(site, leader, "#grid=A")
    closed = people(site, leader, "#grid=A1")
    assert "人口汇总只到「社区」一级" in closed
    assert "down to the level “District”" in people(site, leader, "#grid=A1&lang=en")
    assert "低保" not in people(site, grant("operations"))
    assert "低保" not in people(site, CHIEF)


def sheet(site: Site, held: Grant, fragment: str) -> str:
    answer = ask_as(Visitor(1, "who", "who", "", (held,), START), TABLET, site, fragment)
    return text_of(answer.panels["sheet"].tree)


def test_a_named_duty_opens_the_tags_of_its_class_and_no_others(site: Site) -> None:
    assert "低保" in sheet(site, DUTY, "#people=find")
    assert "低保" not in sheet(site, CHIEF, "#people=find")
    assert "残疾" not in sheet(site, DUTY, "#people=find")
    assert "王*" in sheet(site, DUTY, "#people=list:T2")
    for held, code in ((CHIEF, "T2"), (DUTY, "T3")):
        unknown = sheet(site, held, "#people=list:T9")
        assert sheet(site, held, f"#people=list:{code}") == unknown
    assert "低保" in sheet(site, DUTY, "#people=person:0")
    assert "残疾" not in sheet(site, DUTY, "#people=person:0")
    assert "低保" not in sheet(site, CHIEF, "#people=person:0")
    assert "低保" not in sheet(site, CHIEF._replace(duty="帮扶"), "#people=person:0")


def test_a_duty_in_one_place_opens_nothing_in_another(site: Site) -> None:
    other = grant("station_chief", tree="area", grid="B")
    both = Visitor(1, "who", "who", "", (DUTY, other), START)
    answer = ask_as(both, TABLET, site, "#people=person:0")
    assert "低保" not in text_of(answer.panels["sheet"].tree)
    assert "残疾" not in text_of(answer.panels["sheet"].tree)


def test_nothing_of_it_opens_on_a_phone(site: Site) -> None:
    assert "王" not in people(site, DUTY, "#people=list:T2", PHONE)


def test_the_administrator_names_duty_and_purpose(
    town: Town, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = town.city.site(at(100))
    with guarded(site, tmp_path_factory.mktemp("purposes-office")) as (office, server):
        office.person("root", grant("administrator", "none"))
        number = office.person("chief")
        tab = Browser(server)
        tab.sign_in("root")
        page = f"/admin/{number}"
        form = {"role": "station_chief", "reach": "grid", "tree": "area", "grid": "A"}
        for wrong in ({"duty": "帮扶"}, {"duty": "别的", "purpose": "走访"}):
            answer = tab.submit(page, {**form, **wrong}, f"{page}/grants")
            assert answer.status_code == 400 and wrong["duty"] in answer.text
        given = {**form, "duty": "帮扶", "purpose": "入户帮扶"}
        assert tab.submit(page, given, f"{page}/grants").status_code == 303
        assert "入户帮扶" in tab.get(page).text
        assert noted(office) == ["station_chief grid area/A (帮扶 入户帮扶)"]
    site.case.dispose()
    site.population.dispose()


def noted(office: Office) -> list[str]:
    with office.access.engine.connect() as connection:
        rows = connection.execute(select(audit.c.scope).where(audit.c.what == "grant"))
        return [scope for (scope,) in rows]
