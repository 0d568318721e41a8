"""What of a look-up of persons goes into the audit log: the record or the conditions, never what was typed."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from dashboard.looked import Looked, read_looked
from dashboard.panel import Question
from dashboard.sight import Sight, sight_for
from queries.area import Area
from queries.due_visits import due_visits
from queries.lookup import house_line
from queries.person_lookup import is_person_in
from queries.scope import ScopeError
from queries.site import Site

SHOWN_INSTEAD = ("case", "about", "records")
"""Parts of an address that are unfolded over what is looked up."""

OF_PERSONS = ("person", "house")
"""Cards that tell of single persons: a house's of who is registered there."""


VISITS = "visits due"
"""The homes that a worker has to call at, with who lives there."""


class LookUp(NamedTuple):
    """what: a kind of data.audit.log.WHAT; about: `person/7`, `find`, `list old60.alone`."""

    what: str
    about: str
    outcome: str


def look_ups_of(site: Site, question: Question) -> list[LookUp]:
    """The look-ups that a question makes; of who has visits to make the list of them as well.

    Of a record outside the visitor's area the outcome is `refused`, as of one that there is not.
    """
    seen = site.seen_by(question.visitor, question.screen)
    has_tasks = seen.sight is not None and bool(seen.sight.tasks("case_detail"))
    found = [LookUp("person_view", VISITS, "done")] if has_tasks else []
    looked = _looked(question)
    if looked is None:
        return found
    if has_tasks:
        shown = looked.kind == "person" and _is_due(seen, looked.item)
    else:
        sight = sight_for(site, question.visitor, question.screen)
        shown = not sight.is_blind and _is_shown(site, sight, looked)
    what = "person_view" if looked.kind in OF_PERSONS else "search"
    outcome = "done" if shown else "refused"
    return [*found, LookUp(what, _words(looked, bool(question.typed)), outcome)]


def _looked(question: Question) -> Looked | None:
    """What is looked up; None where the sheet shows something else, or only the empty search."""
    parts = dict(parse_qsl(question.fragment.removeprefix("#")))
    if question.screen == "wall" or any(parts.get(name) for name in SHOWN_INSTEAD):
        return None
    try:
        looked = read_looked(parts.get("people"))
    except ScopeError:
        return None
    is_empty = looked is None or (looked.kind == "find" and not question.typed)
    return None if is_empty else looked


def _is_due(seen: Site, person_id: int) -> bool:
    homes = due_visits(seen)
    return any(person_id in dict(home.people) for home in homes)


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
