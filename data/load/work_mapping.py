"""What a mapping may say of tables beside the cases: posts, lists, activities, ratings, parties.

Each class is one section of the mapping. A section may come several times, as [[staff]], for several
files. Every key is a `Cell`; what the values must be like is in data.load.work_sections.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Where a value comes from: key = "column", or key = { column = "…", … }, or { value = "…" } for all rows.

    `words`: word in the file = word of the program, or the code that it means. `rules` bring grid
    codes to one spelling, as in KeyColumn.
    """

    column: str | None = None
    value: str | None = None
    words: dict[str, str] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class WorkTable:
    """What every section has: the file (it may hold *), how it writes times and days, what means "none".

    Times are in `zone`, by default the site's; `ambiguous` as in [cases.time].
    """

    file: str
    format: str = "%Y-%m-%d %H:%M:%S"
    day_format: str = "%Y-%m-%d"
    zone: str | None = None
    empty: list[str] = field(default_factory=list)
    ambiguous: Literal["first", "second"] = "first"


@dataclass(frozen=True, kw_only=True)
class Staff(WorkTable):
    """`[staff]`: posts, known by `code`, and who fills them; an empty `name` is a vacant post.

    `role`, `force` and `team` are keys of the site's [[post]], [[force]] and [[team]], as far as it
    names any; `duty_mode` is resident, reporting or part_time; `on_duty` yes or no, yes if not told.
    """

    code: Cell
    grid: Cell
    role: Cell
    name: Cell | None = None
    phone: Cell | None = None
    force: Cell | None = None
    team: Cell | None = None
    duty_mode: Cell
    on_duty: Cell | None = None


@dataclass(frozen=True, kw_only=True)
class AccessItems(WorkTable):
    """`[access_items]`: 准入清单, known by `code`; `valid_to` is the first day that an item is off it.

    `lead_level` is micro_grid, station, street or cross. What has no English name goes by its own.
    """

    code: Cell
    batch: Cell
    class_code: Cell
    class_name: Cell
    class_name_en: Cell | None = None
    name: Cell
    name_en: Cell | None = None
    department: Cell | None = None
    lead_level: Cell
    valid_from: Cell
    valid_to: Cell | None = None


@dataclass(frozen=True, kw_only=True)
class ExclusiveGrids(WorkTable):
    """`[exclusive_grids]`: what is told of a 专属网格, known by `grid`; `units` owe an informant each.

    `risk` is high, medium or low; `area_km2` is that of the grid's outline unless it is told.
    """

    grid: Cell
    type: Cell
    type_en: Cell | None = None
    people: Cell | None = None
    area_km2: Cell | None = None
    risk: Cell | None = None
    head_is_civil_servant: Cell
    units: Cell
    informants: Cell
    reported_at: Cell | None = None
    subject_org: Cell | None = None
    territorial_org: Cell | None = None
    supervising_dept: Cell | None = None
    linked_grid: Cell | None = None


@dataclass(frozen=True, kw_only=True)
class Compounds(WorkTable):
    """`[compounds]`: 小区 and 楼院, known by `code`; not `managed` is 无主管楼院.

    Without `grid`, or where it is empty, the point finds it in the default hierarchy.
    """

    code: Cell
    name: Cell
    kind: Cell
    grid: Cell | None = None
    managed: Cell
    lon: Cell | None = None
    lat: Cell | None = None
    crs: str | None = None


@dataclass(frozen=True, kw_only=True)
class Activities(WorkTable):
    """`[activities]`: what is done besides cases, known by `kind` and `id` (one column, or several).

    `kind` is duty, patrol, need, problem, claim, ledger, whistle, note or missed (data.events). `at`:
    when it was planned, entered or asked for; `amount`: person-days of duty, problems that a patrol
    found, 1 of a note that is matter for a case; 1 if not told. `of`: the id it belongs to, columns as
    in `id`: of a need or claim its problem, else one of its own kind, as the first of a whistle's departments.
    """

    id: list[str]
    kind: Cell
    grid: Cell
    department: Cell | None = None
    part: Cell | None = None
    title: Cell | None = None
    at: Cell
    due_at: Cell | None = None
    done_at: Cell | None = None
    amount: Cell | None = None
    of: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Ratings(WorkTable):
    """`[ratings]`: decisions on 五星 and 红旗, known by grid, kind, period and day.

    `kind` is star or flag; `level` 0 to 5 stars, or whether the flag is held (1) or lost (0).
    """

    grid: Cell
    kind: Cell
    period: Cell
    day: Cell
    level: Cell
    level_before: Cell | None = None
    indicator: Cell | None = None


@dataclass(frozen=True, kw_only=True)
class CaseParties(WorkTable):
    """`[case_parties]`: who else has a part in a case, known by case, role and name.

    `role` is assist, supervise, subject, territorial or supervising (data.events); `name` that of an
    organisation, never of a resident.
    """

    case: Cell
    role: Cell
    name: Cell
    department: Cell | None = None
