"""The alarm band: how many open cases stand in each light, each a way to their list."""

from typing import Any

from dashboard import html
from dashboard.drawing import SHAPES, number
from dashboard.panel import Ask, Panel
from queries.measure import measure
from queries.metrics import BY_KEY

SHOWN = ("overdue", "due_soon", "normal", "hung", "no_deadline", "supervised")

LONG = 4
"""Characters of a number that stands beside its word on a wall; a longer one stands below it."""


def draw(ask: Ask) -> list[Any]:
    """One lamp per light, worst first, and the total that they add up to."""
    metrics = [BY_KEY[key] for key in ("open", *SHOWN)]
    answer = measure(ask.site, metrics, ask.view.scope, as_of=ask.view.as_of)
    lamps = []
    for key in SHOWN:
        n = answer.total(key).n
        if key == "no_deadline" and not n:
            continue
        chosen = ask.view.listed is BY_KEY[key]
        shown = number(ask, n)
        lamps.append(
            html.A(
                [
                    html.Span(
                        SHAPES.get(key) or ask.t(f"badge.{key}_short"), className="lamp-shape"
                    ),
                    html.Span(BY_KEY[key].label.in_language(ask.language), className="lamp-word"),
                    html.Span(shown, className="lamp-number"),
                ],
                href=ask.view.to_list(key),
                className=f"lamp lamp-{key}"
                + (" is-long" if len(shown) > LONG else "")
                + (" is-lit" if n else "")
                + (" is-chosen" if chosen else ""),
            )
        )
    open_cases = html.A(
        [
            html.Span(BY_KEY["open"].label.in_language(ask.language), className="lamp-word"),
            html.Span(number(ask, answer.total("open").n), className="lamp-number"),
        ],
        href=ask.view.to_list("open"),
        className="lamp lamp-open",
    )
    return [*lamps, open_cases]


BAND = Panel("band", draw)
