"""What is unfolded over a screen: a case, a grid's card, a reconciliation, a definition, a list …"""

from typing import Any

from dashboard import html
from dashboard.drawing import empty
from dashboard.panel import Ask, Panel
from dashboard.panels.access import access_list
from dashboard.panels.case_list import behind_figure
from dashboard.panels.case_page import case_page
from dashboard.panels.definition import definition
from dashboard.panels.grid_card import grid_card
from dashboard.panels.known import moments
from dashboard.panels.lookup import lookup_sheet
from dashboard.panels.own_tasks import is_shown as is_worker
from dashboard.panels.own_tasks import visited_person
from dashboard.panels.person_score import is_shown, person_taken_apart
from dashboard.panels.reconcile import reconciliation
from dashboard.panels.score import taken_apart
from dashboard.view import FOLDED, OF_DEPARTMENTS


def draw(ask: Ask) -> Any:
    """The topmost of what is asked for; nothing when nothing is."""
    view = ask.view
    if view.case is not None:
        return _card(ask, case_page(ask, view.case), view.link(case=None))
    if view.about is not None:
        return _card(ask, grid_card(ask, view.about), view.link(about=None))
    if view.choosing and ask.screen != "wall":
        return _card(ask, moments(ask), view.link(records=None))
    if view.people is not None and is_worker(ask):
        content = visited_person(ask, view.people.item) if view.people.kind == "person" else []
        return _card(ask, content or [empty(ask, "lookup.missing")], view.link(people=None))
    if view.people is not None and ask.screen != "wall":
        return _card(ask, lookup_sheet(ask, view.people), view.link(people=None))
    if ask.site.sight is not None and ask.site.sight.is_own_only:
        others = (view.access, view.checked, view.scored, view.listed)
        closed = [empty(ask, "state.closed")]
        return _card(ask, closed, view.link(**FOLDED)) if any(others) else None
    if view.access is not None:
        return _card(ask, access_list(ask), view.link(access=None))
    if view.checked is not None and view.listed is None:
        return _card(ask, reconciliation(ask, view.checked), view.link(check=None))
    # Nobody can fold a sheet on the wall away: one that tells nothing is not opened there.
    if view.scored is not None and (is_shown(ask) or ask.screen != "wall"):
        apart = taken_apart if view.role == OF_DEPARTMENTS else person_taken_apart
        return _card(ask, apart(ask, view.scored), view.link(score=None))
    if view.explained is not None:
        return _card(ask, definition(ask, view.explained), view.link(explain=None))
    if view.listed is not None and ask.screen != "tablet":
        return _card(ask, behind_figure(ask, view.listed, view.listed_part), view.folded())
    return None


def _card(ask: Ask, content: list[Any], back: str) -> html.Div:
    close = html.A(ask.t("sheet.close"), href=back, className="sheet-close")
    return html.Div([close, *content], className="sheet-card")


SHEET = Panel("sheet", draw, kind="", shows_typed=True)
"""Of every kind of data; what may not be seen was refused when the address was read."""
