"""How well cases are handled: one line per figure with n/d, change and target."""

from typing import Any

from dashboard import html
from dashboard.drawing import titled
from dashboard.figure_lines import figure_lines
from dashboard.panel import Ask, Panel
from dashboard.panels.access import access_chip
from dashboard.wording import period_text

SHOWN = (
    "station_led_rate",
    "first_time_rate",
    "response_in_time",
    "solved_rate",
    "supervision_rate",
    "rework_rate",
    "return_rate",
    "extension_rate",
    "same_day_rate",
    "self_handled_rate",
    "work_median",
    "dispatch_median",
)


def draw(ask: Ask) -> list[Any]:
    """The figures of the period against the period before; label: definition, figure: its cases."""
    lines = html.Div(figure_lines(ask, SHOWN), className="quality-rows")
    ways = [] if ask.screen == "wall" else [html.Div(access_chip(ask), className="choices")]
    return titled(ask, "panel.quality", lines, *ways, aside=period_text(ask.view.scope))


QUALITY = Panel("quality", draw)
