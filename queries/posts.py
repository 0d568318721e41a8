"""Posts of the site by the code that its staff list or its event log knows them by."""

from sqlalchemy import func, select

from data.case_tables import case_event
from data.case_tables import case_record as r
from data.grids import Grid
from data.work_tables import staff
from queries.site import Site


def is_post(site: Site, code: str) -> bool:
    """Whether anybody on the staff list, or any seat that ever took a step, goes by this code."""
    with site.case.connect() as connection:
        for column in (staff.c.code, case_event.c.actor):
            if connection.execute(select(column).where(column == code).limit(1)).first():
                return True
    return False


def posts_of_case(site: Site, code: str, as_of: int) -> tuple[str, ...]:
    """The posts that took a step of a case up to an instant, by code."""
    steps = select(case_event.c.actor).join(r, r.c.case_id == case_event.c.case_id)
    steps = steps.where(r.c.code == code, case_event.c.at <= as_of, case_event.c.actor.is_not(None))
    with site.case.connect() as connection:
        return tuple(sorted(connection.execute(steps.distinct()).scalars()))


def acting_post(site: Site, grid: Grid) -> str | None:
    """The post of a grid that took most steps of cases; without any the first of the list, if any."""
    posts = select(staff.c.code).where(staff.c.grid_id == grid.grid_id).order_by(staff.c.code)
    with site.case.connect() as connection:
        codes = list(connection.execute(posts).scalars())
        actor = case_event.c.actor
        steps = select(actor).where(actor.in_(codes)).group_by(actor)
        busiest = steps.order_by(func.count().desc(), actor).limit(1)
        return connection.execute(busiest).scalar() or next(iter(codes), None)
