"""Asks a screen as the browser does and reads what came back: texts, classes, links."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from dash import no_update
from plotly.io.json import to_json_plotly

from dashboard.panel import Ask, Panel, Screen, refresh
from queries.site import Site
from queries.visitor import Visitor

CHINESE = re.compile(r"[\u3001-\u303f\u4e00-\u9fff，。：；（）？！]")


@dataclass(frozen=True)
class Drawn:
    """What one panel was sent: the values of its wires, its class and its state line."""

    contents: tuple[Any, ...]
    klass: str
    state: Any

    @property
    def kept(self) -> bool:
        return all(content is no_update for content in self.contents)

    @property
    def tree(self) -> Any:
        """The first wire's components as the browser gets them."""
        return as_json(self.contents[0])


@dataclass(frozen=True)
class Answer:
    """One answer of a screen's callback."""

    notice: Any
    seen: Any
    panels: dict[str, Drawn]


def ask(
    screen: Screen, site: Site, fragment: str = "", *, search: str = "", seen: Any = "{}"
) -> Answer:
    question = json.dumps({"hash": fragment, "search": search, "n": 1})
    return read(screen, refresh(screen, site, question, seen))


def ask_as(visitor: Visitor | None, screen: Screen, site: Site, fragment: str) -> Answer:
    """What a visitor is answered."""
    question = json.dumps({"hash": fragment, "search": "", "n": 1})
    return read(screen, refresh(screen, site, question, "{}", visitor))


def read(screen: Screen, values: list[Any]) -> Answer:
    """Lay the callback's flat list out by panel."""
    panels = {}
    place = 2
    for panel in screen.panels:
        n = len(panel.outputs)
        contents = tuple(values[place : place + n])
        panels[panel.key] = Drawn(contents, values[place + n], values[place + n + 1])
        place += n + 2
    assert place == len(values)
    return Answer(values[0], values[1], panels)


def broken(screen: Screen, key: str) -> Screen:
    """The screen with one panel that cannot be drawn."""

    def draw(ask: Ask) -> None:
        raise RuntimeError("this panel is broken on purpose")

    return changed(screen, key, draw)


def only(screen: Screen, *keys: str) -> Screen:
    """The screen with nothing but these panels: what a test does not look at need not be drawn."""
    return replace(screen, panels=tuple(panel for panel in screen.panels if panel.key in keys))


def changed(screen: Screen, key: str, draw: Callable[[Ask], Any]) -> Screen:
    """The screen with one panel drawn by something else."""

    def other(panel: Panel) -> Panel:
        return replace(panel, draw=draw) if panel.key == key else panel

    return replace(screen, panels=tuple(other(panel) for panel in screen.panels))


def as_json(component: Any) -> Any:
    return shaped(json.loads(to_json_plotly(component)))


def shaped(tree: Any) -> Any:
    """A panel's plain elements (`[tag, properties, inside]`) in the shape of component JSON."""
    match tree:
        case [str(tag), dict(properties), list(inside)]:
            return {"type": tag, "props": {**properties, "children": [shaped(p) for p in inside]}}
    return tree


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every component of a tree of component JSON, outer ones first."""
    if isinstance(tree, list):
        for part in tree:
            yield from nodes(part)
    elif isinstance(tree, dict) and "props" in tree:
        yield tree["props"]
        yield from nodes(tree["props"].get("children"))


def of_class(tree: Any, name: str) -> list[dict[str, Any]]:
    return [node for node in nodes(tree) if name in (node.get("className") or "").split()]


def text_of(tree: Any) -> str:
    """All text inside, run together."""
    if isinstance(tree, list):
        return "".join(text_of(part) for part in tree)
    if isinstance(tree, dict):
        return text_of((tree.get("props") or tree).get("children"))
    return "" if tree is None else str(tree)


def texts(tree: Any, without: frozenset[str]) -> Iterator[str]:
    """Every text and hint, but not inside components with one of the classes."""
    if isinstance(tree, list):
        for part in tree:
            yield from texts(part, without)
    elif isinstance(tree, dict):
        props = tree.get("props", {})
        if without & set((props.get("className") or "").split()):
            return
        if props.get("title"):
            yield props["title"]
        yield from texts(props.get("children"), without)
    elif isinstance(tree, str):
        yield tree


def links(tree: Any) -> list[str]:
    return [node["href"] for node in nodes(tree) if node.get("href")]
