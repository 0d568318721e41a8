"""Figures that a site has published elsewhere, read from its setting `published`."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from data.days import day_number
from data.errors import SetupError
from queries.metrics import BY_KEY, Metric
from queries.rounding import MOST_PLACES, Printed, read_printed
from queries.words import Words

FIELDS = ("key", "metric", "value", "n", "d", "period", "from", "to", "name", "source")

Days = tuple[int, int]


class Published(NamedTuple):
    """A percentage as it was published, with its counts where they were; days are inclusive."""

    key: str
    metric: Metric
    shown: Printed
    n: int | None
    d: int | None
    period: str
    first_day: int
    last_day: int
    name: Words
    source: Words


def read_published(held: object, periods: Mapping[str, Days]) -> tuple[Published, ...]:
    """Check the setting; nothing set is nothing published. Raises SetupError with the entry."""
    if held is None:
        return ()
    if not isinstance(held, list):
        raise SetupError("Setting `published` of the case database must be a list of figures.")
    found: dict[str, Published] = {}
    for place, entry in enumerate(held, start=1):
        try:
            figure = _figure(entry, periods)
            if figure.key in found:
                raise _Wrong(f"the key {figure.key!r} is there twice")
        except _Wrong as wrong:
            raise SetupError(
                f"Setting `published` of the case database, entry {place}: {wrong}."
            ) from None
        found[figure.key] = figure
    return tuple(found.values())


class _Wrong(Exception):
    """What is wrong with an entry, as the middle of a sentence."""


def _figure(entry: Any, periods: Mapping[str, Days]) -> Published:
    if not isinstance(entry, dict):
        raise _Wrong("it is not a table with key, metric, value, period, name and source")
    unknown = sorted(set(entry) - set(FIELDS))
    if unknown:
        raise _Wrong(f"{unknown[0]!r} is not known; known: {', '.join(FIELDS)}")
    key = entry.get("key")
    if not isinstance(key, str) or not re.fullmatch("[A-Za-z0-9_-]{1,60}", key):
        raise _Wrong(f"the key {key!r} must be made of letters, digits, _ and -")
    n, d = _counts(entry.get("n"), entry.get("d"))
    period, first, last = _days(entry, periods)
    return Published(
        key=key,
        metric=_metric(entry.get("metric")),
        shown=_value(entry.get("value")),
        n=n,
        d=d,
        period=period,
        first_day=first,
        last_day=last,
        name=_words(entry, "name"),
        source=_words(entry, "source"),
    )


def _metric(key: object) -> Metric:
    metric = BY_KEY.get(key) if isinstance(key, str) else None
    if metric is None or not (metric.is_rate and metric.counts_cases):
        rates = ", ".join(m.key for m in BY_KEY.values() if m.is_rate and m.counts_cases)
        raise _Wrong(f"the metric {key!r} is not a rate; rates: {rates}")
    return metric


def _value(given: object) -> Printed:
    """Text, since a number would lose the noughts at its end and with them how it was rounded."""
    try:
        return read_printed(given if isinstance(given, str) else "")
    except ValueError:
        raise _Wrong(
            f"the value {given!r} is not a percentage as printed; write it as text from 0 to 100 "
            f'with at most {MOST_PLACES} decimals, like "99.88"'
        ) from None


def _counts(n: object, d: object) -> tuple[int | None, int | None]:
    if n is None and d is None:
        return None, None
    if type(n) is not int or type(d) is not int or not 0 <= n <= d or d == 0:
        raise _Wrong(f"n {n!r} and d {d!r} must be whole numbers, both or neither, n at most d")
    return n, d


def _days(entry: Mapping[str, Any], periods: Mapping[str, Days]) -> tuple[str, int, int]:
    named, ends = entry.get("period"), (entry.get("from"), entry.get("to"))
    if (named is None) == (ends == (None, None)):
        raise _Wrong("it needs either a period or the dates from and to")
    if named is not None:
        if not isinstance(named, str) or named not in periods:
            known = ", ".join(periods) or "none"
            raise _Wrong(f"there is no named period {named!r}; known: {known}")
        return named, *periods[named]
    try:
        first, last = (day_number(date.fromisoformat(end)) for end in ends)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise _Wrong(f"from {ends[0]!r} and to {ends[1]!r} must be dates like 2026-03-31") from None
    if first > last:
        raise _Wrong(f"from {ends[0]} comes after to {ends[1]}")
    return "", first, last


def _words(entry: Mapping[str, Any], field: str) -> Words:
    given = entry.get(field)
    if not isinstance(given, list) or len(given) != 2:
        given = [None]
    if not all(isinstance(word, str) and word.strip() for word in given):
        raise _Wrong(f'{field} must be its words in both languages, like ["中文", "English"]')
    return Words(*given)
