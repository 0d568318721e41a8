"""The lights of open cases: how many stand in each, and what share of all open ones that is."""

from typing import Any

from dashboard import html
from dashboard.drawing import bar_row, empty, light, titled
from dashboard.panel import Ask, Panel
from queries.figures import count_text
from queries.measure import measure
from queries.metrics import BY_KEY, LIGHTS


def draw(ask: Ask) -> list[Any]:
    """One row per light, and the badges (extended, supervised) that open cases carry besides."""
    view = ask.view
    keys = (*LIGHTS, "extended", "supervised", "open")
    answer = measure(ask.site, [BY_KEY[key] for key in keys], view.scope, as_of=view.as_of)
    total = answer.total("open").n or 0
    if not total:
        return titled(ask, "panel.lights", empty(ask, "lights.none"))
    rows = []
    for key in LIGHTS:
        n = answer.total(key).n or 0
        rows.append(bar_row(light(ask, key), [(key, n / total)], count_text(n), view.to_list(key)))
    marks = [
        html.A(ask.t(f"lights.{key}", n=count_text(answer.total(key).n)), href=view.to_list(key))
        for key in ("extended", "supervised")
    ]
    return titled(
        ask,
        "panel.lights",
        html.Div(rows, className="rows"),
        html.Div(marks, className="marks"),
        aside=ask.t("lights.aside", n=count_text(total)),
    )


LIGHTS_PANEL = Panel("lights", draw)
