"""Reads the words of the made-up district from data/sites/demo: names, sources, categories, tags."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from data.calendar_file import read_calendar, read_day_names
from data.settings import project_folder
from data.working_time import WorkCalendar


@dataclass(frozen=True)
class Vocabulary:
    """The tables and settings in data/sites/demo; rows keep the order of the files."""

    site: dict[str, Any]
    rhythm: dict[str, Any]
    working_time: WorkCalendar
    day_names: dict[date, str]
    places: dict[str, list[tuple[str, str]]]
    sources: pd.DataFrame
    categories: pd.DataFrame
    departments: pd.DataFrame
    industries: pd.DataFrame
    tags: pd.DataFrame


def read_vocabulary(folder: Path | None = None) -> Vocabulary:
    """Read all files; codes stay text, so that leading zeros survive."""
    folder = folder or project_folder() / "data" / "sites" / "demo"
    places = _table(folder / "places.csv")
    return Vocabulary(
        site=tomllib.loads((folder / "site.toml").read_text("utf-8")),
        rhythm=tomllib.loads((folder / "rhythm.toml").read_text("utf-8")),
        working_time=read_calendar(folder / "calendar.toml"),
        day_names=read_day_names(folder / "calendar.toml"),
        places={
            str(use): list(zip(rows["text"], rows["pinyin"], strict=True))
            for use, rows in places.groupby("use", sort=False)
        },
        sources=_table(folder / "sources.csv"),
        categories=_table(folder / "categories.csv"),
        departments=_table(folder / "departments.csv"),
        industries=_table(folder / "industries.csv"),
        tags=_table(folder / "tags.csv"),
    )


TEXT = ("code", "class_code", "value", "field", "risk", "season", "department", "title")
"""Columns that look like numbers or have empty cells and are text all the same."""


def _table(path: Path) -> pd.DataFrame:
    types = dict.fromkeys(TEXT, str)
    return pd.read_csv(path, dtype=types, encoding="utf-8", keep_default_na=False)
