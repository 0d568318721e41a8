"""Companies, shops, offices and associations of the made-up district."""

import numpy as np
import pandas as pd

from data.demo.chance import pick, stream
from data.demo.compounds import Places, points_inside
from data.demo.gaps import text_or_missing
from data.demo.residents import NOWHERE, verified
from data.demo.vocabulary import Vocabulary

SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a 统一社会信用代码 (GB 32100)."""
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
"""Weights of the organisation number within the code (GB 11714)."""
REGISTRARS = {"企业": "91", "个体": "92", "商户": "92", "机关": "11", "社会组织": "52"}


def credit_codes(registrar: np.ndarray, region: str, number: np.ndarray) -> np.ndarray:
    """18-character codes from registrar (2), region (6) and an 8-digit number, with check digits."""
    org = np.char.zfill(number.astype("U8"), 8).astype("U8")
    digits = _values(org)
    rest = (11 - (digits * np.array(ORG_WEIGHTS)).sum(axis=1) % 11) % 11
    org_check = np.where(rest == 10, "X", rest.astype("U1"))
    front = np.char.add(registrar.astype("U2"), region)
    head = np.char.add(np.char.add(front, org), org_check).astype("U17")
    weights = 3 ** np.arange(17) % 31
    check = (31 - (_values(head) * weights).sum(axis=1) % 31) % 31
    return np.char.add(head, np.array(list(SYMBOLS))[check]).astype(object)


def _values(texts: np.ndarray) -> np.ndarray:
    """Value of each character, one row per text."""
    width = texts.dtype.itemsize // 4
    letters = np.ascontiguousarray(texts).view("U1").reshape(len(texts), width)
    table = np.zeros(128, np.int64)
    for value, symbol in enumerate(SYMBOLS):
        table[ord(symbol)] = value
    return table[letters.view(np.uint32).reshape(letters.shape)]


def found(
    number: int,
    busy: np.ndarray,
    leaf_codes: np.ndarray,
    shapes: np.ndarray,
    places: Places,
    words: Vocabulary,
    today: int,
    seed: int,
) -> pd.DataFrame:
    """Rows of legal_entity; invented names, valid check digits. today: day number."""
    rng = stream(seed, "entities")
    trade = words.industries.iloc[
        pick(rng, words.industries["weight"].to_numpy(np.float64), number)
    ].reset_index(drop=True)
    leaf = pick(rng, np.sqrt(busy) * np.exp(rng.normal(0, 0.9, len(busy))), number)
    lon, lat = points_inside(shapes, leaf, rng.uniform(0.7, 0.93, number), rng)
    road = places.roads[places.road_grid[leaf], rng.integers(0, 3, number)]
    door = rng.integers(1, 260, number).astype(str).astype(object) + "号"
    kind = trade["kind"].to_numpy(object)
    registrar = trade["kind"].map(REGISTRARS).to_numpy(str)
    serial = 10_000_000 + rng.choice(80_000_000, number, replace=False)
    return pd.DataFrame(
        {
            "entity_id": np.arange(1, number + 1),
            "code": credit_codes(registrar, words.site["code"][:6], serial),
            "name": _names(trade, road, words, rng),
            "kind": kind,
            "industry": trade["industry"].to_numpy(object),
            "address": road + door,
            "lon": lon,
            "lat": lat,
            "grid_code": text_or_missing(leaf_codes[leaf], rng.random(number) < NOWHERE),
            "risk": text_or_missing(
                trade["risk"].to_numpy(object), (trade["risk"] == "").to_numpy()
            ),
            "verified_day": verified(number, today, rng),
        }
    )


def _names(
    trade: pd.DataFrame, road: np.ndarray, words: Vocabulary, rng: np.random.Generator
) -> np.ndarray:
    letters = np.array([text for text, _ in words.places["shop"]], object)
    first = rng.integers(0, len(letters), len(trade))
    second = (first + rng.integers(1, len(letters), len(trade))) % len(letters)
    fancy = letters[first] + letters[second]
    district = words.site["district"][0]
    public = trade["kind"].isin(["机关", "社会组织"]).to_numpy()
    company = (trade["kind"] == "企业").to_numpy()
    return np.asarray(
        np.where(public, district + road, np.where(company, district + fancy, road + fancy))
        + trade["suffix"].to_numpy(object)
    )
