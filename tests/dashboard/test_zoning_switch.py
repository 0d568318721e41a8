"""The switch 按现行网格 on the screens: where it is offered, what it says, and who keeps it."""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ENGINES
from drawn import CHINESE, ask, links, of_class, text_of, texts
from rezoned_town import AS_OF_HOUR, rezoned_town
from small_town import at, found_town
from test_export import taken

from dashboard.panel import Screen
from dashboard.server import SCREENS, create_flask
from data.case_tables import site_setting
from data.stored_settings import write_setting
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)
touched = pytest.mark.parametrize("screen", [TABLET, PHONE], ids=lambda screen: screen.key)
SCENE = {"name": "现行", "name_en": "Today", "fragment": "grid=A&zoning=now", "seconds": 20}


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = rezoned_town(request.param, tmp_path_factory.mktemp("zoning"), "screens")
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "scenes", [SCENE])
    opened = town.city.site(at(AS_OF_HOUR))
    yield opened
    opened.case.dispose()
    opened.population.dispose()
    town.close()


def panel(site: Site, key: str, fragment: str = "", screen: Screen = TABLET) -> Any:
    answer = ask(screen, site, fragment)
    assert answer.notice is None
    return answer.panels[key].tree


def line(site: Site, fragment: str, screen: Screen) -> tuple[str, list[str]]:
    """What the header says of zoning, and where that leads."""
    (found,) = of_class(panel(site, "header", fragment, screen), "zoning")
    return text_of(found["children"]), links(found["children"])


@touched
def test_the_header_says_which_grids_count_and_leads_to_the_other_reading_and_back(
    site: Site, screen: Screen
) -> None:
    told, (there,) = line(site, "#grid=A&list=accepted&page=2", screen)
    assert told == "7 件案件所在网格后来有调整 · 现按上报时网格统计改按现行网格 ›"
    assert there == "#grid=A&zoning=now&list=accepted"
    told, (back,) = line(site, there, screen)
    assert told == "7 件案件所在网格后来有调整 · 现按现行网格统计改按上报时网格 ›"
    assert back == "#grid=A&list=accepted"


@touched
def test_where_no_grid_has_changed_there_is_nothing_to_switch(
    site: Site, tmp_path, screen: Screen
) -> None:
    town = found_town("sqlite", tmp_path)
    plain = town.city.site(at(AS_OF_HOUR))
    assert of_class(panel(plain, "header", "", screen), "zoning") == []
    assert of_class(panel(site, "header", "#hierarchy=patrol", screen), "zoning") == []
    plain.case.dispose()
    plain.population.dispose()
    town.close()


def test_the_wall_says_it_in_words_when_its_scene_uses_todays_grids(site: Site) -> None:
    assert of_class(panel(site, "header", "#grid=A", WALL), "zoning") == []
    header = panel(site, "header", "#grid=A&zoning=now", WALL)
    assert line(site, "#grid=A&zoning=now", WALL) == ("按现行网格", [])
    # It is the scene on show: the carousel goes on from it.
    (scene,) = of_class(header, "scene")
    assert "is-on" in scene["className"]


def more(site: Site, fragment: str, screen: Screen) -> list[Any]:
    """The lines below the ranking."""
    return of_class(panel(site, "ranking", fragment, screen), "row-more")


@touched
def test_the_line_on_cases_of_grids_that_lie_elsewhere_is_the_switch(
    site: Site, screen: Screen
) -> None:
    """As reported, A has two open cases in A2, which is B's now, and one in A1, which is no more."""
    lost, moved = more(site, "#grid=A", screen)
    assert text_of(lost["children"]) == "另有未落格在办 1 件"
    assert text_of(moved["children"]) == "另有已划归别处的网格在办 3 件 · 改按现行网格 ›"
    assert links(moved["children"]) == ["#grid=A&zoning=now"]
    lost, back = more(site, "#grid=A&zoning=now", screen)
    assert text_of(lost["children"]) == "另有未落格在办 2 件"
    assert text_of(back["children"]) == "按现行网格 · 改按上报时网格 ›"
    assert links(back["children"]) == ["#grid=A"]


def test_on_the_wall_that_line_is_no_link(site: Site) -> None:
    for fragment in ("#grid=A", "#grid=A&zoning=now"):
        assert links([row["children"] for row in more(site, fragment, WALL)]) == []


@every_screen
def test_every_link_keeps_it_but_those_that_switch(site: Site, screen: Screen) -> None:
    fragment = "#grid=B&zoning=now"
    panels = ask(screen, site, fragment).panels.values()
    trees = [held.tree for held in panels if not held.kept]
    found = [link for tree in trees for link in links(tree) if link.startswith("#")]
    without = [link for link in found if "zoning=now" not in link]
    assert len(found) > 10
    assert set(without) <= {"#grid=B"}


@every_screen
def test_definitions_say_which_grids_count(site: Site, screen: Screen) -> None:
    for part, words in (("", "按上报时网格"), ("&zoning=now", "按现行网格")):
        told = text_of(panel(site, "sheet", f"#explain=accepted{part}", screen))
        assert f"网格依据{words}" in told


def test_files_say_which_grids_count_and_hold_their_cases(site: Site) -> None:
    client = create_flask(site).test_client()
    then, (_, *old) = taken(client, "list=accepted&grid=B")
    now, (names, *rows) = taken(client, "list=accepted&grid=B&zoning=now")
    assert (then["网格依据"], then["数值"], len(old)) == ("按上报时网格", "1", 1)
    assert (now["网格依据"], now["数值"], len(rows)) == ("按现行网格", "5", 5)
    places = {row[0]: row[names.index("网格")] for row in rows}
    assert places["no_point"] == "第B格 第A2格"
    (link,) = [
        link
        for link in links(panel(site, "urgent", "#list=accepted&grid=B&zoning=now"))
        if link.startswith("/export.csv")
    ]
    assert "zoning=now" in link


def test_a_list_says_that_it_is_by_todays_grids(site: Site) -> None:
    assert "按现行网格" in text_of(panel(site, "urgent", "#grid=B&list=accepted&zoning=now"))
    assert "网格" not in text_of(panel(site, "urgent", "#list=open&category=water"))


@every_screen
def test_any_other_word_is_refused_by_name(site: Site, screen: Screen) -> None:
    told = text_of(ask(screen, site, "#zoning=then").notice)
    assert "网格依据「then」不成立：写 now 为按现行网格" in told


@every_screen
def test_english_is_whole(site: Site, screen: Screen) -> None:
    for fragment in ("#grid=A&lang=en", "#grid=A&zoning=now&lang=en"):
        header = of_class(panel(site, "header", fragment, screen), "zoning")
        below = more(site, fragment, screen)
        assert not [one for one in texts([*header, *below], frozenset()) if CHINESE.search(one)]
