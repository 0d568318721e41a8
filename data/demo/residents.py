"""Houses, households and persons of the made-up district, without names or numbers of anyone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo.chance import pick, stream
from data.demo.gaps import text_or_missing, whole_or_missing

USAGES = ("自住", "出租", "空置", "商用")
USAGE_SHARES = (0.63, 0.235, 0.085, 0.05)
SHARED_FLATS = 0.07
"""Share of let flats that hold a second household."""
NOWHERE = 0.003
"""Share of houses whose grid is not known (未落格)."""
FORMS = {
    "one": 0.11,
    "pair": 0.18,
    "pair_child": 0.225,
    "pair_two": 0.07,
    "three_generations": 0.145,
    "sharers": 0.04,
    "old_pair": 0.15,
    "old_one": 0.105,
}
OLD = 60


@dataclass(frozen=True)
class Residents:
    """Rows of the population database; grid_code is that of the leaf."""

    houses: pd.DataFrame
    households: pd.DataFrame
    persons: pd.DataFrame

    def none(self) -> "Residents":
        """The same without any row, for a site that does not know who lives in it."""
        return Residents(self.houses.head(0), self.households.head(0), self.persons.head(0))


def settle(
    number: int,
    busy: np.ndarray,
    leaf_codes: np.ndarray,
    compound_of_leaf: np.ndarray,
    today: int,
    year: int,
    seed: int,
) -> Residents:
    """Fill `number` houses. compound_of_leaf: compound code or None; today: day number."""
    rng = stream(seed, "residents")
    leaf = np.sort(pick(rng, busy, number))
    usage = np.array(USAGES, object)[pick(rng, np.array(USAGE_SHARES), number)]
    lost = rng.random(number) < NOWHERE
    order = np.arange(number) - np.searchsorted(leaf, leaf) + 1
    houses = pd.DataFrame(
        {
            "house_id": np.arange(1, number + 1),
            "address_code": leaf_codes[leaf] + np.char.zfill(order.astype(str), 4).astype(object),
            "compound_code": text_or_missing(compound_of_leaf[leaf], rng.random(number) < 0.15),
            "grid_code": text_or_missing(leaf_codes[leaf], lost),
            "usage": usage,
            "heritage": (rng.random(number) < 0.006).astype(np.int64),
            "built_year": _built(leaf, len(busy), year, rng),
            "verified_day": verified(number, today, rng),
        }
    )
    households = _households(houses, rng)
    persons = _persons(households, houses, today, year, rng)
    sizes = persons.groupby("household").size().to_numpy()
    households["size"] = sizes
    households["kind"] = _kinds(persons, sizes, year)
    return Residents(houses, households.drop(columns="form"), persons.drop(columns="household"))


def verified(number: int, today: int, rng: np.random.Generator) -> pd.arrays.IntegerArray:
    """Day on which each record was last checked: most within half a year, some long ago or never."""
    recent = rng.random(number) < 0.78
    age = np.where(recent, rng.integers(0, 180, number), 180 + rng.exponential(160, number))
    return whole_or_missing(today - age, rng.random(number) < 0.02)


def _built(leaf: np.ndarray, leaves: int, year: int, rng: np.random.Generator) -> np.ndarray:
    """Year of building: about the same within a micro-grid."""
    quarter = year - 3 - rng.gamma(2.2, 10.5, leaves)
    built = quarter[leaf] + rng.normal(0, 2.0, len(leaf))
    return np.clip(built, 1921, year - 1).astype(np.int64)


def _households(houses: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    lived_in = houses["usage"].isin(["自住", "出租"]).to_numpy()
    let = (houses["usage"] == "出租").to_numpy()
    number = lived_in.astype(np.int64) + (let & (rng.random(len(houses)) < SHARED_FLATS))
    house = np.repeat(np.arange(len(houses)), number)
    shares = np.array(list(FORMS.values()))
    tenant = shares * np.array([2.2, 1.2, 1.1, 0.6, 0.3, 5.0, 0.2, 0.2])
    form = np.where(let[house], pick(rng, tenant, len(house)), pick(rng, shares, len(house)))
    return pd.DataFrame(
        {
            "household_id": np.arange(1, len(house) + 1),
            "house_id": houses["house_id"].to_numpy()[house],
            "grid_code": houses["grid_code"].to_numpy(object)[house],
            "form": form,
        }
    )


def _persons(
    households: pd.DataFrame, houses: pd.DataFrame, today: int, year: int, rng: np.random.Generator
) -> pd.DataFrame:
    members = _members(households["form"].to_numpy(), rng)
    household = members["household"].to_numpy()
    house = households["house_id"].to_numpy()[household] - 1
    let = (houses["usage"].to_numpy(object) == "出租")[house]
    # A household is registered here or not as a whole, with few exceptions.
    fate = rng.random(len(households))[household]
    migrant = fate < np.where(let, 0.83, 0.09)
    abroad = fate > np.where(let, 0.988, 0.9985)
    kind = np.where(abroad, "境外", np.where(migrant, "流动", "户籍"))
    return pd.DataFrame(
        {
            "person_id": np.arange(1, len(members) + 1),
            "household": household,
            "household_id": households["household_id"].to_numpy()[household],
            "grid_code": households["grid_code"].to_numpy(object)[household],
            "sex": np.where(members["female"], "female", "male"),
            "birth_year": year - members["age"].to_numpy(),
            "residence_kind": kind,
            "verified_day": verified(len(members), today, rng),
        }
    )


def _members(form: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Household (position), age and sex of every person, by the form of the household."""
    names = np.array(list(FORMS), object)[form]
    number = len(form)
    old = np.isin(names, ["old_pair", "old_one"])
    age = _first_ages(names, old, rng)
    female = rng.random(number) < np.where(names == "old_one", 0.66, 0.42)
    paired = np.isin(names, ["pair", "pair_child", "pair_two", "three_generations", "old_pair"])
    spouse = np.clip(
        age + rng.normal(-0.8, 2.4, number), np.where(old, OLD, 20), np.where(old, 99, 59)
    )
    child = np.clip(age - rng.normal(28.5, 3.8, number), 0, 30)
    second = np.clip(child - rng.integers(2, 7, number), 0, 30)
    elder = np.clip(age + rng.normal(26.5, 3.0, number), OLD, 97)
    third = names == "three_generations"
    parts = [
        _role(np.ones(number, bool), age, female),
        _role(paired, spouse, ~female),
        _role(np.isin(names, ["pair_child", "pair_two"]) | third, child, rng.random(number) < 0.48),
        _role(names == "pair_two", second, rng.random(number) < 0.48),
        _role(third, elder, rng.random(number) < 0.62),
        _role(third & (rng.random(number) < 0.45), elder + 1, rng.random(number) < 0.4),
        _role(names == "sharers", rng.normal(27, 5, number).clip(18, 48), rng.random(number) < 0.5),
        _role(
            (names == "sharers") & (rng.random(number) < 0.5),
            rng.normal(27, 5, number).clip(18, 48),
            rng.random(number) < 0.5,
        ),
    ]
    members = pd.concat(parts, ignore_index=True)
    return members.sort_values("household", kind="stable", ignore_index=True)


def _first_ages(names: np.ndarray, old: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Age of the person that the other members are placed around."""
    number = len(names)
    age = rng.normal(39, 8.5, number).clip(22, 58)
    age = np.where(names == "one", rng.gamma(3.0, 6.0, number) + 20, age).clip(20, 59)
    age = np.where(names == "pair", rng.normal(46, 11, number).clip(23, 59), age)
    age = np.where(names == "sharers", rng.normal(28, 5, number).clip(19, 45), age)
    age = np.where(names == "three_generations", rng.normal(38, 5, number).clip(28, 50), age)
    return np.asarray(np.where(old, OLD + rng.gamma(1.7, 6.2, number), age).clip(0, 99))


def _role(who: np.ndarray, age: np.ndarray, female: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {"household": np.flatnonzero(who), "age": age[who].astype(np.int64), "female": female[who]}
    )


def _kinds(persons: pd.DataFrame, sizes: np.ndarray, year: int) -> np.ndarray:
    """空巢: all are 60 or older; 独居: the same, living alone; all others 普通."""
    youngest = year - persons.groupby("household")["birth_year"].max().to_numpy()
    return np.where(youngest < OLD, "普通", np.where(sizes == 1, "独居", "空巢"))
