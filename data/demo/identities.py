"""Who lives where in the made-up district: addresses, names, and numbers that cannot be anybody's.

Identity numbers begin with 99, a region that there is not, and their check digit is wrong; telephone
numbers begin with 154, which no operator has been given.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.addresses import plain_address
from data.demo.chance import pick, stream
from data.demo.city import City
from data.encryption import Keyring, demo_keyring
from data.rekey import sealed_values

PER_BUILDING = 6
BUILDINGS = 24
"""Numbers of buildings in a compound begin again after so many, as those of its cases do."""
SURNAMES = (
    *"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈",
    "欧阳",
    "诸葛",
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文建国红梅志玲宇浩晨欣怡佳雨梓涵子轩思源安宁"
ONE_GIVEN = 0.28
CHILD = 28
"""Years below which the members of a household have the surname of the first."""
CHECKS = "10X98765432"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
DEMO_REGION, DEMO_MOBILE = "990100", "154"


@dataclass(frozen=True)
class Identities:
    """Rows of `building` and `person_secret`; houses and persons with the columns that name them."""

    buildings: pd.DataFrame
    houses: pd.DataFrame
    persons: pd.DataFrame
    secrets: pd.DataFrame


def identities(city: City, year: int, seed: int, keyring: Keyring | None = None) -> Identities:
    """Give everybody an address, a name and numbers; year: that of the demo's present."""
    people = city.residents
    rng = stream(seed, "identities")
    buildings, houses = _addresses(city, rng)
    names = name_people(people.persons, year, rng)
    secrets = _secrets(people.persons, rng, keyring or demo_keyring())
    return Identities(buildings, houses, people.persons.assign(name=names), secrets)


def _addresses(city: City, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    houses = city.residents.houses
    leaves = city.territory.units[city.territory.blocks.leaf]["code"]
    codes = houses["address_code"].str[:-4]
    leaf = pd.Index(leaves).get_indexer(pd.Index(codes))
    order = houses["address_code"].str[-4:].astype(np.int64).to_numpy() - 1
    in_compound = houses["compound_code"].notna().to_numpy()
    group = pd.DataFrame({"leaf": leaf, "in": in_compound, "number": order // PER_BUILDING})
    building = group.groupby(["leaf", "in", "number"], sort=False).ngroup().to_numpy()
    first = ~pd.Series(building).duplicated().to_numpy()
    at = group[first]
    home = at["leaf"].to_numpy()
    estate = (
        city.places.compounds.set_index("leaf")["name"].reindex(home).fillna("").to_numpy(object)
    )
    roads = city.places.roads[city.places.road_grid[home]]
    road = roads[np.arange(len(at)), rng.integers(0, roads.shape[1], len(at))]
    number = (at["number"].to_numpy() % BUILDINGS + 1).astype(str).astype(object)
    door = rng.integers(1, 260, len(at)).astype(str).astype(object)
    address = np.where(at["in"].to_numpy(), estate + number + "号楼", road + door + "号")
    buildings = pd.DataFrame(
        {
            "building_id": np.arange(1, len(at) + 1),
            "address": address,
            "plain": [plain_address(one) for one in address],
            "grid_code": leaves.to_numpy(object)[home],
        }
    )
    within = order % PER_BUILDING
    room = (101 + within // 2 * 100 + within % 2).astype(str).astype(object) + "室"
    return buildings, houses.assign(building_id=building + 1, room=room)


def name_people(persons: pd.DataFrame, year: int, rng: np.random.Generator) -> np.ndarray:
    """A name for each person; the young of a household are called as its first member."""
    number = len(persons)
    weights = 1.0 / (np.arange(len(SURNAMES)) + 4)
    surname = np.array(SURNAMES, object)[pick(rng, weights, number)]
    # The members of a household stand together.
    household = persons["household_id"].to_numpy()
    start = np.searchsorted(household, household)
    young = (year - persons["birth_year"].to_numpy()) < CHILD
    surname = np.where(young, surname[start] if number else surname, surname)
    given = np.array(list(GIVEN), object)
    first, second = given[rng.integers(0, len(given), (2, number))]
    short = rng.random(number) < ONE_GIVEN
    return np.asarray(surname + np.where(short, first, first + second))


def _secrets(persons: pd.DataFrame, rng: np.random.Generator, keyring: Keyring) -> pd.DataFrame:
    number = len(persons)
    day = rng.integers(1, 29, number)
    month = rng.integers(1, 13, number)
    female = (persons["sex"] == "female").to_numpy()
    serial = rng.integers(0, 500, number) * 2 + np.where(female, 0, 1)
    phones = rng.integers(0, 10**8, number).tolist()
    rows = zip(
        persons["person_id"].tolist(),
        persons["birth_year"].tolist(),
        month.tolist(),
        day.tolist(),
        serial.tolist(),
        phones,
        strict=True,
    )
    return pd.DataFrame(
        [
            sealed_values(
                keyring,
                person_id,
                identity=invalid_identity(f"{DEMO_REGION}{born:04d}{m:02d}{d:02d}{s:03d}"),
                phone=f"{DEMO_MOBILE}{phone:08d}",
            )
            for person_id, born, m, d, s, phone in rows
        ],
        columns=["person_id", "identity_sealed", "identity_hash", "phone_sealed", "phone_hash"],
    )


def invalid_identity(digits: str) -> str:
    """The 17 digits with a check digit that is not theirs (GB 11643)."""
    right = sum(int(sign) * weight for sign, weight in zip(digits, WEIGHTS, strict=True)) % 11
    return digits + CHECKS[(right + 1) % 11]
