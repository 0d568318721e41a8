"""Versions of cases of the small town, derived without a database."""

from collections.abc import Sequence

import pandas as pd
from small_town import ZONE, Case, events_of, records_of, surveys_of

from data.derive import derive
from data.rules import Rules

Row = dict[str, int | str | None]


def plain(row: dict[str, object]) -> Row:
    """A row with None for what is missing and whole numbers for the rest."""
    return {
        str(name): None if pd.isna(value) else value if isinstance(value, str) else int(value)
        for name, value in row.items()
    }


def log_of(cases: Sequence[Case]) -> pd.DataFrame:
    """The events of these cases, numbered as the ingester would; cases count from 1."""
    number = {case.code: n for n, case in enumerate(cases, start=1)}
    log = events_of(cases)
    log["case_id"] = log["code"].map(number)
    log = log.sort_values(["case_id", "at"], kind="stable", ignore_index=True)
    log["seq"] = log.groupby("case_id").cumcount() + 1
    return log


def versions(case: Case, rules: Rules | None = None) -> list[Row]:
    """All versions of one case, oldest first."""
    records, surveys = records_of([case]), surveys_of([case])
    for frame in (records, surveys):
        frame["case_id"] = 1
    rows = derive(records, log_of([case]), surveys, rules or Rules(ZONE))
    return [plain(row) for row in rows.to_dict("records")]


def now(steps: str, rules: Rules | None = None, **other: object) -> Row:
    """The newest version of one case."""
    return versions(Case("x", steps, **other), rules)[-1]
