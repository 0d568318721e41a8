"""What is on record of one grid: who heads it, its size, its stars; of a 专属网格 its unit (S2-06 … S2-16)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from data.case_tables import grid_unit as g
from data.case_tables import site_setting
from data.stored_settings import read_setting
from data.work_tables import exclusive_grid as x
from data.work_tables import rating as t
from data.work_tables import staff as s
from queries.site import Site
from queries.words import Words

LEAST_PEOPLE, LEAST_KM2 = 1000, 1.0
"""A 专属网格 is large enough by the one or by the other (domain.md S2-08)."""

HEADS = ("grid_head", "head")
"""Posts that head a grid, the more particular one first."""

REPORT_DAYS = 30
"""A grid that has not reported for longer is marked, unless the site says otherwise."""


class Post(NamedTuple):
    """A post and who fills it: no name means that it is vacant, no phone that none is known."""

    role: str
    label: Words
    name: str | None
    phone: str | None


class Rating(NamedTuple):
    """The newest decision of a kind (star | flag); `indicator` is what caused a change."""

    kind: str
    period: str
    level: int
    level_before: int | None
    indicator: str | None


@dataclass(frozen=True)
class Exclusive:
    """What is told of a 专属网格; `reported_at` is in epoch seconds, None when it never reported."""

    type: Words
    people: int | None
    area_km2: float | None
    risk: str | None
    head_is_civil_servant: bool
    units: int
    informants: int
    reported_at: int | None
    subject_org: str | None
    territorial_org: str | None
    supervising_dept: str | None
    linked_grid_id: int | None

    @property
    def by_people(self) -> bool:
        """Whether it is large enough by the people who work there."""
        return self.people is not None and self.people >= LEAST_PEOPLE

    @property
    def by_area(self) -> bool:
        """Whether it is large enough by its area."""
        return self.area_km2 is not None and self.area_km2 >= LEAST_KM2


@dataclass(frozen=True)
class GridFile:
    """One grid's file; `exclusive` is None for an ordinary grid. None means: not told."""

    area_km2: float | None
    households: int | None
    residents: int | None
    posts: tuple[Post, ...]
    ratings: tuple[Rating, ...]
    exclusive: Exclusive | None
    report_days: int

    @property
    def head(self) -> Post | None:
        """Who heads the grid; None where it has no such post."""
        heads = [post for role in HEADS for post in self.posts if post.role == role]
        return heads[0] if heads else None


def grid_file(site: Site, grid_id: int, *, as_of: int) -> GridFile:
    """Everything on record of the grid by then."""
    today = site.today(as_of)
    newest = select(t).where(t.c.grid_id == grid_id, t.c.day <= today)
    with site.case.connect() as connection:
        unit = connection.execute(select(g).where(g.c.grid_id == grid_id)).one()
        held = connection.execute(select(x).where(x.c.grid_id == grid_id)).first()
        ratings = connection.execute(newest.order_by(t.c.day.desc(), t.c.rating_id.desc())).all()
        posts = _posts(connection, grid_id)
        assessment = read_setting(connection, site_setting, "assessment") or {}
    first: dict[str, Rating] = {}
    for row in ratings:
        newest_of_kind = Rating(row.kind, row.period, row.level, row.level_before, row.indicator)
        first.setdefault(row.kind, newest_of_kind)
    return GridFile(
        area_km2=unit.area_km2,
        households=unit.households,
        residents=unit.residents,
        posts=posts,
        ratings=tuple(first[kind] for kind in sorted(first, reverse=True)),
        exclusive=None if held is None else _exclusive(held, as_of),
        report_days=int(assessment.get("report_days", REPORT_DAYS)),
    )


def _posts(connection: Connection, grid_id: int) -> tuple[Post, ...]:
    """In the order of the site's posts; a post that the site did not name goes by its key."""
    named = read_setting(connection, site_setting, "posts") or []
    labels = {post["key"]: Words(*post["name"]) for post in named}
    order = list(labels)
    rows = connection.execute(select(s).where(s.c.grid_id == grid_id).order_by(s.c.code)).all()
    posts = [
        Post(row.role, labels.get(row.role, Words(row.role, row.role)), row.name, row.phone)
        for row in rows
    ]
    posts.sort(key=lambda post: order.index(post.role) if post.role in labels else len(order))
    return tuple(posts)


def _exclusive(row: Row[Any], as_of: int) -> Exclusive:
    told = row.reported_at is not None and row.reported_at <= as_of
    return Exclusive(
        type=Words(row.type, row.type_en),
        people=row.people,
        area_km2=row.area_km2,
        risk=row.risk,
        head_is_civil_servant=bool(row.head_is_civil_servant),
        units=row.units,
        informants=row.informants,
        reported_at=row.reported_at if told else None,
        subject_org=row.subject_org,
        territorial_org=row.territorial_org,
        supervising_dept=row.supervising_dept,
        linked_grid_id=row.linked_grid_id,
    )
