"""A grid worker: their own tasks by due time, the visits that they owe, and nothing else; a post is bound on a page."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from accounts_town import Office, grant
from conftest import ENGINES
from guarded import Browser, _body, guarded
from small_town import Case, Town, at, found_town
from sqlalchemy import select

from data.accounts import posts
from data.app_tables import audit
from data.days import day_of
from data.population_tables import building, house, household, person, visit
from data.work_tables import staff

MINE, OTHER = "A-02", "A-03"
CASES = [
    Case("late", f"reported 0, accepted 1 due 25, dispatched 2 by {MINE}", "A1", title="甲处破损"),
    Case("soon", f"reported 0 by {MINE}, accepted 1 due 101", "A2", title="乙处破损"),
    Case("done", f"reported 0 by {MINE}, accepted 1 due 25, closed 9", "A1", title="丙处破损"),
    Case("theirs", f"reported 0, accepted 1 due 25, dispatched 2 by {OTHER}", "A1", title="丁处破损"),
    Case("nobody", "reported 0, accepted 1 due 25", "A1", title="戊处破损"),
    Case("closed", f"reported 0, accepted 1 by {OTHER} due 25, closed 9 by {MINE}", "A2", title="庚处破损"),
    Case("away", f"reported 0 by {MINE}, accepted 1 due 25", "B1", title="己处破损"),
]  # fmt: skip
TODAY = (at(100) + 8 * 3600) // 86_400
HOMES = {
    # household: grid, kind, days since the last visit, name
    1: ("A1", "独居", 40, "王一"),
    2: ("A1", "独居", 1, "李二"),
    3: ("A2", "空巢", None, "张三"),
    4: ("A2", "普通", None, "赵四"),
    5: ("B1", "独居", None, "钱五"),
}


def people(town: Town) -> None:
    with town.population.begin() as connection:
        for n, (code, kind, days, name) in HOMES.items():
            where = {"grid_code": code}
            row = {"building_id": n, "address": f"海晏路{n}号", "plain": f"海晏路{n}号", **where}
            connection.execute(building.insert().values(row))
            row = {"house_id": n, "address_code": f"H{n}", "usage": "自住", "heritage": 0, **where}
            connection.execute(house.insert().values(**row, building_id=n, room=f"{n}01室"))
            row = {"household_id": n, "house_id": n, "size": 1, "kind": kind, **where}
            connection.execute(household.insert().values(row))
            row = {"person_id": n, "household_id": n, "sex": "male", "birth_year": 1940, **where}
            connection.execute(person.insert().values(**row, residence_kind="户籍", name=name))
            if days is not None:
                row = {"visit_id": n, "subject": "household", "subject_id": n, **where}
                connection.execute(visit.insert().values(**row, day=TODAY - days))


@pytest.fixture(scope="module", params=ENGINES)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Office, Any]]:
    folder = tmp_path_factory.mktemp(f"tasks-{request.param}")
    town = found_town(request.param, folder, "tasks")
    # Records begin days ago, so that there are days to look back at.
    town.take(CASES[:1], until=2, now=2)
    town.take(CASES, now=100)
    people(town)
    row = {"role": "worker", "name": "吴某", "duty_mode": "resident", "on_duty": 1}
    with town.case.begin() as connection:
        for n, code in enumerate((MINE, OTHER), start=1):
            grid = town.grid_ids["A"]
            connection.execute(staff.insert().values(staff_id=n, code=code, grid_id=grid, **row))
    site = town.city.site(at(100))
    with guarded(site, folder, engine=request.param) as (office, server):
        worker = grant("grid_worker", tree="area", grid="A")
        office.person("worker", worker)
        office.person("bound", worker)
        office.person("root", grant("administrator", "none"))
        office.person("chief", grant("station_chief", tree="area", grid="A"))
        posts.bind(office.access, office.number_of("bound"), MINE, "test")
        yield office, server
    for engine in (site.case, site.population, town.case, town.population):
        engine.dispose()


def signed_in(place: tuple[Office, Any], login: str) -> Browser:
    place[0].forget_tries()
    tab = Browser(place[1])
    assert tab.sign_in(login).status_code == 303
    return tab


def ask(tab: Browser, fragment: str = "", screen: str = "phone") -> dict[str, Any]:
    body = _body(screen)
    body["inputs"][0]["value"] = json.dumps({"hash": fragment, "search": "", "n": 1})
    told = {"Origin": tab.base, "Content-Type": "application/json"}
    address = f"/{screen}/_dash-update-component"
    return tab.client.post(address, content=json.dumps(body), headers=told).json()["response"]


def told(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


def test_tasks_are_the_open_cases_of_the_own_post_most_urgent_first(place: Any) -> None:
    answer = ask(signed_in(place, "bound"))
    body = told(answer["tasks-body"])
    assert body.index("甲处破损") < body.index("乙处破损")
    assert "2 件未办结" in body
    whole = told(answer)
    assert not [name for name in ("丙", "丁", "戊", "己") if f"{name}处破损" in whole]
    for panel in ("brief-body", "cards-body", "ranking-body", "work-body"):
        assert "not-here" in told(answer[panel]), panel


def test_a_case_page_is_that_of_an_own_task(place: Any) -> None:
    tab = signed_in(place, "bound")
    for code, name in (("late", "甲"), ("soon", "乙"), ("done", "丙")):
        assert f"{name}处破损" in told(ask(tab, f"#case={code}")["sheet-body"]), code
    unknown = told(ask(tab, "#case=none")["sheet-body"])
    for code in ("theirs", "nobody", "away"):
        body = told(ask(tab, f"#case={code}")["sheet-body"])
        assert body.replace(code, "@") == unknown.replace("none", "@"), code


@pytest.mark.parametrize(
    "fragment", ["#list=open", "#list=accepted", "#explain=open", "#colour=population", "#grid=B"]
)
def test_lists_and_figures_stay_closed(place: Any, fragment: str) -> None:
    whole = told(ask(signed_in(place, "bound"), fragment))
    assert "is-failed" not in whole
    assert not [name for name in "丙丁戊己" if f"{name}处破损" in whole]


def test_visits_are_of_the_homes_that_are_due_with_their_door(place: Any) -> None:
    tab = signed_in(place, "bound")
    body = told(ask(tab)["tasks-body"])
    assert "应走访 2 户" in body
    assert body.index("海晏路3号 301室") < body.index("海晏路1号 101室")
    assert "张*" in body and "王*" in body and "王一" not in body
    for number, is_due in ((1, True), (2, False), (3, True), (4, False), (5, False), (99, False)):
        card = told(ask(tab, f"#people=person:{number}")["sheet-body"])
        assert ("海晏路" in card) == is_due, number
        assert is_due or "没有这条记录" in card or "不存在" in card, card
    for other in ("find", "list:old60", "building:1", "house:1"):
        assert "海晏路" not in told(ask(tab, f"#people={other}")["sheet-body"])


def test_a_look_at_an_earlier_day_makes_no_home_due(place: Any) -> None:
    """Before yesterday's visit the home was due: it is not to be opened again by naming that day."""
    tab, known = signed_in(place, "bound"), day_of(TODAY - 2)
    body = told(ask(tab, f"#known={known}")["tasks-body"])
    assert "王*" in body and "李*" not in body
    for number, is_due in ((1, True), (2, False)):
        card = told(ask(tab, f"#known={known}&people=person:{number}")["sheet-body"])
        assert ("海晏路" in card) == is_due, number


def test_more_than_are_listed_are_not_told_as_if_they_were_all(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("queries.tasks.MOST", "queries.due_visits.MOST"):
        monkeypatch.setattr(name, 1)
    monkeypatch.setattr("dashboard.panels.own_tasks.MOST_TASKS", 1)
    monkeypatch.setattr("dashboard.panels.own_tasks.MOST_VISITS", 1)
    body = told(ask(signed_in(place, "bound"), "#lang=en")["tasks-body"])
    assert "1+ open" in body and "1+ homes to visit" in body
    assert "甲处破损" in body and "乙处破损" not in body
    assert "海晏路3号" in body and "海晏路1号" not in body


def test_of_the_scores_only_the_own_one_is_told(place: Any) -> None:
    body = told(ask(signed_in(place, "bound"))["tasks-body"])
    assert f"值班长 {MINE}" in body and OTHER not in body
    assert set(ask(signed_in(place, "bound"), f"#role=shift_lead&score={OTHER}")) == {"notice"}


def test_without_a_post_a_grid_worker_sees_nothing_and_a_chief_has_no_tasks(place: Any) -> None:
    answer = ask(signed_in(place, "worker"))
    assert set(answer) == {"notice"}
    chief = ask(signed_in(place, "chief"))
    assert "not-here" in told(chief["tasks-body"]) and "not-here" not in told(chief["brief-body"])


def test_the_administrator_binds_a_post_and_it_works_at_once(place: Any) -> None:
    office, _ = place
    number = office.number_of("worker")
    root, tab = signed_in(place, "root"), signed_in(place, "worker")
    page = f"/admin/{number}"
    wrong = root.submit(page, {"post": "no-such"}, f"{page}/posts/bind")
    assert wrong.status_code == 400 and "no-such" in wrong.text
    assert root.submit(page, {"post": OTHER}, f"{page}/posts/bind").status_code == 303
    assert OTHER in root.get(page).text
    assert "丁处破损" in told(ask(tab)["tasks-body"])
    assert root.submit(page, {"post": OTHER}, f"{page}/posts/free").status_code == 303
    assert set(ask(tab)) == {"notice"}
    forged = root.post(f"{page}/posts/bind", {"post": OTHER})
    assert forged.status_code == 403
    with office.access.engine.connect() as connection:
        noted = select(audit).where(audit.c.what == "account", audit.c.object == "worker")
        reasons = [row.reason for row in connection.execute(noted.order_by(audit.c.seq))]
    assert reasons[-2:] == [f"post {OTHER} bound", f"post {OTHER} freed"]


def test_the_visits_and_the_person_looked_at_are_noted(place: Any) -> None:
    office, tab = place[0], signed_in(place, "bound")
    office.hand.at += 100
    for fragment in ("", "", "#people=person:1", "#people=person:2"):
        ask(tab, fragment)
    asked = select(audit).where(audit.c.what == "person_view").order_by(audit.c.seq.desc())
    with office.access.engine.connect() as connection:
        rows = connection.execute(asked.limit(3)).all()
    assert [(row.actor, row.object, row.outcome) for row in reversed(rows)] == [
        ("bound", "phone visits due", "done"),
        ("bound", "phone person/1", "done"),
        ("bound", "phone person/2", "refused"),
    ]
