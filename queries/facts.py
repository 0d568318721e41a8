"""What a site says of itself: its name, zone and periods, and how it assesses, lights and calls things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from data.case_tables import site_setting
from data.days import day_number
from data.errors import InputError, SetupError
from data.priorities import colours_of
from data.score_weights import WEIGHTS, weights_of
from queries.assessment import Assessment, read_assessment
from queries.definitions import Version, read_definitions
from queries.published import Published, read_published
from queries.words import Words

LADDERS = ("green_yellow_red", "blue_orange_red")
"""Colours of the lights 正常, 将超期, 超期 (domain.md §3.4); shapes and words stay."""


class NamedPeriod(NamedTuple):
    """A period that the site has given a name, such as the window of a published account."""

    key: str
    name: Words
    first_day: int
    last_day: int


class Scene(NamedTuple):
    """One view that a wall shows in turn: a URL fragment without its `#`, for so many seconds."""

    name: Words
    fragment: str
    seconds: int


@dataclass(frozen=True)
class Priority:
    """分色: what a priority is called, and its colour, one of data.priorities.COLOURS."""

    name: Words
    colour: str


@dataclass(frozen=True)
class Facts:
    """What the site says of itself."""

    name: Words
    zone: str
    demo: bool
    periods: tuple[NamedPeriod, ...]
    scenes: tuple[Scene, ...] = ()
    published: tuple[Published, ...] = ()
    definitions: tuple[Version, ...] = ()
    assessment: Assessment = Assessment()
    ladder: str = LADDERS[0]
    priorities: tuple[Priority, ...] = ()
    steps: Mapping[str, Words] = field(default_factory=dict)
    score_weights: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: WEIGHTS)


def read_facts(connection: Connection) -> Facts:
    """Raises SetupError for a database without a site, and for a setting that cannot be."""
    rows = connection.execute(select(site_setting.c.key, site_setting.c.value))
    held: dict[str, Any] = {row.key: row.value for row in rows}
    if "zone" not in held or "name" not in held:
        raise SetupError(
            "CASE_DATABASE_URL: the case database is empty. Build the demo city with "
            "`python -m data.demo`, or load your own with `python -m data.load MAPPING.toml`."
        )
    periods = tuple(_named_period(p) for p in held.get("periods", []))
    return Facts(
        name=Words(*held["name"]),
        zone=held["zone"],
        demo=bool(held.get("demo")),
        periods=periods,
        scenes=tuple(
            Scene(Words(s["name"], s["name_en"]), s["fragment"], int(s["seconds"]))
            for s in held.get("scenes", [])
        ),
        published=read_published(
            held.get("published"), {p.key: (p.first_day, p.last_day) for p in periods}
        ),
        definitions=read_definitions(held.get("definitions")),
        **_manners(held),
    )


def _manners(held: Mapping[str, Any]) -> dict[str, Any]:
    """How the site assesses, lights and calls things; SetupError names a setting that cannot be."""
    ladder = (held.get("lights") or {}).get("ladder", LADDERS[0])
    if ladder not in LADDERS:
        raise SetupError(f"lights.ladder={ladder!r} is not one of {', '.join(LADDERS)}.")
    try:
        assessment = read_assessment(held.get("assessment"))
        score_weights = weights_of(held.get("scores"))
    except (ValueError, InputError) as error:
        raise SetupError(str(error)) from None
    return {
        "assessment": assessment,
        "ladder": ladder,
        "priorities": _priorities(held.get("priorities", [])),
        "steps": {key: Words(*name) for key, name in held.get("steps", {}).items()},
        "score_weights": score_weights,
    }


def _priorities(held: Sequence[Mapping[str, Any]]) -> tuple[Priority, ...]:
    try:
        colours = colours_of(held)
    except InputError as error:
        raise SetupError(str(error)) from None
    pairs = zip(held, colours, strict=True)
    return tuple(Priority(Words(*one["name"]), colour) for one, colour in pairs)


def _named_period(held: dict[str, str]) -> NamedPeriod:
    first, last = (day_number(date.fromisoformat(held[end])) for end in ("from", "to"))
    return NamedPeriod(held["key"], Words(held["name"], held["name_en"]), first, last)
