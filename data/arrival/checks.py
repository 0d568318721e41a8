"""Checks what was sent against the schema, item by item; says of each fault where it is and why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from data.arrival.schema import CASE, LISTS, MOST_EVENTS, Field
from data.load.times import EARLIEST

AHEAD_SECONDS = 300
"""How far in the future something may have happened, for clocks that are not quite right."""
FAR_SECONDS = 10 * 366 * 86_400
"""A deadline further away is a slip."""
LONGEST_SHOWN = 60


class Problem(NamedTuple):
    """Where something is wrong with an item, e.g. `events[2].at`, and why."""

    field: str
    reason: str


@dataclass
class Item:
    """One case of a batch: its checked values (times in epoch seconds, flags 0/1), or what is wrong.

    case_id: the id as it may be repeated in an answer.
    """

    number: int
    case_id: str
    values: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, where: str, reason: str) -> None:
        """Note something that is wrong."""
        self.problems.append(Problem(where, reason))


def read_items(cases: Sequence[Any], now: int) -> list[Item]:
    """Every item of a batch, checked by itself; now: epoch seconds."""
    items = [_item(number, given, now) for number, given in enumerate(cases)]
    first: dict[str, int] = {}
    for item in items:
        case_id = item.values.get("id")
        if case_id and first.setdefault(case_id, item.number) != item.number:
            item.refuse("id", f"the same id as item {first[case_id]} of this batch")
    return items


def _item(number: int, given: Any, now: int) -> Item:
    if not isinstance(given, dict):
        return Item(number, "", problems=[Problem("", "a case is an object")])
    own = given.get("id")
    item = Item(number, _shown(own) if isinstance(own, str) else "")
    plain = {name: value for name, value in given.items() if name not in LISTS}
    item.values = _object(item, "", plain, CASE, now)
    for name, fields in LISTS.items():
        item.lists[name] = _list(item, name, given.get(name, []), fields, now)
    if not item.lists["events"] and not item.problems:
        item.refuse("events", "a case has at least one event")
    if (item.values.get("lon") is None) != (item.values.get("lat") is None):
        item.refuse("lon", "a point has both lon and lat")
    return item


def _list(
    item: Item, name: str, given: Any, fields: Sequence[Field], now: int
) -> list[dict[str, Any]]:
    if not isinstance(given, list):
        item.refuse(name, "not a list")
        return []
    if len(given) > MOST_EVENTS:
        item.refuse(name, f"{len(given)} entries; at most {MOST_EVENTS} are taken")
        return []
    read = []
    for number, one in enumerate(given):
        where = f"{name}[{number}]"
        if isinstance(one, dict):
            read.append(_object(item, f"{where}.", one, fields, now))
        else:
            item.refuse(where, "not an object")
    return read


def _object(
    item: Item, path: str, given: dict[str, Any], fields: Sequence[Field], now: int
) -> dict[str, Any]:
    known = {one.name: one for one in fields}
    for name in given:
        if name not in known:
            item.refuse(path + _shown(name), f"unknown; known are {', '.join(known)}")
    read: dict[str, Any] = {}
    for name, one in known.items():
        value = given.get(name)
        if value is None or value == "":
            read[name] = None
            if one.required:
                item.refuse(path + name, "missing")
            continue
        try:
            read[name] = _value(one, value, now)
        except ValueError as error:
            read[name] = None
            item.refuse(path + name, str(error))
    return read


def _value(one: Field, value: Any, now: int) -> Any:
    if one.kind == "flag":
        if not isinstance(value, bool):
            raise ValueError(f"{_shown(value)} is neither true nor false")
        return int(value)
    if one.kind in ("number", "whole"):
        return _number(one, value)
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is no text")
    if one.kind == "time":
        return _time(one, value, now)
    text = " ".join(value.split())
    if one.choices and text not in one.choices:
        raise ValueError(f"{_shown(value)} is not one of {', '.join(one.choices)}")
    if len(text) > one.longest:
        raise ValueError(f"{len(text)} signs; at most {one.longest} are taken")
    if not text.isprintable():
        raise ValueError("there are control characters in it")
    return text


def _number(one: Field, value: Any) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # A whole number may be too long to be made a float of; the limits of its field refuse it.
    is_number = is_number and not (isinstance(value, float) and not math.isfinite(value))
    if not is_number or (one.kind == "whole" and value != int(value)):
        raise ValueError(
            f"{_shown(value)} is no {one.kind} number".replace("number number", "number")
        )
    if (one.low is not None and value < one.low) or (one.high is not None and value > one.high):
        raise ValueError(f"{_shown(value)} is not between {one.low:g} and {one.high:g}")
    return int(value) if one.kind == "whole" else float(value)


def _time(one: Field, value: str, now: int) -> int:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{_shown(value)} is no time like 2026-03-31T18:00:00+08:00")
    try:
        at = int(moment.timestamp())
    except (OverflowError, ValueError):
        raise ValueError(f"{_shown(value)} is no time of ours") from None
    if at < EARLIEST:
        raise ValueError(f"{_shown(value)} is before 1990")
    if one.name == "at" and at > now + AHEAD_SECONDS:
        raise ValueError(f"{_shown(value)} lies in the future")
    if at > now + FAR_SECONDS:
        raise ValueError(f"{_shown(value)} is more than ten years off")
    return at


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return "".join(sign for sign in text if sign.isprintable())[:LONGEST_SHOWN]
