"""By which grids cases are placed, and the way to the other reading (domain.md §2.2 c, A7)."""

from dashboard import html
from dashboard.panel import Ask
from queries.figures import count_text
from queries.paths import rezoned


def zoning_words(ask: Ask) -> str:
    """`按上报时网格` or `按现行网格`."""
    return ask.t(f"zoning.{ask.view.scope.zoning}")


def zoning_line(ask: Ask) -> list[html.Div]:
    """That grids have changed under some cases, which grids count, and the switch between both.

    Nothing where no grid has. On the wall, which nobody touches, two words where today's grids count.
    """
    scope = ask.view.scope
    if ask.screen == "wall":
        chip = html.Div(zoning_words(ask), className="choice filter zoning")
        return [chip] if scope.zoning == "now" else []
    # How many it are is told of the whole hierarchy only.
    is_whole = ask.site.sight is None or ask.site.sight.is_whole
    n = rezoned(ask.site, scope.tree)
    if not n and scope.zoning == "reported":
        return []
    moved = [ask.t("zoning.moved", n=count_text(n))] if is_whole else []
    told = *moved, ask.t(f"zoning.counts_{scope.zoning}")
    parts = [html.Span(" · ".join(told)), zoning_switch(ask)]
    return [html.Div(parts, className="other-tree zoning")]


def zoning_switch(ask: Ask, words: str = "") -> html.A:
    """The way to the other reading; what is unfolded stays so."""
    other = "now" if ask.view.scope.zoning == "reported" else None
    switch = ask.t(f"zoning.to_{other or 'reported'}")
    href = ask.view.link(zoning=other, page=None)
    return html.A(f"{words} · {switch}" if words else switch, href=href, className="choice")
