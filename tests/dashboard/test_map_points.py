"""The points that the map is told of, column by column: as many, and the same, as the query finds."""

import json
from typing import Any

import pytest
from conftest import City
from drawn import ask, only

from dashboard.panels import map_points
from dashboard.server import SCREENS
from queries.points import open_points, overdue_points
from queries.scope import read_scope
from queries.site import Site

WALL, TABLET, _ = SCREENS
COLUMNS = ("kind", "title", "code", "lon", "lat")


@pytest.fixture(scope="module")
def site(city: City) -> Site:
    return city.site()


def told(site: Site, screen: Any, fragment: str = "") -> dict[str, Any]:
    picture = ask(only(screen, "grids"), site, fragment)
    held: dict[str, Any] = json.loads(picture.panels["grids"].contents[3])
    return held


def rows(held: dict[str, Any]) -> list[tuple[object, ...]]:
    return [
        (code, held["titles"][title], held["kinds"][kind]["light"], lon, lat)
        for kind, title, code, lon, lat in zip(*(held[name] for name in COLUMNS), strict=True)
    ]


@pytest.mark.parametrize("screen", [WALL, TABLET], ids=lambda screen: screen.key)
def test_each_point_is_told_once_and_where_it_lies(site: Site, screen: Any) -> None:
    scope, as_of = read_scope(site, {}, site.as_of()), site.as_of()
    found = (
        overdue_points(site, scope, as_of=as_of, most=map_points.MOST_ON_WALL)
        if screen is WALL
        else open_points(site, scope, as_of=as_of)
    )
    held = told(site, screen)
    assert len(found) > 2
    assert rows(held) == [
        (one.code, one.title, one.light, round(one.lon, 6), round(one.lat, 6)) for one in found
    ]
    assert len(set(held["titles"])) == len(held["titles"])
    assert len({kind["light"] for kind in held["kinds"]}) == len(held["kinds"])


def test_words_and_shapes_stand_in_the_language_asked_for(site: Site) -> None:
    chinese, english = told(site, TABLET), told(site, TABLET, "#lang=en")
    assert rows(chinese) == rows(english)
    assert {kind["words"] for kind in chinese["kinds"]} & {"超期", "正常"}
    assert {kind["words"] for kind in english["kinds"]} & {"Overdue", "Normal"}
    assert all(kind["shape"] for kind in chinese["kinds"])


def test_more_than_a_wall_may_show_are_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_points, "MOST_ON_WALL", 1)
    site.drawn.clear()
    site.answers.clear()
    held = told(site, WALL)
    assert (held["kinds"], held["titles"], *(held[name] for name in COLUMNS)) == ([],) * 7
