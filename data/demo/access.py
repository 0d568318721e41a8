"""The made-up 准入清单 of the demo (domain.md S0-11) and the codes a category goes by."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.demo.gaps import whole_or_missing
from data.errors import InputError
from data.events import LEAD_LEVELS

FILE = "access_items.csv"
BATCH_DAYS = {1: -540, 2: -360, 3: -120, 4: 45}
"""When each batch came into force, in days from the first day of the demo."""

OLD_STANDARD = "GB/T 30428.2-2013"
OLD_CODES = {
    "01-01": "私搭乱建",
    "01-07": "沿街晾挂",
    "01-10": "暴露垃圾",
    "01-11": "积存垃圾渣土",
    "01-12": "道路不洁",
    "01-36": "乱堆杂物",
    "02-01": "非法小广告",
    "02-03": "违规户外广告",
    "03-11": "渣土车未密闭",
    "04-01": "无照游商",
    "04-05": "店外经营",
    "04-06": "占道经营",
    "04-09": "机动车乱停",
    "04-10": "非机动车乱停",
}
"""The codes of 2013 that domain.md §4.7 confirms, by the name the category has in the 2026 standard;
by name because some cities number 街面秩序 and 突发事件 the other way round."""


def access_items(
    table: pd.DataFrame, department_ids: Mapping[str, int], first_day: int
) -> pd.DataFrame:
    """Rows of `access_item` from the rows of access_items.csv, ids in the order of the file.

    department_ids: by department code; first_day: day number. Raises InputError for a department,
    batch or lead level that is not known.
    """
    _check(table, "department", set(department_ids))
    _check(table, "batch", set(BATCH_DAYS))
    _check(table, "lead_level", set(LEAD_LEVELS))
    kept = ["code", "batch", "class_code", "class_name", "class_name_en", "name", "name_en"]
    return table[kept].assign(
        item_id=np.arange(1, len(table) + 1),
        department_id=table["department"].map(department_ids).astype("Int64"),
        lead_level=table["lead_level"].to_numpy(object),
        valid_from=first_day + table["batch"].map(BATCH_DAYS).astype(np.int64),
        valid_to=pd.array([None] * len(table), "Int64"),
    )


def _check(table: pd.DataFrame, column: str, known: set[str] | set[int]) -> None:
    strange = table[~table[column].isin(known)]
    if len(strange):
        row = strange.iloc[0]
        raise InputError(
            f"{FILE}, item {row['code']}: {column} is {row[column]!r}, "
            f"must be one of {', '.join(map(str, sorted(known)))}"
        )


def items_of_cases(
    items: pd.DataFrame,
    table: pd.DataFrame,
    category_codes_of_cases: np.ndarray,
    reported_days: np.ndarray,
) -> pd.arrays.IntegerArray:
    """The access item of each case, missing where none covered its category on the day.

    items: from `access_items`; table: the file's rows, its `categories` separated by semicolons.
    Where several items fit, the first of the file counts.
    """
    position, categories = pd.factorize(np.asarray(category_codes_of_cases, object))
    days = np.asarray(reported_days, np.int64)
    covered = dict(zip(table["code"], table["categories"].str.split(";"), strict=True))
    found = np.zeros(len(days), np.int64)
    last = items["valid_to"].astype("Int64").fillna(np.iinfo(np.int64).max).to_numpy(np.int64)
    first = items["valid_from"].to_numpy(np.int64)
    for row in range(len(items) - 1, -1, -1):
        fits = np.isin(categories, covered[items["code"].iloc[row]])[position]
        fits &= (days >= first[row]) & (days < last[row])
        found[fits] = items["item_id"].iloc[row]
    return whole_or_missing(found, found == 0)


def category_codes(categories: pd.DataFrame) -> pd.DataFrame:
    """Rows of `category_code`: each category's own code, and the well-known ones' of 2013.

    categories: rows of categories.csv, whose ids are their positions counted from 1.
    """
    number = pd.Series(np.arange(1, len(categories) + 1))
    own = pd.DataFrame(
        {
            "standard": categories["standard"].to_numpy(object),
            "code": categories["code"].to_numpy(object),
            "category_id": number,
        }
    )
    old = pd.DataFrame({"standard": OLD_STANDARD, "code": list(OLD_CODES)})
    by_name = dict(zip(categories["name"], number, strict=True))
    old["category_id"] = pd.Series(list(OLD_CODES.values())).map(by_name)
    known = old.dropna(subset="category_id").astype({"category_id": np.int64})
    return pd.concat([own, known], ignore_index=True)
