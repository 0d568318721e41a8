"""A box that finds a grid of any hierarchy by a piece of its code or name (assets/find.js)."""

from typing import Any

import dash_svg as svg
from dash.development.base_component import Component

from dashboard import html
from dashboard.panel import Ask
from dashboard.view import LONGEST_FIND
from dashboard.wording import grid_name
from queries.grid_search import MOST, Found, find_grids


class Input(Component):
    """A plain text box: Dash's own answers with callbacks, ours writes the address."""

    _namespace = "dash_html_components"
    _type = "Input"
    _prop_names = ("id", "type", "placeholder", "title", "maxLength", "autoComplete", "className")
    _children_props: tuple[str, ...] = ()
    _base_nodes: tuple[str, ...] = ()
    _valid_wildcard_attributes: tuple[str, ...] = ()
    available_properties = _prop_names
    available_wildcard_properties: tuple[str, ...] = ()

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)


def find_box(ask: Ask) -> html.Div:
    """The box, and what it found. Its text is the browser's own: no answer overwrites what is typed."""
    content: list[Any] = [
        _glass(),
        Input(
            id="find-text",
            type="search",
            placeholder=ask.t("find.label"),
            title=ask.t("find.label"),
            maxLength=LONGEST_FIND,
            autoComplete="off",
            className="find-text",
        ),
    ]
    if ask.view.find is not None:
        content.append(_results(ask, ask.view.find))
    return html.Div(content, className="find" + (" is-open" if ask.view.find else ""))


def _glass() -> Any:
    """A magnifying glass: no font that is sure to be there has one."""
    shapes = [svg.Circle(cx="10", cy="10", r="6"), svg.Path(d="M14.5 14.5 L21 21")]
    return svg.Svg(shapes, viewBox="0 0 24 24", className="find-glass")


def _results(ask: Ask, what: str) -> html.Div:
    search = find_grids(ask.site, what, ask.view.scope.tree.code)
    if not search.found:
        words = ask.t("find.none", what=what)
    elif search.total > len(search.found):
        words = ask.t("find.more", n=f"{search.total:,}", most=MOST)
    else:
        words = ask.t("find.some", n=search.total)
    close = html.A(ask.t("find.close"), href=ask.view.link(), className="find-close")
    head = html.Div([html.Span(words), close], className="find-head")
    return html.Div([head, *(_row(ask, found) for found in search.found)], className="find-results")


def _row(ask: Ask, found: Found) -> html.Div:
    """Name, code, kind, hierarchy and path; the way to the grid, and the way to its card."""
    tree, grid = found
    hierarchy = tree.name_en if ask.language == "en" else tree.name
    way = " › ".join(
        [hierarchy, *(grid_name(ask, step) for step in found.path if ask.site.sees(tree, step))]
    )
    place = html.A(
        [
            html.Span([html.B(grid_name(ask, grid)), html.Span(grid.code)], className="find-name"),
            html.Span([html.Span(grid.kind), html.Span(way)], className="find-name is-muted"),
        ],
        href=ask.view.to_place(tree, grid),
        className="find-place",
    )
    card = html.A(
        ask.t("find.card"), href=ask.view.to_place(tree, grid, about=True), className="find-card"
    )
    return html.Div([place, card], className="find-row")
