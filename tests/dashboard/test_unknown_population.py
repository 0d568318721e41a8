"""Where nobody has told how many people there are, screens print a dash (domain.md S1-04)."""

import json
from collections.abc import Iterator

import pytest
from conftest import NOW, City
from drawn import Answer, ask, of_class, only, text_of

from dashboard.server import SCREENS
from data.demo.build import build_demo
from queries.site import Site

WALL = SCREENS[0]


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("masked")
    urls = f"sqlite:///{folder}/case.sqlite", f"sqlite:///{folder}/population.sqlite"
    plan = folder / "plan.sqlite"
    build_demo(*urls, size="small", seed=3, now=NOW, plan_path=plan, site="s1_microgrid")
    site = City(*urls, folder).site()
    yield site
    site.case.dispose()
    site.population.dispose()


def failed(answer: Answer) -> list[str]:
    return [key for key, drawn in answer.panels.items() if "is-failed" in str(drawn.klass)]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)
@pytest.mark.parametrize("fragment", ["#", "#colour=population", "#explain=households"])
def test_every_panel_is_drawn(masked: Site, screen, fragment: str) -> None:
    assert failed(ask(screen, masked, fragment)) == []


def test_people_and_households_are_dashes_and_companies_are_counted(masked: Site) -> None:
    tree = ask(only(WALL, "people"), masked).panels["people"].tree
    values = [text_of(tile) for tile in of_class(tree, "tile-value")]
    assert values[:2] == ["—", "—"]
    assert values[2].isdigit()


def test_a_map_of_people_has_no_shades_and_labels_of_dashes(masked: Site) -> None:
    contents = ask(only(WALL, "grids"), masked, "#colour=population").panels["grids"].contents
    (values,) = [json.loads(one) for one in contents if isinstance(one, str) and "shades" in one]
    assert set(values["shades"]) == {-1}
    assert set(values["shown"]) == {"—"}
