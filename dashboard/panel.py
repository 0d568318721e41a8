"""A panel: a frame with its states and a pure function that draws it; and the one callback of a screen.

One refresh is one request for all panels of a screen. Each is drawn by itself: one that fails keeps
its last figures and says how old they are, one that did not change is not sent again.
"""

import hashlib
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from dash import Dash, Input, Output, State, html, no_update
from plotly.io.json import to_json_plotly

from dashboard.markup import Markup, elements
from dashboard.office.desk import visitor
from dashboard.text import LANGUAGES, Language, text, word
from dashboard.view import View, read_view
from data.days import local_time
from queries.scope import ScopeError
from queries.site import Facts, Site
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
            html.Div(id="notice", className="notice"),
            html.Div(id="connection", className="connection"),
            *(panel.frame() for panel in screen.panels),
        ],
        id="screen",
        className=f"screen screen-{screen.key} ladder-{ladder}",
    )


def connect(app: Dash, screen: Screen, site: Site) -> None:
    """Give the app its only callback."""
    outputs = [Output("notice", "children"), Output("seen", "value")]
    for panel in screen.panels:
        outputs += [Output(*wire) for wire in panel.outputs]
        outputs += [Output(panel.key, "className"), Output(f"{panel.key}-state", "children")]
    app.callback(*outputs, Input("asked", "value"), State("seen", "value"))(
        lambda asked, seen: refresh(screen, site, asked, seen, visitor())
    )


def refresh(
    screen: Screen, site: Site, asked: str, seen: str, visitor: Visitor | None = None
) -> list[Any]:
    """Draw what changed for a visitor at an address who holds what `seen` says."""
    blank = [no_update] * sum(len(panel.outputs) + 2 for panel in screen.panels)
    question = _object(asked)
    if not isinstance(question.get("hash"), str):
        return [no_update, no_update, *blank]
    try:
        view = read_view(site, question["hash"], str(question.get("search", "")))
        ask = Ask(site, view, site.facts(), screen.key, screen.rows, visitor)
    except ScopeError as error:
        return [_refusal(error, question), no_update, *blank]
    except Exception:
        log.exception("no view for %s", screen.key)
        return [_unreachable(question, _object(seen), site.clock.now()), no_update, *blank]
    held = _object(seen)
    values: list[Any] = []
    for panel in screen.panels:
        values += _drawn(panel, ask, held)
    return [None, json.dumps(held), *values]


def _drawn(panel: Panel, ask: Ask, held: dict[str, Any]) -> list[Any]:
    """Values of one panel's wires, its class and its state line; notes in `held` what was sent."""
    last = held.get(panel.key)
    last = last if isinstance(last, dict) else {}
    try:
        contents, digests = ask.site.drawn.get(_identity(panel, ask), lambda: _contents(panel, ask))
    except Exception:
        log.exception("panel %s failed", panel.key)
        held[panel.key] = {**last, "whole": False}
        return _kept(panel, ask, last)
    before = last["digests"] if isinstance(last.get("digests"), list) else []
    same = [i < len(before) and before[i] == digest for i, digest in enumerate(digests)]
    held[panel.key] = {"digests": digests, "at": ask.view.as_of, "whole": True}
    sent = [no_update if known else content for known, content in zip(same, contents, strict=True)]
    if last.get("whole") is True:
        return [*sent, no_update, no_update]
    return [*sent, f"panel panel-{panel.key}", None]


def _identity(panel: Panel, ask: Ask) -> tuple[object, ...]:
    """All that a panel's content depends on: many who look at the same are drawn for once.

    What somebody may see belongs to it, so that nobody is shown what was drawn for another's eyes.
    """
    view, site = ask.view, ask.site
    address = tuple(sorted(view.parts.items())), view.language, view.as_of
    versions = tuple(sorted(site.versions().items())), site.population_version()
    sight = None if ask.visitor is None else ask.visitor.sight
    return (ask.screen, panel, sight, *address, *versions)


def _contents(panel: Panel, ask: Ask) -> tuple[list[Any], list[str]]:
    drawn = panel.draw(ask)
    contents = [
        elements(value) if wire.prop == "content" else value
        for wire, value in zip(panel.outputs, drawn if panel.wires else [drawn], strict=True)
    ]
    return contents, [_digest(content) for content in contents]


def _kept(panel: Panel, ask: Ask, last: dict[str, Any]) -> list[Any]:
    """A failed panel: what stands there stays, with its age; a first failure says what to do."""
    unchanged = [no_update] * len(panel.outputs)
    at, now = last.get("at"), ask.view.as_of
    if isinstance(at, int) and 0 <= now - at <= LONGEST_HELD:
        words = ask.t("state.stale", at=ask.time(at, "%H:%M"), minutes=(now - at) // 60)
        return [*unchanged, f"panel panel-{panel.key} is-stale", words]
    return [*unchanged, f"panel panel-{panel.key} is-failed", ask.t("state.failed")]


def _digest(content: object) -> str:
    return hashlib.blake2b(to_json_plotly(content).encode(), digest_size=6).hexdigest()


def _object(given: object) -> dict[str, Any]:
    """A JSON object from the browser; anything else counts as empty."""
    try:
        held = json.loads(given) if isinstance(given, str) and len(given) < 100_000 else {}
    except (ValueError, RecursionError):
        held = {}
    return held if isinstance(held, dict) else {}


def _language(question: dict[str, Any]) -> Language:
    """The fragment's language, the query's where it has none."""
    for part in ("hash", "search"):
        found = re.search(r"[#?&]lang=(zh|en)(&|$)", str(question.get(part, "")))
        if found:
            return "en" if found[1] == "en" else "zh"
    return "zh"


def _refusal(error: ScopeError, question: dict[str, Any]) -> html.Div:
    """The address is wrong: say which part, and offer the way home."""
    language = _language(question)
    known = ("grid", "from", "to", "on", "days", "#", "hierarchy", "period", "zoning")
    key = "from" if error.part == "to" else error.part if error.part in known else "other"
    home = "#lang=en" if language == "en" else "#"
    return html.Div(
        [
            html.H2(text(language, "notice.address")),
            html.P(text(language, f"refused.{key}", part=error.part, value=error.value[:80])),
            html.A(text(language, "notice.home"), href=home, className="button"),
        ],
        className="notice-card",
    )


def _unreachable(question: dict[str, Any], held: dict[str, Any], now: int) -> html.Div:
    """The databases do not answer: a line below the last figures, which stay, with their age."""
    language = _language(question)
    times = [last["at"] for last in held.values() if isinstance(last, dict) and "at" in last]
    known = [at for at in times if isinstance(at, int)]
    if not known:
        return html.Div(text(language, "notice.unreachable"), className="notice-bar")
    minutes = max(0, (now - max(known)) // 60)
    words = text(language, "notice.unreachable_since", minutes=minutes)
    return html.Div(words, className="notice-bar")
