"""What a visitor sees of a site: cases, grids and kinds, on every engine."""

from collections.abc import Iterator

import pytest
from accounts_town import START, grant
from conftest import ENGINES
from small_town import Case, at, found_town

from data.accounts.grants import Grant
from queries import cases
from queries.cases import behind, newest, one_case
from queries.extract import extract
from queries.known import as_known
from queries.metrics import BY_KEY
from queries.paging import Turn
from queries.peers import place_among_peers
from queries.scope import ScopeError, read_scope
from queries.sight import OutOfSight
from queries.site import Site
from queries.time_account import time_account
from queries.visitor import Visitor

OPEN = "reported 0, accepted 1 due 25"
CASES = [
    Case("one", OPEN, "A1"),
    Case("hung", f"{OPEN}, hung 5", "A1", department="police"),
    Case("ended", f"{OPEN}, hung 5, resumed 6, closed 9", "A2"),
    Case("far", OPEN, "B1"),
    Case("lost", OPEN, ""),
    *(Case(f"a{n}", f"{OPEN}, closed {10 if n else 30}", "A2") for n in range(40)),
    *(Case(f"b{n}", f"{OPEN}, closed {10 if n > 9 else 30}", "B1") for n in range(40)),
]
NOW = at(100)


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = found_town(request.param, tmp_path_factory.mktemp("sight"), "sight")
    town.take(CASES, now=100)
    opened = town.city.site(NOW)
    yield opened
    opened.case.dispose()
    opened.population.dispose()


def seen(site: Site, *held: Grant, screen: str = "tablet") -> Site:
    return site.seen_by(Visitor(1, "one", "", "", held, START), screen)


def codes(site: Site, code: str) -> bool:
    return one_case(site, code, read_scope(site, {}, NOW), as_of=NOW) is not None


A = grant("station_chief", tree="area", grid="A")


def test_a_case_page_opens_inside_only(site: Site) -> None:
    chief = seen(site, A)
    assert [codes(chief, c) for c in ("one", "hung", "ended", "far", "lost", "none")] == [
        *(True, True, True, False, False, False)
    ]
    works = seen(site, grant("department", department="works"))
    assert [codes(works, c) for c in ("one", "hung", "far", "lost")] == [True, False, True, True]
    inspector = seen(site, grant("discipline"))
    assert [codes(inspector, c) for c in ("one", "hung", "ended", "far")] == [
        *(False, True, True, False)
    ]
    assert not codes(seen(site, grant("discipline", tree="area", grid="B")), "hung")
    gone = seen(site, grant("leader", tree="area", grid="A1"), grant("leader", tree="x", grid="B"))
    assert [codes(gone, c) for c in ("one", "ended", "far")] == [True, False, False]


def test_the_arithmetic_of_a_limit_is_of_a_case_inside(site: Site) -> None:
    assert time_account(seen(site, A), "one", NOW) is not None
    outside = time_account(seen(site, A), "far", NOW)
    assert outside == time_account(seen(site, A), "none", NOW)


def test_a_page_does_not_turn_at_a_case_outside(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "PAGE", 10)
    chief = seen(site, A)
    scope = read_scope(chief, {"from": "2026-03-01", "to": "2026-03-31"}, NOW)

    def page(of: Site, code: str) -> list[str]:
        turn = Turn(code, forward=True)
        held = behind(of, BY_KEY["accepted"], "top", scope, as_of=NOW, page=2, turn=turn)
        assert held.total == 43
        return [row.code for row in held.rows]

    assert page(chief, "far") == page(chief, "none") == page(site, "none")
    # Whoever may see that case is shown what comes after it.
    assert page(site, "far") != page(site, "none")
    assert page(chief, "a5") == page(site, "a5") != page(chief, "none")


def test_lists_of_the_inspector_hold_what_she_looks_at(site: Site) -> None:
    inspector = seen(site, grant("discipline"))
    scope = read_scope(inspector, {"from": "2026-03-01", "to": "2026-03-31"}, NOW)
    held = behind(inspector, BY_KEY["accepted"], "top", scope, as_of=NOW)
    assert {row.code for row in held.rows} == {"hung", "ended"} and held.total == 2
    assert extract(inspector, BY_KEY["accepted"], "top", scope, as_of=NOW).total == 2
    assert {row.code for row in newest(inspector, scope, as_of=NOW, limit=9)} == {"hung", "ended"}


def test_one_begins_at_ones_own_and_knows_no_other(site: Site) -> None:
    chief = seen(site, A)
    assert read_scope(chief, {}, NOW).grid.code == "A"
    assert [code for code, _ in chief.hierarchies()] == ["area"]
    for wrong in ({"grid": "T"}, {"grid": "B1"}, {"hierarchy": "patrol"}):
        with pytest.raises(ScopeError):
            read_scope(chief, wrong, NOW)
    tree = chief.tree()
    assert [step.code for step in chief.way(tree, tree.by_code["A1"])] == ["A", "A1"]


def test_nothing_is_asked_beyond_a_right(site: Site) -> None:
    leader = seen(site, grant("leader", tree="area", grid="A"))
    scope = read_scope(leader, {}, NOW)
    leader.admit(scope, "population")
    leader.admit(scope, "population", 1)
    for refused in (
        lambda: leader.admit(scope, "population", 2),
        lambda: leader.admit(scope, "person"),
        lambda: leader.admit(scope, "export"),
        lambda: leader.admit(scope.at(scope.tree.top)),
        lambda: seen(site, grant("grid_worker", tree="area", grid="A"), screen="phone").admit(
            scope
        ),
        lambda: seen(site, grant("discipline")).admit(scope, "population"),
    ):
        with pytest.raises(OutOfSight):
            refused()


def test_an_earlier_moment_is_seen_by_the_same_eyes(site: Site) -> None:
    chief, leader = seen(site, A), seen(site, grant("leader", tree="area", grid="B"))
    assert as_known(chief, NOW).sight == chief.sight
    assert as_known(leader, NOW).sight == leader.sight
    assert as_known(site, NOW).sight is None
    assert not codes(as_known(chief, NOW), "far") and codes(as_known(leader, NOW), "far")


def test_a_chief_is_told_the_place_among_peers_and_others_are_not(site: Site) -> None:
    days = {"from": "2026-03-01", "to": "2026-03-31"}

    def place(one: Site, **parts: str) -> object:
        scope = read_scope(one, days | parts, NOW)
        return place_among_peers(one, scope, as_of=NOW, before=NOW)

    assert place(seen(site, A)) == (1, 2)
    assert place(seen(site, grant("station_chief", tree="area", grid="B"))) == (2, 2)
    assert place(seen(site, A), grid="A1") is None
    assert place(seen(site, grant("leader", tree="area", grid="A"))) is None
    assert place(site, grid="A") is None
