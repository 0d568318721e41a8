"""Which residents, houses and firms carry which of the tags, in agreement with their records."""

import numpy as np
import pandas as pd

from data.demo.chance import stream
from data.demo.residents import Residents

SUBJECT_KEYS = {"person": "person_id", "house": "house_id", "legal_entity": "entity_id"}


def tag_rows(tags: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table `tag`, ids in the order of the file."""
    kept = ["code", "name", "name_en", "subject", "class_name", "sensitivity", "owner"]
    return tags[kept].assign(tag_id=np.arange(1, len(tags) + 1))


def assign_tags(
    tags: pd.DataFrame, residents: Residents, entities: pd.DataFrame, year: int, seed: int
) -> pd.DataFrame:
    """Rows of tag_assignment: a share of the subjects whose record fits the tag's rule.

    A rule names a field and a value, or a range such as 60-150 for numbers; age is `year` less the
    year of birth.
    """
    rng = stream(seed, "tags")
    kinds = residents.households.set_index("household_id")["kind"]
    subjects = {
        "person": residents.persons.assign(
            age=year - residents.persons["birth_year"],
            household_kind=residents.persons["household_id"].map(kinds),
        ),
        "house": residents.houses,
        "legal_entity": entities,
    }
    columns = {name: _Columns(table) for name, table in subjects.items()}
    parts = []
    for tag_id, tag in enumerate(tags.to_dict("records"), start=1):
        table = columns[tag["subject"]]
        fits = table.fitting(tag["field"], tag["value"])
        fits &= rng.random(len(fits)) < float(tag["share"])
        parts.append(
            pd.DataFrame(
                {
                    "tag_id": tag_id,
                    "subject_id": table.of(SUBJECT_KEYS[tag["subject"]])[fits],
                    "grid_code": table.of("grid_code")[fits],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


class _Columns:
    """The columns of one kind of subject as arrays, each made once."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self.made: dict[str, np.ndarray] = {}

    def of(self, name: str) -> np.ndarray:
        if name not in self.made:
            column = self.table[name]
            numeric = pd.api.types.is_numeric_dtype(column)
            self.made[name] = column.to_numpy(np.int64 if numeric else object)
        return self.made[name]

    def fitting(self, field: str, value: str) -> np.ndarray:
        """Which rows fit a rule; all do when it names no field."""
        if not field:
            return np.ones(len(self.table), bool)
        low, dash, high = value.partition("-")
        if dash:
            return (self.of(field) >= int(low)) & (self.of(field) <= int(high))
        return np.asarray(self.of(field) == value, bool)
