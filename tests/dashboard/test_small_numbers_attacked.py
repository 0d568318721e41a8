"""Small counts of people are attacked by linear programming over all that a role can fetch (domain.md §5.2).

Everything is read off the answers of the screens, in both languages and both hierarchies: tiles, make-up,
tags, freshness, maps, definitions and cards. The attacker knows the data's form, and that no count is
negative; still no count of fewer than five may follow, nor one of fewer than ten old people.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from accounts_town import START, grant
from drawn import ask_as, nodes, of_class, text_of
from scipy.optimize import linprog
from small_town import Town, at, found_town

from dashboard.panel import Screen
from dashboard.screens.phone import PHONE
from dashboard.screens.tablet import TABLET
from dashboard.screens.wall import WALL
from data import bulk
from data.population_tables import household, person, population_version, tag, tag_assignment
from queries.site import Site
from queries.visitor import Visitor

LEAVES = ("A1", "A2", "B1", "A", "C", None)
"""Where somebody can live; two are districts, of people of whom no more is known."""
BORN = {"0–14": 2020, "15–59": 1990, "60–64": 1964, "65–79": 1954, "80+": 1940}
"""Years of birth by age; of 60–79 nothing but a tag tells one half from the other."""
BAND = {"60–64": "60–79", "65–79": "60–79"}
BANDS = ("0–14", "15–59", "60–79", "80+")
RESIDENCE = {"户籍": "Registered", "流动": "Migrant", "境外": "From abroad"}
TAGS = {
    "志愿者": "Volunteer",
    "骨干志愿者": "Leading volunteer",
    "老年人": "Old person",
    "退休人员": "Retired",
}
"""The second lies within the first; the third says the same as an age: everybody of 60 and older carries
it, and nobody else; and the fourth lies within that age: most of them carry it."""
WITHOUT = {"others": ("志愿者", "骨干志愿者"), "at work": ("老年人", "退休人员")}
"""Who carries the one tag and not the other: printed nowhere, but known to who subtracts."""
NESTED = {"六十五岁以上": ("Aged 65 and over", "年龄"), "独居老人": ("Old and alone", "老年关爱")}
"""Tags of which each lies within another count, by name: English and class. No screen may count them."""
OLD = ("60–64", "65–79", "80+")
HOMES = ("独居", "空巢", "普通")
VOLUNTEERS = ((), ("志愿者",), ("志愿者", "骨干志愿者"))
KINDS = [
    (leaf, age, residence, (*given, *retired), fresh, home)
    for leaf, age, residence, given, fresh, home in product(
        LEAVES, BORN, RESIDENCE, VOLUNTEERS, (0, 1), HOMES
    )
    for retired in ((("老年人",), ("老年人", "退休人员")) if age in OLD else ((),))
]
"""Leaf, age, residence, tags, whether the record is fresh, home: one unknown number each."""
MANY = ("60–79", *OLD, *HOMES, *NESTED, "老年人", "退休人员", "at work")
"""Of these, homes being those of the old, not even nine may be told."""
GRIDS = {
    "area": {"T": None, "A": ("A1", "A2", "A"), "B": ("B1",), "C": ("C",), "A1": ("A1",), "A2": ("A2",)}
    | {"B1": ("B1",)},
    "patrol": {"T": None, "P": ("A1", "B1"), "Q": ("A2",), "A1": ("A1",), "A2": ("A2",), "B1": ("B1",)},
}  # fmt: skip


class Cell(NamedTuple):
    """People of a grid of a hierarchy; `of` names an attribute's value, `` for all."""

    tree: str
    grid: str
    of: str = ""

    def holds(self) -> np.ndarray:
        """Which of the unknown numbers it is the sum of."""
        inside = GRIDS[self.tree][self.grid]
        return np.array(
            [
                (inside is None or leaf in inside)
                and self.of
                in (
                    "",
                    age,
                    BAND.get(age, age),
                    residence,
                    *tags,
                    *(
                        one
                        for one, (more, less) in WITHOUT.items()
                        if more in tags and less not in tags
                    ),
                    "六十五岁以上" * (age in OLD[1:]),
                    "fresh" * fresh,
                    home * (age in OLD),
                    "独居老人" * (age in OLD and home == "独居"),
                )
                for leaf, age, residence, tags, fresh, home in KINDS
            ],
            float,
        )


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = found_town("sqlite", tmp_path_factory.mktemp("attacked"), "attacked")
    with made.population.begin() as connection:
        named = {name: (english, "c") for name, english in TAGS.items()} | NESTED
        for n, (name, (english, klass)) in enumerate(named.items(), start=1):
            row = {"tag_id": n, "code": f"T{n}", "name": name, "name_en": english}
            row |= {"subject": "person", "class_name": klass, "sensitivity": 0}
            connection.execute(tag.insert().values(row))
        for n, kind in enumerate(HOMES):
            row = {"household_id": n, "house_id": n, "size": 1, "kind": kind}
            connection.execute(household.insert().values(row))
    yield made
    made.close()


def people(town: Town, seed: int, most: Sequence[int] = (0, 2, 6, 15, 40, 60)) -> np.ndarray:
    """Let other people live in the town, one of `most` at most on a leaf; how many there are of each kind."""
    dice = random.Random(seed)
    limit = {leaf: dice.choice(most) for leaf in LEAVES}
    rows = [
        (leaf, age := dice.choice(list(BORN)), dice.choice(list(RESIDENCE)), _tags(dice, age),
         int(dice.random() < 0.5), dice.choice(HOMES))
        for leaf, number in limit.items()
        for _ in range(dice.randint(0, number))
    ]  # fmt: skip
    today = (at(100) + 8 * 3600) // 86_400
    frame = pd.DataFrame(
        {
            "person_id": range(1, len(rows) + 1),
            "household_id": [HOMES.index(row[5]) for row in rows],
            "grid_code": pd.Series([row[0] for row in rows], dtype=object),
            "sex": "male",
            "birth_year": pd.Series([BORN[row[1]] for row in rows], dtype="int64"),
            "residence_kind": pd.Series([row[2] for row in rows], dtype=object),
            "verified_day": pd.Series([today if row[4] else None for row in rows], dtype="Int64"),
        }
    )
    carried = [
        (tag_id, n, row[0])
        for n, row in enumerate(rows, start=1)
        for tag_id, name in enumerate((*TAGS, *NESTED), start=1)
        if name in row[3]
        or (name == "六十五岁以上" and row[1] in OLD[1:])
        or (name == "独居老人" and row[1] in OLD and row[5] == "独居")
    ]
    tags = pd.DataFrame(carried, columns=["tag_id", "subject_id", "grid_code"])
    with town.population.begin() as connection:
        for table in (person, tag_assignment, population_version):
            connection.execute(table.delete())
        version = {"part": "population", "version": seed + 1, "changed_at": 0}
        connection.execute(population_version.insert().values(version))
        bulk.insert(connection, person, frame)
        bulk.insert(connection, tag_assignment, tags)
    held = Counter(rows)
    return np.array([held[kind] for kind in KINDS], float)


def _tags(dice: random.Random, age: str) -> tuple[str, ...]:
    """What somebody carries: of volunteers most lead, of the old most are retired."""
    given = dice.choices(VOLUNTEERS, (6, 1, 4))[0]
    return (*given, "老年人", *("退休人员",) * (dice.random() < 0.8)) if age in OLD else given


def words(language: str) -> Mapping[str, str]:
    """What the screens call the attributes' values and the totals."""
    if language == "zh":
        return {"实有人口": "", **{name: name for name in (*RESIDENCE, *BANDS, *TAGS, *NESTED)}}
    names = {english: own for own, english in (RESIDENCE | TAGS).items()}
    names |= {english: own for own, (english, _) in NESTED.items()}
    return {"Population": "", **names, **{name: name for name in BANDS}}


def fetched(site: Site, who: Visitor, screens: tuple[Any, ...]) -> dict[Cell, set[str]]:
    """Every count of persons that the screens print, by what it counts."""
    found: dict[Cell, set[str]] = {}

    def take(cell: Cell, text: str) -> None:
        if text and text != "—":
            found.setdefault(cell, set()).add(text.replace(",", ""))

    for screen, tree, language in product(map(_of_people, screens), GRIDS, ("zh", "en")):
        names = words(language)
        for grid in GRIDS[tree]:
            where = f"#hierarchy={tree}&grid={grid}&lang={language}"
            answer = ask_as(who, screen, site, where)
            if answer.notice is not None:
                continue
            for name, told in _told(answer):
                if name in names:
                    take(Cell(tree, grid, names[name]), told)
                elif name in ("人口数据鲜活度", "Fresh person records"):
                    for n, d in re.findall(r"([\d,]+) / ([\d,]+)", told):
                        take(Cell(tree, grid, "fresh"), n)
                        take(Cell(tree, grid), d)
                elif name in ("人口数据完整率", "Complete person records"):
                    for n, d in re.findall(r"([\d,]+) / ([\d,]+)", told):
                        assert n == "0", "of nobody a name is known"
                        take(Cell(tree, grid), d)
            explained = ask_as(who, screen, site, f"{where}&explain=population")
            for node in of_class(explained.panels["sheet"].tree, "tile-value"):
                take(Cell(tree, grid), text_of(node))
            listed = ask_as(who, screen, site, f"{where}&people=list:old60.alone")
            for row in _rows(listed.panels["sheet"].tree):
                name, *told = map(text_of, row)
                for home, text in zip(HOMES, told, strict=False):
                    take(Cell(tree, _code(name), home), text)
            for level in (1, 2):
                asked = f"{where}&colour=population&level={level}"
                _take_map(take, ask_as(who, screen, site, asked), site, tree, grid, level)
    return found


def _rows(tree: Any) -> Iterator[list[Any]]:
    """The lines of the totals that stand in place of a list."""
    for table in of_class(tree, "home-totals"):
        for line in nodes(table["children"][1]):
            if any(
                cell.get("type") == "td"
                for cell in line.get("children", []) or []
                if isinstance(cell, dict)
            ):
                yield line["children"]


def _code(name: str) -> str:
    """The code in the name of a grid of the town."""
    return name.removeprefix("第").removeprefix("Grid ").removesuffix("格")


def _of_people(screen: Screen) -> Screen:
    """A screen's panels that tell of people; the others need not be drawn."""
    kept = ("people", "work", "grids", "sheet")
    return replace(screen, panels=tuple(one for one in screen.panels if one.key in kept))


def _told(answer: Any) -> Iterator[tuple[str, str]]:
    """Label and figure of everything in a screen's panels of people and of work."""
    for key in ("people", "work"):
        drawn = answer.panels.get(key)
        tree = None if drawn is None else drawn.tree
        for line, label, value in (
            ("tile", "tile-label", "tile-value"),
            ("row", "row-label", "row-value"),
            ("quality-row", "quality-label", ""),
        ):
            for node in of_class(tree, line):
                parts = node["children"]
                told = text_of(of_class(parts, value)) if value else " ".join(map(text_of, parts))
                yield text_of(of_class(parts, label)), told
        for node in of_class(tree, "chip"):
            name, told = node["children"]
            yield name, text_of(told)


def _take_map(take: Any, answer: Any, site: Site, tree: str, grid: str, level: int) -> None:
    drawn = answer.panels.get("grids")
    if drawn is None or answer.notice is not None:
        return
    values = json.loads(next(one for one in drawn.contents if str(one).startswith('{"')))
    grids = site.tree(tree)
    assert grids is not None
    for place, told in zip(
        grids.at_level(grids.by_code[grid], level), values["shown"], strict=True
    ):
        take(Cell(tree, place.code), told)


def intervals(found: Mapping[Cell, set[str]], cells: list[Cell]) -> Iterator[tuple[float, float]]:
    """The least and the greatest that each count can be, by all that was printed."""
    equal: list[tuple[np.ndarray, float]] = []
    less: list[tuple[np.ndarray, float]] = []
    for cell, told in found.items():
        for text in told - {"…"}:
            if text.startswith("<"):
                less += [(cell.holds(), float(text[1:]) - 1), (-cell.holds(), -1.0)]
            else:
                equal.append((cell.holds(), float(text)))
    sides: dict[str, Any] = {}
    if equal:
        sides |= {"A_eq": np.array([a for a, _ in equal]), "b_eq": [b for _, b in equal]}
    if less:
        sides |= {"A_ub": np.array([a for a, _ in less]), "b_ub": [b for _, b in less]}
    for cell in cells:
        ends = []
        for sign in (1, -1):
            answer = linprog(sign * cell.holds(), **sides, bounds=(0, None), method="highs")
            assert answer.status in (0, 3), answer.message
            ends.append(sign * answer.fun if answer.status == 0 else np.inf)
        yield ends[0], ends[1]


EVERY = [
    Cell(tree, grid, of)
    for tree, grids in GRIDS.items()
    for grid in grids
    for of in ("", *BANDS, *BORN, *RESIDENCE, *TAGS, *NESTED, *WITHOUT, "fresh", *HOMES)
]


def visitor(*held: Any) -> Visitor:
    return Visitor(1, "who", "who", "", held, START)


ATTACKERS = {
    "operations": (visitor(grant("operations")), (TABLET, PHONE)),
    "leader": (visitor(grant("leader")), (TABLET, PHONE)),
    "wall": (visitor(grant("wall")), (WALL,)),
    "chief": (visitor(grant("station_chief", tree="area", grid="A")), (TABLET, PHONE)),
}


@pytest.mark.parametrize("seed", range(8))
def test_no_small_count_follows_from_all_that_a_role_can_fetch(town: Town, seed: int) -> None:
    true = people(town, seed, *((2, 60, 250, 400),) * (seed > 5))
    site = town.city.site(at(100))
    everything: dict[Cell, set[str]] = {}
    for name, (who, screens) in ATTACKERS.items():
        if name not in ("operations", "leader") and seed % 3:
            continue
        found = fetched(site, who, screens)
        for cell, told in found.items():
            everything.setdefault(cell, set()).update(told)
            n = float(cell.holds() @ true)
            for text in told - {"…"}:
                assert n < float(text[1:]) if text.startswith("<") else n == float(text), cell
    assert len(everything) > 40
    assert {len(told) for told in everything.values()} == {1}, "one count, one text, everywhere"
    small = [cell for cell in EVERY if 0 < cell.holds() @ true < (10 if cell.of in MANY else 5)]
    for cell, (low, high) in zip(small, intervals(everything, small), strict=True):
        assert high - low > 1 - 1e-6, (cell, float(cell.holds() @ true), low, high)
    site.case.dispose()
    site.population.dispose()


def test_where_many_live_something_is_printed_of_all_but_what_restates_another(town: Town) -> None:
    """In a town of its own, so that it holds whichever of the attacks were run."""
    people(town, 99, (2_000,))
    site = town.city.site(at(100))
    found = fetched(site, *ATTACKERS["operations"])
    printed = {cell.of for cell, told in found.items() if told - {"…"}}
    assert printed == {"", "fresh", *BANDS, *RESIDENCE, *TAGS, *HOMES[:2]} - {"骨干志愿者"}
    site.case.dispose()
    site.population.dispose()
