"""The phone's first seconds: one sentence, four cards, and what needs its holder."""

from typing import Any

from dashboard import html
from dashboard.drawing import SHAPES, empty, tile, titled
from dashboard.panel import Ask, Panel
from dashboard.panels.rates import compared, under
from dashboard.wording import against, grid_name, period_text
from queries.figures import Figure, count_text, percent_text
from queries.measure import measure
from queries.metrics import BY_KEY, Metric

DAY = 86_400
CARDS = ("on_time_rate", "satisfaction", "closure_rate", "handling_median")
NEEDS = ("overdue", "due_soon", "supervised", "supervision_queue", "parked_long")
WORST = 3


def sentence(ask: Ask) -> html.P:
    """Today's intake, what is open and late (and was yesterday at this hour), satisfaction."""
    view = ask.view
    today = ask.site.today(view.as_of)
    on = view.scope.on(today, today)
    now = measure(
        ask.site, [BY_KEY["accepted"], BY_KEY["open"], BY_KEY["overdue"]], on, as_of=view.as_of
    )
    then = measure(ask.site, [BY_KEY["overdue"]], on, as_of=view.as_of - DAY)
    rated, _ = compared(ask)

    def link(metric: str, shown: str, day: int | None = None) -> html.A:
        return html.A(shown, href=view.to_list(metric, day=day))

    late = now.total("overdue").n or 0
    satisfied, covered = rated.total("satisfaction"), rated.total("survey_coverage")
    few = satisfied.few and satisfied.value is not None
    return html.P(
        [
            ask.t("brief.accepted"),
            link("accepted", count_text(now.total("accepted").n), today),
            ask.t("brief.open"),
            link("open", count_text(now.total("open").n)),
            ask.t("brief.overdue"),
            html.A(
                f"■ {count_text(late)}",
                href=view.to_list("overdue"),
                className="light-overdue" if late else "",
            ),
            ask.t("brief.yesterday", n=count_text(then.total("overdue").n)),
            html.Span(
                ask.t(
                    "brief.satisfied_few" if few else "brief.satisfied",
                    period=_period(ask, today),
                    share=percent_text(satisfied, 1),
                    n=count_text(satisfied.n),
                    d=count_text(satisfied.d),
                    surveyed=count_text(covered.n),
                    due=count_text(covered.d),
                ),
                className="brief-second",
            ),
        ],
        className="brief",
    )


def _period(ask: Ask, today: int) -> str:
    scope = ask.view.scope
    if scope.last_day == today:
        return ask.t("brief.last_days", days=scope.days)
    return period_text(scope) + " "


def cards(ask: Ask) -> list[Any]:
    """Four figures with n/d, change, target and their course by day."""
    now, before = compared(ask)
    words = against(ask)
    scope = ask.view.scope
    shown = scope if scope.days >= 7 else scope.on(scope.last_day - 6, scope.last_day)
    shown = shown if shown.days <= 60 else shown.on(shown.last_day - 59, shown.last_day)
    metrics = [BY_KEY[key] for key in CARDS]
    course = measure(ask.site, metrics, shown, "day", as_of=ask.view.as_of).figures
    tiles = [
        tile(
            ask,
            metric,
            now.total(metric.key),
            before=before.total(metric.key),
            against=words,
            under=[
                spark(list(course[metric.key].values()), metric),
                html.Div(under(ask, metric.key, now)),
            ],
        )
        for metric in metrics
    ]
    return titled(ask, "panel.cards", html.Div(tiles, className="tiles"))


def spark(figures: list[Figure], metric: Metric) -> html.Div:
    """A column per day, from the lowest figure to the highest; a day without one leaves a gap."""
    values = [figure.value for figure in figures]
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    flat = high == low

    def height(value: float | None) -> str:
        if value is None:
            return "0"
        return "56%" if flat else f"{12 + 88 * (value - low) / (high - low):.0f}%"

    columns = [html.Span(style={"height": height(v)}) for v in values]
    return html.Div(columns, className="spark")


def needs(ask: Ask) -> list[Any]:
    """Lists that wait for a decision, and the three grids with most overdue cases."""
    view = ask.view
    answer = measure(ask.site, [BY_KEY[key] for key in NEEDS], view.scope, as_of=view.as_of)
    lines: list[html.Element] = [
        html.A(
            [
                html.Span(
                    SHAPES.get(key) or ask.t(f"badge.{key}_short"),
                    className=f"need-shape light-{key}",
                ),
                html.Span(BY_KEY[key].label.in_language(ask.language)),
                html.B(count_text(answer.total(key).n)),
            ],
            href=view.to_list(key),
            className="need",
        )
        for key in NEEDS
        if answer.total(key).n
    ]
    if not lines:
        lines = [empty(ask, "needs.none")]
    return titled(ask, "panel.needs", html.Div(lines, className="needs"), *_worst(ask))


def _worst(ask: Ask) -> list[Any]:
    view = ask.view
    children = view.scope.tree.children(view.scope.grid)
    if not children:
        return []
    metrics = [BY_KEY["overdue"], BY_KEY["open"]]
    held = measure(ask.site, metrics, view.scope, "grid", as_of=view.as_of).figures
    late = [g for g in children if held["overdue"][g.code].n]
    late.sort(key=lambda g: -(held["overdue"][g.code].n or 0))
    lines = [
        html.A(
            [
                html.Span(grid_name(ask, grid)),
                html.B(f"■ {count_text(held['overdue'][grid.code].n)}", className="light-overdue"),
                html.Span(
                    ask.t("needs.of_open", n=count_text(held["open"][grid.code].n)),
                    className="is-muted",
                ),
            ],
            href=view.to_grid(grid.code),
            className="need",
        )
        for grid in late[:WORST]
    ]
    return [html.H3(ask.t("needs.worst")), html.Div(lines, className="needs")] if lines else []


BRIEF = Panel("brief", sentence)
CARDS_PANEL = Panel("cards", cards)
NEEDS_PANEL = Panel("needs", needs)
