"""The cases behind a figure are as many as the figure says, on pages that hold each of them once."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES, NOW, City
from demo_scopes import few, questions
from hand_town import AS_OF, CASE_METRICS, hand_town, scope_of
from hypothesis import given
from hypothesis import strategies as st
from small_town import Town

from queries import points
from queries.cases import PAGE, behind, newest, one_case
from queries.measure import measure
from queries.metrics import BY_KEY, LIGHTS
from queries.paging import Turn
from queries.points import open_points
from queries.site import Site


@pytest.fixture(scope="module", params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Town]:
    town = hand_town(request.param, tmp_path_factory.mktemp("hand"))
    yield town
    town.close()


@pytest.fixture
def small(town: Town) -> Iterator[Site]:
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()


@pytest.fixture(scope="module")
def demo(city: City) -> Iterator[Site]:
    site = city.site()
    yield site
    site.case.dispose()
    site.population.dispose()


def codes(site: Site, key: str, part: str, **parts: str) -> list[str]:
    listed = behind(site, BY_KEY[key], part, scope_of(site, **parts), as_of=AS_OF)
    assert listed.total == len(listed.rows)
    return [row.code for row in listed.rows]


def test_of_a_rate_the_cases_that_count_that_miss_and_all_of_them(small):
    assert codes(small, "satisfaction", "top") == ["17", "06", "01"]
    assert codes(small, "satisfaction", "rest") == ["02"]
    assert codes(small, "satisfaction", "bottom") == ["17", "06", "02", "01"]
    assert codes(small, "on_time_rate", "rest") == ["07", "12", "02"]
    assert codes(small, "on_time_rate_original", "rest") == ["07", "12", "03", "02"]
    assert codes(small, "closure_rate_simple", "rest") == ["10", "09", "08", "07", "12", "11"]
    assert codes(small, "survey_coverage", "rest") == ["21", "20", "19", "04", "03"]


def test_of_a_count_its_cases_and_no_others(small):
    assert codes(small, "closed", "top", category="water") == ["21", "04"]
    assert codes(small, "closed", "bottom", category="water") == ["21", "04"]
    assert codes(small, "closed", "rest") == []


def test_open_cases_come_most_urgent_first_and_those_without_a_deadline_last(small):
    assert codes(small, "open", "top") == ["11", "12", "07", "08", "09", "10"]
    assert codes(small, "open", "top", grid="A") == ["11", "07", "08", "09"]
    assert codes(small, "open", "top", hierarchy="patrol", grid="P") == ["07", "08", "10"]


def test_a_row_has_the_light_and_the_place_of_its_case(small, town):
    scope = scope_of(small)
    rows = {
        row.code: row for row in behind(small, BY_KEY["reported"], "top", scope, as_of=AS_OF).rows
    }
    assert {code: row.light for code, row in rows.items()} == {
        **dict.fromkeys(["01", "03", "04", "05", "06", "17", "19", "20", "21"], "closed"),
        "02": "closed_late",
        "07": "overdue",
        "08": "due_soon",
        "09": "normal",
        "10": "no_deadline",
        "11": "hung",
        "12": "overdue",
        "13": "void",
        "14": "void",
        "15": "rejected",
        "16": "reported",
    }
    place = {code: rows[code].grid_id for code in ("01", "11", "12")}
    assert place == {"01": town.grid_ids["A1"], "11": town.grid_ids["A"], "12": None}
    assert (rows["12"].extended, rows["09"].supervised, rows["17"].reopened) == (1, 1, 1)


def test_the_newest_cases_are_those_of_a_week(small):
    rows = newest(small, scope_of(small, from_="2020-01-01", to="2020-01-02"), as_of=AS_OF, limit=5)
    assert [row.code for row in rows] == ["16", "10", "09", "08", "21"]
    everything = newest(small, scope_of(small), as_of=AS_OF, limit=50)
    # Since 5 March, hour 72.
    assert [row.code for row in everything][-2:] == ["07", "12"]


def test_points_are_open_cases_with_a_true_place(small):
    rows = open_points(small, scope_of(small), as_of=AS_OF)
    assert [row.code for row in rows] == ["11", "07", "08", "09", "10"]


@pytest.mark.parametrize("first", [1, 2, 5, 50])
def test_of_more_points_than_are_shown_none_is(small, monkeypatch, first):
    """However many cases are looked at first; one of them has no true place."""
    everything = open_points(small, scope_of(small), as_of=AS_OF)
    monkeypatch.setattr(points, "LOOKED_AT", first)
    for most in range(len(everything) + 3):
        shown = open_points(small, scope_of(small), as_of=AS_OF, most=most)
        assert shown == (everything if len(everything) <= most else ())


def test_a_test_case_and_an_unknown_one_cannot_be_opened(small):
    assert one_case(small, "18", scope_of(small), as_of=AS_OF) is None
    assert one_case(small, "' OR 1=1 --", scope_of(small), as_of=AS_OF) is None


def test_an_opened_case_has_its_path_and_its_times(small, town):
    found = one_case(small, "04", scope_of(small), as_of=AS_OF)
    assert found is not None
    assert found.path_ids == (town.grid_ids["A"], town.grid_ids["A2"])
    assert (found.paused_seconds, found.handling_seconds) == (48 * 3600, 16 * 3600)
    steps = ["reported", "accepted", "hung", "resumed", "closed", "surveyed"]
    assert [event.type for event in found.events] == steps
    nowhere = one_case(small, "12", scope_of(small), as_of=AS_OF)
    assert nowhere is not None
    assert nowhere.path_ids == ()


@few
@given(data=st.data())
def test_a_list_is_as_long_as_its_figure(demo, data):
    scope, as_of = data.draw(questions(demo))
    some = st.lists(st.sampled_from(CASE_METRICS), min_size=4, max_size=4, unique=True)
    for metric in data.draw(some):
        if metric.top.times is not None:
            continue  # it counts passes, the list has cases
        figure = measure(demo, [metric], scope, as_of=as_of).total(metric.key)
        wanted = {"top": figure.n, "rest": 0, "bottom": figure.n}
        if metric.is_rate:
            wanted |= {"rest": figure.d - figure.n, "bottom": figure.d}
        for part, total in wanted.items():
            assert behind(demo, metric, part, scope, as_of=as_of).total == total, metric.key


@few
@given(data=st.data())
def test_pages_hold_every_case_once(demo, data):
    scope, as_of = data.draw(questions(demo))
    metric = data.draw(st.sampled_from(CASE_METRICS))
    first = behind(demo, metric, "bottom", scope, as_of=as_of)
    pages = [
        behind(demo, metric, "bottom", scope, as_of=as_of, page=n + 1) for n in range(first.pages)
    ]
    listed = [row.code for page in pages for row in page.rows]
    assert len(listed) == len(set(listed)) == first.total
    assert all(len(page.rows) == PAGE for page in pages[:-1])
    assert behind(demo, metric, "bottom", scope, as_of=as_of, page=first.pages + 5) == pages[-1]
    assert behind(demo, metric, "bottom", scope, as_of=as_of, page=-1) == first


@few
@given(data=st.data())
def test_turning_pages_forth_and_back_shows_what_counting_lines_does(demo, data):
    """Also where values of the order are the same or unknown."""
    scope, as_of = data.draw(questions(demo))
    metric = data.draw(st.sampled_from(CASE_METRICS))
    first = behind(demo, metric, "bottom", scope, as_of=as_of)
    page = first
    for number in range(2, min(first.pages, 4) + 1):
        turn = Turn(page.rows[-1].code)
        following = behind(demo, metric, "bottom", scope, as_of=as_of, page=number, turn=turn)
        assert following == behind(demo, metric, "bottom", scope, as_of=as_of, page=number)
        back = Turn(following.rows[0].code, forward=False)
        if number > 2:
            again = behind(demo, metric, "bottom", scope, as_of=as_of, page=number - 1, turn=back)
            assert again == page
        page = following


def test_a_page_by_an_unknown_case_begins_at_the_top(demo):
    scope = scope_of(demo, NOW, days="60")
    asked = demo, BY_KEY["accepted"], "top", scope
    turned = behind(*asked, as_of=NOW, page=2, turn=Turn("no such case"))
    assert turned.rows == behind(*asked, as_of=NOW).rows


@few
@given(data=st.data())
def test_the_lights_of_a_list_are_those_that_the_figures_count(demo, data):
    scope, as_of = data.draw(questions(demo))
    for light in LIGHTS:
        listed = behind(demo, BY_KEY[light], "top", scope, as_of=as_of)
        assert {row.light for row in listed.rows} <= {light}
    for part, lights in (("top", {"closed"}), ("rest", {"closed_late", "overdue"})):
        listed = behind(demo, BY_KEY["on_time_rate"], part, scope, as_of=as_of)
        assert {row.light for row in listed.rows} <= lights
