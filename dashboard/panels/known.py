"""The switch 按当时所知: figures as the database gave them at an earlier moment, late reports left out."""

from datetime import timedelta
from typing import Any

from dashboard import html
from dashboard.panel import Ask
from data.days import day_of, local_day, local_time
from queries.known import known_since

DAYS, MONTHS = 7, 12
"""So many days and ends of months are offered; any other moment goes by its address."""


def moment_words(ask: Ask) -> str:
    """`按 03-31 所知`: with its hour where it is not a day's end, with its year where that is another."""
    known = ask.view.known
    assert known is not None
    at, now = (local_time(one, ask.facts.zone) for one in (known, ask.site.clock.now()))
    form = "%m-%d" if at.year == now.year else "%Y-%m-%d"
    ends = local_day(known + 1, ask.facts.zone) != local_day(known, ask.facts.zone)
    return ask.t("known.on", at=at.strftime(form if ends else f"{form} %H:%M"))


def known_mark(ask: Ask) -> list[Any]:
    """That figures are as known earlier, with the way back; else, on the tablet, the way there."""
    if ask.view.known is None:
        if ask.screen != "tablet":
            return []
        return [html.A(ask.t("known.to"), href=ask.view.to_moments(), className="choice known")]
    words = moment_words(ask)
    if ask.screen == "wall":
        return [html.Span(words, className="choice filter known is-on")]
    back = html.A(
        f"{words} · {ask.t('known.back')}",
        href=ask.view.link(known=None, page=None),
        className="choice filter known is-on",
    )
    parts = [back, html.Span(ask.t("known.only_cases"), className="is-muted")]
    if ask.screen == "tablet":
        other = html.A(ask.t("known.other"), href=ask.view.to_moments(), className="choice")
        parts.insert(1, other)
    return [html.Div(parts, className="other-tree known-line")]


def moments(ask: Ask) -> list[Any]:
    """The sheet that offers the ends of the last days and months that the records reach back to."""
    zone, now = ask.facts.zone, ask.site.clock.now()
    today, since = local_day(now, zone), known_since(ask.site)
    first = today if since is None else local_day(since, zone)
    days = [today - n for n in range(1, DAYS + 1)]
    months, end = [], day_of(today).replace(day=1) - timedelta(days=1)
    for _ in range(MONTHS):
        months.append(today - (day_of(today) - end).days)
        end = end.replace(day=1) - timedelta(days=1)
    begins = "—" if since is None else ask.time(since, "%Y-%m-%d %H:%M")
    content: list[Any] = [
        html.H2(ask.t("known.title"), className="panel-title"),
        html.Div(ask.t("known.what")),
        html.Div(ask.t("known.since", at=begins), className="is-muted"),
    ]
    for key, ends in (("days", days), ("months", months)):
        there = [day for day in ends if day >= first]
        if there:
            chips = [_chip(ask, day) for day in there]
            content += [html.H3(ask.t(f"known.{key}")), html.Div(chips, className="choices known")]
    return [*content, html.Div(ask.t("known.any"), className="is-muted")]


def _chip(ask: Ask, day: int) -> html.A:
    told = day_of(day).isoformat()
    chosen = " is-chosen" if ask.view.parts.get("known") == told else ""
    href = ask.view.link(known=told, records=None, page=None)
    return html.A(told, href=href, className=f"choice{chosen}")
