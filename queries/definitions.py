"""Which definition of a metric holds when: versions with their first day, from the setting `definitions`.

A period is computed by one version, the one in force on its last day: so it stays one ratio of sums, and
its days and grids add up to it. Where the site has chosen none, the built-in definition holds.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from data.days import day_number
from data.errors import SetupError
from queries.metrics import Metric
from queries.metrics.variants import VARIANTS, Variant
from queries.words import Words

FIELDS = ("metric", "variant", "valid_from")


class Version(NamedTuple):
    """A metric (key) is computed by a variant (key) in periods that end on `valid_from` or later."""

    metric: str
    variant: str
    valid_from: int

    @property
    def label(self) -> Words:
        """What the variant is called."""
        return _variant(self.metric, self.variant).label


class Used(NamedTuple):
    """What a figure is computed by: variant, version (None: built in), the site's other versions."""

    variant: Variant
    version: Version | None
    others: tuple[Version, ...]


def read_definitions(held: object) -> tuple[Version, ...]:
    """Check the setting; nothing set is the built-in definitions. Raises SetupError with the entry."""
    if held is None:
        return ()
    if not isinstance(held, list):
        raise SetupError("Setting `definitions` of the case database must be a list of versions.")
    found: dict[tuple[str, int], Version] = {}
    for place, entry in enumerate(held, start=1):
        try:
            version = _version(entry)
            if (version.metric, version.valid_from) in found:
                raise _Wrong(
                    f"{version.metric} has another version from {entry['valid_from']} on already; "
                    "keep one of them"
                )
        except _Wrong as wrong:
            raise SetupError(
                f"Setting `definitions` of the case database, entry {place}: {wrong}."
            ) from None
        found[version.metric, version.valid_from] = version
    return tuple(sorted(found.values(), key=lambda version: version.valid_from))


class _Wrong(Exception):
    """What is wrong with an entry, as the middle of a sentence."""


def _version(entry: Any) -> Version:
    if not isinstance(entry, dict):
        raise _Wrong(f"it is not a table with {', '.join(FIELDS)}")
    unknown = sorted(map(str, set(entry) - set(FIELDS)))
    if unknown:
        raise _Wrong(f"{unknown[0]!r} is not known; known: {', '.join(FIELDS)}")
    metric, variant, begins = (entry.get(field) for field in FIELDS)
    if not isinstance(metric, str) or metric not in VARIANTS:
        raise _Wrong(f"the metric {metric!r} has no variants; known: {', '.join(VARIANTS)}")
    known = [one.key for one in VARIANTS[metric]]
    if variant not in known:
        raise _Wrong(f"{metric} has no variant {variant!r}; known: {', '.join(known)}")
    return Version(metric, variant, _day(begins))


def _day(given: object) -> int:
    """Day number of a date as the settings write it, without the other ways that ISO 8601 allows."""
    text = str(given)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != given:
        raise _Wrong(f"valid_from {given!r} is not a date like 2026-01-01")
    return day_number(day)


def versions_of(versions: Iterable[Version], metric: Metric) -> tuple[Version, ...]:
    """The versions of one metric, the newest first."""
    return tuple(
        sorted(
            (version for version in versions if version.metric == metric.key),
            key=lambda version: -version.valid_from,
        )
    )


def version_on(versions: Iterable[Version], metric: Metric, day: int) -> Version | None:
    """The version in force on a day number; None where the built-in definition holds."""
    begun = (one for one in versions_of(versions, metric) if one.valid_from <= day)
    return next(begun, None)


def used(versions: Iterable[Version], metric: Metric, day: int) -> Used | None:
    """What the metric is computed by over a period that ends on this day; None without variants."""
    known = VARIANTS.get(metric.key)
    if known is None:
        return None
    held = versions_of(versions, metric)
    version = version_on(held, metric, day)
    variant = known[0] if version is None else _variant(metric.key, version.variant)
    return Used(variant, version, tuple(one for one in held if one != version))


def in_force(versions: Iterable[Version], metric: Metric, day: int) -> Metric:
    """The metric as it is computed over a period that ends on this day; its key stays."""
    found = used(versions, metric, day)
    return metric if found is None else computed_by(metric, found.variant.key)


def computed_by(metric: Metric, variant: str) -> Metric:
    """The metric by the variant that a figure names; as it is where that is none."""
    return _computed_by(metric.key, variant) if variant else metric


@cache
def _computed_by(metric: str, variant: str) -> Metric:
    return replace(_variant(metric, variant).metric, key=metric, variant=variant)


def _variant(metric: str, variant: str) -> Variant:
    return next(one for one in VARIANTS[metric] if one.key == variant)
