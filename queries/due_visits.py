"""Visits that somebody's post has to make: who lives alone or is old among the old, and was long not seen.

Nobody assigns visits one by one. The homes of the grid that a post belongs to are its own, and those of
them are due that 走访 owes a visit (domain.md §6: 走访 due). What is not due is no business of the post.
"""

from typing import NamedTuple

from sqlalchemy import func, select

from data.case_tables import grid_unit
from data.population_tables import building, house, person, visit
from data.population_tables import household as h
from data.work_tables import staff
from queries.area import NOTHING, Area
from queries.masking import mask_name
from queries.site import Site

DUE_KINDS = ("独居", "空巢")
DUE_DAYS = 30
MOST = 50
"""How many are listed."""


class DueVisit(NamedTuple):
    """A home to be called at: its door, who lives there (id, masked name), and the day of the last visit."""

    household_id: int
    kind: str
    address: str
    grid_code: str
    people: tuple[tuple[int, str], ...]
    last_visit: int | None


def own_area(site: Site, kind: str = "person") -> Area:
    """The grids of the visitor's posts as far as their grants reach; nothing without a post."""
    if site.sight is None:
        return NOTHING
    posts, tasks = site.sight.visitor.posts, site.sight.tasks(kind)
    if not posts or not tasks:
        return NOTHING
    theirs = select(grid_unit.c.code).join(staff, staff.c.grid_id == grid_unit.c.grid_id)
    with site.case.connect() as connection:
        found = connection.execute(theirs.where(staff.c.code.in_(posts))).scalars().all()
    codes: set[str] = set()
    for _, grant in tasks:
        tree = site.tree(grant.tree)
        top = tree.by_code.get(grant.grid or "") if tree is not None else None
        if tree is None or top is None:
            continue
        granted = {grid.code for grid in tree.subtree(top)}
        for code in found:
            place = tree.by_code.get(code)
            # A post above the grant has the granted part of its grid; a post below, its own grid.
            if place is not None and place.level:
                codes |= {grid.code for grid in tree.subtree(place)} & granted
    return Area(frozenset(codes))


def due_visits(site: Site) -> tuple[DueVisit, ...]:
    """The visits due today, longest unseen first; of each home the door, for somebody has to find it.

    One more than MOST where there are more. Of no other day: who names an earlier one would open the
    homes that were visited since.
    """
    area = own_area(site)
    if area == NOTHING:
        return ()
    today = site.today(site.as_of())
    last = (
        select(func.max(visit.c.day))
        .where(visit.c.subject == "household", visit.c.subject_id == h.c.household_id)
        .where(visit.c.day <= today)
        .scalar_subquery()
    )
    homes = (
        select(h, building.c.address, house.c.room, last.label("last_visit"))
        .outerjoin(house, house.c.house_id == h.c.house_id)
        .outerjoin(building, building.c.building_id == house.c.building_id)
        .where(h.c.kind.in_(DUE_KINDS), area.condition(h.c.grid_code))
        .where(func.coalesce(last, 0) < today - DUE_DAYS)
        .order_by(func.coalesce(last, 0), h.c.household_id)
        .limit(MOST + 1)
    )
    with site.population.connect() as connection:
        rows = connection.execute(homes).all()
        ids = [row.household_id for row in rows]
        live = select(person.c.household_id, person.c.person_id, person.c.name)
        live = live.where(person.c.household_id.in_(ids), area.condition(person.c.grid_code))
        people = connection.execute(live.order_by(person.c.person_id)).all()
    return tuple(
        DueVisit(
            row.household_id,
            row.kind,
            " ".join(part for part in (row.address, row.room) if part),
            row.grid_code,
            tuple(
                (one.person_id, mask_name(one.name or ""))
                for one in people
                if one.household_id == row.household_id
            ),
            row.last_visit,
        )
        for row in rows
    )
