"""The part `people` of an address: what of the base databases is unfolded. Ids and codes, never a name.

`find`; `list:old60.alone.T012@4711` (persons, after the person 4711); `person:1`, `building:1`, `house:1`.
What is typed to search for never gets into an address: it would stay in the browser's history.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from queries.person_pick import Wanted
from queries.scope import ScopeError

T = TypeVar("T")

AGES = {"old60": 60, "old80": 80}
HOMES = {"alone": "独居", "empty": "空巢"}
UNSEEN = {"unseen30": 30, "unseen90": 90}
GROUPS: tuple[Mapping[str, Any], ...] = (AGES, HOMES, UNSEEN)
"""Conditions by word; of each group one can hold."""
MOST_CONDITIONS = 8

_WRITTEN = re.compile(
    r"(?P<find>find)|list:(?P<conditions>[\w.-]{0,120})(?:@(?P<after>\d{1,18}))?"
    r"|(?P<kind>person|building|house):(?P<item>\d{1,18})",
    re.ASCII,
)


class Looked(NamedTuple):
    """kind: find | list | person | building | house; conditions and after of a list, item of the others."""

    kind: str
    conditions: tuple[str, ...] = ()
    item: int = 0
    after: int | None = None

    def __str__(self) -> str:
        """As it stands in an address."""
        if self.kind == "find":
            return "find"
        if self.kind == "list":
            after = "" if self.after is None else f"@{self.after}"
            return f"list:{'.'.join(self.conditions)}{after}"
        return f"{self.kind}:{self.item}"

    def toggled(self, word: str) -> "Looked":
        """The list with a condition more or less; another of its group goes."""
        group = next((held for held in GROUPS if word in held), dict[str, Any]())
        kept = [one for one in self.conditions if one != word and one not in group]
        if word not in self.conditions:
            kept.append(word)
        return Looked("list", tuple(kept)) if kept else Looked("find")

    def wanted(self, name: str) -> Wanted:
        """What persons the list is of; name: what their names begin with."""

        known = {word for group in GROUPS for word in group}
        return Wanted(
            name=name,
            tags=tuple(one for one in self.conditions if one not in known),
            at_least=_first(AGES, self.conditions),
            household=_first(HOMES, self.conditions) or "",
            not_visited=_first(UNSEEN, self.conditions),
        )


def _first(group: Mapping[str, T], conditions: Sequence[str]) -> T | None:
    return next((group[one] for one in conditions if one in group), None)


def read_looked(given: str | None) -> Looked | None:
    """The part as it was given; raises ScopeError."""
    if given is None:
        return None
    found = _WRITTEN.fullmatch(given)
    if not found:
        raise ScopeError("people", given)
    if found["find"]:
        return Looked("find")
    if found["kind"]:
        return Looked(found["kind"], item=int(found["item"]))
    conditions = tuple(dict.fromkeys(filter(None, found["conditions"].split("."))))
    if len(conditions) > MOST_CONDITIONS:
        raise ScopeError("people", given)
    return Looked("list", conditions, after=int(found["after"]) if found["after"] else None)
