"""The phone's map: nothing is loaded until it is asked for, then outlines as plain SVG, tappable."""

import json
from typing import Any

import dash

from dashboard import html
from dashboard.drawing import titled
from dashboard.markup import Markup
from dashboard.panel import Ask, Panel, Wire
from dashboard.panels.grid_map import legend, name_of, outline_url, values_of
from queries.map_values import map_values


def draw(ask: Ask) -> tuple[Any, str]:
    """Heading with legend, and what the script needs to draw: address, colours, figures."""
    view = ask.view
    held = map_values(ask.site, view.colour, view.scope, view.level, as_of=view.as_of)
    title = ask.t("map.title", metric=name_of(ask, view.colour))
    opener = html.Button(ask.t("map.open"), className="button map-opener")
    head = titled(
        ask, "panel.grids", html.Div(title, className="is-muted"), legend(ask, held), aside=opener
    )
    values = {"url": outline_url(ask), "failed": ask.t("map.failed"), **values_of(ask, held)}
    return head, json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def body() -> list[Any]:
    """The place the script draws into."""
    return [
        Markup("map-head", content=html.Div(className="skeleton")),
        dash.html.Data(id="map-values", value=""),
        dash.html.Div(id="map-outlines", className="map-outlines"),
    ]


PHONE_MAP = Panel("grids", draw, body, (Wire("map-head", "content"), Wire("map-values", "value")))
