"""What stands in the place of a list of persons for those who may see totals only (domain.md A9)."""

from typing import Any

from dashboard import html
from dashboard.drawing import empty
from dashboard.panel import Ask
from dashboard.wording import grid_name
from queries.people import AT_HOME, old_at_home
from queries.register import basis


def home_totals(ask: Ask) -> list[Any]:
    """The old who live alone or in an empty nest, by grid; who may not see totals is told so."""
    scope = ask.view.scope
    if not ask.may("population") or basis(ask.site) != "register":
        return [empty(ask, "lookup.denied")]
    below = scope.tree.children(scope.grid)
    children = below if below and ask.may("population", below[0].level) else []
    grids = [scope.grid, *children]
    rows = old_at_home(ask.site, scope.unfiltered, grids)
    head = [html.Th(""), *(html.Th(ask.word("household", one)) for one in AT_HOME)]
    lines = [
        html.Tr([html.Th(grid_name(ask, grid)), *(html.Td(row[one].text) for one in AT_HOME)])
        for grid, row in zip(grids, rows, strict=True)
    ]
    return [
        html.Div(ask.t("lookup.totals"), className="is-muted"),
        html.Table([html.Thead(html.Tr(head)), html.Tbody(lines)], className="home-totals"),
    ]
