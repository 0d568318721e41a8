"""A panel: a frame with its states and a pure function that draws it; and the one callback of a screen.

One refresh is one request for all panels of a screen. Each is drawn by itself: one that fails keeps
its last figures and says how old they are, one that did not change is not sent again.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from dash import Dash, Input, Output, State, html, no_update
from plotly.io.json import to_json_plotly

from dashboard.markup import Markup, elements
from dashboard.notices import language_of, refusal, unreachable
from dashboard.office.desk import visitor
from dashboard.text import LANGUAGES, Language, section, text, word
from dashboard.view import LONGEST_FIND, View, read_view
from data.days import local_time
from queries.facts import Facts
from queries.known import as_known
from queries.scope import ScopeError
from queries.sight import OutOfSight
from queries.site import Site
from queries.versions import Versions, versions_of
from queries.visitor import Visitor

log = logging.getLogger(__name__)

LONGEST_HELD = 366 * 86_400
"""Seconds for which a browser can plausibly have kept a figure; older claims are made up."""


class Wire(NamedTuple):
    """One property of one component."""

    id: str
    prop: str


@dataclass(frozen=True)
class Ask:
    """What a panel is drawn from: the site, the visitor's view and the screen it stands on."""

    site: Site
    view: View
    facts: Facts
    screen: str
    rows: int
    visitor: Visitor | None = None
    """Who asks; None on a server that is open to everybody."""

    @property
    def language(self) -> Language:
        """The visitor's language."""
        return self.view.language

    def may(self, kind: str, level: int | None = None) -> bool:
        """Whether a kind of data (queries.rights.KINDS) may be seen of the view's grid."""
        scope = self.view.scope
        try:
            self.site.admit(scope, kind, level)
        except OutOfSight:
            return False
        return True

    def t(self, key: str, **values: object) -> str:
        """A string of the catalogue in the visitor's language."""
        return text(self.view.language, key, **values)

    def word(self, section: str, value: str) -> str:
        """A word of the data in the visitor's language, as it is where nobody translated it."""
        return word(self.view.language, section, value)

    def time(self, at: int, form: str = "%m-%d %H:%M") -> str:
        """An instant on the site's wall clock."""
        return local_time(at, self.facts.zone).strftime(form)


Draw = Callable[[Ask], Any]


@dataclass(frozen=True)
class Panel:
    """`draw` gives a tree of plain elements, or for a `body` of its own a value for each of `wires`."""

    key: str
    draw: Draw
    body: Callable[[], Any] | None = None
    wires: tuple[Wire, ...] = ()
    kind: str = "case_figures"
    """The kind of data that it shows; who may not see that kind gets `closed` instead."""
    closed: Draw | None = None
    shows_typed: bool = False
    """Whether what is typed to find persons shows in it; what shows that is remembered nowhere."""

    @property
    def outputs(self) -> tuple[Wire, ...]:
        """The properties that `draw` fills."""
        return self.wires or (Wire(f"{self.key}-body", "content"),)

    def frame(self) -> html.Section:
        """The panel before its first figures: a skeleton that already has its size."""
        name = f"{self.key}-body"
        skeleton = Markup(name, "panel-body", html.Div(className="skeleton"))
        return html.Section(
            [
                html.Div(self.body(), id=name, className="panel-body") if self.body else skeleton,
                html.Div(id=f"{self.key}-state", className="panel-state"),
            ],
            id=self.key,
            className=f"panel panel-{self.key} is-loading",
        )


@dataclass(frozen=True)
class Screen:
    """One of the three screens: its panels; where they sit is CSS. `rows` is how long lists are."""

    key: str
    panels: tuple[Panel, ...]
    rows: int
    namespaces: tuple[str, ...]
    scripts: tuple[str, ...]
    styles: tuple[str, ...]

    @property
    def outputs(self) -> tuple[Wire, ...]:
        """All that an answer may fill: a notice, what is held now, and each panel with its state."""
        wires = [Wire("notice", "children"), Wire("seen", "value")]
        for panel in self.panels:
            wires += [*panel.outputs, Wire(panel.key, "className")]
            wires.append(Wire(f"{panel.key}-state", "children"))
        return tuple(wires)

    @property
    def output(self) -> str:
        """All outputs as Dash names them together."""
        return "..".join(["", "...".join(f"{one.id}.{one.prop}" for one in self.outputs), ""])


def layout(screen: Screen, refresh_seconds: int, ladder: str) -> html.Div:
    """The frames of all panels; holds no figure and no word, so it is the same for everyone."""
    return html.Div(
        [
            html.Data(id="asked", value=""),
            html.Data(id="seen", value="{}"),
            html.Data(id="refresh", value=str(refresh_seconds)),
            html.Data(
                id="titles",
                value="|".join(text(tongue, f"screen.{screen.key}") for tongue in LANGUAGES),
            ),
            # What the page says by itself of connection, age and build: assets/live.js fills it in.
            html.Data(id="server-words", value=json.dumps(section("server"), ensure_ascii=False)),
            html.Div(id="notice", className="notice"),
            html.Div(id="connection", className="connection"),
            *(panel.frame() for panel in screen.panels),
            html.Div(id="server", className="server-line"),
        ],
        id="screen",
        className=f"screen screen-{screen.key} ladder-{ladder}",
    )


def connect(
    app: Dash, screen: Screen, site: Site, note: Callable[["Question | None"], None] | None = None
) -> None:
    """Give the app its only callback. note: is told of each question before it is answered."""

    def answered(asked: str, seen: str) -> list[Any]:
        who = visitor()
        if note is not None:
            note(read_question(screen, asked, who))
        return refresh(screen, site, asked, seen, who)

    outputs = [Output(*wire) for wire in screen.outputs]
    asked, seen = Input("asked", "value"), State("seen", "value")
    app.callback(*outputs, asked, seen, prevent_initial_call=True)(answered)


@dataclass(frozen=True)
class Question:
    """All that an answer depends on besides the data and the clock: who asks the same gets the same.

    What is remembered anywhere in the dashboard is remembered by this. `search` is only what names a
    language; of the visitor only the `sight` counts, which is what they may see. What is `typed` to find
    persons is remembered nowhere.
    """

    screen: str
    fragment: str
    search: str
    visitor: Visitor | None = field(default=None, compare=False)
    typed: str = ""
    sight: tuple[object, ...] | None = field(init=False)

    def __post_init__(self) -> None:
        """Note the sight: two visitors of the same sight ask the same."""
        sight = None if self.visitor is None else self.visitor.sight
        object.__setattr__(self, "sight", sight)

    @property
    def language(self) -> Language:
        """The language of what can be said before the address is understood."""
        return language_of(self.fragment, self.search)


class Instant(NamedTuple):
    """The tick and the versions of the data that figures belong to, and how much was prepared by then."""

    tick: int
    parts: tuple[tuple[str, int], ...]
    population: int
    prepared: int


class Written(str):
    """JSON text: it is sent as it is."""


class Content(NamedTuple):
    """What a panel's wires are to hold, as JSON: a fifth of what it takes as values; a digest of each."""

    texts: tuple[Written, ...]
    digests: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """All panels of a screen, drawn for one question at one instant; None is one that failed."""

    screen: Screen
    ask: Ask
    instant: Instant
    contents: tuple[Content | None, ...]

    @property
    def whole(self) -> bool:
        """Whether no panel failed."""
        return None not in self.contents


def read_question(screen: Screen, asked: object, visitor: Visitor | None = None) -> Question | None:
    """The question in what the browser sent; None when it is none."""
    given = as_object(asked)
    fragment, search = given.get("hash"), str(given.get("search", ""))
    if not isinstance(fragment, str):
        return None
    parts = dict(parse_qsl(search.lstrip("?")))
    named, typed = parts.get("lang"), parts.get("typed", "")
    language = f"?lang={named}" if named in LANGUAGES else ""
    return Question(screen.key, fragment, language, visitor, typed[:LONGEST_FIND])


def instant_of(site: Site) -> Instant:
    """The tick and the versions as they are now."""
    parts = tuple(sorted(site.versions().items()))
    return Instant(site.as_of(), parts, site.population_version(), site.prepared.made)


def versions_in(instant: Instant) -> Versions:
    """The versions that figures of an instant are of."""
    return versions_of(dict(instant.parts), instant.population)


def draw(screen: Screen, site: Site, question: Question) -> Picture:
    """Draw all panels, each by itself; raises ScopeError for an address that cannot be."""
    instant = instant_of(site)
    # From here on the site is what the visitor may see of it: nothing below can ask for more. What is
    # kept below by a question (`drawn`, pictures, replies) is kept by their sight; what is kept by a scope
    # (`answers`, `drawings`) is the same for all who are let in to that scope.
    site = site.seen_by(question.visitor, screen.key)
    query = question.search or "?"
    if question.typed:
        query += "&" + urlencode({"typed": question.typed})
    view = read_view(site, question.fragment, query)
    ask = Ask(
        as_known(site, view.known), view, site.facts(), screen.key, screen.rows, question.visitor
    )
    instant = instant._replace(tick=view.as_of)

    def drawn(panel: Panel) -> Content | None:
        try:
            if question.typed and panel.shows_typed:
                return _content(panel, ask)
            asked = replace(question, typed="")
            return site.drawn.get((panel, asked, instant), lambda: _content(panel, ask))
        except Exception:
            log.exception("panel %s failed", panel.key)
            return None

    return Picture(screen, ask, instant, tuple(drawn(panel) for panel in screen.panels))


def refresh(
    screen: Screen, site: Site, asked: str, seen: str, visitor: Visitor | None = None
) -> list[Any]:
    """Draw what changed for a visitor at an address who holds what `seen` says."""
    blank = [no_update] * (len(screen.outputs) - 2)
    question = read_question(screen, asked, visitor)
    if question is None:
        return [no_update, no_update, *blank]
    try:
        picture = draw(screen, site, question)
    except ScopeError as error:
        return [refusal(error, question.language), no_update, *blank]
    except Exception:
        log.exception("no view for %s", screen.key)
        held, now = as_object(seen), site.clock.now()
        return [unreachable(question.language, held, now), no_update, *blank]
    return changes(picture, seen, json.loads)


def changes(picture: Picture, seen: object, form: Callable[[Written], Any]) -> list[Any]:
    """What the screen's outputs get of a picture when the browser holds what `seen` says.

    form: what is made of a wire's text when it is sent. What the dashboard adds to the panels' contents
    is plain values: the note of what is held, classes and words.
    """
    held = as_object(seen)
    values: list[Any] = []
    for panel, content in zip(picture.screen.panels, picture.contents, strict=True):
        last = held.get(panel.key)
        last = last if isinstance(last, dict) else {}
        if content is None:
            held[panel.key] = {**last, "whole": False}
            values += _kept(panel, picture.ask, last)
            continue
        before = last["digests"] if isinstance(last.get("digests"), list) else []
        known = [i < len(before) and before[i] == one for i, one in enumerate(content.digests)]
        held[panel.key] = {"digests": content.digests, "at": picture.ask.view.as_of, "whole": True}
        sent = zip(known, content.texts, strict=True)
        values += [no_update if same else form(text) for same, text in sent]
        kept = last.get("whole") is True
        values += [no_update, no_update] if kept else [f"panel panel-{panel.key}", None]
    return [None, json.dumps(held), *values]


def _content(panel: Panel, ask: Ask) -> Content:
    open_to = not panel.kind or ask.may(panel.kind)
    drawn = panel.draw(ask) if open_to else (panel.closed or _closed(panel))(ask)
    values = tuple(
        elements(value) if wire.prop == "content" else value
        for wire, value in zip(panel.outputs, drawn if panel.wires else [drawn], strict=True)
    )
    texts = tuple(Written(to_json_plotly(value)) for value in values)
    return Content(texts, tuple(_digest(text) for text in texts))


def _closed(panel: Panel) -> Draw:
    """What stands in the place of a panel that is not open to the visitor."""

    def drawn(ask: Ask) -> Any:
        # Who sees only their own tasks has a screen of those, not one of closed panels.
        is_own = ask.site.sight is not None and ask.site.sight.is_own_only
        line = html.Div(ask.t("state.closed"), className="empty is-closed")
        line = html.Div(className="not-here") if is_own else line
        return [line, *[""] * (len(panel.wires) - 1)] if panel.wires else line

    return drawn


def _kept(panel: Panel, ask: Ask, last: dict[str, Any]) -> list[Any]:
    """A failed panel: what stands there stays, with its age; a first failure says what to do."""
    unchanged = [no_update] * len(panel.outputs)
    at, now = last.get("at"), ask.view.as_of
    if isinstance(at, int) and 0 <= now - at <= LONGEST_HELD:
        words = ask.t("state.stale", at=ask.time(at, "%H:%M"), minutes=(now - at) // 60)
        return [*unchanged, f"panel panel-{panel.key} is-stale", words]
    return [*unchanged, f"panel panel-{panel.key} is-failed", ask.t("state.failed")]


def _digest(content: str) -> str:
    return hashlib.blake2b(content.encode(), digest_size=6).hexdigest()


def as_object(given: object) -> dict[str, Any]:
    """A JSON object from the browser; anything else counts as empty."""
    try:
        held = json.loads(given) if isinstance(given, str) and len(given) < 100_000 else {}
    except (ValueError, RecursionError):
        held = {}
    return held if isinstance(held, dict) else {}
