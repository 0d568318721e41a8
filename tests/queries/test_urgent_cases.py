"""Lists and maps of what is open now come from memory, follow every change, and are those of the database."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from small_town import ZONE, Case, Town, at, found_town

from data.case_tables import case_derived as d
from data.counters import OPEN
from data.engines import steady
from data.tiles.build import build
from data.tiles.tables import ALL, NOWHERE, Set
from data.versions import version_of
from queries import cases, open_states, urgent_cases
from queries.cases import behind, newest
from queries.held_states import Columns
from queries.metrics import BY_KEY
from queries.points import open_points, overdue_points
from queries.scope import Scope, read_scope
from queries.site import Site
from queries.urgent_cases import most_urgent

NOW = 100
FIRST = (
    Case("late", "reported 1, accepted 2 due 26", "A1"),
    Case("later", "reported 1, accepted 2 due 40", "A1", source="app", department=None),
    Case("soon", "reported 90, accepted 91 due 101", "A2", category="noise"),
    Case("calm", "reported 90, accepted 91 due 400", "B1", department="police"),
    Case("parked", "reported 5, accepted 6 due 30, hung 20", "A1"),
    Case("limitless", "reported 50, accepted 51", "A1"),
    Case("done", "reported 3, accepted 4 due 28, closed 6", "A1"),
    Case("nowhere", "reported 3, accepted 4 due 60", ""),
    Case("roughly", "reported 3, accepted 4 due 61", "A2", location="road"),
)
CHANGES = (
    [Case("late", "reported 1, accepted 2 due 26, closed 99", "A1")],
    [Case("new", "reported 98, accepted 99 due 99.5", "B1")],
    [Case("done", "reported 3, accepted 4 due 28, closed 6, reopened 98", "A1")],
    [Case("calm", "reported 90, accepted 91 due 400, cancelled 99", "B1", department="police")],
)
SCOPES = (
    ({}, [True, True, True, True]),
    ({"grid": "A"}, [True, False, True, False]),
    ({"grid": "A1"}, [True, False, True, False]),
    ({"grid": "A", "source": "app"}, [False] * 4),
    ({"category": "noise"}, [False] * 4),
    ({"department": "police"}, [False, False, False, True]),
    ({"hierarchy": "patrol", "grid": "P"}, [True, True, True, True]),
)
"""Scopes, and whether each of the changes is one of theirs."""


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    made = found_town(request.param, tmp_path, "urgent")
    made.take(FIRST, until=NOW, now=NOW)
    with made.case.begin() as connection:
        build(connection, ZONE, at(NOW), sets=[Set(NOWHERE, 0, ALL)])
    yield made
    made.close()


def both(town: Town) -> tuple[Site, Site]:
    """The site as it is, and one that asks the database."""
    fast, raw = town.city.site(at(NOW)), town.city.site(at(NOW))
    raw.uses_tiles = False
    return fast, raw


def told(site: Site, asked: dict[str, str], hour: float) -> list[object]:
    """All lists and points of the present."""
    site.look()
    scope, as_of = read_scope(site, {"days": "60", **asked}, at(NOW)), at(hour)
    lists = [
        behind(site, BY_KEY[key], part, scope, as_of=as_of)
        for key in ("open", "overdue", "due_soon", "hung", "no_deadline")
        for part in ("top", "rest")
    ]
    points = [open_points(site, scope, as_of=as_of), open_points(site, scope, as_of=as_of, most=1)]
    return [*lists, *points, overdue_points(site, scope, as_of=as_of, most=300)]


def ids(site: Site, scope: Scope, hour: float) -> Columns | None:
    """The ids of all open cases, where they are held."""
    return most_urgent(site, scope, OPEN.condition, as_of=at(hour), told=["case_id"])


@pytest.mark.parametrize(("asked", "theirs"), SCOPES, ids=str)
def test_they_are_those_of_the_database_after_every_change(town, asked, theirs):
    fast, raw = both(town)
    before = told(fast, asked, NOW)
    assert before == told(raw, asked, NOW)
    for number, (change, is_theirs) in enumerate(zip(CHANGES, theirs, strict=True), start=1):
        town.take(change, until=NOW, now=NOW + number)
        now = told(fast, asked, NOW)
        assert now == told(raw, asked, NOW)
        assert (now != before) == is_theirs
        assert told(fast, asked, NOW + 2) == told(raw, asked, NOW + 2)
        before = now


def test_the_points_have_the_lights_of_their_cases(town):
    fast, _ = both(town)
    scope = read_scope(fast, {"days": "60"}, at(NOW))
    lights = {one.code: one.light for one in open_points(fast, scope, as_of=at(NOW))}
    assert lights == {
        "late": "overdue",
        "later": "overdue",
        "soon": "due_soon",
        "calm": "normal",
        "parked": "hung",
        "limitless": "no_deadline",
    }


def test_they_are_read_once_and_then_followed(town, monkeypatch):
    fast, _ = both(town)
    read = []
    held = open_states._read

    def noted(connection, tree, grid, changed, *, since):
        read.append(changed is None)
        return held(connection, tree, grid, changed, since=since)

    monkeypatch.setattr(open_states, "_read", noted)
    for number, change in enumerate(([], *CHANGES)):
        if change:
            town.take(change, until=NOW, now=NOW + 1 + number)
        told(fast, {}, NOW)
        told(fast, {"grid": "A"}, NOW)
    assert read == [True, *[False] * len(CHANGES)]


def test_only_two_spans_are_kept(town):
    fast, _ = both(town)
    scope = read_scope(fast, {"days": "60"}, at(NOW))
    for hour in (NOW, NOW + 6, NOW + 12):
        assert ids(fast, scope, hour) is not None
    assert len(fast.open_states._spans) == 2


@pytest.mark.parametrize(
    ("asked", "hour"), [({}, 20), ({"zoning": "now"}, NOW)], ids=["the past", "today's grids"]
)
def test_what_is_not_held_is_left_to_the_database(town, asked, hour):
    fast, raw = both(town)
    scope = read_scope(fast, {"days": "60", **asked}, at(NOW))
    assert ids(fast, scope, hour) is None
    assert told(fast, asked, hour) == told(raw, asked, hour)


def test_a_replay_in_the_middle_of_the_data_reads_what_is_open_then(town):
    early, raw = town.city.site(at(20)), town.city.site(at(20))
    raw.uses_tiles = False
    scope = read_scope(early, {"days": "60"}, at(20))
    found = most_urgent(early, scope, OPEN.condition, as_of=at(20), told=["code"])
    assert found is not None and "soon" not in found["code"]
    assert told(early, {}, 20) == told(raw, {}, 20)
    (span,) = early.open_states._spans.values()
    (held,) = span._held.values()
    assert "soon" not in held[1]["code"]


def test_who_began_before_the_newest_change_asks_the_database(town):
    fast, _ = both(town)
    tree = fast.tree()
    with town.case.connect() as early, town.case.connect() as late:
        steady(early)
        before = version_of(early, "cases")
        town.take(CHANGES[1], until=NOW, now=NOW + 1)
        newer = version_of(late, "cases")
        assert fast.open_states.of(late, tree, at(NOW), newer, 1) is not None
        assert fast.open_states.of(early, tree, at(NOW), before, 1) is None


def test_a_title_and_a_place_that_change_alone_are_followed(town):
    fast, raw = both(town)
    before = told(fast, {}, NOW)
    moved = Case("late", FIRST[0].steps, "A1", title="井盖松动", lon=120.006)
    town.take([moved], until=NOW, now=NOW + 1)
    assert told(fast, {}, NOW) == told(raw, {}, NOW) != before


def test_where_no_tiles_tell_what_changes_nothing_is_held(town):
    _, raw = both(town)
    scope = read_scope(raw, {"days": "60"}, at(NOW))
    assert ids(raw, scope, NOW) is None


def test_inspectors_are_told_of_their_cases_only(town, monkeypatch):
    fast, _ = both(town)
    scope = read_scope(fast, {"days": "60"}, at(NOW))
    monkeypatch.setattr(urgent_cases, "told_of", lambda *_: [d.c.is_hung == 1])
    found = most_urgent(fast, scope, OPEN.condition, as_of=at(NOW), told=["code"])
    assert found["code"].tolist() == ["parked"]


@pytest.mark.parametrize(
    ("limit", "large", "looks"), [(1, True, 1), (2, True, 2), (50, True, 2), (2, False, 1)]
)
def test_the_newest_are_the_week_s_whether_today_has_enough_or_not(
    town, limit, large, looks, monkeypatch
):
    """One case came today (hour 98); those of the evening before were reported together, in their order."""
    town.take(CHANGES[1], until=NOW, now=NOW + 1)
    fast, _ = both(town)
    scope, looked = read_scope(fast, {"days": "60"}, at(NOW)), []
    real = cases.read_rows
    monkeypatch.setattr(cases, "is_large", lambda _: large)
    monkeypatch.setattr(cases, "read_rows", lambda *asked: looked.append(asked) or real(*asked))
    found = [row.code for row in newest(fast, scope, as_of=at(NOW), limit=limit)]
    every = [
        "new",
        "calm",
        "soon",
        "limitless",
        "parked",
        "roughly",
        "nowhere",
        "done",
        "later",
        "late",
    ]
    assert found == every[:limit]
    assert len(looked) == looks
