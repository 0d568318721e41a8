"""Prints what the screens would show: `python -m queries.ask METRIC… [--by …] [--json | --csv]`."""

import argparse
import csv
import json
import sys
from datetime import datetime

from data.days import day_of, epoch_of, local_time
from data.errors import SetupError
from data.settings import read_settings
from queries.definitions import Version, in_force, used
from queries.figures import Figure, count_text, hours_text, percent_text, ratio_text
from queries.known import BeforeRecords, as_known, read_known
from queries.measure import CannotMeasure, Measurement, measure
from queries.metrics import BY_KEY, METRICS, Metric
from queries.question import DIMENSIONS, UNLOCATED, Key
from queries.scope import Scope, ScopeError, read_scope
from queries.site import Site, open_site

UNLOCATED_NAME = "未落格 / not located"
ZONINGS = {
    "reported": "按上报时网格 / by the grids of then",
    "now": "按现行网格 / by today's grids",
}


def main(arguments: list[str] | None = None) -> int:
    """Command line; exit code 2 and one sentence when the question cannot be asked."""
    options = _parser().parse_args(arguments)
    try:
        site = open_site(read_settings())
        known = read_known(site, options.known)
        as_of = _as_of(site, options.as_of)
        if known is not None:
            site, as_of = as_known(site, known), min(as_of, known)
        parts = {
            name: value
            for name in (
                "hierarchy",
                "grid",
                "from",
                "to",
                "period",
                "days",
                *(["source", "category", "department", "zoning"]),
            )
            if (value := getattr(options, name)) is not None
        }
        scope = read_scope(site, parts, as_of)
        chosen = site.facts().definitions
        metrics = [in_force(chosen, _metric(key), scope.last_day) for key in options.metrics]
        answer = measure(site, metrics, scope, options.by, as_of=as_of)
    except BeforeRecords as error:
        since = "nothing yet" if error.since is None else f"records begin at {error.since}"
        print(f"what was known at {error.value} is not recorded: {since}", file=sys.stderr)
        return 2
    except ScopeError as error:
        print(
            f"cannot ask this: {error.part} {error.value!r} is not known or not possible here",
            file=sys.stderr,
        )
        return 2
    except (SetupError, CannotMeasure) as error:
        print(error, file=sys.stderr)
        return 2
    rows = _rows(site, metrics, scope, answer)
    if options.json:
        print(
            json.dumps(_document(site, metrics, scope, answer, rows), ensure_ascii=False, indent=2)
        )
    elif options.csv:
        writer = csv.DictWriter(sys.stdout, rows[0] if rows else ["metric"])
        writer.writeheader()
        writer.writerows(rows)
    else:
        _print_table(site, metrics, scope, answer, rows)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m queries.ask", description=__doc__)
    parser.add_argument("metrics", nargs="+", metavar="METRIC", help=", ".join(BY_KEY))
    parser.add_argument("--grid", metavar="CODE", help="a grid of the hierarchy; default: the top")
    parser.add_argument("--hierarchy", metavar="CODE", help="default: the site's default hierarchy")
    parser.add_argument("--from", metavar="DATE", help="first day, YYYY-MM-DD")
    parser.add_argument("--to", metavar="DATE", help="last day; default: today")
    parser.add_argument("--days", metavar="N", help="the last N days; default 30")
    parser.add_argument("--period", metavar="KEY", help="a period the site has named")
    parser.add_argument("--source", metavar="CODE")
    parser.add_argument("--category", metavar="CODE")
    parser.add_argument("--department", metavar="CODE")
    parser.add_argument("--zoning", metavar="now", help="by today's grids; default: as reported")
    parser.add_argument(
        "--known",
        metavar="TIME",
        help="as the database knew it then: 2026-03-31 (its end) or a time",
    )
    parser.add_argument("--by", choices=DIMENSIONS)
    parser.add_argument("--as-of", metavar="TIME", help="ISO time; default: the site's clock")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true")
    shape.add_argument("--csv", action="store_true")
    return parser


def _as_of(site: Site, text: str | None) -> int:
    if text is None:
        return site.as_of()
    try:
        return epoch_of(text, site.facts().zone)
    except ValueError:
        raise SetupError(
            f"--as-of {text!r} is not a time; write it like 2026-03-31T18:00."
        ) from None


def _metric(key: str) -> Metric:
    if key not in BY_KEY:
        raise CannotMeasure(
            f"there is no metric {key!r}; known: {', '.join(m.key for m in METRICS)}"
        )
    return BY_KEY[key]


def _rows(
    site: Site, metrics: list[Metric], scope: Scope, answer: Measurement
) -> list[dict[str, object]]:
    rows = []
    for metric in metrics:
        for key, figure in answer.figures[metric.key].items():
            row: dict[str, object] = {"metric": metric.key}
            if answer.by is not None:
                row |= {answer.by: _key_text(answer, key), "name": _name(site, scope, answer, key)}
            counts = {"n": _tidy(figure.n), "d": _tidy(figure.d), "value": _tidy(figure.value)}
            rows.append(row | counts | {"unit": metric.unit, "variant": figure.variant or None})
    return rows


def _tidy(value: float | None) -> float | None:
    """Six decimals, and none for whole numbers."""
    if value is None:
        return None
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _key_text(answer: Measurement, key: Key) -> str:
    return day_of(key).isoformat() if answer.by == "day" and isinstance(key, int) else str(key)


def _name(site: Site, scope: Scope, answer: Measurement, key: Key) -> str:
    if key == UNLOCATED:
        return UNLOCATED_NAME
    if answer.by == "grid":
        grid = scope.tree.by_code.get(str(key))
        return grid.name if grid else str(key)
    words = {"source": site.sources, "category": site.categories, "department": site.departments}
    if answer.by in words and key in words[answer.by]():
        return words[answer.by]()[str(key)].name.zh
    return _key_text(answer, key)


def _document(
    site: Site,
    metrics: list[Metric],
    scope: Scope,
    answer: Measurement,
    rows: list[dict[str, object]],
) -> dict[str, object]:
    return {
        "site": site.facts().name._asdict(),
        "demo": site.facts().demo,
        "as_of": _when(site, answer.as_of).isoformat(),
        "known": None if site.known is None else _when(site, site.known.at).isoformat(),
        "data_version": site.versions().get("cases", 0),
        "hierarchy": scope.tree.code,
        "grid": scope.grid.code,
        "grid_name": scope.grid.name,
        "from": day_of(scope.first_day).isoformat(),
        "to": day_of(scope.last_day).isoformat(),
        "zoning": scope.zoning,
        "filters": {k: v for k in ("source", "category", "department") if (v := getattr(scope, k))},
        "definitions": {
            m.key: {
                "kpi": m.kpi,
                "label": m.label._asdict(),
                "formula": m.formula._asdict(),
                "clock": m.clock,
                "exclusions": m.exclusions._asdict(),
                "source": m.source,
                **_versions(site, m, scope),
            }
            for m in metrics
        },
        "figures": rows,
    }


def _versions(site: Site, metric: Metric, scope: Scope) -> dict[str, object]:
    """The variant used, since when (None: built in), and the site's other versions of the metric."""
    found = used(site.facts().definitions, metric, scope.last_day)
    if found is None:
        return {}
    others = [
        {"variant": one.variant, "valid_from": day_of(one.valid_from).isoformat()}
        for one in found.others
    ]
    since = None if found.version is None else day_of(found.version.valid_from).isoformat()
    return {"variant": found.variant.key, "valid_from": since, "other_versions": others}


def _version_lines(site: Site, metric: Metric, scope: Scope) -> list[str]:
    found = used(site.facts().definitions, metric, scope.last_day)
    if found is None:
        return []
    label = found.variant.label
    built_in = f"{label.zh}，内置口径 / {label.en}, built in"
    lines = [f"  版本 version  {_since(found.version) if found.version else built_in}"]
    return lines + [f"  其他版本 other version  {_since(one)}" for one in found.others]


def _since(version: Version) -> str:
    day = day_of(version.valid_from)
    return f"{version.label.zh}，自 {day} 起 / {version.label.en}, since {day}"


def _when(site: Site, as_of: int) -> datetime:
    return local_time(as_of, site.facts().zone)


def _print_table(
    site: Site,
    metrics: list[Metric],
    scope: Scope,
    answer: Measurement,
    rows: list[dict[str, object]],
) -> None:
    facts = site.facts()
    demo = "  [演示数据 demo data]" if facts.demo else ""
    print(f"{facts.name.zh} / {facts.name.en}{demo}")
    print(
        f"{scope.grid.name} ({scope.grid.code}), {scope.tree.name}, {ZONINGS[scope.zoning]}; "
        f"{day_of(scope.first_day)} … {day_of(scope.last_day)}; "
        f"as of {_when(site, answer.as_of):%Y-%m-%d %H:%M:%S} {facts.zone}"
        + (
            ""
            if site.known is None
            else f", as known at {_when(site, site.known.at):%Y-%m-%d %H:%M}"
        )
    )
    for metric in metrics:
        print(f"\n{metric.label.zh} / {metric.label.en}  [{metric.key}, {metric.kpi}]")
        print(f"  {metric.formula.zh} / {metric.formula.en}")
        for line in _version_lines(site, metric, scope):
            print(line)
        for key, figure in answer.figures[metric.key].items():
            name = (
                ""
                if answer.by is None
                else f"{_key_text(answer, key) or '-'}  {_name(site, scope, answer, key)}  "
            )
            print(f"  {name}{_shown(metric, figure)}")


def _shown(metric: Metric, figure: Figure) -> str:
    if figure.hidden:
        return figure.hidden
    if metric.is_rate:
        return f"{percent_text(figure)}  ({count_text(figure.n)} / {count_text(figure.d)})"
    if metric.is_duration:
        return f"{hours_text(figure)} h  (n = {count_text(figure.n)})"
    if metric.is_quotient:
        return f"{ratio_text(figure.value)}  ({count_text(figure.n)} / {count_text(figure.d)})"
    return count_text(figure.value)


if __name__ == "__main__":
    sys.exit(main())
