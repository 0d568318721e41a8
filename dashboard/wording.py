"""How instants, spans, places and people's words of a case are put into text."""

from collections.abc import Sequence
from typing import Any

from dashboard import html
from dashboard.panel import Ask
from data.days import day_of
from data.grids import Grid
from queries.case_rows import CaseRow
from queries.rights import KINDS
from queries.scope import Scope
from queries.site import Item

SHORT = {"zh": 8, "en": 8}
"""Characters of a name that fit a line of a ranking."""


def grid_name(ask: Ask, grid: Grid) -> str:
    """The grid's name in the visitor's language."""
    return grid.name_en if ask.language == "en" else grid.name


def short_name(ask: Ask, grid: Grid) -> str:
    """The grid's name without its level where the level is told beside it and the name is long."""
    name, level = grid_name(ask, grid), level_name(ask, grid.level)
    stem = name.removesuffix(level).rstrip()
    return stem if len(name) > SHORT[ask.language] and len(stem) > 1 else name


def place_of(ask: Ask, grid_id: int | None) -> str:
    """The last two steps of the way to a grid; 未落格 when there is none."""
    grid = ask.view.scope.tree.by_id.get(grid_id) if grid_id is not None else None
    if grid is None:
        return ask.t("grid.unlocated")
    steps = [g for g in ask.site.way(ask.view.scope.tree, grid) if g.level > 0][-2:]
    return " ".join(grid_name(ask, step) for step in steps) or grid_name(ask, grid)


def level_name(ask: Ask, level: int) -> str:
    """What the site calls this level."""
    zh, en = ask.view.scope.tree.level_name(level)
    return en if ask.language == "en" else zh


def closed_words(ask: Ask, kind: str, grid: Grid) -> str:
    """Why a kind of data is not shown of a grid: the level that it is told down to, or that it is not open."""
    tree, sight = ask.view.scope.tree, ask.site.sight
    right = ask.site.right(kind, tree, grid, ask.view.scope.department)
    deepest = tree.deepest() if sight is None else sight.deepest(right, tree)
    if not right.depth or grid.level <= deepest:
        return ask.t("state.closed")
    return ask.t(
        "state.closed_below",
        kind=KINDS[kind].in_language(ask.language),
        level=level_name(ask, deepest),
    )


def item_name(ask: Ask, items: dict[str, Item], item_id: int | None) -> str:
    """Name of a source, category or department by its id."""
    for item in items.values():
        if item.item_id == item_id:
            return item.name.in_language(ask.language)
    return "—"


def span(ask: Ask, seconds: float) -> str:
    """A duration in its two largest units."""
    days, rest = divmod(int(abs(seconds) // 60), 1440)
    if not days:
        return hours_span(ask, seconds)
    return ask.t("span.days" if rest >= 60 else "span.whole_days", d=days, h=rest // 60)


def hours_span(ask: Ask, seconds: float) -> str:
    """A duration in hours and minutes: a day of working time is not 24 hours long."""
    hours, rest = divmod(int(abs(seconds) // 60), 60)
    if not hours:
        return ask.t("span.minutes", m=rest)
    return ask.t("span.hours" if rest else "span.whole_hours", h=hours, m=rest)


def clocked(ask: Ask, seconds: float, clock: str) -> str:
    """A duration with the clock that counted it, `working` or `natural`; '' names none."""
    words = (hours_span if clock == "working" else span)(ask, seconds)
    return ask.t(f"clock.{clock}", span=words) if clock else words


def dotted(parts: Sequence[str]) -> list[Any]:
    """Parts of a line with dots between them, to be broken there only."""
    line: list[Any] = []
    for number, part in enumerate(parts):
        # A full-width bracket brings its own space.
        dot = "" if not number else "· " if parts[number - 1].endswith("）") else " · "
        line += [dot, html.Span(part, className="is-whole")]
    return line


def remaining(ask: Ask, row: CaseRow) -> str:
    """How a case stands to its deadline, in words."""
    if row.light == "hung" and row.hung_since is not None:
        return ask.t("remaining.hung", span=span(ask, ask.view.as_of - row.hung_since))
    if row.closed_at is not None:
        return ask.t("remaining.closed", at=ask.time(row.closed_at))
    if row.light in ("void", "rejected"):
        return ""
    if row.left_seconds is None:
        return ask.t("remaining.none")
    key = "remaining.over" if row.left_seconds < 0 else "remaining.left"
    return ask.t(key, span=clocked(ask, row.left_seconds, row.left_clock))


def marks(ask: Ask, row: CaseRow) -> list[html.Span]:
    """What a case carries besides its light: 分色 ◆, then badges 越权 异 延 督 返 重."""
    found = []
    if row.priority is not None and row.priority < len(ask.facts.priorities):
        priority = ask.facts.priorities[row.priority]
        words = [
            html.Span("◆ ", className="priority-shape"),
            priority.name.in_language(ask.language),
        ]
        found.append(html.Span(words, className=f"priority priority-{priority.colour}"))
    if row.off_list:
        found.append(html.Span(ask.t("access.off_list"), className="badge is-off-list"))
    if row.odd:
        found.append(html.Span(ask.t("badge.odd"), className="badge is-odd"))
    return [*found, *(html.Span(words, className="badge") for words in _badges(row, ask))]


def _badges(row: CaseRow, ask: Ask) -> list[str]:
    """延 督 返 重 with how often."""
    held = (
        ("extended", row.extended),
        ("supervised", row.supervised),
        ("rework", row.reworked),
        ("reopened", row.reopened),
    )
    return [ask.t(f"badge.{name}", n=n) for name, n in held if n]


def against(ask: Ask) -> str:
    """What the figures of the period are held against, in words."""
    scope = ask.view.scope
    if scope.earlier is None:
        return ask.t("rates.against", days=scope.days)
    return ask.t("rates.against_days", period=period_text(scope.previous()))


def period_text(scope: Scope) -> str:
    """First and last day of the period."""
    return f"{day_of(scope.first_day)} – {day_of(scope.last_day)}"
