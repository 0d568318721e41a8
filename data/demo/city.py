"""Puts the parts of a made-up site together, in memory: no database is touched here."""

from collections.abc import Callable
from dataclasses import dataclass, replace

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
from data.demo.handling_steps import with_steps
from data.demo.histories import write_histories
from data.demo.particulars import items_of, particulars
from data.demo.premises import mark_out
from data.demo.records import case_codes, case_rows
from data.demo.residents import Residents, settle
from data.demo.seats import seats_of
from data.demo.sizes import Size
from data.demo.surveys import ask
from data.demo.tags import assign_tags
from data.demo.territory import Territory, name_blocks
from data.demo.vocabulary import Vocabulary
from data.working_time import WorkClock


@dataclass(frozen=True)
class City:
    """Everything about the city. `cases` are positions and courses, `rows` what is written of them.

    `events` and `surveys` name the case by `case`, its position in `cases` and `rows`. `items` are those
    of the access list, empty where the site has none.
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
    items: pd.DataFrame


def imagine(
    size: Size, words: Vocabulary, seed: int, now: int, tell: Callable[[str], None]
) -> City:
    """Make the whole city; the same for the same arguments. `tell` hears what is being made."""
    tell("blocks")
    territory = survey_land(size, words, seed)
    blocks = territory.blocks
    places = furnish(blocks, words, size.compounds, seed)
    busy = busy_leaves(places, len(blocks.shapes[blocks.leaf]), stream(seed, "busy"))
    territory = replace(territory, exclusive=mark_out(territory, busy, size.name, seed))
    tell("residents")
    residents, entities = _people(size, words, territory, places, busy, seed, now)
    tags = assign_tags(words.tags, residents, entities, _year(now), seed)
    territory = _with_residents(territory, residents, _is_counted(words))
    tell("cases")
    days = calendar(size, words.rhythm, seed, now)
    cases = arrivals(size, days, words, places, blocks, busy, seed)
    office = blocks.ancestors(blocks.leaf, words.ladder.office)[cases["leaf"]]
    clock = WorkClock(words.working_time)
    cases = plot_courses(cases, office, size, days, words, clock, seed)
    tell("histories")
    seats = seats_of(cases, territory, words, seed)
    events, times = write_histories(cases, seats, size, words, clock, seed)
    events = with_steps(events, cases, words)
    surveys = ask(cases, times, words, seed)
    rows = case_rows(cases, case_codes(cases, days), places, words, seed)
    items = items_of(words, int(days.number[0]))
    rows = particulars(rows, cases, items, words, seed)
    return City(
        words,
        days,
        territory,
        places,
        residents,
        entities,
        tags,
        cases,
        rows,
        events,
        surveys,
        items,
    )


def survey_land(size: Size, words: Vocabulary, seed: int) -> Territory:
    """The blocks of a site with their names and codes, without exclusive grids."""
    lon, lat = words.site["centre"]
    counts = words.ladder.counts(size.name)
    blocks = lay_out(counts, (lon, lat), words.site["area_km2"], stream(seed, "blocks"))
    check_tiling(blocks)
    return name_blocks(blocks, words, seed)


def _is_counted(words: Vocabulary) -> bool:
    """Whether the site knows who lives in it."""
    return bool(words.site.get("population", {}).get("known", True))


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
    leaf = territory.blocks.leaf
    codes = territory.units[leaf]["code"].to_numpy(object)
    today = local_day(now, ZONE)
    compound = np.full(len(codes), None, object)
    compound[places.compounds["leaf"]] = places.compounds["code"].to_numpy(object)
    residents = settle(size.houses, busy, codes, compound, today, _year(now), seed)
    if not _is_counted(words):
        residents = residents.none()
    shapes = territory.blocks.shapes[leaf]
    return residents, found(size.entities, busy, codes, shapes, places, words, today, seed)


def _with_residents(territory: Territory, residents: Residents, counted: bool) -> Territory:
    """Write the numbers of households and residents into the grids of every level, if known."""
    leaf = territory.blocks.leaf
    codes = territory.units[leaf]["code"]
    units = {}
    for level, table in territory.units.items():
        if not counted:
            unknown = pd.array([None] * len(table), "Int64")
            units[level] = table.assign(households=unknown, residents=unknown)
            continue
        above = territory.blocks.ancestors(leaf, level)
        counts = {}
        for name, people in (
            ("households", residents.households),
            ("residents", residents.persons),
        ):
            per_leaf = codes.map(people["grid_code"].value_counts()).fillna(0)
            counts[name] = np.bincount(above, weights=per_leaf, minlength=len(table)).astype(int)
        units[level] = table.assign(**counts)
    return replace(territory, units=units)


def department_rows(city: City) -> pd.DataFrame:
    """Rows of `department`: the departments, then the office of each grid of the office level."""
    named = city.words.departments[["code", "name", "name_en"]].assign(kind="部门")
    grids = city.territory.units[city.words.ladder.office]
    office = city.words.site["office"]
    names = [
        [pattern.format(name=name) for name in grids[column]]
        for pattern, column in zip(office["name"], ("name", "name_en"), strict=True)
    ]
    offices = pd.DataFrame(
        {
            "code": [f"S{number:02d}" for number in range(1, len(grids) + 1)],
            "name": names[0],
            "name_en": names[1],
            "kind": office["kind"],
        }
    )
    rows = pd.concat([named, offices], ignore_index=True)
    return rows.assign(department_id=np.arange(1, len(rows) + 1))
