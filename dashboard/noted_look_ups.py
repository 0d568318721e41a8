"""What of a look-up of persons goes into the audit log: the record or the conditions, never what was typed."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from dashboard.looked import Looked, read_looked
from dashboard.panel import Question
from dashboard.sight import Sight, sight_for
from queries.area import Area
from queries.lookup import house_line
from queries.person_lookup import is_person_in
from queries.scope import ScopeError
from queries.site import Site

SHOWN_INSTEAD = ("case", "about", "records")
"""Parts of an address that are unfolded over what is looked up."""

OF_PERSONS = ("person", "house")
"""Cards that tell of single persons: a house's of who is registered there."""


class LookUp(NamedTuple):
    """what: a kind of data.audit.log.WHAT; about: `person/7`, `find`, `list old60.alone`."""

    what: str
    about: str
    outcome: str


def look_up_of(site: Site, question: Question) -> LookUp | None:
    """The look-up that a question makes; None for a question that makes none.

    Of a record outside the visitor's area the outcome is `refused`, as of one that there is not.
    """
    parts = dict(parse_qsl(question.fragment.removeprefix("#")))
    if question.screen == "wall" or any(parts.get(name) for name in SHOWN_INSTEAD):
        return None
    try:
        looked = read_looked(parts.get("people"))
    except ScopeError:
        return None
    if looked is None or (looked.kind == "find" and not question.typed):
        return None
    sight = sight_for(site, question.visitor, question.screen)
    shown = not sight.is_blind and _is_shown(site, sight, looked)
    what = "person_view" if looked.kind in OF_PERSONS else "search"
    return LookUp(what, _words(looked, bool(question.typed)), "done" if shown else "refused")


def _is_shown(site: Site, sight: Sight, looked: Looked) -> bool:
    held: dict[str, tuple[Area, Callable[[Site, Area, int], object]]] = {
        "person": (sight.persons, is_person_in),
        "house": (sight.houses, house_line),
    }
    if looked.kind not in held:
        return True
    area, find = held[looked.kind]
    return bool(find(site, area, looked.item))


def _words(looked: Looked, is_named: bool) -> str:
    """The look-up in a line; whether a name or number was typed, but not which."""
    if looked.kind in ("person", "house", "building"):
        return f"{looked.kind}/{looked.item}"
    after = "" if looked.after is None else f"after person/{looked.after}"
    words = (looked.kind, ".".join(looked.conditions), after, "typed" if is_named else "")
    return " ".join(word for word in words if word)
