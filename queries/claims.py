"""Units outside the rule of 服务清单: each member unit claims one to three items a quarter (S4-15)."""

from collections import Counter

from sqlalchemy import func, select

from data.counters import AS_OF
from data.work_tables import activity as a
from queries.question import Question
from queries.site import Site

MOST_CLAIMS = 3


def units_outside(question: Question) -> int:
    """How many times a unit was outside the rule in the quarters that the period touches.

    More than three claims count at once; none at all only once the quarter is over, and for a unit
    that claimed in the quarter before: nothing else tells who is a member. A grid counts the claims
    below it.
    """
    site, scope = question.site, question.scope
    today = site.today(question.as_of)
    quarters = _quarters(site, scope.first_day, min(scope.last_day, today))
    if not quarters:
        return 0
    before = _quarter(site, quarters[0][0] - 1)
    held = _claims(question, before[0], quarters[-1][1])
    outside = 0
    for earlier, now in zip([before, *quarters], quarters, strict=False):
        claims, members = _within(held, now), _within(held, earlier)
        outside += sum(n > MOST_CLAIMS for n in claims.values())
        if now[1] < today:
            outside += len(members.keys() - claims.keys())
    return outside


def _quarters(site: Site, first: int, last: int) -> list[tuple[int, int]]:
    found = []
    while first <= last:
        found.append(_quarter(site, first))
        first = found[-1][1] + 1
    return found


def _quarter(site: Site, day: int) -> tuple[int, int]:
    """First and last day of the site's quarter that a day lies in."""
    periods = site.facts().assessment
    first = periods.period("quarter", day).first
    # A hundred days on it is the next quarter, seen from which this one is whole.
    return periods.period("last_quarter", first + 100)[:2]


def _claims(question: Question, first: int, last: int) -> Counter[tuple[int, int]]:
    """Claims below the scope's grid by department and day; those of no department are nobody's."""
    site, scope = question.site, question.scope
    statement = select(a.c.department_id, a.c.day, a.c.grid_id, func.count()).where(
        a.c.kind == "claim",
        a.c.day.between(first, last),
        a.c.at <= AS_OF,
        a.c.department_id.is_not(None),
    )
    if scope.department is not None:
        statement = statement.where(
            a.c.department_id == site.departments()[scope.department].item_id
        )
    inside = {grid.grid_id for grid in scope.tree.subtree(scope.grid)}
    found: Counter[tuple[int, int]] = Counter()
    with site.case.connect() as connection:
        rows = connection.execute(
            statement.group_by(a.c.department_id, a.c.day, a.c.grid_id), {"as_of": question.as_of}
        )
        for department, day, grid, n in rows:
            if grid in inside or scope.grid is scope.tree.top:
                found[department, day] += n
    return found


def _within(held: Counter[tuple[int, int]], days: tuple[int, int]) -> Counter[int]:
    found: Counter[int] = Counter()
    for (department, day), n in held.items():
        if days[0] <= day <= days[1]:
            found[department] += n
    return found
