"""Puts the parts of the made-up city together, in memory: no database is touched here."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.days import day_of, local_day
from data.demo.arrivals import arrivals
from data.demo.blocks import check_tiling, lay_out
from data.demo.calendar import ZONE, Calendar, calendar
from data.demo.chance import stream
from data.demo.compounds import Places, busy_leaves, furnish
from data.demo.courses import plot_courses
from data.demo.entities import found
from data.demo.histories import write_histories
from data.demo.records import case_codes, case_rows
from data.demo.residents import Residents, settle
from data.demo.sizes import Size
from data.demo.surveys import ask
from data.demo.tags import assign_tags
from data.demo.territory import TREES, Territory, name_blocks
from data.demo.vocabulary import Vocabulary
from data.working_time import WorkClock


@dataclass(frozen=True)
class City:
    """Everything about the city. `cases` are positions and courses, `rows` what is written of them.

    `events` and `surveys` name the case by `case`, its position in `cases` and `rows`.
    """

    words: Vocabulary
    days: Calendar
    territory: Territory
    places: Places
    residents: Residents
    entities: pd.DataFrame
    tag_assignments: pd.DataFrame
    cases: pd.DataFrame
    rows: pd.DataFrame
    events: pd.DataFrame
    surveys: pd.DataFrame


def imagine(
    size: Size, words: Vocabulary, seed: int, now: int, tell: Callable[[str], None]
) -> City:
    """Make the whole city; the same for the same arguments. `tell` hears what is being made."""
    tell("blocks")
    numbers = (
        min(3, size.subdistricts),
        size.subdistricts,
        size.communities,
        size.grids,
        size.micros,
    )
    site = words.site
    blocks = lay_out(numbers, tuple(site["centre"]), site["area_km2"], stream(seed, "blocks"))
    check_tiling(blocks)
    territory = name_blocks(blocks, words, seed)
    places = furnish(blocks, words, size.compounds, seed)
    busy = busy_leaves(places, size.micros, stream(seed, "busy"))
    tell("residents")
    residents, entities = _people(size, words, territory, places, busy, seed, now)
    tags = assign_tags(words.tags, residents, entities, _year(now), seed)
    territory = _with_residents(territory, residents)
    tell("cases")
    days = calendar(size, words.rhythm, seed, now)
    cases = arrivals(size, days, words, places, blocks, busy, seed)
    subdistrict = blocks.ancestors("micro", "subdistrict")[cases["leaf"]]
    clock = WorkClock(words.working_time)
    cases = plot_courses(cases, subdistrict, size, days, words, clock, seed)
    tell("histories")
    events, times = write_histories(cases, size, words, clock, seed)
    surveys = ask(cases, times, words, seed)
    rows = case_rows(cases, case_codes(cases, days), places, words, seed)
    return City(
        words, days, territory, places, residents, entities, tags, cases, rows, events, surveys
    )


def _year(now: int) -> int:
    return day_of(local_day(now, ZONE)).year


def _people(
    size: Size,
    words: Vocabulary,
    territory: Territory,
    places: Places,
    busy: np.ndarray,
    seed: int,
    now: int,
) -> tuple[Residents, pd.DataFrame]:
    codes = territory.units["micro"]["code"].to_numpy(object)
    today = local_day(now, ZONE)
    compound = np.full(size.micros, None, object)
    compound[places.compounds["leaf"]] = places.compounds["code"].to_numpy(object)
    residents = settle(size.houses, busy, codes, compound, today, _year(now), seed)
    shapes = territory.blocks.shapes["micro"]
    return residents, found(size.entities, busy, codes, shapes, places, words, today, seed)


def _with_residents(territory: Territory, residents: Residents) -> Territory:
    """Write the numbers of households and residents into the grids of every level."""
    codes = territory.units["micro"]["code"]
    units = {}
    for level, table in territory.units.items():
        above = territory.blocks.ancestors("micro", level)
        counts = {}
        for name, people in (
            ("households", residents.households),
            ("residents", residents.persons),
        ):
            per_leaf = codes.map(people["grid_code"].value_counts()).fillna(0)
            counts[name] = np.bincount(above, weights=per_leaf, minlength=len(table)).astype(int)
        units[level] = table.assign(**counts)
    return Territory(territory.blocks, units)


def department_rows(city: City) -> pd.DataFrame:
    """Rows of `department`: the departments, then the office of each subdistrict."""
    named = city.words.departments[["code", "name", "name_en"]].assign(kind="部门")
    streets = city.territory.units["subdistrict"]
    offices = pd.DataFrame(
        {
            "code": [f"S{number:02d}" for number in range(1, len(streets) + 1)],
            "name": streets["name"] + "办事处",
            "name_en": streets["name_en"] + " Office",
            "kind": "街道",
        }
    )
    rows = pd.concat([named, offices], ignore_index=True)
    return rows.assign(department_id=np.arange(1, len(rows) + 1))


def hierarchy_names(city: City, code: str) -> tuple[tuple[str, str], list[tuple[str, str]]]:
    """Name of a hierarchy and of its levels, each in both languages."""
    entry = next(entry for entry in city.words.site["hierarchy"] if entry["code"] == code)
    levels = [(zh, en) for zh, en in entry["levels"]]
    if len(levels) != len(TREES[code]):
        raise RuntimeError(f"site.toml must name {len(TREES[code])} levels of {code}")
    zh, en = entry["name"]
    return (zh, en), levels
