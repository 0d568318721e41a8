"""A source that falls silent is named on the wall, and only what is its own is dimmed (domain.md A1)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from arrival_town import sent
from drawn import ask, of_class, only, text_of
from small_town import Town, at, found_town, founded

from dashboard.server import SCREENS
from data.arrival.taking import Ground, take
from data.case_tables import site_setting
from data.engines import CASE, engine_for
from data.pulse import SILENT_AFTER
from data.stored_settings import write_setting
from queries.known import as_known
from queries.site import Site

WALL, TABLET, _ = SCREENS
MORNING = 8.0


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = found_town("sqlite", tmp_path, "silent", heard)
    yield town
    town.close()


def heard(case_url: str, population_url: str) -> dict[str, int]:
    """The hotline and the app are heard every five minutes; the app stops at eight."""
    ids = founded(case_url, population_url)
    engine, ground = engine_for(case_url, CASE, writable=True), Ground()
    for minute in range(0, 80, 5):
        hour = 7 + minute / 60
        for source in ("hotline", "app"):
            if source == "hotline" or hour <= MORNING:
                one = sent(minute, ("reported", hour), ("accepted", hour, 24))
                take(engine, ground, source, f"{source}:", [one], at(hour) + 60)
    with engine.begin() as connection:
        write_setting(connection, site_setting, SILENT_AFTER, {"patrol": 5})
    engine.dispose()
    return ids


@pytest.fixture
def opened(town: Town) -> Iterator[list[Site]]:
    made: list[Site] = []
    yield made
    for site in made:
        site.case.dispose()
        site.population.dispose()


def at_hour(town: Town, opened: list[Site], hour: float) -> Site:
    opened.append(town.city.site(at(hour)))
    return opened[-1]


def test_a_source_that_is_heard_is_not_named(town: Town, opened: list[Site]) -> None:
    tree = ask(WALL, at_hour(town, opened, 8.2)).panels["sources"].tree
    assert of_class(tree, "silence") == []
    assert of_class(tree, "is-silent") == []


def test_a_silent_source_is_named_and_only_its_row_is_dim(town: Town, opened: list[Site]) -> None:
    site = at_hour(town, opened, 8.35)
    answer = ask(WALL, site)
    tree = answer.panels["sources"].tree
    (line,) = of_class(tree, "silence")
    assert text_of(line) == "▲ app名 已 20 分钟没有来数"
    (row,) = of_class(tree, "is-silent")
    assert text_of(row).startswith("app")
    assert len(of_class(tree, "row")) == 3, "the one that never spoke has no rhythm"
    for key, panel in answer.panels.items():
        assert "is-stale" not in panel.klass, key
    english = ask(only(WALL, "sources"), site, "#lang=en").panels["sources"].tree
    assert text_of(of_class(english, "silence")) == "▲ App: nothing for 20 min"


def test_a_long_silence_is_told_in_hours(town: Town, opened: list[Site]) -> None:
    tree = ask(WALL, at_hour(town, opened, 12)).panels["sources"].tree
    assert "▲ app名 已 4.0 小时没有来数" in [text_of(one) for one in of_class(tree, "silence")]


def test_the_site_may_say_itself_after_how_long(town: Town, opened: list[Site]) -> None:
    with engine_for(town.city.case_url, CASE, writable=True).begin() as connection:
        write_setting(connection, site_setting, SILENT_AFTER, {"app": 60, "hotline": 0})
    for hour, named in ((8.9, 0), (9.2, 1), (30, 1)):
        tree = ask(WALL, at_hour(town, opened, hour)).panels["sources"].tree
        assert len(of_class(tree, "silence")) == named, hour


def test_of_a_past_moment_no_silence_is_told(town: Town, opened: list[Site]) -> None:
    from dashboard.panels.shares import silent_sources

    site = at_hour(town, opened, 12)
    assert silent_sources(site, at(12))
    assert silent_sources(as_known(site, at(9)), at(9)) == {}


def test_the_tablet_tells_how_late_each_source_is(town: Town, opened: list[Site]) -> None:
    tree = ask(TABLET, at_hour(town, opened, 8.35)).panels["data_quality"].tree
    lines = [text_of(line) for line in of_class(tree, "row-more")]
    assert "hotline名：08:16 最近来数，到达比发生晚 60 秒（中位数）" in lines
    assert any(line.startswith("app名：08:01 最近来数") for line in lines)
    (low,) = of_class(tree, "is-low")
    assert text_of(low).startswith("app")
