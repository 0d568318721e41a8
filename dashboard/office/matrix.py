"""The whole matrix as a file: who may see what, where, since when, granted by whom."""

import csv
import io
from datetime import datetime

from dashboard.spreadsheet import MARK, safe_cell
from dashboard.text import Language, text
from data.accounts.access import Access
from data.accounts.grants import GrantRow, all_grants
from data.days import local_time
from queries.rights import DEPTH_WORDS, KINDS, ROLES, SCREENS, Depth, right, screens_of
from queries.visitor import Visitor, holds

COLUMNS = (
    "login",
    "name",
    "organisation",
    "role",
    "state",
    "reach",
    "tree",
    "grid",
    "department",
    "from",
    "to",
    "granted_by",
    "granted_at",
    "origin",
    "withdrawn_by",
    "withdrawn_at",
    "screens",
)


def matrix_csv(access: Access, zone: str, language: Language, by: Visitor) -> str:
    """One line for each grant and wall, past and future ones too, with what it lets see of each kind."""
    page = io.StringIO()
    page.write(MARK)
    writer = csv.writer(page)
    now = access.now()

    def at(instant: int | None) -> str:
        return "" if instant is None else _time(local_time(instant, zone))

    writer.writerow([text(language, "matrix.made", at=at(now), name=by.name, login=by.login)])
    kinds = [words.in_language(language) for words in KINDS.values()]
    writer.writerow([*(text(language, f"matrix.{name}") for name in COLUMNS), *kinds])
    for row in all_grants(access):
        grant = row.grant
        cells = [
            row.login,
            row.name,
            row.organisation,
            ROLES[grant.role].in_language(language),
            text(language, f"matrix.is_{_state(row, now)}"),
            text(language, f"matrix.reach_{grant.reach}"),
            grant.tree or "",
            grant.grid or "",
            grant.department or "",
            at(grant.valid_from),
            at(grant.valid_to),
            row.granted_by,
            at(row.granted_at),
            row.origin,
            row.withdrawn_by or "",
            at(row.withdrawn_at),
            ", ".join(screens_of(grant.role)),
        ]
        depths = [
            max(right(grant.role, screen, kind).depth for screen in SCREENS) for kind in KINDS
        ]
        told = [DEPTH_WORDS[Depth(depth)].in_language(language) for depth in depths]
        writer.writerow([safe_cell(cell) for cell in (*cells, *told)])
    return page.getvalue()


def _state(row: GrantRow, now: int) -> str:
    if row.disabled_at is not None:
        return "disabled"
    if row.withdrawn_at is not None:
        return "withdrawn"
    if holds(row.grant, now):
        return "in_force"
    return "future" if row.grant.valid_from > now else "ended"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
