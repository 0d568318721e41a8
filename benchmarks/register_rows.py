"""The rows of a register to look people up in: columns of numpy, written as they are made."""

from collections.abc import Callable

import numpy as np
from sqlalchemy import Connection, Table, insert

from data.addresses import plain_address
from data.demo.entities import credit_codes
from data.demo.identities import GIVEN, SURNAMES
from data.encryption import demo_keyring
from data.population_tables import (
    building,
    house,
    household,
    legal_entity,
    person,
    person_secret,
    tag,
    tag_assignment,
    visit,
)
from data.population_tiles import bump_population
from data.rekey import sealed_values

STATIONS, NEIGHBOURHOODS, GRIDS = 3, 37, 333
PER_HOUSEHOLD, HOUSES_PER_BUILDING = 2.4, 24
TAGS, TAGS_PER_PERSON = 286, 1.4
SEALED_SHARE = 1 / 20
"""Numbers are looked up by hash; sealing all 3.5 million of them would only take longer to build."""
TODAY = 20_777
CHUNK = 250_000


def grid_codes() -> np.ndarray:
    """Codes of the micro-grids: station, neighbourhood, grid."""
    per = GRIDS // NEIGHBOURHOODS
    codes = [
        f"3101{1 + n % STATIONS:02d}{n:03d}{grid:02d}"
        for n in range(1, NEIGHBOURHOODS + 1)
        for grid in range(1, per + 1)
    ]
    return np.array(sorted(codes), object)


def phone_of(person_id: int) -> str:
    """The made-up number of a person of the register."""
    return f"154{person_id:08d}"


def fill_register(connection: Connection, people: int, tell: Callable[[str], None]) -> None:
    """Write all tables; nothing may be there yet."""
    rng = np.random.default_rng(17)
    codes = grid_codes()
    homes = int(people / PER_HOUSEHOLD)
    grid = np.sort(rng.integers(0, len(codes), homes))
    tell(f"{homes:,} houses and households")
    _houses(connection, codes, grid, rng)
    kind = np.array(["普通", "空巢", "独居"], object)[rng.choice(3, homes, p=[0.8, 0.13, 0.07])]
    size = rng.integers(1, 2 * int(PER_HOUSEHOLD) + 1, homes)
    home = np.repeat(np.arange(homes), size)[:people]
    home = np.r_[home, np.sort(rng.integers(0, homes, people - len(home)))]
    home.sort()
    _rows(
        connection,
        household,
        household_id=np.arange(1, homes + 1),
        house_id=np.arange(1, homes + 1),
        grid_code=codes[grid],
        size=np.bincount(home, minlength=homes),
        kind=kind,
    )
    tell(f"{people:,} persons")
    _persons(connection, codes, grid, home, kind, rng)
    tell(f"{int(people * TAGS_PER_PERSON):,} tags")
    _tags(connection, codes, grid[home], rng)
    tell("visits, companies, numbers")
    _visits(connection, codes, grid, rng)
    _entities(connection, codes, people // 100, rng)
    _secrets(connection, people)
    bump_population(connection, 1)


def _rows(connection: Connection, table: Table, **columns: np.ndarray) -> None:
    """Write whole columns, some rows at a time: a list of all of them would not fit."""
    names = list(columns)
    cursor = connection.connection.cursor()
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
    for first in range(0, len(columns[names[0]]), CHUNK):
        part = [columns[name][first : first + CHUNK].tolist() for name in names]
        cursor.executemany(statement, list(zip(*part, strict=True)))


def _houses(
    connection: Connection, codes: np.ndarray, grid: np.ndarray, rng: np.random.Generator
) -> None:
    first = np.searchsorted(grid, grid)
    order = np.arange(len(grid)) - first
    key = grid.astype(np.int64) * 10_000 + order // HOUSES_PER_BUILDING
    keys, at = np.unique(key, return_inverse=True)
    roads = np.array(
        [
            f"{a}{b}{c}"
            for a in "瑞建思复兰永"
            for b in "金国南兴新安康"
            for c in ("路", "二路", "西路")
        ],
        object,
    )
    own = keys // 10_000
    lane = (keys % 10_000 // 8 * 7 + own % 50 + 1).astype(str).astype(object)
    block = (keys % 10_000 % 8 + 1).astype(str).astype(object)
    address = roads[(own * 7 + keys % 10_000 // 8) % len(roads)] + lane + "弄" + block + "号楼"
    _rows(
        connection,
        building,
        building_id=np.arange(1, len(keys) + 1),
        address=address,
        plain=np.array([plain_address(one) for one in address], object),
        grid_code=codes[own],
    )
    within = order % HOUSES_PER_BUILDING
    _rows(
        connection,
        house,
        house_id=np.arange(1, len(grid) + 1),
        address_code=codes[grid] + np.char.zfill(order.astype("U6"), 6).astype(object),
        grid_code=codes[grid],
        usage=np.array(["自住", "出租"], object)[rng.integers(0, 2, len(grid))],
        heritage=np.zeros(len(grid), np.int64),
        built_year=rng.integers(1930, 2020, len(grid)),
        verified_day=TODAY - rng.integers(0, 400, len(grid)),
        building_id=at + 1,
        room=((within // 4 + 1) * 100 + within % 4 + 1).astype(str).astype(object) + "室",
    )


def _persons(
    connection: Connection,
    codes: np.ndarray,
    grid: np.ndarray,
    home: np.ndarray,
    kind: np.ndarray,
    rng: np.random.Generator,
) -> None:
    number = len(home)
    old = kind[home] != "普通"
    age = np.where(old, 60 + rng.gamma(1.7, 6.2, number), rng.integers(0, 75, number)).clip(0, 105)
    weights = 1.0 / (np.arange(len(SURNAMES)) + 4)
    surname = rng.choice(len(SURNAMES), number, p=weights / weights.sum())
    given = np.array(list(GIVEN), object)
    first, second = rng.integers(0, len(given), (2, number))
    short = rng.random(number) < 0.28
    name = np.array(SURNAMES, object)[surname] + given[first]
    name = np.where(short, name, name + given[second])
    _rows(
        connection,
        person,
        person_id=np.arange(1, number + 1),
        household_id=home + 1,
        grid_code=codes[grid[home]],
        sex=np.array(["male", "female"], object)[rng.integers(0, 2, number)],
        birth_year=2026 - age.astype(np.int64),
        residence_kind=np.array(["户籍", "流动"], object)[(rng.random(number) < 0.3).astype(int)],
        verified_day=TODAY - rng.integers(0, 400, number),
        name=name,
    )


def _tags(
    connection: Connection, codes: np.ndarray, grid: np.ndarray, rng: np.random.Generator
) -> None:
    """Few tags are carried by many and many by few (Zipf); each person carries a tag once."""
    number = len(grid)
    rows = [
        {
            "tag_id": n,
            "code": f"T{n:03d}",
            "name": f"标签{n}",
            "name_en": f"Tag {n}",
            "subject": "person",
            "class_name": "基准",
            "sensitivity": 0,
        }
        for n in range(1, TAGS + 1)
    ]
    connection.execute(insert(tag), rows)
    share = 1.0 / np.arange(1, TAGS + 1)
    share *= TAGS_PER_PERSON / share.sum()
    for tag_id, part in enumerate(share, start=1):
        who = np.flatnonzero(rng.random(number) < part)
        _rows(
            connection,
            tag_assignment,
            tag_id=np.full(len(who), tag_id),
            subject_id=who + 1,
            grid_code=codes[grid[who]],
        )


def _visits(
    connection: Connection, codes: np.ndarray, grid: np.ndarray, rng: np.random.Generator
) -> None:
    day = np.sort(rng.integers(TODAY - 360, TODAY + 1, len(grid)))
    who = rng.integers(0, len(grid), len(grid))
    _rows(
        connection,
        visit,
        visit_id=np.arange(1, len(grid) + 1),
        subject=np.full(len(grid), "household", object),
        subject_id=who + 1,
        grid_code=codes[grid[who]],
        day=day,
    )


def _entities(
    connection: Connection, codes: np.ndarray, number: int, rng: np.random.Generator
) -> None:
    given = np.array(list(GIVEN), object)
    a, b = rng.integers(0, len(given), (2, number))
    serial = 10_000_000 + rng.choice(80_000_000, number, replace=False)
    _rows(
        connection,
        legal_entity,
        entity_id=np.arange(1, number + 1),
        code=credit_codes(np.full(number, "91"), "310101", serial),
        name="瑞金" + given[a] + given[b] + "商贸有限公司",
        kind=np.full(number, "企业", object),
        address="瑞金二路" + rng.integers(1, 900, number).astype(str).astype(object) + "号",
        grid_code=codes[rng.integers(0, len(codes), number)],
    )


def _secrets(connection: Connection, people: int) -> None:
    keyring = demo_keyring()
    wanted = range(1, people + 1, round(1 / SEALED_SHARE))
    rows = [
        sealed_values(keyring, one, phone=phone_of(one), identity=f"99{one:016d}") for one in wanted
    ]
    connection.execute(insert(person_secret), rows)
