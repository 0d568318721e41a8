"""Thousands of requests made from the matrix: role x reach x screen x place x what is asked, past every page.

What is expected comes from the matrix (queries.rights) and from where the town's cases lie, not from the code
that enforces it. What lies outside is answered to the letter as what is not there.
"""

import asyncio
import json
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from accounts_town import START, Office, grant
from asgi_calls import Caller, Reply
from conftest import ENGINES
from guarded import guarded
from small_town import TOPS, TREES, Case, Town, at, found_town

from data.accounts import devices, posts, sessions
from data.accounts.grants import Grant
from data.accounts.roles import ROLE_FORMS
from data.population_tables import person
from data.work_tables import staff
from queries.rights import NOTHING, Right, right, screens_of

POST = "A-02"
LATE = f"reported 0 by {POST}, accepted 1 due 25"
DONE = "reported 2, accepted 3 due 25, closed 10"
HUNG = "reported 3, accepted 4 due 60, hung 5"
CASES = [
    Case("K-one", LATE, "A1", title="甲处破损"),
    Case("K-two", DONE, "A2", title="乙处破损", department="police"),
    Case("K-hung", HUNG, "A1", title="丙处破损"),
    Case("K-three", LATE, "B1", title="丁处破损"),
    Case("K-hung-b", HUNG, "B1", title="戊处破损", department="police"),
    Case("K-lost", LATE, "", title="己处破损", department="police"),
]
GRIDS = {tree: ["T", *TOPS[tree], *TREES[tree]] for tree in TREES}
LEVEL = {"T": 0, **dict.fromkeys("ABCPQ", 1), **dict.fromkeys(("A1", "A2", "B1"), 2)}
NOBODY = "ZQ9"
REACHES: dict[str, list[dict[str, str]]] = {
    "site": [{}],
    "none": [{}],
    "grid": [
        {"tree": "area", "grid": "A"},
        {"tree": "area", "grid": "A1"},
        {"tree": "patrol", "grid": "Q"},
    ],
    "department": [{"department": "works"}, {"department": "police"}],
}
# Conditions that nobody here fulfils: no purpose, duty or score of one's own is on record.
NOT_KEPT = {"purpose", "staff_counts", "own_person", "visit", "duty"}
THINGS = (
    *("", "list=open", "list=accepted", "list=overdue", "list=on_time_rate.rest", "find=格"),
    *("list=supervision_queue", "list=accepted&page=2&after=K-three", "explain=open"),
    *("explain=population", "explain=legal_entities", "colour=accepted", "colour=population"),
    *("level=2", "layer=hazards", "layer=unmanaged", "access=class", "records=choose"),
    *("people=find", "people=list:old60", "people=person:1", "people=building:1", "people=house:1"),
    *("role=dispatcher", "score=works", "role=dispatcher&score=SL-1", "source=app", "days=7"),
    *("zoning=now", "zoning=now&list=accepted", "days=1&list=accepted", "list=open&source=hotline"),
)


@dataclass(frozen=True)
class Who:
    """Somebody with one grant. `works`: a post of the site is on record."""

    login: str
    role: str
    held: Grant
    works: bool = False

    def cell(self, screen: str, kind: str) -> Right:
        """The matrix's cell as far as its condition is kept."""
        found = right(self.role, screen, kind)
        is_kept = found.limit not in NOT_KEPT and found.reach != "tasks"
        return found if is_kept else NOTHING

    def is_inside(self, tree: str, grid: str) -> bool:
        """Whether a grid is one that they may know of."""
        if self.held.reach != "grid":
            return grid in GRIDS[tree]
        own = self.held.grid
        parent = TREES[tree].get(grid, "T")
        return tree == self.held.tree and grid in GRIDS[tree] and own in (grid, parent)

    def knows_any(self, screen: str) -> bool:
        """Whether a screen shows them anything at all."""
        return bool(self.cell(screen, "case_figures").depth) or (self.works and screen == "phone")

    def sees(self, screen: str, case: Case) -> bool:
        """Whether a case is one that they may see by itself."""
        found = self.cell(screen, "case_detail")
        if self.works and screen == "phone":
            return POST in case.steps and self.is_inside(self.held.tree or "", case.leaf)
        if not found.depth or (found.limit == "discipline" and "hung" not in case.steps):
            return False
        if self.held.reach == "department":
            return case.department == self.held.department
        return self.held.reach == "site" or self.is_inside(self.held.tree or "", case.leaf)

    def opens(self, screen: str, tree: str, grid: str, thing: str) -> bool:
        """Whether what is asked of a grid inside is answered and not refused."""
        level = LEVEL[grid]
        asked = dict(part.split("=") for part in thing.split("&") if part)

        def deep(kind: str, at: int) -> bool:
            found = self.cell(screen, kind)
            return bool(found.depth) and not (found.limit == "level:neighbourhood" and at > 1)

        if "explain" in asked:
            kinds = {"open": "case_figures", "population": "population"}
            return deep(kinds.get(asked["explain"], "legal_entity"), level)
        if asked.get("colour") == "population":
            return deep("population", min(level + 1, 2))
        scores = self.cell(screen, "staff_scores")
        if "role" in asked:
            return bool(scores.depth) and scores.limit != "unit"
        return not ("score" in asked and not scores.depth)


def everybody() -> Iterator[Who]:
    for form in ROLE_FORMS:
        for reach in form.reaches:
            for n, where in enumerate(REACHES[reach]):
                held = grant(form.key, reach, **where)
                yield Who(f"{form.key}-{reach}-{n}", form.key, held)
                if form.key == "grid_worker":
                    yield Who(f"{form.key}-post-{n}", form.key, held, works=True)


ALL = list(everybody())


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
    loop = asyncio.new_event_loop()
    with guarded(site, folder, engine=request.param) as (office, server):
        callers = {who.login: Caller(server, loop, _cookie(office, who)) for who in ALL}
        callers[""] = Caller(server, loop, "session=guessed; wall=guessed")
        yield Place(callers, request.param)
    loop.close()
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
    """(tree, grid, thing) to ask for: a sample, always the same, that has every place and every thing."""
    dice = random.Random(f"{who.login} {screen}")
    places = [(tree, grid) for tree, grids in GRIDS.items() for grid in grids]
    inside = [one for one in places if who.is_inside(*one)] or places
    asked = [(*dice.choice(inside), thing) for thing in THINGS]
    asked += [(*one, thing) for one in places for thing in dice.sample(THINGS, 2)]
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
    for path in ("/geo/1/area/A/2.geojson", "/export.csv?list=open"):
        assert_nothing(caller.get(path), 401)
    for path in ("/", "/admin", "/audit", "/walls", "/tablet/", "/phone/"):
        assert caller.get(path).status == 302


def test_there_were_thousands_of_requests(place: Place) -> None:
    calls = sum(caller.calls for caller in place.callers.values())
    print(f"{place.engine}: {calls} requests, {time.process_time():.0f} s of processor time")
    assert calls > (4000 if place.engine == "sqlite" else 500)


def assert_nothing(reply: Reply, status: int) -> None:
    assert reply.status == status
    assert not any(case.title in reply.text or case.code in reply.text for case in CASES)
