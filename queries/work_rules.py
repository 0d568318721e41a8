"""What a site has set for counting its work: whose reports are the grid workers', how posts weigh.

Settings `worker_sources`, `duty_weights` and `assessment` of the case database; all may be missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from data.case_tables import site_setting
from data.errors import SetupError
from queries.site import Site
from queries.work_counters import DUTY_MODES

KEYS = ("worker_sources", "duty_weights", "assessment")


@dataclass(frozen=True)
class WorkRules:
    """Weights are by duty mode, in heads; days are natural days (domain.md K22, K25, K26, K29)."""

    worker_sources: tuple[str, ...] = ("patrol",)
    resident: float = 1.0
    reporting: float = 0.5
    part_time: float = 0.5
    fresh_days: int = 180
    report_days: int = 30


def work_rules(site: Site) -> WorkRules:
    """The site's rules, read once per version of its data; SetupError names a setting that is wrong."""
    version = tuple(sorted(site.versions().items()))
    return site.keep("work_rules", version, lambda: _read(site))


def _read(site: Site) -> WorkRules:
    with site.case.connect() as connection:
        rows = connection.execute(select(site_setting).where(site_setting.c.key.in_(KEYS)))
        held: dict[str, Any] = {row.key: row.value for row in rows}
    return read_rules(held)


def read_rules(held: Mapping[str, Any]) -> WorkRules:
    """Check the settings; what is missing is as WorkRules has it. Raises SetupError."""
    usual = WorkRules()
    sources = held.get("worker_sources", list(usual.worker_sources))
    if not isinstance(sources, list) or not all(isinstance(code, str) for code in sources):
        raise SetupError(
            f"Setting `worker_sources` of the case database is {sources!r}; "
            'write a list of source codes like ["patrol"].'
        )
    weights = _table(held, "duty_weights")
    unknown = sorted(set(weights) - set(DUTY_MODES))
    if unknown:
        raise SetupError(
            f"Setting `duty_weights` of the case database: {unknown[0]!r} is not a duty mode; "
            f"known: {', '.join(DUTY_MODES)}."
        )
    assessment = _table(held, "assessment")
    resident, reporting, part_time = (
        _number("duty_weights", weights, mode, getattr(usual, mode)) for mode in DUTY_MODES
    )
    return WorkRules(
        tuple(sources),
        resident,
        reporting,
        part_time,
        fresh_days=int(_number("assessment", assessment, "fresh_days", usual.fresh_days)),
        report_days=int(_number("assessment", assessment, "report_days", usual.report_days)),
    )


def _table(held: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    given = held.get(key, {})
    if not isinstance(given, Mapping):
        raise SetupError(f"Setting `{key}` of the case database is {given!r}; write a table.")
    return given


def _number(key: str, given: Mapping[str, Any], name: str, usual: float) -> float:
    value = given.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise SetupError(
            f"Setting `{key}.{name}` of the case database is {value!r}; write a number from 0 up."
        )
    return value
