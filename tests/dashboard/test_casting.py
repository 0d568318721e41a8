"""Casts as browsers ask for them: who may, what the wall shows of it, and never more than its own scope."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from accounts_town import START, grant
from guarded import ground
from stage_town import Hall, hall_in

from dashboard.linkage.shown import castable, shown_on, written
from data.audit.verify import verify
from queries.scope import ScopeError
from queries.site import Site
from queries.visitor import Visitor


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ground(tmp_path_factory.mktemp("ground")) as opened:
        yield opened


@pytest.fixture
def hall(site: Site, tmp_path: Path) -> Iterator[Hall]:
    with hall_in(site, tmp_path) as opened:
        yield opened
        assert verify(opened.office.access.log).problems == []


def parts(fragment: str) -> dict[str, str]:
    return dict(parse_qsl(fragment))


def test_a_wall_follows_whoever_leads_it(hall: Hall) -> None:
    number, wall = hall.wall("east", grant("wall"))
    chief = hall.tab("chief")
    assert wall.stage()["cast"] is None
    assert "chief" not in wall.stage()["html"]
    told = chief.done("take", wall=number, fragment="#days=7&colour=open")
    assert told["leads"] and "east" in told["html"]
    seen = wall.stage()
    # Their own grid is written out: the wall would begin at the whole.
    assert parts(seen["cast"]["fragment"]) == {
        "hierarchy": "area",
        "grid": "A",
        "days": "7",
        "colour": "open",
    }
    assert "正在由 chief name 联动" in seen["html"]
    assert seen["next"] == hall.office.hand.at + 180
    chief.done("move", fragment="#grid=A1")
    assert parts(wall.stage(lang="en")["cast"]["fragment"])["grid"] == "A1"
    assert parts(wall.stage(lang="en")["cast"]["fragment"])["lang"] == "en"
    assert wall.stage()["cast"]["seq"] == 2
    assert not chief.done("give_back", wall=number)["leads"]
    assert wall.stage()["cast"] is None
    assert [row[:2] for row in hall.noted("cast")] == [("chief", "east")] * 3


def test_a_lease_that_ends_is_told_on_both(hall: Hall) -> None:
    number, wall = hall.wall("east", grant("wall"))
    chief = hall.tab("chief")
    chief.done("take", wall=number, fragment="#")
    hall.later(180)
    assert wall.stage()["cast"] is None
    assert "「east」联动到时" in chief.stage()["html"]
    assert not chief.stage()["leads"]


def test_persons_and_what_is_typed_are_never_cast(hall: Hall, site: Site) -> None:
    chief = Visitor(1, "c", "c", "", (grant("station_chief", tree="area", grid="A"),), 10**10)
    fragment = castable(
        site, chief, "tablet", "#people=find&role=department&list=open&page=2&find=x"
    )
    assert parts(fragment) == {"hierarchy": "area", "grid": "A", "list": "open"}


def test_nobody_casts_what_they_may_not_see_themselves(hall: Hall) -> None:
    number, wall = hall.wall("east", grant("wall"))
    chief = hall.tab("chief")
    for fragment in ("#grid=B", "#grid=T", "#grid=nowhere", "#days=0", "#evil=1", "#" + "x" * 3000):
        answer = chief.act("take", wall=number, fragment=fragment)
        assert answer.status_code == 400 and answer.json()["wrong"]
    chief.done("take", wall=number, fragment="#")
    assert chief.act("move", fragment="#grid=B").status_code == 400
    assert parts(wall.stage()["cast"]["fragment"])["grid"] == "A"


def test_a_wall_shows_the_nearest_that_its_own_scope_allows_and_says_so(hall: Hall) -> None:
    number, wall = hall.wall("station A", grant("wall", tree="area", grid="A"))
    ops = hall.tab("ops")
    for cast, shown, is_less in (
        ("#grid=A1", "A1", False),
        ("#grid=B1", None, True),
        ("#", None, True),
    ):
        told = ops.done("force", wall=number, fragment=cast)
        seen = wall.stage()
        assert parts(seen["cast"]["fragment"]).get("grid") == shown
        assert ("超出本大屏范围" in seen["html"]) == is_less
        assert ("超出本大屏范围" in told["html"]) == is_less
    # What it then asks for by itself begins at its own grid.
    assert wall.callback("wall").status_code == 200


@pytest.mark.parametrize(
    "fragment", ["grid=A1&about=A1&list=open", "colour=population&level=2", ""]
)
@pytest.mark.parametrize(
    "reach", [{}, {"tree": "area", "grid": "A"}, {"tree": "area", "grid": "B1"}]
)
def test_what_a_wall_shows_is_an_address_that_it_may_ask_for(
    site: Site, fragment: str, reach: dict[str, str]
) -> None:
    ops = Visitor(1, "o", "o", "", (grant("operations"),), 10**10)
    wall = Visitor(0, "w", "w", "", (grant("wall", **reach),), 10**10)
    shown = shown_on(site, wall, castable(site, ops, "tablet", f"#{fragment}"))
    assert shown.grid is not None
    tree = site.tree("area")
    assert tree is not None
    way = [one.code for one in tree.path(shown.grid)]
    assert not reach or reach["grid"] in way


def test_a_cast_that_makes_no_sense_to_the_wall_any_more_shows_its_beginning(site: Site) -> None:
    wall = Visitor(0, "w", "w", "", (grant("wall"),), 10**10)
    for gone in ("hierarchy=gone&grid=A", "grid=gone", "list=gone", "known=2000-01-01", "from=x"):
        shown = shown_on(site, wall, gone)
        assert shown.is_less and shown.grid is not None and shown.grid.level == 0
    nothing = Visitor(0, "w", "w", "", (grant("wall", valid_to=5),), 10**10)
    assert shown_on(site, nothing, "grid=A") == ("", None, True)
    with pytest.raises(ScopeError):
        castable(site, nothing, "wall", "#")
    assert written({"grid": "A", "evil": "x"}) == "grid=A"


def test_only_walls_on_ones_own_way_are_offered(hall: Hall) -> None:
    for name, reach in (
        ("all", {}),
        ("A", {"grid": "A"}),
        ("B", {"grid": "B"}),
        ("A1", {"grid": "A1"}),
    ):
        hall.wall(f"wall-{name}.", grant("wall", **({"tree": "area", **reach} if reach else {})))
    offered = {
        login: {
            name
            for name in ("all", "A", "B", "A1")
            if f"wall-{name}." in hall.tab(login).sheet("walls")
        }
        for login in ("ops", "boss", "chief", "other", "house")
    }
    assert offered == {
        "ops": {"all", "A", "B", "A1"},
        "boss": {"all", "A", "B", "A1"},
        "chief": {"all", "A", "A1"},
        "other": {"all", "B"},
        "house": {"A", "A1"},
    }


def test_who_may_not_cast_is_refused_and_that_is_noted(hall: Hall) -> None:
    number, wall = hall.wall("east", grant("wall"))
    beside, _ = hall.wall("B", grant("wall", tree="area", grid="B"))
    for login, screen, which in (
        ("yan", "tablet", number),
        ("works", "phone", number),
        ("worker", "phone", number),
        ("chief", "tablet", beside),
        ("house", "tablet", number),
    ):
        tab = hall.tab(login, screen)
        before = len(hall.noted("denial"))
        for do in ("take", "ask", "force"):
            assert tab.act(do, wall=which, fragment="#").status_code == 403, (login, do)
        assert len(hall.noted("denial")) == before + 3
    assert hall.tab("chief").act("force", wall=number, fragment="#").status_code == 403
    assert hall.tab("yan").act("move", fragment="#").status_code == 403
    assert hall.tab("worker", "phone").stage() == {
        "now": hall.office.hand.at,
        "html": "",
        "next": None,
    }
    assert wall.stage()["cast"] is None
    # A wall leads nothing, itself included.
    assert wall.act("take", wall=number, fragment="#").status_code == 403


def test_who_may_cast_there_no_more_gets_nothing_further_onto_the_wall(hall: Hall) -> None:
    number, wall = hall.wall("A", grant("wall", tree="area", grid="A"))
    beside, other = hall.wall("B", grant("wall", tree="area", grid="B"))
    ended = grant("station_chief", tree="area", grid="A", valid_to=START + 9)
    hall.office.person("moved", ended, grant("station_chief", tree="area", grid="B"))
    tab = hall.tab("moved")
    tab.done("take", wall=number, fragment="#grid=A1")
    hall.tab("ops").done("ask", wall=number, fragment="#grid=A")
    hall.later(9)
    for do in ("renew", "keep", "move"):
        assert tab.act(do, wall=number, fragment="#grid=B").status_code == 403, do
    tab.done("take", wall=beside, fragment="#grid=B")
    tab.done("move", fragment="#grid=B1")
    assert parts(wall.stage()["cast"]["fragment"])["grid"] == "A1"
    assert parts(other.stage()["cast"]["fragment"])["grid"] == "B1"
    # To let go of it takes no right.
    tab.done("give_back", wall=number)
    assert parts(wall.stage()["cast"]["fragment"])["grid"] == "A"


def test_a_screen_is_told_of_by_whoever_may_open_it_only(hall: Hall) -> None:
    _, wall = hall.wall("east", grant("wall"))
    chief, worker = hall.tab("chief"), hall.tab("worker", "phone")
    for tab, path in (
        (wall, "tablet"),
        (chief, "wall"),
        (worker, "tablet"),
        (chief, "office"),
        (chief, "x"),
    ):
        assert tab.get(f"/api/stage/{path}").status_code == 403, path
    stranger = hall.tab("chief")
    stranger.client.cookies.clear()
    assert stranger.get("/api/stage/tablet").status_code == 401
    assert stranger.act("take", wall=1).status_code == 401


def test_odd_requests_get_an_answer(hall: Hall) -> None:
    number, _ = hall.wall("east", grant("wall"))
    chief = hall.tab("chief")
    assert chief.act("nothing").status_code == 400
    assert chief.get("/api/stage/tablet/nothing").status_code == 404
    for odd in ("", "x", "-1", "9" * 30, "１"):
        assert chief.act("take", wall=odd, fragment="#").status_code == 409
    for body in (b"", b"[]", b"\xff", b'{"do": ["take"]}', b'{"do": {"x": 1}}'):
        headers = {"Origin": chief.base, "Content-Type": "application/json"}
        answer = chief.client.post("/api/stage/tablet", content=body, headers=headers)
        assert answer.status_code == 400
    # Another site's page cannot have it done.
    headers = {"Origin": "http://evil.test"}
    sent = {"do": "take", "wall": number, "fragment": "#"}
    assert chief.client.post("/api/stage/tablet", json=sent, headers=headers).status_code == 403


def test_two_who_want_a_wall(hall: Hall) -> None:
    number, wall = hall.wall("east", grant("wall"))
    chief, ops = hall.tab("chief"), hall.tab("ops")
    chief.done("take", wall=number, fragment="#")
    refused = ops.act("take", wall=number, fragment="#")
    assert refused.status_code == 409 and "chief name" in refused.json()["wrong"]
    assert "强制接管" in ops.sheet("walls") and "强制接管" not in chief.sheet("walls")
    assert "等 chief name 答复" in ops.done("ask", wall=number, fragment="#grid=B")["html"]
    asked = chief.stage()
    assert "ops name 请求接管" in asked["html"]
    assert asked["next"] == hall.office.hand.at + 20
    chief.done("keep", wall=number)
    assert "未交出" in ops.stage()["html"]
    ops.done("force", wall=number, fragment="#grid=B")
    assert "已由 ops name 接管" in chief.stage()["html"]
    assert parts(wall.stage()["cast"]["fragment"])["grid"] == "B"
    assert not chief.stage()["leads"]


def test_the_wall_stays_a_wall_where_somebody_signed_in_on_it(hall: Hall) -> None:
    number, wall = hall.wall("east", grant("wall"))
    assert wall.sign_in("ops").status_code == 303
    hall.tab("chief").done("take", wall=number, fragment="#")
    assert wall.stage()["cast"] is not None


def test_somebody_before_the_page_of_a_wall_is_no_wall(hall: Hall) -> None:
    assert hall.tab("ops", "wall").stage()["cast"] is None
