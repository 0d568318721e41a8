"""Thousands of requests made from the matrix: role x reach x screen x place x what is asked, past every page.

What is expected comes from the matrix (queries.rights) and from where the town's cases lie, not from the code
that enforces it. What lies outside is answered to the letter as what is not there.
"""

import json
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from accounts_town import START, Office
from asgi_calls import Caller, Reply, running_loop
from conftest import ENGINES
from guarded import guarded
from matrix_people import ALL, CASES, GRIDS, NOBODY, POST, THINGS, Who
from small_town import Town, at, found_town

from data.accounts import devices, posts, sessions
from data.population_tables import person
from data.work_tables import staff
from queries.rights import Depth, right, screens_of


@dataclass(frozen=True)
class Place:
    """The server and a caller for everybody."""

    callers: dict[str, Caller]
    engine: str


@pytest.fixture(scope="module", params=ENGINES)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp(f"matrix-{request.param}")
    town = found_town(request.param, folder, "matrix")
    _fill(town)
    site = town.city.site(at(100))
    with running_loop() as loop, guarded(site, folder, engine=request.param) as (office, server):
        callers = {who.login: Caller(server, loop, _cookie(office, who)) for who in ALL}
        callers[""] = Caller(server, loop, "session=guessed; wall=guessed")
        yield Place(callers, request.param)
    for engine in (site.case, site.population, town.case, town.population):
        engine.dispose()


def _fill(town: Town) -> None:
    town.take(CASES, now=100)
    with town.case.begin() as connection:
        row = {"staff_id": 1, "code": POST, "grid_id": town.grid_ids["A"], "role": "worker"}
        connection.execute(staff.insert().values(**row, duty_mode="resident", on_duty=1))
    with town.population.begin() as connection:
        for n in range(190):
            code = ("A1", "A2", "B1")[n % 3]
            row = {"person_id": n, "household_id": n, "grid_code": code, "birth_year": 1990}
            row |= {"sex": ("male", "female")[n % 2], "residence_kind": "户籍", "name": "欧阳明"}
            connection.execute(person.insert().values(row))


def _cookie(office: Office, who: Who) -> str:
    access = office.access
    if who.role == "wall":
        waits = devices.ask(access)
        devices.approve(access, waits.code, who.login, who.held, "test")
        return f"wall={waits.secret}"
    number = office.person(who.login, who.held)
    if who.works:
        posts.bind(access, number, POST, "test")
    with access.engine.begin() as connection:
        return f"session={sessions.begin(access, connection, number, START)}"


def chosen(who: Who, screen: str, engine: str) -> list[tuple[str, str, str]]:
    """(tree, grid, thing) to ask for: a sample, always the same, with every place in it."""
    dice = random.Random(f"{who.login} {screen}")
    places = [(tree, grid) for tree, grids in GRIDS.items() for grid in grids]
    inside = [one for one in places if who.is_inside(*one)] or places
    asked = [(*dice.choice(inside), thing) for thing in dice.sample(THINGS, 14)]
    asked += [(*one, dice.choice(THINGS)) for one in places]
    return asked if engine == "sqlite" else dice.sample(asked, 12)


def fragment_of(tree: str, grid: str, thing: str, language: str = "zh") -> str:
    parts = [f"hierarchy={tree}", f"grid={grid}", thing, f"lang={language}"]
    return "#" + "&".join(filter(None, parts))


def without(text: str, *codes: str) -> str:
    """An answer without what was asked for, wherever it is quoted."""
    return re.sub(rf"(?<=[「“=])({'|'.join(codes)})(?=[」”])", "@", text)


screens = pytest.mark.parametrize("screen", ["wall", "tablet", "phone"])
people = pytest.mark.parametrize("who", ALL, ids=lambda who: who.login)


@people
@screens
def test_every_callback_answers_what_the_matrix_says(who: Who, screen: str, place: Place) -> None:
    caller = place.callers[who.login]
    if screen not in screens_of(who.role):
        for fragment in ("", "#grid=A", "#list=open", "#case=K-one"):
            assert_nothing(caller.ask(screen, fragment), 403)
        return
    unseen = [case for case in CASES if not who.sees(screen, case)]
    words = [case.title for case in unseen] + [f'"{case.code}"' for case in unseen] + ["欧阳明"]
    if who.held.reach == "grid":
        tree = who.held.tree or ""
        grids = {grid for held in GRIDS.values() for grid in held}
        outside = sorted(grid for grid in grids if not who.is_inside(tree, grid))
        words += [f"第{grid}格" for grid in outside] + [f"Grid {grid}<" for grid in outside]
    for n, (tree, grid, thing) in enumerate(chosen(who, screen, place.engine)):
        fragment = fragment_of(tree, grid, thing, ("zh", "en")[n % 5 == 0])
        reply = caller.ask(screen, fragment)
        assert reply.status == 200, fragment
        found, told = reply.components, reply.told
        assert "is-failed" not in told, fragment
        told = told.replace("after=K-three", "")
        assert [word for word in words if word in told] == [], fragment
        is_open = who.knows_any(screen) and who.is_inside(tree, grid)
        refused = found["notice"]["children"] is not None
        if not is_open:
            assert refused and set(found) == {"notice"}, fragment
            other = fragment.replace(f"grid={grid}", f"grid={NOBODY}")
            if who.held.reach == "grid" and who.held.tree != tree:
                # Refused for the hierarchy already, as one that is not there is.
                other = fragment.replace(f"hierarchy={tree}", f"hierarchy={NOBODY}")
            unknown = caller.ask(screen, other)
            codes = (grid, NOBODY, tree)
            assert without(reply.told, *codes) == without(unknown.told, *codes), fragment
        elif not who.works:
            assert refused != who.opens(screen, tree, grid, thing), fragment


@people
@screens
def test_every_case_page_is_of_a_case_of_theirs_or_of_none(
    who: Who, screen: str, place: Place
) -> None:
    caller = place.callers[who.login]
    if screen not in screens_of(who.role) or not who.knows_any(screen):
        for case in CASES[:2]:
            reply = caller.ask(screen, f"#case={case.code}")
            assert reply.status == 403 or case.title not in reply.told
        return
    none = caller.ask(screen, "#case=K-none").components.get("sheet-body")
    unknown = json.dumps(none).replace("K-none", "@")
    for case in CASES if place.engine == "sqlite" else CASES[:3]:
        reply = caller.ask(screen, f"#case={case.code}")
        body = json.dumps(reply.components.get("sheet-body"), ensure_ascii=False)
        assert (case.title in body) == who.sees(screen, case), case.code
        if not who.sees(screen, case):
            sheet = json.dumps(reply.components.get("sheet-body"))
            assert sheet.replace(case.code, "@") == unknown


@people
def test_files_outlines_and_pages_are_as_narrow(who: Who, place: Place) -> None:
    caller = place.callers[who.login]
    shown = [one for one in screens_of(who.role) if one != "office"]
    unknown = caller.get(f"/geo/1/area/{NOBODY}/2.geojson")
    for tree, grids in GRIDS.items():
        for grid in grids if place.engine == "sqlite" else grids[:3]:
            reply = caller.get(f"/geo/1/{tree}/{grid}/2.geojson")
            knows = any(who.knows_any(one) for one in shown)
            if knows and who.is_inside(tree, grid):
                assert reply.status == 200, (tree, grid)
            else:
                assert (reply.status, reply.body) == (unknown.status, unknown.body), (tree, grid)
    may = [one for one in shown if who.cell(one, "export").depth]
    for where in ("", "&grid=A", "&grid=A1", "&grid=B", "&hierarchy=patrol", "&department=police"):
        for language in ("zh", "en"):
            reply = caller.get(f"/export.csv?list=accepted{where}&lang={language}")
            if not may:
                assert_nothing(reply, 403)
            for case in CASES:
                seen = bool(may) and who.sees(may[0], case)
                assert case.title not in reply.text or seen, (where, case.code)
            assert "欧阳明" not in reply.text
    for path, kind in (("/admin", "accounts"), ("/walls", "pairing"), ("/audit", "audit_log")):
        every = any(right(who.role, one, kind).depth for one in screens_of(who.role))
        assert (caller.get(path).status == 200) == (every and who.role != "wall"), path
    matrix = caller.get("/admin/matrix.csv")
    assert (matrix.status == 200) == (who.role == "administrator")
    for screen in ("wall", "tablet", "phone"):
        page = caller.get(f"/{screen}/")
        assert (page.status == 200) == (screen in screens_of(who.role)), screen


@people
def test_numbers_of_persons_open_for_whom_they_are_and_inside_only(who: Who, place: Place) -> None:
    caller = place.callers[who.login]
    for path, least in (("/unmask/{}/phone", Depth.UNMASK), ("/call/{}", Depth.CALL)):
        unknown = caller.get(path.format(424242))
        for number, leaf in enumerate(("A1", "A2", "B1")):
            rights = [who.cell(one, "person") for one in screens_of(who.role)]
            theirs = any(one.depth >= least for one in rights)
            if not theirs or not who.is_inside(who.held.tree or "area", leaf):
                reply = caller.get(path.format(number))
                assert reply.status == unknown.status != 200, (path, leaf)
                assert "欧阳" not in reply.text


@people
def test_option_lists_hold_what_may_be_chosen(who: Who, place: Place) -> None:
    caller = place.callers[who.login]
    for screen in screens_of(who.role):
        if screen == "office" or not who.knows_any(screen):
            continue
        header = json.dumps(caller.ask(screen, "#find=格").components, ensure_ascii=False)
        for tree in GRIDS:
            opens = who.held.reach != "grid" or who.held.tree == tree
            assert opens or f"hierarchy={tree}" not in header
        if who.held.reach == "department":
            other = "police" if who.held.department == "works" else "works"
            for fragment in (f"#department={other}", f"#grid=A&department={other}"):
                refused = caller.ask(screen, fragment).told
                unknown = caller.ask(screen, fragment.replace(other, NOBODY)).told
                assert without(refused, other) == without(unknown, NOBODY), fragment


def test_a_stranger_gets_nothing(place: Place) -> None:
    caller = place.callers[""]
    for screen in ("wall", "tablet", "phone"):
        for fragment in ("", "#grid=A", "#case=K-one", "#list=open"):
            assert_nothing(caller.ask(screen, fragment), 401)
    assert_nothing(caller.get("/geo/1/area/A/2.geojson"), 401)
    for path in (
        "/",
        "/export.csv?list=open",
        "/unmask/1/phone",
        "/call/1",
        "/admin",
        "/audit",
        "/walls",
        "/tablet/",
        "/phone/",
    ):
        assert caller.get(path).status == 302


def test_there_were_thousands_of_requests(place: Place) -> None:
    calls = sum(caller.calls for caller in place.callers.values())
    print(f"{place.engine}: {calls} requests, {time.process_time():.0f} s of processor time")
    assert calls > (3000 if place.engine == "sqlite" else 500)


def assert_nothing(reply: Reply, status: int) -> None:
    assert reply.status == status
    assert not any(case.title in reply.text or case.code in reply.text for case in CASES)
