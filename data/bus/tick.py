"""What goes over the bus: that something is newer, and whom it concerns."""

import json
from typing import Literal, NamedTuple, get_args

Kind = Literal["cases", "grids", "work", "population", "cast", "supervision", "gap"]
KINDS: tuple[Kind, ...] = get_args(Kind)
OF_DATA: tuple[Kind, ...] = ("cases", "grids", "work", "population")
"""Kinds whose version stands in a database: whoever missed a tick finds it there. A `gap` tells that ticks may
have been missed: anything may be newer."""

LONGEST_BYTES = 4_000
"""PostgreSQL passes on 8,000 at most."""


class Tick(NamedTuple):
    """kind: what is newer; version: its version, which grows; at: epoch seconds.

    to: whom it concerns, `account:7` or `device:3`; nobody named means all who may see the kind.
    object: which one of the kind, e.g. the wall of a cast or the number of a 督办.
    """

    kind: Kind
    version: int
    at: int
    to: tuple[str, ...] = ()
    object: str = ""


def written(tick: Tick) -> str:
    """A tick as text; raises ValueError when no bus would carry it."""
    text = json.dumps(tick._asdict(), separators=(",", ":"))
    if len(text.encode()) > LONGEST_BYTES:
        raise ValueError(f"a tick of {len(text)} characters: name fewer in `to`")
    return text


def read_tick(text: str) -> Tick | None:
    """The tick that a text says; None for anything else, since others may use the same channel."""
    try:
        given = json.loads(text)
        kind, to = given["kind"], tuple(map(str, given["to"]))
        if kind not in KINDS:
            return None
        return Tick(kind, int(given["version"]), int(given["at"]), to, str(given["object"]))
    except (ValueError, TypeError, KeyError):
        return None
