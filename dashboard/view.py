"""What one visitor's address says: the scope plus what is unfolded on the screen.

All state lives in the URL fragment, so drilling is a link and back, reload and sharing are free. The
fragment is never trusted: every part is checked here, unknown ones are refused by name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import parse_qsl, quote

from dashboard.looked import Looked, read_looked
from dashboard.text import LANGUAGES, Language
from data.days import day_of
from data.grids import Grid, GridTree
from queries.known import read_known
from queries.measure import kind_of
from queries.metrics import BY_KEY, Metric, Part
from queries.paging import Turn
from queries.person_roles import ROLES
from queries.published import Published
from queries.reconcile import published_scope
from queries.scope import FILTERS, Scope, ScopeError, read_day, read_grid, read_scope
from queries.sight import OutOfSight
from queries.site import Site

SCOPE_PARTS = ("hierarchy", "grid", "from", "to", "period", "days", *FILTERS, "zoning", "known")
SCREEN_PARTS = (
    "colour",
    "level",
    "layer",
    "list",
    "on",
    "page",
    "after",
    "before",
    "case",
    "explain",
    "check",
    "role",
    "score",
    "access",
    "about",
    "records",
    "people",
    "find",
    "lang",
)
PARTS = (*SCOPE_PARTS, *SCREEN_PARTS)
COLOURS = (
    "overdue",
    "open",
    "accepted",
    "closure_rate",
    "on_time_rate",
    "satisfaction",
    "population",
)
LAYERS = ("open", "hazards", "unmanaged")
"""Points of the map: open cases, what endangered the public, compounds without a manager."""

OF_DEPARTMENTS = "department"
SCORED = (OF_DEPARTMENTS, *ROLES)
"""Whose scores are shown: departments, or the persons of a role by the codes of their seats."""

LONGEST = 2000
LONGEST_FIND = 60
LONGEST_SEAT = 64
LONGEST_CODE = 200
TYPED = "~typed"
GROUPINGS = ("class", "batch")
"""By what the access list is grouped."""

FOLDED: dict[str, str | None] = dict.fromkeys(
    (
        *("list", "on", "page", "case", "explain", "check", "score", "access", "about", "records"),
        *("people", "find"),
    )
)
"""What is taken out of an address to fold everything away."""


@dataclass(frozen=True)
class View:
    """A checked address. `level` is the level of grids the map shows.

    known: the moment whose records count, None for now's; figures are then as of no later instant.
    """

    parts: Mapping[str, str]
    scope: Scope
    language: Language
    as_of: int
    colour: Metric
    level: int
    layer: str
    listed: Metric | None
    listed_part: Part
    list_scope: Scope
    page: int
    turn: Turn | None
    case: str | None
    explained: Metric | None
    checked: Published | None
    role: str
    scored: str | None
    access: str | None
    about: Grid | None
    find: str | None
    known: int | None
    choosing: bool
    people: Looked | None
    typed: str

    def link(self, **changes: str | None) -> str:
        """The fragment of this view with some parts changed; None removes a part.

        A search ends with the first link that is followed: a letter typed would change all links.
        Another page has other neighbours.
        """
        changed = {name.rstrip("_"): value for name, value in changes.items()}
        if "page" in changed:
            changed = {"after": None, "before": None, **changed}
        parts = {**self.parts, "find": None, **changed}
        told = [f"{name}={_quoted(value)}" for name in PARTS if (value := parts.get(name))]
        return "#" + "&".join(told)

    def to_grid(self, code: str | None) -> str:
        """Drill: the same question asked of another grid, nothing unfolded."""
        return self.link(grid=code, level=None, **FOLDED)

    def to_list(
        self, metric: str, part: Part = "top", *, day: int | None = None, check: str | None = None
    ) -> str:
        """The cases behind a figure; of one day, or of a published figure's period and area."""
        listed = metric if part == "top" else f"{metric}.{part}"
        on = None if day is None else str(day_of(day))
        return self.link(**{**FOLDED, "list": listed, "on": on, "check": check})

    def to_place(self, tree: GridTree, grid: Grid, *, about: bool = False) -> str:
        """A grid of any hierarchy, nothing unfolded but, if asked for, its card."""
        code = None if grid.level == 0 else grid.code
        parts = {**FOLDED, "about": grid.code if about else None}
        return self.link(hierarchy=tree.code, grid=code, level=None, **parts)

    def to_moments(self) -> str:
        """The choice of moments whose records may count."""
        return self.link(**{**FOLDED, "records": "choose"})

    def folded(self) -> str:
        """The view that a list was opened from: nothing unfolded, or a reconciliation."""
        return self.link(**{**FOLDED, "check": self.parts.get("check")})


_quoted = lru_cache(2000)(quote)
"""A screen has some hundred links of the same few words."""


def read_view(site: Site, fragment: str, query: str) -> View:
    """Check an address (`#…` and `?…` as the browser has them); raises ScopeError."""
    parts = _split(fragment)
    if "lang" not in parts:
        asked = dict(parse_qsl(query.lstrip("?"))).get("lang")
        parts |= {"lang": asked} if asked in LANGUAGES else {}
    language = parts.get("lang", "zh")
    if language not in LANGUAGES:
        raise ScopeError("lang", language)
    known = read_known(site, parts.get("known"))
    as_of = site.as_of() if known is None else min(site.as_of(), known)
    scope = read_scope(site, {n: v for n, v in parts.items() if n in SCOPE_PARTS}, as_of)
    level = _level(parts.get("level"), scope)
    colour = _one_of("colour", parts.get("colour", COLOURS[0]), colours(site, scope, level))
    listed, part = _listed(parts.get("list"))
    explain = _explained(site, scope, parts.get("explain"))
    checked = _checked(site, parts.get("check"))
    role = _one_of("role", parts.get("role", OF_DEPARTMENTS), scored_roles(site, scope))
    listed_from = scope
    if checked:
        whole = published_scope(site, checked, scope.tree.code)
        listed_from = replace(whole, zoning=scope.zoning)
    looked = read_looked(parts.get("people"))
    typed = "" if looked is None else _typed(query)
    # Named so, no link can have it: what is typed to find persons stays out of addresses.
    parts |= {TYPED: typed} if typed else {}
    return View(
        parts=parts,
        scope=scope,
        language=language,
        as_of=as_of,
        colour=BY_KEY[colour],
        level=level,
        layer=_one_of("layer", parts.get("layer", LAYERS[0]), LAYERS),
        listed=listed,
        listed_part=part,
        list_scope=_on(listed_from, parts.get("on")),
        page=_number("page", parts.get("page", "1"), 1, 100_000),
        turn=_turn(parts.get("after"), parts.get("before")),
        case=parts.get("case"),
        explained=BY_KEY[explain] if explain else None,
        checked=checked,
        role=role,
        scored=_scored(site, scope, role, parts.get("score")),
        access=_grouping(parts.get("access")),
        about=_about(site, scope, parts.get("about")),
        find=_find(parts.get("find")),
        known=known,
        choosing="records" in parts and bool(_one_of("records", parts["records"], ("choose",))),
        people=looked,
        typed=typed,
    )


def _split(fragment: str) -> dict[str, str]:
    body = fragment.removeprefix("#")
    if len(body) > LONGEST:
        raise ScopeError("#", body[:40] + "…")
    if not body:
        return {}
    try:
        pairs = parse_qsl(body, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise ScopeError("#", body[:80]) from None
    parts: dict[str, str] = {}
    for name, value in pairs:
        if name not in PARTS or name in parts or "\x00" in value:
            raise ScopeError(name, value)
        if value:
            parts[name] = value
    return parts


def _listed(given: str | None) -> tuple[Metric | None, Part]:
    if given is None:
        return None, "top"
    key, _, part = given.partition(".")
    metric = BY_KEY.get(key)
    if metric is None or not metric.counts_cases:
        raise ScopeError("list", given)
    if part == "rest" and metric.is_rate:
        return metric, "rest"
    if part == "bottom" and metric.is_rate:
        return metric, "bottom"
    if part not in ("", "top"):
        raise ScopeError("list", given)
    return metric, "top"


def _explained(site: Site, scope: Scope, given: str | None) -> str | None:
    """The metric whose definition is to be shown, with its figure."""
    if given is None:
        return None
    if given not in BY_KEY:
        raise ScopeError("explain", given)
    try:
        site.admit(scope, kind_of(BY_KEY[given]))
    except OutOfSight:
        raise ScopeError("explain", given) from None
    return given


def _checked(site: Site, given: str | None) -> Published | None:
    """The published figure that is to be reconciled."""
    held = {figure.key: figure for figure in site.facts().published}
    if given is not None and given not in held:
        raise ScopeError("check", given)
    return held[given] if given is not None else None


def colours(site: Site, scope: Scope, level: int) -> tuple[str, ...]:
    """The metrics that may colour a map of the grids of a level."""
    tree = scope.tree
    right = site.right("population", tree, scope.grid, scope.department)
    deep = site.sight is None or level <= site.sight.deepest(right, tree)
    return COLOURS if right.depth and deep else tuple(c for c in COLOURS if c != "population")


def scored_roles(site: Site, scope: Scope) -> tuple[str, ...]:
    """Whose scores may be seen; departments are always named, with or without a score."""
    right = site.right("staff_scores", scope.tree, scope.grid, scope.department)
    return SCORED if right.depth and right.limit != "unit" else (OF_DEPARTMENTS,)


def _scored(site: Site, scope: Scope, role: str, given: str | None) -> str | None:
    """Whose score is to be taken apart: a department, or a seat, which its sheet looks up."""
    if given is None:
        return None
    known = given in site.departments() if role == OF_DEPARTMENTS else len(given) <= LONGEST_SEAT
    if not site.right("staff_scores", scope.tree, scope.grid, scope.department).depth:
        known = False
    if not known:
        raise ScopeError("score", given)
    return given


def _one_of(part: str, given: str, known: tuple[str, ...]) -> str:
    if given not in known:
        raise ScopeError(part, given)
    return given


def _grouping(given: str | None) -> str | None:
    """By what the access list that is to be shown is grouped."""
    return None if given is None else _one_of("access", given, GROUPINGS)


def _about(site: Site, scope: Scope, given: str | None) -> Grid | None:
    """The grid of the hierarchy whose card is to be shown."""
    return None if given is None else read_grid(site, scope.tree, "about", given)


def _find(given: str | None) -> str | None:
    """What somebody types to find a grid by."""
    if given is not None and len(given) > LONGEST_FIND:
        raise ScopeError("find", given)
    return given


def _typed(query: str) -> str:
    """What stands in the box that people are searched by; sent beside the address, never in it."""
    given = dict(parse_qsl(query.lstrip("?"))).get("typed", "")
    return " ".join(given.replace("\x00", "").split())[:LONGEST_FIND]


def _on(scope: Scope, given: str | None) -> Scope:
    """The scope of one day only, for a list that one day's figure opened."""
    if given is None:
        return scope
    day = read_day("on", given)
    return scope.on(day, day)


def _level(given: str | None, scope: Scope) -> int:
    if given is None:
        return scope.tree.level_below(scope.grid.level)
    return _number("level", given, scope.grid.level, scope.tree.deepest())


def _turn(after: str | None, before: str | None) -> Turn | None:
    for part, code in (("after", after), ("before", before)):
        if code is not None:
            if len(code) > LONGEST_CODE or (after is not None and before is not None):
                raise ScopeError(part, code)
            return Turn(code, forward=part == "after")
    return None


def _number(part: str, given: str, low: int, high: int) -> int:
    if not re.fullmatch("[0-9]{1,6}", given) or not low <= int(given) <= high:
        raise ScopeError(part, given)
    return int(given)
