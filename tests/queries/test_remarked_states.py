"""Remarks on cases are kept in memory as of one data version, and follow the changes."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from small_town import ZONE, Case, Town, at, found_town

from data.tiles.build import build
from data.tiles.tables import ALL, NOWHERE, Set
from queries import data_quality as quality
from queries.data_quality import data_quality
from queries.scope import read_scope

PLACED = Case("1", "reported 1, accepted 2 due 26", "A1")
NOWHERE_LATER = Case("2", "reported 3, accepted 4 due 28", None)
CLOSED = Case("2", "reported 3, accepted 4 due 28, closed 9", None)


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    made = found_town(request.param, tmp_path, "remarked")
    made.take([PLACED], until=100, now=100)
    with made.case.begin() as connection:
        build(connection, ZONE, at(100), sets=[Set(NOWHERE, 0, ALL)])
    yield made
    made.close()


def test_a_case_that_comes_is_found_and_one_that_changes_counts_once(town, monkeypatch):
    searched = []
    look_for = quality._looked_for

    def noted(site, *asked):
        searched.append(site)
        return look_for(site, *asked)

    monkeypatch.setattr(quality, "_looked_for", noted)
    fast, raw = town.city.site(at(50)), town.city.site(at(50))
    raw.uses_tiles = False
    counts = []
    for number, case in enumerate((None, NOWHERE_LATER, CLOSED)):
        if case is not None:
            town.take([case], until=100, now=101 + number)
        for site in (fast, raw):
            site.look()
        scope = read_scope(fast, {"days": "60"}, at(50))
        expected = data_quality(raw, scope, as_of=at(50) + number)
        assert data_quality(fast, scope, as_of=at(50) + number) == expected
        counts.append(sum(expected.faults.values()))
    assert all(site is raw for site in searched)
    assert counts[1] == counts[2] > counts[0]
