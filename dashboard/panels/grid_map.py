"""The map: grids of a level coloured by one metric, open cases as clustered points.

Outlines come from an immutable address per level; a refresh sends values only, so pan and zoom stay.
"""

import json
from typing import Any

import dash
import dash_leaflet as dl

from dashboard import html
from dashboard.drawing import basis_of, light
from dashboard.markup import Markup
from dashboard.panel import Ask, Panel, Wire
from dashboard.panels.map_points import points
from dashboard.view import FOLDED, LAYERS, colours
from dashboard.wording import level_name
from queries.definitions import in_force
from queries.figures import Figure, bound_text, count_text, percent_text
from queries.geometry import place_of
from queries.map_values import MapValues, map_values
from queries.metrics import BY_KEY, Metric

POINT_LIGHTS = ("overdue", "due_soon", "normal", "hung")


def name_of(ask: Ask, metric: Metric) -> str:
    """What a metric is called by the definition in force in the period."""
    used = in_force(ask.facts.definitions, metric, ask.view.scope.last_day)
    return used.label.in_language(ask.language)


def outline_url(ask: Ask) -> str:
    """Where the outlines of the map's grids are served."""
    return _outline_url(ask, ask.view.scope.grid.code, ask.view.level)


def _outline_url(ask: Ask, grid: str, level: int) -> str:
    version = ask.site.versions().get("grids", 0)
    return f"/geo/{version}/{ask.view.scope.tree.code}/{grid}/{level}.geojson"


def below_url(ask: Ask) -> str:
    """Where those of any grid of the map will be ({grid} for its code), once somebody drills into it."""
    return _outline_url(ask, "{grid}", ask.view.scope.tree.level_below(ask.view.level))


def values_of(ask: Ask, held: MapValues) -> dict[str, Any]:
    """What the browser needs to colour and label the grids, in the order of the outlines."""
    view = ask.view
    metric = view.colour
    worse = metric.better == "down" or metric.better == "neither"
    told = [_told(ask, metric, figure) for figure in held.figures]
    return {
        "g": place_of(view.scope.grid, view.level),
        "shades": list(held.shades),
        "shown": [first for first, _ in told],
        "basis": [second for _, second in told] if metric.is_rate else [],
        "metric": name_of(ask, metric),
        "language": ask.language,
        "level": level_name(ask, view.level),
        "ramp": "heat" if worse else "cool",
        "leaf": view.level == view.scope.grid.level,
        "folded": list(FOLDED),
    }


def _told(ask: Ask, metric: Metric, figure: Figure) -> tuple[str, str]:
    """What a grid is labelled with and what stands behind it in brackets: of few cases n/d comes first."""
    if figure.hidden:
        return figure.hidden, ""
    if not metric.is_rate:
        return count_text(figure.value), ""
    words = percent_text(figure, 1), basis_of(ask, metric, figure)
    return words[::-1] if figure.few and figure.value is not None else words


def head(ask: Ask, held: MapValues) -> list[Any]:
    """Title with level and metric, the choices, and the legend."""
    view = ask.view
    title = ask.t("map.title", metric=name_of(ask, view.colour))
    aside = ask.t("map.aside", level=level_name(ask, view.level), n=count_text(len(held.codes)))
    parts: list[Any] = [
        html.Div(
            [html.H2(title, className="panel-title"), html.Div(aside, className="panel-aside")],
            className="panel-head",
        )
    ]
    if ask.screen != "wall":
        parts.append(_choices(ask))
    parts.append(legend(ask, held))
    return parts


def _choices(ask: Ask) -> html.Div:
    view = ask.view
    tree, grid = view.scope.tree, view.scope.grid
    levels = [
        level
        for level in range(tree.level_below(grid.level), tree.deepest() + 1)
        if view.colour.key in colours(ask.site, view.scope, level)
    ]
    links = [
        html.A(
            level_name(ask, level),
            href=view.link(level=str(level)),
            className="choice" + (" is-chosen" if level == view.level else ""),
        )
        for level in levels
    ]
    links += [
        html.A(
            name_of(ask, BY_KEY[key]),
            href=view.link(colour=key),
            className="choice" + (" is-chosen" if BY_KEY[key] is view.colour else ""),
        )
        for key in colours(ask.site, view.scope, view.level)
    ]
    links += [
        html.A(
            ask.t(f"map.layer_{layer}"),
            href=view.link(layer=None if layer == LAYERS[0] else layer),
            className="choice" + (" is-chosen" if layer == view.layer else ""),
        )
        for layer in LAYERS
    ]
    return html.Div(links, className="choices")


def legend(ask: Ask, held: MapValues) -> html.Div:
    """The classes from low to high, grids without a figure, and the lights of the points."""
    metric = ask.view.colour
    ramp = "heat" if metric.better != "up" else "cool"
    keys = []
    low = held.lowest
    for i, high in enumerate(held.breaks):
        words = _range(metric.is_rate, low, high, i)
        keys.append(html.Span(words, className=f"legend-key {ramp}-{held.break_shades[i] + 1}"))
        low = high
    nothing = "unknown" if all(f.value is None for f in held.figures) else "none"
    none = ask.t("map.no_data" if metric.is_rate else f"map.{nothing}")
    keys.append(html.Span(none, className="legend-key legend-none"))
    shown = POINT_LIGHTS[:1] if ask.screen == "wall" else POINT_LIGHTS
    lights = [light(ask, key) for key in shown]
    return html.Div([*keys, *lights], className="legend")


def _range(rate: bool, low: float, high: float, i: int) -> str:
    if rate:
        return f"{bound_text(low, 1).removesuffix(' %')}–{bound_text(high, 1)}"
    first = low if i == 0 else low + 1
    return f"{first:,.0f}" if round(first) >= round(high) else f"{first:,.0f}–{high:,.0f}"


def draw(ask: Ask) -> tuple[Any, ...]:
    """Heading, outlines, values, points."""
    view = ask.view
    held = map_values(ask.site, view.colour, view.scope, view.level, as_of=view.as_of)
    told = {"below": below_url(ask), **values_of(ask, held)}
    values = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return head(ask, held), outline_url(ask), values, points(ask)


def body() -> list[Any]:
    """The map without its figures. `grid.map.*` are functions of assets/map.js, `grid.points.*` of map_points.js."""
    areas = dl.GeoJSON(
        id="map-areas",
        style={"variable": "grid.map.style"},
        hoverStyle={"variable": "grid.map.hover"},
        onEachFeature={"variable": "grid.map.each"},
    )
    cases = dl.GeoJSON(
        id="map-points",
        cluster=True,
        zoomToBoundsOnClick=True,
        pointToLayer={"variable": "grid.points.point"},
        clusterToLayer={"variable": "grid.points.cluster"},
        onEachFeature={"variable": "grid.points.each"},
        superClusterOptions={"radius": 60},
    )
    return [
        Markup("map-head", "map-head"),
        dash.html.Data(id="map-values", value=""),
        dash.html.Data(id="map-point-values", value=""),
        dl.Map(
            [areas, cases],
            id="map",
            center=[0, 0],
            zoom=3,
            zoomSnap=0.1,
            zoomControl=False,
            attributionControl=False,
            className="map",
        ),
    ]


GRID_MAP = Panel(
    "grids",
    draw,
    body,
    (
        Wire("map-head", "content"),
        Wire("map-areas", "url"),
        Wire("map-values", "value"),
        Wire("map-point-values", "value"),
    ),
)
