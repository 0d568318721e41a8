"""A case database of a million rows: what a screen costs grows with what it shows, not with what is stored.

Cost is counted in steps of SQLite's machine, in thousands, which no other job on the computer changes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import event, func, select

from benchmarks.large_city import Place, large_city
from benchmarks.snapshot import open_city
from dashboard.panel import refresh
from dashboard.server import SCREENS
from data.databases import open_database
from data.engines import CASE
from data.tiles.build import build
from data.verify import quick
from data.work_tables import case_metadata
from queries.site import Site

FEW, MANY = 25_000, 100_000
"""Cases; with their states, paths and sums these are a quarter of a million rows, and a million."""
STEPS = 1000
GROWTH = 1.5
MOST = 7_100
"""Thousands of steps of one snapshot of which no figure is remembered, of whatever grid.

A row whose numbers SQLite writes as one text takes more of its steps than one that the driver takes apart, and
less time (data/packed_read.py)."""


class Town(NamedTuple):
    """A city of a size, and what its questions have cost so far."""

    site: Site
    taken: list[int]

    def cost(self, screen: object, fragment: str) -> int:
        """Thousands of steps that one refresh takes of which nothing is remembered."""
        site = self.site
        for memory in (site.answers, site.drawings, site.drawn, site.held_states):
            memory.clear()
        before = self.taken[0]
        answer = refresh(screen, self.site, f'{{"hash": "{fragment}"}}', "{}")
        assert answer[0] is None
        return self.taken[0] - before


def grown(cases: int, folder: Path) -> Town:
    city = large_city(Place(cases, "sqlite", size="small", folder=folder))
    writable = open_database(city.case_url, CASE, writable=True)
    with writable.begin() as connection:
        build(connection, "Asia/Shanghai", 0)
    writable.dispose()
    site, taken = open_city(city), [0]

    @event.listens_for(site.case, "connect")
    def watch(connection, _record) -> None:
        def count() -> int:
            taken[0] += 1
            return 0

        connection.set_progress_handler(count, STEPS)

    site.case.dispose()  # those that are open already count nothing
    town = Town(site, taken)
    for screen in SCREENS:
        town.cost(screen, "#")  # trees, words and the steps of the day are read once
    return town


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Town]]:
    folder = tmp_path_factory.mktemp("scale")
    made = grown(FEW, folder), grown(MANY, folder)
    yield made
    for town in made:
        town.site.case.dispose()
        town.site.population.dispose()


def rows_of(site: Site) -> int:
    with site.case.connect() as connection:
        tables = [*case_metadata.sorted_tables]
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        )


def test_the_district_costs_no_more_when_four_times_as_much_is_stored(towns):
    _, many = towns
    assert rows_of(many.site) > 900_000
    for days in (30, 365):
        cost = [sum(town.cost(screen, f"#days={days}") for screen in SCREENS) for town in towns]
        assert cost[1] <= GROWTH * cost[0], (days, cost)
    with many.site.case.connect() as connection:
        assert quick(connection) == []


def test_no_grid_of_any_level_costs_much(towns):
    _, many = towns
    tree = many.site.tree()
    for level in range(tree.deepest() + 1):
        grid = next(grid for grid in tree.order if grid.level == level)
        for screen in SCREENS:
            for days in (1, 365):
                cost = many.cost(screen, f"#grid={grid.code}&days={days}")
                assert cost <= MOST, (screen.key, grid.code, days)
