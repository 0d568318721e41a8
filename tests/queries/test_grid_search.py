"""A grid is found by a piece of its code or name, in any hierarchy, well below a second."""

import time
from collections.abc import Iterator

import pandas as pd
import pytest
from conftest import ENGINES
from small_town import at, found_town

from data.grid_writing import write_hierarchy
from queries.grid_search import MOST, find_grids, plain
from queries.site import Site

MANY = 6000


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    """The small town and a hierarchy of 6,000 exclusive grids below its districts."""
    town = found_town(request.param, tmp_path_factory.mktemp("search"), "search")
    codes = [f"ZS{number:04d}" for number in range(MANY)]
    rows = pd.DataFrame(
        {
            "code": ["T", "A", "B", *codes],
            "parent_code": [None, "T", "T", *("AB"[n % 2] for n in range(MANY))],
            "name": ["第T格", "第A格", "第B格", *(f"东门市场{n}" for n in range(MANY))],
            "name_en": [
                "Grid T",
                "Grid A",
                "Grid B",
                *(f"East Gate Market {n}" for n in range(MANY)),
            ],
            "kind": ["网格"] * 3 + ["专属"] * MANY,
            "geometry": pd.Series([None] * (MANY + 3), dtype=object),
            "households": pd.array([None] * (MANY + 3), dtype="Int64"),
            "residents": pd.array([None] * (MANY + 3), dtype="Int64"),
        }
    )
    with town.case.begin() as connection:
        write_hierarchy(
            connection,
            rows,
            code="exclusive",
            name="专属",
            name_en="Exclusive",
            level_names=[("镇", "Town"), ("社区", "District"), ("专属网格", "Exclusive grid")],
            scheme="town",
            is_default=False,
        )
    site = town.city.site(at(228))
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def codes(site: Site, text: str, prefer: str = "area") -> list[str]:
    return [found.grid.code for found in find_grids(site, text, prefer).found]


@pytest.mark.parametrize("typed", ["ZS0042", "zs0042", " ZS0042 ", "ＺＳ００４２", "s0042"])
def test_a_code_is_found_however_it_is_typed(site: Site, typed: str) -> None:
    assert codes(site, typed) == ["ZS0042"]


def test_the_exact_code_comes_before_names_that_hold_it(site: Site) -> None:
    assert codes(site, "A")[0] == "A"
    assert codes(site, "东门市场7")[0] == "ZS0007"


def test_every_word_must_be_in_the_code_or_name(site: Site) -> None:
    assert codes(site, "market ZS0042 gate") == ["ZS0042"]
    assert codes(site, "market nowhere") == []
    assert codes(site, "   ") == []


def test_no_more_than_twenty_are_told_and_how_many_there_are(site: Site) -> None:
    search = find_grids(site, "市场", "area")
    assert (len(search.found), search.total) == (MOST, MANY)


def test_a_grid_of_several_hierarchies_is_found_once_where_one_looks(site: Site) -> None:
    for prefer in ("area", "patrol"):
        (found,) = find_grids(site, "A1", prefer).found
        assert (found.tree.code, found.grid.code) == (prefer, "A1")
    (found,) = find_grids(site, "A1", "exclusive").found
    assert found.tree.code == "area"
    (found,) = find_grids(site, "ZS0001", "area").found
    assert (found.tree.code, [grid.code for grid in found.path]) == ("exclusive", ["B"])


def test_a_search_takes_far_less_than_a_second(site: Site) -> None:
    find_grids(site, "warm", "area")
    begun = time.perf_counter()
    for typed in ("z", "zs00", "市场 59", "gate market"):
        find_grids(site, typed, "area")
    assert time.perf_counter() - begun < 1


def test_plain_text_is_one_case_one_width_one_space() -> None:
    assert plain("  ＺＳ　０１\tAb ") == "zs 01 ab"
