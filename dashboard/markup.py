"""Everything a panel shows as one Dash component.

Dash's renderer runs a selector of every component on the page for every property an answer changes:
with each word of a screen a component, a drill cost the browser a second. So a panel's tree goes out as
plain data, and one component (`assets/markup.js`) builds it with React (docs/decisions 6).
"""

from collections.abc import Callable
from typing import Any

from dash.development.base_component import Component

from dashboard.html import Element

PLAIN: dict[str, Callable[[str], str]] = {
    "dash_html_components": str.lower,
    "dash_svg": lambda name: name[0].lower() + name[1:],
}
"""Python packages whose components are plain elements, and how the element is called."""


class Markup(Component):
    """A `div` with an id whose inside is `content`, as `elements` gives it."""

    _namespace = "grid_markup"
    _type = "Markup"
    _prop_names = ("id", "class_name", "content")
    _children_props: tuple[str, ...] = ()
    _base_nodes: tuple[str, ...] = ()
    _valid_wildcard_attributes: tuple[str, ...] = ()
    available_properties = _prop_names
    available_wildcard_properties: tuple[str, ...] = ()

    def __init__(self, id: str, class_name: str = "", content: object = None) -> None:
        super().__init__(id=id, class_name=class_name, content=elements(content))


def elements(content: object) -> Any:
    """A tree of html and svg elements as data: `[tag, properties, inside]`; text stays text.

    Raises TypeError for anything that is no plain element: it could not be built in the browser.
    """
    if content is None or isinstance(content, (str, int, float)):
        return content
    if isinstance(content, (list, tuple)):
        return ["", {}, [elements(part) for part in content]]
    if isinstance(content, Element):
        return [content.tag, content.given, _inside(content.children)]
    if not isinstance(content, Component) or content._namespace not in PLAIN:
        raise TypeError(f"{type(content).__name__} is no plain element; give its panel a body")
    given: dict[str, Any] = dict(content.to_plotly_json()["props"])
    inside = given.pop("children", None)
    return [PLAIN[content._namespace](content._type), given, _inside(inside)]


def _inside(children: object) -> list[Any]:
    parts = children if isinstance(children, (list, tuple)) else (children,)
    return [elements(part) for part in parts if part is not None]
