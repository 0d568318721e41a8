"""`/export.csv` and `/export.xlsx`: the list behind a figure to take along, for a reason that is noted.

An address has the parts of a screen's fragment as a query. Where people sign in, GET shows what the file will hold and
asks for the reason; the file itself is sent to the form of that page only.
"""

from typing import NamedTuple

from flask import Flask, Response, abort, request

from dashboard.export import file_name, may_be_taken, sheet_of
from dashboard.office.desk import Desk, is_ours, known, outdated, page, visitor
from dashboard.spreadsheet import Sheet, csv_text, xlsx_bytes
from dashboard.view import View, read_view
from dashboard.watermark import bearer_words
from data.audit.chain import Entry
from queries.known import as_known
from queries.masking import mask_text
from queries.metrics import Metric
from queries.rights import SCREENS
from queries.scope import ScopeError
from queries.site import Site
from queries.unmask import is_reason
from queries.visitor import scope_words

PREVIEW = 10
"""Lines of the list that the page shows."""

KINDS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class _List(NamedTuple):
    """The list of an address, as the visitor may see it."""

    site: Site
    view: View
    metric: Metric
    query: str


def add_taking(flask: Flask, site: Site, desk: Desk | None) -> None:
    """Both addresses, each with its form where people sign in."""

    def look(ending: str) -> Response:
        held = _read(site, desk)
        return _file(held, ending) if desk is None else _form(held, desk)

    def take(ending: str) -> Response:
        if desk is None:
            abort(405)
        if not is_ours(desk):
            return outdated(desk)
        held, reason = _read(site, desk), " ".join(request.form.get("reason", "").split())
        if not is_reason(reason):
            return _form(held, desk, wrong="taking.no_reason")
        who, told = known(), mask_text(reason)
        entry = Entry(
            "export", who.login, scope_words(who.in_force), f"{ending} {held.query}", told
        )
        desk.access.log.note(entry, desk.access.now())
        return _file(held, ending, " · ".join(bearer_words(desk, who)), told)

    for ending in KINDS:
        path, values = f"/export.{ending}", {"ending": ending}
        flask.add_url_rule(path, f"export_{ending}", look, methods=["GET"], defaults=values)
        flask.add_url_rule(path, f"take_{ending}", take, methods=["POST"], defaults=values)


def _read(site: Site, desk: Desk | None) -> _List:
    """403 for who may take nothing along, 404 for an address that is none, or shows what they may not see."""
    who = visitor() if desk is None else known()
    screens = [one for one in SCREENS if who and who.may("export", one)]
    if who is not None and not screens:
        abort(403)
    site = site.seen_by(who, screens[0] if screens else "tablet")
    query = request.query_string.decode("ascii", "replace")
    try:
        view = read_view(site, query, "")
    except ScopeError:
        abort(404)
    if view.listed is None:
        abort(404)
    if not may_be_taken(site, view):
        abort(403)
    return _List(as_known(site, view.known), view, view.listed, query)


def _file(held: _List, ending: str, bearer: str = "", reason: str = "") -> Response:
    sheet = sheet_of(held.site, held.view, held.metric, bearer, reason)
    if ending == "csv":
        content: str | bytes = csv_text(sheet)
    else:
        content = xlsx_bytes(sheet, held.metric.key, bearer)
    answer = Response(content, mimetype=KINDS[ending])
    name = file_name(held.metric, held.view.listed_part, held.view, held.site, ending)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _form(held: _List, desk: Desk, wrong: str = "") -> Response:
    """What the file will hold, and the reason that it is taken for."""
    who = known()
    sheet: Sheet = sheet_of(held.site, held.view, held.metric, limit=PREVIEW)
    entry = Entry("list_view", who.login, scope_words(who.in_force), f"export {held.query}")
    desk.access.log.note(entry, desk.access.now())
    return page(
        desk,
        "taking",
        400 if wrong else 200,
        sheet=sheet,
        query=held.query,
        wrong=wrong,
        reason=request.form.get("reason", ""),
        most=PREVIEW,
    )
