"""Holds published figures against the cases: `python -m queries.reconcile [KEY] [--json]` (domain.md §4.5)."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from data.counters import Counter
from data.days import local_time
from data.errors import SetupError
from data.settings import read_settings
from queries.candidates import Candidate, Nouns, candidates, counters_of, nouns
from queries.definitions import in_force
from queries.figures import Figure, exact
from queries.measure import CannotMeasure, add_up, measure
from queries.metrics import BY_KEY, Metric, Part
from queries.published import Published
from queries.reconcile_text import document, lines
from queries.rounding import (
    Interval,
    Printed,
    denominators,
    numerators,
    printed,
    smallest,
)
from queries.scope import Scope
from queries.site import Site, open_site


@dataclass(frozen=True)
class Tried:
    """What a candidate definition gives; `fits` when it prints as the published value."""

    candidate: Candidate
    n: Fraction
    d: int
    shown: Printed | None
    fits: bool


@dataclass(frozen=True)
class Reconciliation:
    """A published figure, recomputed over the whole site as things stood at `as_of`.

    By `metric`, the published one in the definition that was in force in the published period.
    `points` is recomputed less published, in percentage points. `numerators` and `denominators` are
    what would print as published over our d, and for our n. `stated` is what the published counts
    themselves print as. `part` is the list to look into: the cases that keep the rate from 100 %.
    """

    published: Published
    metric: Metric
    scope: Scope
    as_of: int
    figure: Figure
    shown: Printed | None
    agrees: bool
    points: Fraction | None
    numerators: Interval | None
    denominators: Interval | None
    stated: Printed | None
    part: Part
    remaining: int
    coverage: Figure | None
    smallest: tuple[int, int]
    tried: tuple[Tried, ...]

    @property
    def n(self) -> int | Fraction:
        """Our numerator; not whole where cases count in part."""
        return _amount(self.figure)

    @property
    def d(self) -> int:
        """Our denominator."""
        return int(self.figure.d or 0)

    @property
    def nouns(self) -> Nouns:
        """What n, d and the remaining cases are called."""
        words = nouns(self.metric)
        return words if self.part == "rest" else words._replace(rest=words.top)

    @property
    def off(self) -> tuple[int | Fraction, int] | None:
        """Our n and d less the published ones; None where none were published."""
        if self.published.n is None or self.published.d is None:
            return None
        return self.n - self.published.n, self.d - self.published.d

    @property
    def is_listed(self) -> bool:
        """Whether the remaining ones are cases; a metric that counts passes has no list of them."""
        top = self.metric.top
        return isinstance(top, Counter) and top.times is None

    @property
    def unsupported(self) -> bool:
        """Whether it is a survey's figure published without how many were asked."""
        return self.coverage is not None and self.published.d is None


def reconcile(
    site: Site, published: Published, as_of: int, hierarchy: str | None = None
) -> Reconciliation:
    """Recompute a published figure, and say what it would take to print it."""
    scope = published_scope(site, published, hierarchy)
    metric = in_force(site.facts().definitions, published.metric, scope.last_day)
    paper = published.shown
    places = max(2, paper.places)
    asked = [metric, BY_KEY["survey_coverage"]]
    answer = measure(site, asked, scope, as_of=as_of)
    figure = answer.total(metric.key)
    n, d = _amount(figure), int(figure.d or 0)
    surveyed = metric.key == "satisfaction"
    known = candidates(metric)
    count = add_up(site, counters_of(known), scope, as_of=as_of)
    in_full = sum(count[counter.key] for weight, counter in metric.amounts if weight == 1)
    return Reconciliation(
        published=published,
        metric=metric,
        scope=scope,
        as_of=as_of,
        figure=figure,
        shown=printed(n, d, places),
        agrees=printed(n, d, paper.places) == paper,
        points=Fraction(100 * n) / d - paper.share if d else None,
        numerators=numerators(d, paper),
        denominators=denominators(n, paper),
        stated=printed(published.n or 0, published.d or 0, paper.places),
        part=metric.telling_part,
        remaining=in_full if metric.telling_part == "top" else d - in_full,
        coverage=answer.total("survey_coverage") if surveyed else None,
        smallest=smallest(paper),
        tried=tuple(_try(candidate, count, paper) for candidate in known),
    )


def _amount(figure: Figure) -> int | Fraction:
    n = exact(figure.n or 0)
    return n.numerator if n.denominator == 1 else n


def published_scope(site: Site, published: Published, hierarchy: str | None = None) -> Scope:
    """The whole site in the published period; any hierarchy's top holds the same cases."""
    tree = site.tree(hierarchy)
    if tree is None:
        raise CannotMeasure(f"there is no hierarchy {hierarchy or ''!r} to measure over.")
    days = published.first_day, published.last_day
    return Scope(tree, tree.top, *days, published.period)


def _try(candidate: Candidate, count: Mapping[str, int], paper: Printed) -> Tried:
    n = sum((weight * count[c.key] for weight, c in candidate.top), Fraction(0))
    d = count[candidate.bottom.key]
    shown = printed(n, d, max(2, paper.places))
    return Tried(candidate, n, d, shown, printed(n, d, paper.places) == paper)


def main(arguments: list[str] | None = None) -> int:
    """Command line; exit code 2 and one sentence when there is nothing to reconcile."""
    options = _parser().parse_args(arguments)
    try:
        site = open_site(read_settings())
        as_of = site.as_of()
        found = [reconcile(site, figure, as_of) for figure in _chosen(site, options.key)]
    except (SetupError, CannotMeasure) as error:
        print(error, file=sys.stderr)
        return 2
    facts = site.facts()
    at = local_time(as_of, facts.zone)
    if options.json:
        told = {"site": facts.name._asdict(), "demo": facts.demo, "as_of": at.isoformat()}
        told |= {"published": [document(one) for one in found]}
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    print(f"{facts.name.zh} / {facts.name.en}{'  [演示数据 demo data]' if facts.demo else ''}")
    print(f"as of {at:%Y-%m-%d %H:%M:%S} {facts.zone}")
    for one in found:
        print("\n" + "\n".join(lines(one)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m queries.reconcile", description=__doc__)
    parser.add_argument("key", nargs="?", metavar="KEY", help="a published figure; default: all")
    parser.add_argument("--json", action="store_true")
    return parser


def _chosen(site: Site, key: str | None) -> tuple[Published, ...]:
    held = {figure.key: figure for figure in site.facts().published}
    if not held:
        raise CannotMeasure(
            "this site has no published figures: its setting `published` is not there"
        )
    if key is None:
        return tuple(held.values())
    if key not in held:
        raise CannotMeasure(f"there is no published figure {key!r}; known: {', '.join(held)}")
    return (held[key],)


if __name__ == "__main__":
    sys.exit(main())
