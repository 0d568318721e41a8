"""Reads the words of a made-up site from its folder: ladder, names, sources, categories, tags."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from data.calendar_file import read_calendar, read_day_names
from data.errors import SetupError
from data.sites.folder import DEFAULT_SITE, site_folder, table_path
from data.sites.ladder import Ladder, ladder_of
from data.sites.problems import read_checked
from data.sites.table_checks import department_codes
from data.working_time import WorkCalendar


@dataclass(frozen=True)
class Vocabulary:
    """The tables and settings of a site; rows keep the order of the files.

    access: the list of what may be dispatched (准入清单), empty where the site has none.
    """

    key: str
    site: dict[str, Any]
    ladder: Ladder
    rhythm: dict[str, Any]
    working_time: WorkCalendar
    day_names: dict[date, str]
    places: dict[str, list[tuple[str, str]]]
    sources: pd.DataFrame
    categories: pd.DataFrame
    departments: pd.DataFrame
    industries: pd.DataFrame
    tags: pd.DataFrame
    access: pd.DataFrame

    def department_ids(self) -> dict[str, int]:
        """Id of the department by each code it goes by; ids are positions in the file, from 1."""
        ids = {code: number for number, code in enumerate(self.departments["code"], 1)}
        names = department_codes(self.departments.to_dict("records"))
        return {code: ids[own] for code, own in names.items()}


def read_vocabulary(site: str = DEFAULT_SITE) -> Vocabulary:
    """Read and check the folder of a site; codes stay text, so that leading zeros survive.

    site: its name or the path of its folder. Raises SetupError with everything that is wrong.
    """
    folder = site_folder(site)
    held = read_checked(folder)

    def at(name: str) -> Path:
        path = table_path(folder, held, name)
        if path is None:
            raise SetupError(f"{folder}: there is no {name}.")
        return path

    places = _table(at("places.csv"))
    return Vocabulary(
        key=folder.name,
        site=held,
        ladder=ladder_of(held),
        rhythm=tomllib.loads(at("rhythm.toml").read_text("utf-8")),
        working_time=read_calendar(at("calendar.toml")),
        day_names=read_day_names(at("calendar.toml")),
        places={
            str(use): list(zip(rows["text"], rows["pinyin"], strict=True))
            for use, rows in places.groupby("use", sort=False)
        },
        sources=_table(at("sources.csv")),
        categories=_table(at("categories.csv")),
        departments=_table(at("departments.csv")),
        industries=_table(at("industries.csv")),
        tags=_table(at("tags.csv")),
        access=_table(at(held["access"]["table"])) if "access" in held else pd.DataFrame(),
    )


TEXT = (
    "code",
    "class_code",
    "value",
    "field",
    "risk",
    "season",
    "department",
    "title",
    "covers",
    "categories",
)
"""Columns that look like numbers or have empty cells and are text all the same."""


def _table(path: Path) -> pd.DataFrame:
    types = dict.fromkeys(TEXT, str)
    return pd.read_csv(path, dtype=types, encoding="utf-8", keep_default_na=False)
