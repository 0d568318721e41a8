"""What a mapping file may say: one dataclass per table of the TOML, one field per key.

The classes are the reference of the format: `data.load.mapping_file` reads a file by them, so a key
that is not a field here is refused. `examples/boston311/boston.toml` shows most of them at work.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from data.load.site_mapping import Hierarchy, KeyColumn, Site
from data.load.work_mapping import (
    AccessItems,
    Activities,
    CaseParties,
    Cell,
    Compounds,
    ExclusiveGrids,
    Ratings,
    Staff,
)
from data.sites.settings import SiteRules
from data.working_time import WorkCalendar

Clock = Literal["urgent_hour", "work_hour", "work_day", "natural_day"]
"""data.working_time.CLOCKS: 紧急工作时, 工作时, 工作日, 自然日."""


@dataclass(frozen=True, kw_only=True)
class Times:
    """`[cases.time]`: format and zone of the time columns; `accepted` defaults to `reported`.

    `empty` lists texts that stand for "no time"; `ambiguous` says which of the two hours is meant
    when clocks are put back.
    """

    format: str
    reported: str
    zone: str | None = None
    verify_sent: str | None = None
    verified: str | None = None
    accepted: str | None = None
    dispatched: str | None = None
    received: str | None = None
    responded: str | None = None
    handled: str | None = None
    check_sent: str | None = None
    checked: str | None = None
    closed: str | None = None
    deadline: str | None = None
    empty: list[str] = field(default_factory=list)
    ambiguous: Literal["first", "second"] = "first"


@dataclass(frozen=True, kw_only=True)
class Actors:
    """`[cases.actor]`: columns with the code of the seat or post that did a step, by step.

    Codes only, never names: persons are scored by them (queries.person_scores). A step needs its time
    column in [cases.time]; `closed` tells who ended the case in whatever way.
    """

    reported: str | None = None
    verify_sent: str | None = None
    verified: str | None = None
    accepted: str | None = None
    dispatched: str | None = None
    check_sent: str | None = None
    checked: str | None = None
    closed: str | None = None

    @property
    def columns(self) -> dict[str, str]:
        """The column of each step that has one."""
        return {step: column for step, column in vars(self).items() if column is not None}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """`[cases.limit]`: how long a case may take; `value` is a column of numbers, also with decimals.

    They count on one `clock`, or on that of the word in `clock_column`: in `clocks`, word in the
    file = clock. Where a case has a target time (`deadline` in [cases.time]) as well, that stands.
    """

    value: str
    clock: Clock | None = None
    clock_column: str | None = None
    clocks: dict[str, Clock] = field(default_factory=dict)

    def possible_clocks(self) -> list[str]:
        """Every clock that a row may name."""
        return [self.clock] if self.clock else list(self.clocks.values())


@dataclass(frozen=True, kw_only=True)
class Status:
    """`[cases.status]`: which words mean what, and what to do when status and closing time differ."""

    column: str
    open: list[str]
    closed: list[str]
    cancelled: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    closed_without_time: Literal["set aside", "keep open"] = "set aside"
    open_with_time: Literal["set aside", "keep open", "close"] = "set aside"


@dataclass(frozen=True, kw_only=True)
class Words:
    """`[cases.source]`, `[cases.department]`: word in the file = ["中文", "English"], in screen order."""

    column: str
    names: dict[str, list[str]] = field(default_factory=dict)
    unknown: Literal["refuse", "add"] = "refuse"
    kind: str = "部门"


@dataclass(frozen=True, kw_only=True)
class Category:
    """`[cases.category]`: columns of 大类 and 小类; `names_file` (CSV beside the mapping) names them."""

    class_column: str
    item_column: str
    standard: str = "local"
    names_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """`[cases.place]`: address and point; `*_remove` are regular expressions cut out of the text.

    `default_points` are [lon, lat] pairs, as in the file, that stand for "place unknown";
    `real_points` are crowded places that are real, so that they are not taken for default points.
    """

    road: str | None = None
    road_remove: list[str] = field(default_factory=list)
    address: str | None = None
    address_remove: list[str] = field(default_factory=list)
    lon: str | None = None
    lat: str | None = None
    crs: str | None = None
    default_points: list[list[float]] = field(default_factory=list)
    real_points: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One way to find a case's grid: a key column of a level, or `point = true`."""

    column: str | None = None
    level: str | None = None
    rules: list[str] = field(default_factory=list)
    point: bool = False


@dataclass(frozen=True, kw_only=True)
class Locate:
    """`[[cases.locate]]`: how a case finds its grid in one hierarchy; the first step that finds wins.

    `near_metres`: how far outside the grid of its key a point may lie before the two "differ".
    """

    hierarchy: str
    by: list[Step]
    near_metres: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A column whose listed words mean yes (test case, handled on the spot, anonymous)."""

    column: str
    words: list[str]


@dataclass(frozen=True, kw_only=True)
class Cases:
    """`[cases]`: the case table; `file` may hold * for several files of one form.

    `caller`: the column with the telephone number or account of who reported, of which only a keyed
    hash is kept (data.caller_keys); `caller_none` lists what in it stands for nobody in particular.
    Rows that `anonymous` marks have none. `importance` and `urgency` go from 1, the most, to 3;
    `access_item` is a code of the access list, `cross_type` department, area or level, `lead_level`
    who leads (data.events.LEAD_LEVELS).
    """

    file: str
    id: str
    title: str
    time: Times
    source: Words
    category: Category
    place: Place
    locate: list[Locate]
    kind: str = "事件"
    actor: Actors = field(default_factory=Actors)
    limit: Limit | None = None
    status: Status | None = None
    department: Words | None = None
    survey_due: bool = True
    test: Marked | None = None
    self_handled: Marked | None = None
    anonymous: Marked | None = None
    caller: str | None = None
    caller_none: list[str] = field(default_factory=list)
    importance: Cell | None = None
    urgency: Cell | None = None
    access_item: Cell | None = None
    cross_type: Cell | None = None
    lead_level: Cell | None = None


@dataclass(frozen=True, kw_only=True)
class Population:
    """`[population]`: published totals, one row per grid of one level of the default hierarchy."""

    file: str
    grid: KeyColumn
    level: str
    population: str
    households: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entities:
    """`[entities]`: legal entities; several `id` columns are hashed together into one code.

    The point is either two columns, or one column `point` holding both numbers in `point_order`.
    `address` and `name` take braces; of several names the first that is not empty counts.
    """

    file: str
    id: list[str]
    name: list[str]
    kind: str = "企业"
    industry: str | None = None
    address: str | None = None
    risk: str | None = None
    lon: str | None = None
    lat: str | None = None
    point: str | None = None
    point_order: Literal["lon lat", "lat lon"] = "lon lat"
    crs: str | None = None
    check_uscc: bool = False


@dataclass(frozen=True, kw_only=True)
class Follow:
    """`[follow]`: a table of the customer's database that `--follow` looks at again and again.

    It has the columns that [cases] names. `changed` is when a row last changed, or a number that grows with
    each change; a look goes back by `overlap_seconds` (or as much of that number), since transactions end
    in another order than they begin.
    """

    table: str
    changed: str
    overlap_seconds: int = 300
    every_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """The whole file; `folder` is where it lies, for files named beside it.

    `working_time` is what the file named by `calendar` holds, `day_names` what its holidays are
    called; `site_rules` is what the folder named by `rules` says.
    """

    site: Site
    hierarchy: list[Hierarchy]
    cases: Cases | None = None
    population: Population | None = None
    entities: Entities | None = None
    access_items: list[AccessItems] = field(default_factory=list)
    compounds: list[Compounds] = field(default_factory=list)
    exclusive_grids: list[ExclusiveGrids] = field(default_factory=list)
    staff: list[Staff] = field(default_factory=list)
    activities: list[Activities] = field(default_factory=list)
    ratings: list[Ratings] = field(default_factory=list)
    case_parties: list[CaseParties] = field(default_factory=list)
    follow: Follow | None = None
    folder: Path = Path()
    path: Path = Path()
    working_time: WorkCalendar | None = None
    day_names: dict[date, str] = field(default_factory=dict)
    site_rules: SiteRules | None = None

    def default_hierarchy(self) -> Hierarchy:
        """The hierarchy the screens open with."""
        return next((h for h in self.hierarchy if h.default), self.hierarchy[0])
