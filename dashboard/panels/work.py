"""What is done besides cases: patrols, visits, fresh registers, lists and ledger, whistles, stars."""

from dataclasses import replace
from typing import Any

from dashboard import html
from dashboard.drawing import empty, titled
from dashboard.figure_lines import figure_lines
from dashboard.panel import Ask, Panel
from dashboard.wording import period_text
from queries.measure import kind_of
from queries.metrics import BY_KEY

SHOWN = (
    "load_per_head",
    "reports_per_duty_day",
    "valid_report_rate",
    "missed_rate",
    "patrol_done_rate",
    "patrol_coverage",
    "visited_households",
    "visited_shops",
    "visited_companies",
    "fresh_persons",
    "fresh_houses",
    "fresh_entities",
    "complete_persons",
    "complete_houses",
    "complete_entities",
    "exclusive_heads",
    "exclusive_informants",
    "exclusive_reporting",
    "exclusive_size",
    "whistle_arrival_rate",
    "needs_mapped_rate",
    "problems_claimed_rate",
    "claims_in_time_rate",
    "ledger_cleared_rate",
    "flags_held",
    "stars_up",
    "stars_down",
)


def draw(ask: Ask) -> list[Any]:
    """One line per figure that the site has anything of; filters on cases do not narrow them."""
    scope = ask.view.scope
    if scope.department and ask.site.sight and ask.site.sight.departments(scope.tree, scope.grid):
        # Work is of grids: it cannot be told of one department.
        return titled(ask, "panel.work", empty(ask, "state.closed"))
    shown = [key for key in SHOWN if ask.may(kind_of(BY_KEY[key]))]
    scope = replace(ask.view.scope, source=None, category=None, department=None)
    whole = replace(ask, view=replace(ask.view, scope=scope))
    lines = figure_lines(whole, shown, every=False)
    content = html.Div(lines, className="quality-rows") if lines else empty(ask, "work.none")
    return titled(ask, "panel.work", content, aside=period_text(scope))


WORK = Panel("work", draw)
