"""How long it takes to find persons, addresses and companies in a register of S0's size."""

import random
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import select

from benchmarks.register import Register, make_register, records
from benchmarks.register_rows import TODAY, grid_codes, phone_of
from benchmarks.timing import machine, round_trip_ms, spread, watched
from data.clock import Clock
from data.databases import open_database
from data.encryption import demo_keyring
from data.engines import CASE, POPULATION
from data.population_tables import building, legal_entity, person
from data.population_tiles import ATTRIBUTES, counted
from queries.area import EVERYTHING, Area
from queries.lookup import find_buildings, find_entities, houses_of, residents_of
from queries.person_lookup import Wanted, find_by_number, find_persons
from queries.population_counts import counts_of
from queries.site import Site

TARGET_MS = 300
AS_OF = TODAY * 86_400 + 6 * 3600


class Asked(NamedTuple):
    """One question: its kind, the area's kind, and how to ask it."""

    kind: str
    area: str
    ask: Callable[[], Any]


class Took(NamedTuple):
    """A question and its answer's milliseconds, by the clock and of the processor."""

    asked: Asked
    clock_ms: float
    cpu_ms: float


def measure_lookups(people: int, rounds: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Ask `rounds` of every kind in every area, in random order; nothing is remembered between."""
    register = make_register(people, tell)
    site = Site(
        open_database(register.case_url, CASE),
        open_database(register.population_url, POPULATION),
        Clock(stopped=AS_OF),
    )
    tell("questions")
    rng = random.Random(17)
    asked = list(_questions(site, people, rounds, rng))
    rng.shuffle(asked)
    took: list[Took] = []
    began = time.perf_counter()
    find_persons(site, EVERYTHING, Wanted(tags=("T001",)), as_of=AS_OF)
    sizes_ms = 1000 * (time.perf_counter() - began)
    with watched(site.population) as log:
        for one in asked:
            began, worked = time.perf_counter(), time.process_time()
            one.ask()
            cpu = 1000 * (time.process_time() - worked)
            took.append(Took(one, 1000 * (time.perf_counter() - began), cpu))
    floor = round_trip_ms(
        site.population, "SELECT * FROM person WHERE person_id = :id", {"id": people // 2}
    )
    report = _report(register, site, took, floor, sizes_ms, log.worst(site.population, 4))
    return report | {"counts": _counts(site)}


def _counts(site: Site) -> dict[str, dict[str, float]]:
    """Milliseconds to count all leaf grids by an attribute: from the register, and from its tiles."""
    counts = {}
    for attribute in ATTRIBUTES:
        began = time.perf_counter()
        with site.population.connect() as connection:
            right = len(connection.execute(counted(attribute)).all())
        between = time.perf_counter()
        held = counts_of(site, attribute)
        ended = time.perf_counter()
        if sum(map(len, held.values())) != right:
            raise RuntimeError(f"the tiles of {attribute} are not what the register says")
        counts[attribute] = {
            "cells": right,
            "register_ms": round(1000 * (between - began), 1),
            "tiles_ms": round(1000 * (ended - between), 1),
        }
    return counts


def _report(
    register: Register,
    site: Site,
    took: list[Took],
    floor: float,
    sizes_ms: float,
    statements: list[dict[str, Any]],
) -> dict[str, Any]:
    def of(choose: Callable[[Asked], str]) -> dict[str, Any]:
        held: dict[str, list[float]] = {}
        for one in took:
            held.setdefault(choose(one.asked), []).append(one.clock_ms)
        return {name: spread(times) for name, times in sorted(held.items())}

    with site.population.connect() as connection:
        counted = records(connection)
    whole = spread([one.clock_ms for one in took])
    return {
        "machine": machine(),
        "records": {**counted, "total": sum(counted.values())},
        "file_bytes": (register.folder / f"{POPULATION}.sqlite").stat().st_size,
        "built_seconds": register.built_seconds,
        "floor": {"person_by_id_ms": round(floor, 3)},
        "lookups": whole,
        "lookups_cpu": spread([one.cpu_ms for one in took]),
        "p95_to_floor": round(whole["p95_ms"] / floor, 1),
        "within_target": whole["p95_ms"] < TARGET_MS,
        "target_ms": TARGET_MS,
        "kinds": of(lambda one: one.kind),
        "areas": of(lambda one: one.area),
        "tag_sizes_once_ms": round(sizes_ms, 1),
        "statements": statements,
    }


def _areas(rng: random.Random) -> dict[str, Area]:
    codes = grid_codes().tolist()
    grid = rng.choice(codes)
    return {
        "grid": Area(frozenset([grid])),
        "neighbourhood": Area(frozenset(code for code in codes if code[:-2] == grid[:-2])),
        "station": Area(frozenset(code for code in codes if code[:6] == grid[:6])),
        "street": EVERYTHING,
    }


def _questions(site: Site, people: int, rounds: int, rng: random.Random) -> Iterator[Asked]:
    keyring = demo_keyring()
    for _ in range(rounds):
        with site.population.connect() as connection:
            some = connection.execute(
                select(person).where(person.c.person_id == rng.randint(1, people))
            ).one()
            there = connection.execute(
                select(building).where(building.c.building_id == rng.randint(1, people // 100))
            ).one()
            firm = connection.execute(
                select(legal_entity).where(
                    legal_entity.c.entity_id == rng.randint(1, people // 100)
                )
            ).one()
        tags = [f"T{n:03d}" for n in sorted(rng.sample(range(1, 287), 3))]
        common = [f"T{n:03d}" for n in sorted(rng.sample(range(1, 9), 2))]
        persons = {
            "name, whole": Wanted(name=some.name),
            "name, begins with two": Wanted(name=some.name[:2]),
            "name, surname only": Wanted(name=some.name[:1]),
            "60+, alone, unvisited": Wanted(at_least=60, household="独居", not_visited=30),
            "one tag": Wanted(tags=(tags[0],)),
            "two tags": Wanted(tags=tuple(tags[:2])),
            "three tags": Wanted(tags=tuple(tags)),
            "two common tags, 60+": Wanted(tags=tuple(common), at_least=60),
            "tag, alone, unvisited": Wanted(tags=(tags[0],), household="独居", not_visited=30),
            "90+": Wanted(at_least=90),
        }
        texts = {
            "address": there.address,
            "address with room": f"{there.address}2单元302室",
            "address, two pieces": f"{there.address[:2]} {there.address[-3:]}",
            "address, not there": "不存在的地方88号",
        }
        phone = phone_of(1 + 20 * rng.randint(0, people // 20 - 1))
        for name, area in _areas(rng).items():
            for kind, wanted in persons.items():
                yield Asked(kind, name, _persons(site, area, wanted))
            for kind, text in texts.items():
                yield Asked(kind, name, _buildings(site, area, text))
            yield Asked("company, code", name, _entities(site, area, firm.code))
            yield Asked("company, piece of name", name, _entities(site, area, firm.name[2:5]))
            yield Asked("telephone", name, _number(site, area, phone, keyring))
        yield Asked("address to houses to people", "street", _house(site, there.building_id))


def _persons(site: Site, area: Area, wanted: Wanted) -> Callable[[], Any]:
    return lambda: find_persons(site, area, wanted, as_of=AS_OF)


def _buildings(site: Site, area: Area, text: str) -> Callable[[], Any]:
    return lambda: find_buildings(site, area, text)


def _entities(site: Site, area: Area, text: str) -> Callable[[], Any]:
    return lambda: find_entities(site, area, text)


def _number(site: Site, area: Area, text: str, keyring: Any) -> Callable[[], Any]:
    return lambda: find_by_number(site, area, text, keyring, as_of=AS_OF)


def _house(site: Site, building_id: int) -> Callable[[], Any]:
    def ask() -> None:
        houses = houses_of(site, EVERYTHING, building_id) or ()
        for one in houses[:1]:
            residents_of(site, EVERYTHING, one.house_id, 2026)

    return ask


def lookup_table(report: dict[str, Any]) -> str:
    """The report as lines."""
    lines = [
        f"{report['machine']}",
        f"{report['records']['total']:,} records, {report['file_bytes'] / 1e6:,.0f} MB",
        f"floor: a person by id {report['floor']['person_by_id_ms']} ms",
        f"{'':32}{'n':>6}{'p50':>9}{'p95':>9}{'max':>9}  ms",
    ]
    parts = {
        "all": report["lookups"],
        "all, processor": report["lookups_cpu"],
        **report["areas"],
        **report["kinds"],
    }
    for name, one in parts.items():
        lines.append(
            f"{name:32}{one['n']:>6}{one['p50_ms']:>9}{one['p95_ms']:>9}{one['max_ms']:>9}"
        )
    lines.append(
        f"p95 is {report['p95_to_floor']} times the floor; target {report['target_ms']} ms"
    )
    lines.append(f"{'counted by leaf grid':32}{'cells':>9}{'register':>10}{'tiles':>9}  ms")
    for name, cost in report["counts"].items():
        told = (cost["cells"], cost["register_ms"], cost["tiles_ms"])
        lines.append(f"{name:32}{told[0]:>9}{told[1]:>10}{told[2]:>9}")
    return "\n".join(lines)
