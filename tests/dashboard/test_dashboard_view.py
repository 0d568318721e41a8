"""The address of a screen: what it may say, what it is refused for, and that links read back."""

import pytest

from dashboard.view import COLOURS, View, read_view
from data.days import day_of
from queries.metrics import BY_KEY
from queries.scope import ScopeError
from queries.site import Site


def some_grid(site: Site, level: int = 1) -> str:
    tree = site.tree()
    assert tree is not None
    return tree.at_level(tree.top, level)[0].code


def refused(site: Site, fragment: str, query: str = "") -> str:
    """The part that an address is refused for."""
    with pytest.raises(ScopeError) as caught:
        read_view(site, fragment, query)
    return caught.value.part


def test_an_empty_address_is_the_whole_area_of_thirty_days(site: Site) -> None:
    for fragment in ("", "#"):
        view = read_view(site, fragment, "")
        assert view.scope.grid.level == 0
        assert view.scope.days == 30
        assert view.scope.last_day == site.today(view.as_of)
        assert view.language == "zh"
        assert (view.colour.key, view.level, view.page) == ("overdue", 1, 1)
        assert view.listed is view.explained is view.case is None


def test_a_full_address(site: Site) -> None:
    code = some_grid(site)
    view = read_view(
        site,
        f"#hierarchy=territory&grid={code}&from=2026-11-01&to=2026-11-07"
        "&colour=on_time_rate&level=3&list=on_time_rate.rest&page=2&case=X1&explain=open&lang=en",
        "?lang=zh",
    )
    assert (view.scope.tree.code, view.scope.grid.code) == ("territory", code)
    assert [str(day_of(view.scope.first_day)), view.scope.days] == ["2026-11-01", 7]
    assert (view.colour.key, view.level, view.page) == ("on_time_rate", 3, 2)
    assert (view.listed, view.listed_part) == (BY_KEY["on_time_rate"], "rest")
    assert (view.case, view.explained, view.language) == ("X1", BY_KEY["open"], "en")


@pytest.mark.parametrize(
    ("fragment", "part"),
    [
        ("#grid=nope", "grid"),
        ("#hierarchy=nope", "hierarchy"),
        ("#days=0", "days"),
        ("#days=3661", "days"),
        ("#days=-1", "days"),
        ("#days=1.5", "days"),
        ("#days=%D9%A1", "days"),  # an Arabic digit
        ("#from=2026-02-01&to=2026-01-01", "from"),
        ("#from=2026-13-01", "from"),
        ("#to=2026-11-20", "from"),
        ("#from=2026-11-01&to=tomorrow", "to"),
        ("#from=2001-01-01&to=2026-01-01", "from"),
        ("#from=1979-12-31&to=1980-01-02", "from"),
        ("#from=2200-01-01&to=2200-01-02", "from"),
        ("#on=2026-13-01", "on"),
        ("#on=yesterday", "on"),
        ("#period=nope", "period"),
        ("#source=nope", "source"),
        ("#category=nope", "category"),
        ("#department=nope", "department"),
        ("#colour=red", "colour"),
        ("#colour=households", "colour"),
        ("#level=9", "level"),
        ("#level=x", "level"),
        ("#list=nope", "list"),
        ("#list=overdue.rest", "list"),
        ("#list=on_time_rate.nope", "list"),
        ("#list=population", "list"),
        ("#page=0", "page"),
        ("#page=100001", "page"),
        ("#page=2&after=A&before=B", "after"),
        ("#page=2&before=" + "9" * 201, "before"),
        ("#explain=nope", "explain"),
        ("#check=nope", "check"),
        ("#lang=fr", "lang"),
        ("#foo=1", "foo"),
        ("#days=7&days=30", "days"),
        ("#case=a%00b", "case"),
        ("#%zz", "#"),
        ("#%ff=1", "#"),
        ("#&&&", "#"),
        ("#nothing", "#"),
        ("#" + "a" * 2001, "#"),
    ],
)
def test_a_wrong_part_is_named(site: Site, fragment: str, part: str) -> None:
    assert refused(site, fragment) == part


def test_the_language_of_the_query_counts_where_the_fragment_has_none(site: Site) -> None:
    assert read_view(site, "", "?lang=en").language == "en"
    assert read_view(site, "#lang=zh", "?lang=en").language == "zh"
    assert read_view(site, "", "?utm=1&lang=en&x").language == "en"
    assert read_view(site, "", "?lang=fr").language == "zh"
    assert "lang=en" in read_view(site, "", "?lang=en").link(days="7")


def test_levels_reach_from_the_grid_to_the_deepest(site: Site) -> None:
    tree = site.tree()
    assert tree is not None
    code = some_grid(site, 2)
    assert read_view(site, f"#grid={code}", "").level == 3
    assert read_view(site, f"#grid={code}&level={tree.deepest()}", "").level == tree.deepest()
    assert read_view(site, f"#grid={code}&level=2", "").level == 2
    assert refused(site, f"#grid={code}&level=1") == "level"
    assert refused(site, f"#grid={code}&level={tree.deepest() + 1}") == "level"
    leaf = some_grid(site, tree.deepest())
    assert read_view(site, f"#grid={leaf}", "").level == tree.deepest()


def test_every_colour_that_is_offered_is_known(site: Site) -> None:
    for colour in COLOURS:
        assert read_view(site, f"#colour={colour}", "").colour is BY_KEY[colour]


def same_question(one: View, other: View) -> bool:
    return (
        one.parts,
        one.scope.key,
        one.level,
        one.listed,
        one.listed_part,
        one.page,
        one.case,
    ) == (
        other.parts,
        other.scope.key,
        other.level,
        other.listed,
        other.listed_part,
        other.page,
        other.case,
    )


@pytest.mark.parametrize(
    "fragment",
    [
        "#",
        "#days=7&colour=open",
        "#period=s3&lang=en",
        "#from=2026-11-01&to=2026-11-07&list=on_time_rate.bottom&page=3",
        "#hierarchy=station&case=%E6%A1%88%20%26%23%3D%2B1&explain=satisfaction",
    ],
)
def test_links_read_back_as_the_same_view(site: Site, fragment: str) -> None:
    view = read_view(site, fragment, "")
    assert same_question(read_view(site, view.link(), ""), view)


def test_links_change_one_thing(site: Site) -> None:
    view = read_view(site, "#days=7&list=overdue&page=2&case=X&explain=open&lang=en&level=4", "")
    code = some_grid(site)
    drilled = read_view(site, view.to_grid(code), "")
    assert (drilled.scope.grid.code, drilled.scope.days, drilled.language) == (code, 7, "en")
    assert drilled.listed is drilled.case is drilled.explained is None
    assert (drilled.level, drilled.page) == (2, 1)
    listed = read_view(site, view.to_list("on_time_rate", "rest"), "")
    assert (listed.listed, listed.listed_part, listed.page) == (BY_KEY["on_time_rate"], "rest", 1)
    assert listed.case is listed.explained is None
    of_a_day = read_view(site, view.to_list("accepted", day=view.scope.last_day), "")
    assert of_a_day.scope.days == 7
    assert (of_a_day.list_scope.first_day, of_a_day.list_scope.days) == (view.scope.last_day, 1)
    folded = read_view(site, of_a_day.folded(), "")
    assert folded.list_scope == folded.scope
    folded = read_view(site, view.folded(), "")
    assert folded.listed is folded.case is folded.explained is None
    assert (folded.scope.days, folded.level) == (7, 4)
    assert view.link(from_="2026-11-01", days=None).startswith("#from=2026-11-01")
