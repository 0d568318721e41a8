"""How instants, spans, places and people's words of a case are put into text."""

from dashboard.panel import Ask
from data.days import day_of
from data.grids import Grid
from queries.cases import CaseRow
from queries.scope import Scope
from queries.site import Item


def grid_name(ask: Ask, grid: Grid) -> str:
    """The grid's name in the visitor's language."""
    return grid.name_en if ask.language == "en" else grid.name


def place_of(ask: Ask, grid_id: int | None) -> str:
    """The last two steps of the way to a grid; 未落格 when there is none."""
    grid = ask.view.scope.tree.by_id.get(grid_id) if grid_id is not None else None
    if grid is None:
        return ask.t("grid.unlocated")
    steps = [g for g in ask.view.scope.tree.path(grid) if g.level > 0][-2:]
    return " ".join(grid_name(ask, step) for step in steps) or grid_name(ask, grid)


def level_name(ask: Ask, level: int) -> str:
    """What the site calls this level."""
    zh, en = ask.view.scope.tree.level_name(level)
    return en if ask.language == "en" else zh


def item_name(ask: Ask, items: dict[str, Item], item_id: int | None) -> str:
    """Name of a source, category or department by its id."""
    for item in items.values():
        if item.item_id == item_id:
            return item.name.in_language(ask.language)
    return "—"


def span(ask: Ask, seconds: float) -> str:
    """A duration in its two largest units."""
    minutes = int(abs(seconds) // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return ask.t("span.days", d=days, h=hours)
    if hours:
        return ask.t("span.hours", h=hours, m=rest)
    return ask.t("span.minutes", m=rest)


def remaining(ask: Ask, row: CaseRow) -> str:
    """How a case stands to its deadline, in words."""
    now = ask.view.as_of
    if row.light == "hung" and row.hung_since is not None:
        return ask.t("remaining.hung", span=span(ask, now - row.hung_since))
    if row.closed_at is not None:
        return ask.t("remaining.closed", at=ask.time(row.closed_at))
    if row.effective_deadline is None:
        return ask.t("remaining.none")
    left = row.effective_deadline - now
    key = "remaining.over" if left < 0 else "remaining.left"
    return ask.t(key, span=span(ask, left))


def badges(row: CaseRow, ask: Ask) -> list[str]:
    """延 督 返 重 with how often."""
    held = (
        ("extended", row.extended),
        ("supervised", row.supervised),
        ("rework", row.reworked),
        ("reopened", row.reopened),
    )
    return [ask.t(f"badge.{name}", n=n) for name, n in held if n]


def period_text(scope: Scope) -> str:
    """First and last day of the period."""
    return f"{day_of(scope.first_day)} – {day_of(scope.last_day)}"
