"""Who granted a parking or an extension, when and why: what an inspector asks of a case."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from data.case_tables import case_event as e
from data.case_tables import case_record as r
from queries.masking import mask_note
from queries.site import Site

GRANTED = ("hung", "extended")


@dataclass(frozen=True)
class Approval:
    """`kind` is one of GRANTED; `reason` and `role` as they were written down."""

    kind: str
    at: int
    role: str | None
    reason: str | None


def approvals(site: Site, codes: Collection[str], *, as_of: int) -> dict[str, Approval]:
    """The newest approval of each of these cases by `as_of`; cases without one are left out."""
    statement = (
        select(r.c.code, e.c.type, e.c.at, e.c.actor_role, e.c.note)
        .join(r, r.c.case_id == e.c.case_id)
        .where(r.c.code.in_(list(codes)), e.c.type.in_(GRANTED), e.c.at <= as_of)
        .order_by(e.c.at, e.c.seq)
    )
    with site.case.connect() as connection:
        rows = connection.execute(statement).all()
    return {
        row.code: Approval(row.type, row.at, row.actor_role, mask_note(row.note)) for row in rows
    }
