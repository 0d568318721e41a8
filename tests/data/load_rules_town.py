"""The small town with a folder of rules beside its mapping, for the tests of data.load."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from load_limit_town import case, with_limits
from load_town import Town, model_town
from sqlalchemy import select

from data.case_tables import site_setting
from data.databases import open_database
from data.engines import CASE
from data.settings import read_settings
from data.sites.folder import SITE_FILE
from data.stage_limits import StageLimit, read_stage_limits
from queries.site import Site, open_site

LIGHTS = '[lights]\nladder = "blue_orange_red"\nwarn_share = 0.5\nbasis = "whole"\n'


NAMES = (
    "class,class_name,item,item_name\n市容,市容,占道,占道经营\n突发,突发事件,爆管,供水管道破裂\n"
)


def rules_town(engine: str, folder: Path, monkeypatch: Any, capsys: Any) -> Town:
    """A town with working time and limits, whose mapping names the folder `rules`."""
    return with_rules(Town(folder, monkeypatch, capsys).with_tables(monkeypatch, engine))


def lit_town(engine: str, folder: Path, monkeypatch: Any, capsys: Any) -> Town:
    """Such a town with named categories, which is loaded by LIGHTS already."""
    made = Town(folder, monkeypatch, capsys).with_tables(monkeypatch, engine, _loaded_by_lights)
    made.cases([case("L", "4")])
    return with_names(with_rules(made))


def _loaded_by_lights(case_url: str, people_url: str) -> None:
    with model_town(case_url, people_url) as town:
        with_names(with_rules(town))
        rules(town, LIGHTS)
        load(town)


def with_names(town: Town) -> Town:
    """Name the categories by a file beside the mapping."""
    (town.folder / "names.csv").write_text(NAMES, encoding="utf-8")
    town.change('item_column = "小类"', 'item_column = "小类"\nnames_file = "names.csv"')
    return town


def with_rules(town: Town) -> Town:
    """Give the town working time, limits, and the folder `rules` in its mapping."""
    with_limits(town)
    town.change('calendar = "calendar.toml"\n', 'calendar = "calendar.toml"\nrules = "rules"\n')
    return town


def stage(key: str, limit: float, clock: str, category: str = "") -> str:
    """A [[stage]] entry."""
    named = f'category = "{category}"\n' if category else ""
    return (
        f'[[stage]]\nstage = "{key}"\nname = ["名", "Name"]\nlimit = {limit}\nclock = "{clock}"\n'
        + named
    )


def rules(town: Town, *sections: str) -> None:
    """Put a site.toml of these sections beside the mapping."""
    folder = town.folder / "rules"
    folder.mkdir(exist_ok=True)
    (folder / SITE_FILE).write_text("\n".join(sections), encoding="utf-8")


def load(town: Town, *rows: dict[str, str]) -> str:
    """Load the grids and these cases, or one; give what was printed."""
    town.cases(rows or [case("L", "4")])
    code, printed = town.load("--only", "grids", "--only", "cases")
    assert code == 0, printed
    return printed


def refused(town: Town) -> str:
    """What is printed by a load that cannot be done."""
    code, printed = town.load("--only", "grids", "--only", "cases")
    assert code == 2, printed
    return printed


def settings(town: Town) -> dict[str, Any]:
    """The settings of the case database by key."""
    engine = open_database(town.case_url, CASE)
    with engine.connect() as connection:
        held = {row.key: row.value for row in connection.execute(select(site_setting))}
    engine.dispose()
    return held


def limits(town: Town) -> tuple[StageLimit, ...]:
    """The stage limits of the case database."""
    engine = open_database(town.case_url, CASE)
    with engine.connect() as connection:
        rows = read_stage_limits(connection).rows
    engine.dispose()
    return rows


@contextmanager
def opened(town: Town) -> Iterator[Site]:
    """The town as the dashboard opens it."""
    urls = {"CASE_DATABASE_URL": town.case_url, "POPULATION_DATABASE_URL": town.people_url}
    site = open_site(read_settings(urls))
    yield site
    site.case.dispose()
    site.population.dispose()
