"""The small town with working time and limits, for the tests of data.load."""

import shutil
from collections.abc import Mapping

import pandas as pd
from load_town import CASES, Town, row

from data.settings import project_folder

CALENDAR = """zone = "Asia/Shanghai"
windows = ["08:00-12:00", "14:00-18:00"]
holiday_table = "days.csv"
"""
"""The holidays of mainland China: Saturday 2024-05-11 is a 调休 working day."""

LIMIT = """[cases.limit]
value = "时限"
clock_column = "单位"
[cases.limit.clocks]
"工作日" = "work_day"
"工作时" = "work_hour"
"紧急工作时" = "urgent_hour"
"自然日" = "natural_day"

[cases.status]"""

FRIDAY = "2024-05-10 16:30:00"


def with_limits(town: Town, limit: str = LIMIT) -> Town:
    """Give the town a calendar beside its mapping, and its cases limits."""
    table = project_folder() / "data" / "sites" / "holidays" / "cn_2024_2026.csv"
    shutil.copy(table, town.folder / "days.csv")
    calendar(town, CALENDAR)
    zone = 'zone = "Asia/Shanghai"\n'
    town.change(zone, f'{zone}calendar = "calendar.toml"\n')
    town.change("[cases.status]", limit)
    return town


def calendar(town: Town, content: str) -> None:
    """Put a calendar file beside the mapping."""
    (town.folder / "calendar.toml").write_text(content, encoding="utf-8")


def case(code: str, value: str, clock: str = "工作时", **changed: str) -> dict[str, str]:
    """An open case reported on that Friday afternoon, with a limit and no target time."""
    given: Mapping[str, str] = {"编号": code, "上报时间": FRIDAY, "截止时间": "", **changed}
    return {**row(CASES[1]), **given, "时限": value, "单位": clock}


def due(town: Town, code: str, kind: str = "effective_deadline") -> str | None:
    """The deadline that a case stands at now (or when it warns), as weekday and wall-clock time."""
    at = town.now(code)[kind]
    return (
        None if at is None else f"{pd.Timestamp(at, unit='s', tz='Asia/Shanghai'):%a %m-%d %H:%M}"
    )
