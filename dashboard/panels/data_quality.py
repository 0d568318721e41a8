"""How far the figures can be relied on: odd, unlocated and remarked cases of the period."""

from typing import Any

from dashboard import html
from dashboard.drawing import bar_row, empty, titled
from dashboard.panel import Ask, Panel
from data.pulse import Pulse
from queries.data_quality import data_quality
from queries.figures import Figure, count_text, percent, percent_text
from queries.pulse import heard_sources, silent_sources
from queries.tile_check import tile_check

LISTED = {"odd": "odd_cases"}
"""Faults that have a metric, and with it a list of their cases."""


def draw(ask: Ask) -> list[Any]:
    """One line per fault with its share of the cases reported; what the import remarked below."""
    held = data_quality(ask.site, ask.view.scope, as_of=ask.view.as_of)
    if not held.reported:
        return titled(ask, "panel.data_quality", empty(ask, "data_quality.none"))
    rows = [
        _row(ask, ask.t(f"data_quality.{key}"), key, n, held.reported)
        for key, n in held.faults.items()
    ]
    rows += [
        _row(ask, ask.word("flag", flag), flag, n, held.reported)
        for flag, n in held.remarks.items()
        if flag not in held.faults
    ]
    rows += _checked(ask)
    rows += [_heard(ask, code, pulse) for code, pulse in heard_sources(ask.site).items()]
    aside = ask.t("data_quality.aside", n=count_text(held.reported))
    return titled(ask, "panel.data_quality", html.Div(rows, className="rows"), aside=aside)


def _checked(ask: Ask) -> list[html.Div]:
    """Whether the sums kept ready are what the cases say; nothing where there are none."""
    held = tile_check(ask.site)
    if held is None:
        return []
    key = "unchecked" if held.at is None else "same"
    if held.differing:
        key = "healed" if held.healed else "differing"
    at = "" if held.at is None else ask.time(held.at, "%m-%d %H:%M")
    words = ask.t(f"data_quality.tiles_{key}", at=at, n=count_text(held.differing))
    return [html.Div(words, className="row-more" + (" is-low" if key == "differing" else ""))]


def _heard(ask: Ask, code: str, pulse: Pulse) -> html.Div:
    """When a source was last heard, and how long after an event it tells of it."""
    name = ask.site.sources()[code].name.in_language(ask.language)
    at = ask.time(pulse.heard_at - ask.site.clock.offset, "%H:%M")
    lag = "—" if pulse.lag is None else lag_text(ask, pulse.lag)
    silent = code in silent_sources(ask.site, ask.view.as_of)
    words = ask.t("data_quality.heard", name=name, at=at, lag=lag)
    return html.Div(words, className="row-more" + (" is-low" if silent else ""))


def lag_text(ask: Ask, seconds: int) -> str:
    """A duration short enough for a line."""
    if seconds < 120:
        return ask.t("data_quality.seconds", n=seconds)
    if seconds < 7200:
        return ask.t("data_quality.minutes", n=seconds // 60)
    return ask.t("data_quality.hours", n=f"{seconds / 3600:.1f}")


def _row(ask: Ask, label: str, key: str, n: int, reported: int) -> Any:
    share = percent_text(Figure(n, reported, percent(n, reported)), 1)
    value = [count_text(n), html.Span(f" {share}", className="is-muted")]
    href = ask.view.to_list(LISTED[key]) if key in LISTED and n else None
    return bar_row(label, [("data", n / reported)], value, href)


DATA_QUALITY = Panel("data_quality", draw)
