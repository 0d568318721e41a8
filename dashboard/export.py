"""The list behind a figure as a sheet that says what it is: metric, definition, n / d, scope, as-of."""

from dashboard.panel import Ask
from dashboard.panels.known import moment_words
from dashboard.spreadsheet import Sheet, csv_text
from dashboard.text import text
from dashboard.view import View
from dashboard.wording import grid_name, item_name, period_text, place_of
from queries.access import access_items
from queries.definitions import computed_by
from queries.extract import MOST, Extract, ExtractRow, extract
from queries.figures import Figure, count_text, hours_text, percent_text
from queries.measure import measure
from queries.metrics import Metric, Part
from queries.site import Site

COLUMNS = (
    "code",
    "light",
    "title",
    "source",
    "category",
    "item",
    "off_list",
    "lead",
    "department",
    "grid",
    "road",
    "address",
    "reported_at",
    "accepted_at",
    "closed_at",
    "original_deadline",
    "effective_deadline",
)


def sheet_of(
    site: Site,
    view: View,
    metric: Metric,
    bearer: str = "",
    reason: str = "",
    *,
    limit: int | None = None,
) -> Sheet:
    """The masked list of the view's metric under a head that explains it; limit: fewer rows than a file has.

    bearer, reason: who takes it along and why; empty where nobody signs in.
    """
    ask = Ask(site, view, site.facts(), "tablet", 0)
    where = (metric, view.listed_part, view.list_scope)
    held = extract(site, *where, as_of=view.as_of, limit=limit)
    taken = (("taken_by", bearer), ("reason", reason))
    head = [*((key, value) for key, value in taken if value), *_head(ask, metric, held)]
    return Sheet(
        [(ask.t(f"export.{key}"), value) for key, value in head],
        [ask.t(f"export.{key}") for key in COLUMNS],
        [_line(ask, row) for row in held.rows],
    )


def csv_of(site: Site, view: View, metric: Metric) -> str:
    """The sheet as CSV, without a bearer."""
    return csv_text(sheet_of(site, view, metric))


def may_be_taken(site: Site, view: View) -> bool:
    """Whether the visitor may take the view's list along."""
    where = view.list_scope
    return bool(site.right("export", where.tree, where.grid, where.department).depth)


def file_name(metric: Metric, part: Part, view: View, site: Site, ending: str) -> str:
    """Plain letters only: metric, part and as-of."""
    ask = Ask(site, view, site.facts(), "tablet", 0)
    known = "-as-known" if view.known is not None else ""
    return f"{metric.key}-{part}-{ask.time(view.as_of, '%Y%m%d-%H%M')}{known}.{ending}"


def address_of(view: View, metric: Metric, part: Part, ending: str = "csv") -> str:
    """The file's address: the view's own parts as a query."""
    gone = (
        "colour",
        "level",
        "page",
        "after",
        "before",
        "case",
        "explain",
        "role",
        "score",
        "access",
        "about",
        "records",
    )
    listed = metric.key if part == "top" else f"{metric.key}.{part}"
    fragment = view.link(**{**dict.fromkeys(gone), "list": listed, "lang": view.language})
    return f"/export.{ending}?" + fragment.removeprefix("#")


def _head(ask: Ask, metric: Metric, held: Extract) -> list[tuple[str, str]]:
    view, scope, language = ask.view, ask.view.list_scope, ask.language
    rows = ask.t(
        "export.rows_cut" if held.is_cut else "export.rows_all",
        n=count_text(held.total),
        most=f"{MOST:,}",
    )
    version = ask.site.versions().get("cases", 0)
    at = ask.time(view.as_of, "%Y-%m-%d %H:%M:%S")
    figure = measure(ask.site, [metric], scope, as_of=view.as_of).total(metric.key)
    metric = computed_by(metric, figure.variant)
    return [
        ("metric", f"{metric.label.in_language(language)} · {metric.kpi} · {metric.key}"),
        ("part", _part(ask, metric)),
        ("definition", metric.formula.in_language(language)),
        ("cohort", metric.clock_words.in_language(language)),
        ("exclusions", metric.exclusions.in_language(language)),
        ("figure", _figure(ask, metric, figure)),
        ("where", _where(ask)),
        ("zoning", ask.t(f"zoning.{scope.zoning}")),
        ("filters", _filters(ask)),
        ("period", period_text(scope)),
        ("as_of", ask.t("export.as_of_version", at=at, zone=ask.facts.zone, version=version)),
        *([("known", moment_words(ask))] if view.known is not None else []),
        ("site", _site(ask)),
        ("rows", f"{rows}; {ask.t('export.limit', most=f'{MOST:,}')}"),
        ("masked", ask.t("export.masked_what")),
    ]


def _part(ask: Ask, metric: Metric) -> str:
    return ask.t(f"list.{ask.view.listed_part}") if metric.is_rate else "—"


def _figure(ask: Ask, metric: Metric, figure: Figure) -> str:
    if metric.is_rate:
        counts = {"n": count_text(figure.n), "d": count_text(figure.d)}
        return ask.t("export.figure_of", value=percent_text(figure), **counts)
    if metric.is_duration:
        return f"{hours_text(figure)} h (n = {count_text(figure.n)})"
    return count_text(figure.value)


def _where(ask: Ask) -> str:
    tree, grid = ask.view.list_scope.tree, ask.view.list_scope.grid
    way = [tree.name_en if ask.language == "en" else tree.name]
    return " › ".join([*way, *(grid_name(ask, step) for step in ask.site.way(tree, grid))])


def _filters(ask: Ask) -> str:
    scope, site = ask.view.list_scope, ask.site
    chosen = (
        (site.sources(), scope.source),
        (site.categories(), scope.category),
        (site.departments(), scope.department),
    )
    names = [items[code].name.in_language(ask.language) for items, code in chosen if code]
    return " · ".join(names) or "—"


def _site(ask: Ask) -> str:
    name = ask.facts.name.in_language(ask.language)
    return f"{name} · {ask.t('header.demo')}" if ask.facts.demo else name


def _line(ask: Ask, row: ExtractRow) -> list[str]:
    item = access_items(ask.site).get(row.access_item_id or 0)
    times = (
        row.reported_at,
        row.accepted_at,
        row.closed_at,
        row.original_deadline,
        row.effective_deadline,
    )
    return [
        row.code,
        ask.t(f"light.{row.light}"),
        row.title,
        item_name(ask, ask.site.sources(), row.source_id),
        item_name(ask, ask.site.categories(), row.category_id),
        "" if item is None else f"{item.code} {item.name.in_language(ask.language)}",
        text(ask.language, "access.off_list") if row.off_list else "",
        ask.word("lead", row.lead_level) if row.lead_level else "",
        ""
        if row.department_id is None
        else item_name(ask, ask.site.departments(), row.department_id),
        place_of(ask, row.grid_id),
        row.road or "",
        row.address_masked or "",
        *("" if at is None else ask.time(at, "%Y-%m-%d %H:%M") for at in times),
    ]
