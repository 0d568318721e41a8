"""A question to the case database: which cases, split by what, as things stood when. Makes its SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sqlalchemy import ColumnElement, FromClause, and_, literal, literal_column

from data.case_tables import case_derived as d
from data.counters import AS_OF, CLOCK_DAY
from queries.paths import below, path_step, with_path
from queries.scope import Scope
from queries.site import Item, Site

By = Literal["grid", "day", "source", "category", "department"]
DIMENSIONS: tuple[By, ...] = ("grid", "day", "source", "category", "department")
Key = str | int | None

UNLOCATED = ""
"""Key of 未落格 among grids, and of 'no department'."""


@dataclass(frozen=True)
class Question:
    """`level` is the level of grids that `by="grid"` splits into; the next one down by default.

    kind: what is asked about; records of people belong to no department whose cases one may see.
    """

    site: Site
    scope: Scope
    by: By | None
    as_of: int
    level: int
    kind: str = "case_figures"

    def __post_init__(self) -> None:
        """Refuse what the visitor may not ask: no figure and no list comes about without a question."""
        self.site.admit(self.scope, self.kind)

    def cohort(self, clock: str) -> ColumnElement[bool]:
        """The cases of a clock as they stood at AS_OF: in the period, below the grid, filtered."""
        parts = [d.c.valid_from <= AS_OF, d.c.valid_to > AS_OF]
        if clock == "stock":
            parts.append(d.c.is_open == literal_column("1"))
        else:
            days = self.scope.first_day, self.scope.last_day
            parts.append(CLOCK_DAY[clock].between(*days))
        return and_(*parts, *below(self.scope), *filters(self.site, self.scope))

    def tables(self, clock: str = "") -> FromClause:
        """Derived cases, joined with their path only when the question needs it."""
        if self.by != "grid" and self.scope.grid.level == 0:
            return d
        return with_path(self.scope, stock=clock == "stock")

    def dimension(self, clock: str) -> ColumnElement[object]:
        """The column that cases are split by."""
        if self.by is None:
            return literal(None)
        if self.by == "day":
            return CLOCK_DAY[clock]
        if self.by == "grid":
            return path_step(self.scope, f"grid_{self.level}")
        return {
            "source": d.c.source_id,
            "category": d.c.category_id,
            "department": d.c.department_id,
        }[self.by]

    def all_keys(self) -> Sequence[Key]:
        """Keys that are answered even without a case."""
        scope = self.scope
        if self.by is None:
            return [None]
        if self.by == "grid":
            return [g.code for g in scope.tree.at_level(scope.grid, self.level)] + [UNLOCATED]
        if self.by == "day":
            return list(range(scope.first_day, scope.last_day + 1))
        if self.by == "source":
            return [scope.source] if scope.source else list(self.site.sources())
        return []

    def key(self, value: object) -> Key:
        """The key for what the database gave; a grid or word that is no more keeps its number."""
        if self.by is None:
            return None
        if value is None:
            return UNLOCATED
        number = int(str(value))
        if self.by == "day":
            return number
        if self.by == "grid":
            grid = self.scope.tree.by_id.get(number)
            return grid.code if grid is not None else f"#{number}"
        return self._codes.get(number, f"#{number}")

    @cached_property
    def _codes(self) -> dict[int, str]:
        words: dict[str, dict[str, Item]] = {
            "source": self.site.sources(),
            "category": self.site.categories(),
            "department": self.site.departments(),
        }
        return {item.item_id: item.code for item in words[self.by or ""].values()}


def filters(site: Site, scope: Scope) -> list[ColumnElement[bool]]:
    """The scope's source, category and department as conditions."""
    columns = {
        "source": d.c.source_id,
        "category": d.c.category_id,
        "department": d.c.department_id,
    }
    return [columns[name] == item for name, item in filter_items(site, scope).items()]


def filter_items(site: Site, scope: Scope) -> dict[str, int]:
    """The id of the scope's source, category and department, of those that it has."""
    words = {"source": site.sources, "category": site.categories, "department": site.departments}
    return {
        name: items()[code].item_id
        for name, items in words.items()
        if (code := getattr(scope, name)) is not None
    }
