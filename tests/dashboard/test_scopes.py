"""Every role on every screen asks for what is theirs and what is not, past the page: zero leaks.

What is expected comes from the matrix (queries.rights) and from where the town's cases lie, not from the
code that enforces it.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from accounts_town import START, Office, grant
from guarded import Browser, _body, guarded
from matrix_people import CASES
from small_town import at, found_town

from data.accounts.grants import Grant
from data.counters import OPEN
from queries.cases import newest
from queries.geometry import outlines
from queries.measure import add_up, measure
from queries.metrics import BY_KEY
from queries.rights import NOTHING, right, screens_of
from queries.scope import read_scope
from queries.sight import OutOfSight
from queries.site import Site
from queries.visitor import Visitor

PLACES = {"K-one": "A1", "K-two": "A2", "K-hung": "A1", "K-three": "B1", "K-hung-b": "B1"}
DEPARTMENTS = {case.code: case.department for case in CASES}
GRIDS = {"A": ["A", "A1", "A2"], "elsewhere": ["T", "B", "B1", "C", "P", "Q"]}
PEOPLE = (
    "operations",
    "leader",
    "station_chief",
    "building_secretary",
    "neighbourhood_secretary",
    "discipline",
    "grid_worker",
)
# Limits of which nothing on record says whether they are kept: such a right opens nothing yet.
UNCHECKED = {"purpose", "staff_counts", "own_person", "visit", "duty", "own_line"}


class Who(NamedTuple):
    """An account, its role and what the role's grant reaches."""

    login: str
    role: str
    held: Grant


ALL = [
    *(Who(role, role, grant(role, tree="area", grid="A")) for role in PEOPLE),
    Who("bureau", "department", grant("department", department="works")),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    town = found_town("sqlite", tmp_path_factory.mktemp("scopes"), "scopes")
    town.take(CASES, now=100)
    opened = town.city.site(at(100))
    yield opened
    opened.case.dispose()
    opened.population.dispose()


@pytest.fixture(scope="module")
def place(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Any]]:
    with guarded(site, tmp_path_factory.mktemp("scopes-office")) as (office, server):
        for who in ALL:
            office.person(who.login, who.held)
        both = grant("station_chief", tree="area", grid="A"), grant("discipline")
        office.person("both", *both)
        twice = (grant("leader", tree="area", grid=one) for one in ("A2", "B"))
        office.person("twice", *twice)
        yield office, server


def signed_in(place: tuple[Office, Any], login: str) -> Browser:
    place[0].forget_tries()
    tab = Browser(place[1])
    assert tab.sign_in(login).status_code == 303
    return tab


def ask(tab: Browser, screen: str, fragment: str) -> dict[str, Any]:
    """What a screen's callback answers, by component."""
    body = _body(screen)
    body["inputs"][0]["value"] = json.dumps({"hash": fragment, "search": "", "n": 1})
    told = {"Origin": tab.base, "Content-Type": "application/json"}
    answer = tab.client.post(
        f"/{screen}/_dash-update-component", content=json.dumps(body), headers=told
    )
    assert answer.status_code == 200, (screen, fragment)
    return answer.json()["response"]


def told(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


def cell(role: str, screen: str, kind: str) -> Any:
    """The matrix's cell, without what no record can tell."""
    found = right(role, screen, kind)
    return NOTHING if found.limit in UNCHECKED or found.reach == "tasks" else found


def shown(who: Who, screen: str) -> set[str]:
    """The cases that somebody may see one by one on a screen."""
    found = cell(who.role, screen, "case_detail")
    if not found.depth:
        return set()
    if who.held.department:
        theirs = {code for code, one in DEPARTMENTS.items() if one == who.held.department}
    else:
        theirs = {code for code, leaf in PLACES.items() if leaf in GRIDS["A"]}
    return {code for code in theirs if found.limit != "discipline" or "hung" in code}


def forbidden(who: Who, screen: str) -> list[str]:
    """Words that must be in no answer: of cases that are not theirs, and of grids outside."""
    hidden = set(DEPARTMENTS) - shown(who, screen)
    words = [f'case={code}"' for code in hidden] + [f"case={code}&" for code in hidden]
    words += [case.title for case in CASES if case.code in hidden]
    words += [f'"{code}"' for code in hidden]
    if not who.held.department:
        words += [f"第{code}格" for code in GRIDS["elsewhere"]]
    return words


INSIDE = (
    *("", "#grid=A", "#grid=A1", "#grid=A2&days=7", "#grid=A1&about=A2", "#about=A", "#find=第"),
    *("#find=B1", "#find=格", "#list=accepted", "#list=open", "#list=on_time_rate.rest"),
    *("#list=overdue", "#list=supervision_queue", "#list=accepted&page=2&after=K-three"),
    *("#level=2", "#layer=hazards", "#layer=unmanaged", "#zoning=now", "#access=class"),
    *("#explain=accepted", "#colour=accepted", "#lang=en", "#records=choose", "#source=app"),
    "#zoning=now&list=accepted",
)
NOT_THEIRS = (
    *(("#grid=@", code) for code in GRIDS["elsewhere"]),
    *(("#about=@", code) for code in GRIDS["elsewhere"]),
    *(("#grid=A1&about=@", "B1"), ("#hierarchy=@", "patrol"), ("#hierarchy=@&grid=P", "patrol")),
    ("#hierarchy=patrol&grid=@", "A1"),
)
"""What a grid's people may not ask for: a fragment and what stands in it for what is unknown."""


def each_screen() -> Iterator[tuple[Who, str]]:
    for who in ALL:
        for screen in screens_of(who.role):
            if screen != "office":
                yield who, screen


pairs = pytest.mark.parametrize(
    ("who", "screen"), [pytest.param(*one, id=f"{one[0].login}-{one[1]}") for one in each_screen()]
)


@pairs
def test_no_answer_names_what_is_not_theirs(
    who: Who, screen: str, place: tuple[Office, Any]
) -> None:
    tab, words = signed_in(place, who.login), forbidden(who, screen)
    inside = INSIDE
    if who.held.department:
        inside = tuple(one for one in INSIDE if "overdue" not in one)
    for fragment in inside:
        body = told(ask(tab, screen, fragment)).replace("after=K-three", "")
        assert [word for word in words if word in body] == [], (screen, fragment)
        assert "is-failed" not in body, (screen, fragment)


@pairs
def test_what_is_outside_is_answered_as_what_is_not_there(
    who: Who, screen: str, place: tuple[Office, Any]
) -> None:
    tab = signed_in(place, who.login)
    if who.held.department:
        asked = [("#department=@", "police"), ("#grid=A&department=@", "police")]
    else:
        asked = list(NOT_THEIRS)
    nobody = "ZQ9"
    for fragment, code in asked:
        theirs, unknown = (
            ask(tab, screen, fragment.replace("@", one))["notice"] for one in (code, nobody)
        )
        if "hierarchy=patrol" in fragment:
            # Refused for the hierarchy already, as one that is not there is.
            unknown = ask(tab, screen, "#hierarchy=patrol&grid=ZQ9")["notice"]
        assert told(theirs).replace(f"「{code}」", "@").replace(f"={code}」", "@") == told(
            unknown
        ).replace(f"「{nobody}」", "@").replace(f"={nobody}」", "@"), fragment
        assert theirs["children"] is not None


@pairs
def test_a_case_page_is_that_of_a_case_of_theirs_or_of_none(
    who: Who, screen: str, place: tuple[Office, Any]
) -> None:
    tab, open_ones = signed_in(place, who.login), shown(who, screen)
    unknown = told(ask(tab, screen, "#case=K-none").get("sheet-body"))
    for case in CASES:
        answer = ask(tab, screen, f"#case={case.code}")
        if not cell(who.role, screen, "case_figures").depth:
            assert set(answer) == {"notice"}
            continue
        body = told(answer["sheet-body"])
        assert (case.title in body) == (case.code in open_ones), case.code
        if case.code not in open_ones:
            assert body.replace(case.code, "@") == unknown.replace("K-none", "@")


@pairs
def test_a_list_holds_their_cases_and_the_kinds_are_open_as_the_matrix_says(
    who: Who, screen: str, place: tuple[Office, Any]
) -> None:
    tab = signed_in(place, who.login)
    answer = ask(tab, screen, "#list=accepted")
    if not cell(who.role, screen, "case_figures").depth:
        assert set(answer) <= {"notice", "seen"}
        return
    name = "urgent-body" if screen == "tablet" else "sheet-body"
    body = told(answer[name])
    for case in CASES:
        accepted = case.code in shown(who, screen)
        assert (case.title in body) == accepted, case.code
    if screen == "tablet":
        assert ("export.csv" in body) == bool(cell(who.role, screen, "export").depth)
        scores = cell(who.role, screen, "staff_scores")
        persons = bool(scores.depth) and scores.limit != "unit"
        assert ("role=dispatcher" in told(answer["departments-body"])) == persons
        asked = ask(tab, screen, "#role=dispatcher&score=SL-1")
        assert (asked["notice"]["children"] is None) == persons
    if screen in ("tablet", "wall"):
        for fragment, level in (("#", 1), ("#grid=A1", 2)):
            may = cell(who.role, screen, "population")
            deep = level == 1 or may.limit != "level:neighbourhood"
            people = told(ask(tab, screen, fragment)["people-body"])
            is_open = bool(may.depth) and (deep or bool(who.held.department))
            assert ("不开放" not in people) == is_open, (who.role, fragment)
            coloured = ask(tab, screen, f"{fragment}&colour=population&level=2".replace("#&", "#"))
            fine = bool(may.depth) and may.limit != "level:neighbourhood"
            assert (coloured["notice"]["children"] is None) == fine


@pytest.mark.parametrize("who", ALL, ids=lambda who: who.login)
def test_files_and_outlines_are_narrowed_too(who: Who, place: tuple[Office, Any]) -> None:
    tab = signed_in(place, who.login)
    screens = [one for one in screens_of(who.role) if one in ("wall", "tablet", "phone")]
    may = any(right(who.role, one, "export").depth for one in screens)
    answer = tab.get("/export.csv?list=accepted")
    assert answer.status_code == (200 if may else 403)
    for case in CASES:
        assert (case.title in answer.text) == (may and case.code in shown(who, "tablet"))
    for asked in ("grid=B", "hierarchy=patrol", "department=police&grid=B1", "grid=ZQ9"):
        refused = tab.get(f"/export.csv?list=accepted&{asked}")
        fine = bool(who.held.department) and asked in ("grid=B", "hierarchy=patrol")
        assert refused.status_code == (403 if not may else 200 if fine else 404)
        assert not any(
            case.title in refused.text for case in CASES if case.code not in shown(who, "tablet")
        )
    sees = any(cell(who.role, one, "case_figures").depth for one in screens)
    everywhere = bool(who.held.department)
    for path, inside in (
        *(("area/A/1", True), ("area/A/2", True), ("area/A1/2", True), ("area/T/1", False)),
        *(("area/B/2", False), ("area/B1/2", False), ("patrol/P/2", False), ("patrol/A1/2", False)),
        ("area/ZQ9/2", None),
    ):
        answer = tab.get(f"/geo/1/{path}.geojson")
        fine = inside is not None and sees and (inside or everywhere)
        assert answer.status_code == (200 if fine else 404), path
        if not fine:
            unknown = tab.get("/geo/1/area/ZQ9/2.geojson")
            assert answer.content == unknown.content


def test_a_department_is_bound_to_its_own_cases_however_it_asks(place: tuple[Office, Any]) -> None:
    tab = signed_in(place, "bureau")
    for fragment in ("#", "#grid=A", "#hierarchy=patrol", "#department=works"):
        answer = ask(tab, "tablet", f"{fragment}&list=accepted".replace("#&", "#"))
        assert "乙处破损" not in told(answer) and "甲处破损" in told(answer["urgent-body"])
        assert "is-forced" in told(answer["header-body"])
    assert ask(tab, "tablet", "#score=police")["notice"]["children"] is not None


def test_several_grants_are_ways_to_begin_and_each_kind_has_its_own_reach(
    place: tuple[Office, Any],
) -> None:
    tab = signed_in(place, "twice")
    header = told(ask(tab, "tablet", "")["header-body"])
    assert "第A2格" in header and "第B格" in header
    assert "第A格" not in header and "第T格" not in header
    assert "丁处破损" in told(ask(tab, "phone", "#grid=B&list=open"))
    for fragment in ("#grid=A2&list=accepted", "#grid=A2&case=K-two", "#grid=A2&about=A2"):
        narrow = told(ask(tab, "phone", fragment))
        assert "第A2格" in narrow and "第A格" not in narrow and "第T格" not in narrow
    assert ask(tab, "phone", "#grid=A")["notice"]["children"] is not None
    tab = signed_in(place, "both")
    assert "不开放" in told(ask(tab, "tablet", "#grid=B")["people-body"])
    assert "不开放" not in told(ask(tab, "tablet", "#grid=A")["people-body"])
    listed = told(ask(tab, "tablet", "#grid=B&list=open")["urgent-body"])
    assert "戊处破损" in listed and "丁处破损" not in listed
    listed = told(ask(tab, "tablet", "#grid=A&list=open")["urgent-body"])
    assert "甲处破损" in listed


def test_a_panel_that_forgets_gets_no_answer(site: Site) -> None:
    whole = read_scope(site, {}, site.as_of())
    chief = Visitor(1, "chief", "", "", (grant("station_chief", tree="area", grid="A"),), START)
    seen = site.seen_by(chief, "tablet")
    measure(site, [BY_KEY["open"]], whole, as_of=site.as_of())
    with pytest.raises(OutOfSight):
        measure(seen, [BY_KEY["open"]], whole, as_of=site.as_of())
    with pytest.raises(OutOfSight):
        add_up(seen, [OPEN], whole, as_of=site.as_of())
    with pytest.raises(OutOfSight):
        newest(seen, whole, as_of=site.as_of(), limit=5)
    with pytest.raises(OutOfSight):
        outlines(seen, whole.tree, whole.tree.top, 1)


@pytest.mark.parametrize("screen", ["phone", "tablet"])
def test_what_is_remembered_for_one_is_not_given_to_another(place, screen):
    wide, narrow = signed_in(place, "twice"), signed_in(place, "leader")
    for fragment in ("#grid=B", "#grid=A2", "#grid=B&list=overdue"):
        before = ask(narrow, screen, fragment)
        theirs = ask(wide, screen, fragment)
        assert ask(narrow, screen, fragment) == before
        assert ask(wide, screen, fragment) == theirs
        # Of A2, which both may see, one has the way down to it and the other has not.
        assert theirs != before, fragment
