"""The demo city in memory: its map, its cases, its showcase window, its residents."""

import hashlib

import numpy as np
import pandas as pd
import pytest
import shapely

from data.days import epoch_of
from data.demo.blocks import check_tiling
from data.demo.city import City, imagine
from data.demo.entities import SYMBOLS
from data.demo.sizes import FULL, SMALL
from data.demo.vocabulary import read_vocabulary

NOW = epoch_of("2026-05-13T10:20", "Asia/Shanghai")
DAY = 86_400


def silent(_part: str) -> None:
    pass


@pytest.fixture(scope="module")
def city() -> City:
    return imagine(SMALL, read_vocabulary(), 5, NOW, silent)


@pytest.fixture(scope="module")
def full() -> City:
    return imagine(FULL, read_vocabulary(), 17, NOW, silent)


def fingerprint(frame: pd.DataFrame) -> str:
    plain = frame.copy()
    if "geometry" in plain:
        plain["geometry"] = shapely.to_wkb(plain["geometry"].to_numpy(object))
    return hashlib.sha256(plain.to_csv(index=False).encode()).hexdigest()


def test_same_seed_same_city(city: City) -> None:
    again = imagine(SMALL, read_vocabulary(), 5, NOW, silent)
    for name in ("rows", "events", "surveys", "entities", "tag_assignments"):
        assert fingerprint(getattr(city, name)) == fingerprint(getattr(again, name)), name
    for code in ("territory", "station"):
        tree, other = city.territory.tree(code), again.territory.tree(code)
        assert fingerprint(tree) == fingerprint(other)
    for name in ("houses", "households", "persons"):
        one, other = getattr(city.residents, name), getattr(again.residents, name)
        assert fingerprint(one) == fingerprint(other)


def test_other_seed_other_city(city: City) -> None:
    other = imagine(SMALL, read_vocabulary(), 6, NOW, silent)
    assert fingerprint(city.rows) != fingerprint(other.rows)


def test_full_map_tiles_and_has_the_published_numbers(full: City) -> None:
    blocks = full.territory.blocks
    check_tiling(blocks)
    counts = [len(blocks.shapes[level]) for level in blocks.levels]
    assert counts == [1, 3, 17, 175, 846, 5657]
    for level, table in full.territory.units.items():
        assert table["code"].is_unique, level
        assert table["code"].str.len().max() <= 15
    units = full.territory.units
    assert units["community"]["name"].is_unique
    codes = units["micro"]["code"].str[:-2]
    assert (codes == units["grid"]["code"].to_numpy()[blocks.parents["micro"]]).all()
    assert len(full.places.compounds) == 1240
    assert len(full.words.departments) == 25
    assert len(full.words.sources) == 8
    assert len(full.words.tags) == 286


def test_check_tiling_notices_a_gap(city: City) -> None:
    blocks = city.territory.blocks
    shapes = dict(blocks.shapes)
    shapes["micro"] = shapes["micro"].copy()
    shapes["micro"][4] = shapely.affinity.scale(shapes["micro"][4], 0.99, 0.99)
    with pytest.raises(RuntimeError, match="micro"):
        check_tiling(type(blocks)(shapes, blocks.parents))


@pytest.mark.parametrize("size", [FULL, SMALL])
def test_showcase_window_is_exact(size: object, full: City, city: City) -> None:
    made, wanted = (full, FULL) if size is FULL else (city, SMALL)
    first, end = made.days.window_bounds()
    events = made.events
    accepted = events[(events["type"] == "accepted") & events["at"].between(first, end - 1)]
    assert len(accepted) == accepted["case"].nunique() == wanted.window_accepted
    mine = events[events["case"].isin(accepted["case"])]
    assert mine["at"].max() <= NOW, "the plan must not touch the window"
    assert not mine["type"].isin(["cancelled", "merged"]).any()
    assert (made.cases["is_test"].to_numpy()[accepted["case"]] == 0).all()
    last = mine[mine["type"].isin(["closed", "reopened"])].groupby("case")["type"].last()
    assert (last == "closed").sum() == len(last) == wanted.window_closed


@pytest.mark.parametrize("which", ["small", "full"])
def test_histories_make_sense(which: str, full: City, city: City) -> None:
    made = full if which == "full" else city
    events = made.events
    same = events["case"].diff().fillna(1).to_numpy() == 0
    assert (events["at"].diff().to_numpy()[same] > 0).all(), "two events at the same second"
    first = events.groupby("case").first()
    assert (first["type"] == "reported").all()
    assert len(first) == len(made.cases)
    due = events[events["deadline"].notna()]
    assert (due["deadline"] > due["at"]).all()
    assert set(due["type"]) == {"accepted", "extended", "reopened", "supervised"}
    closed = events[events["type"] == "closed"].groupby("case")["at"].first()
    assert (closed > made.cases["reported"].to_numpy()[closed.index]).all()
    ends = events.groupby("case")["at"].max()
    latest = ends.to_numpy()[made.surveys["case"]]
    asked_before_closing = made.surveys["surveyed_at"] < closed.reindex(made.surveys["case"]).array
    assert not asked_before_closing.any()
    assert (made.surveys["surveyed_at"] - latest).max() < 8 * DAY


def test_cases_lie_in_their_blocks(full: City) -> None:
    shapes = full.territory.blocks.shapes["micro"]
    cases = full.cases
    inside = shapely.contains_xy(shapes[cases["leaf"]], cases["lon"], cases["lat"])
    assert (inside | (cases["location"] == "default_point")).all()


def test_full_size_is_plausible(full: City) -> None:
    past = full.events[full.events["at"] <= NOW]
    state = past[past["type"].isin(["accepted", "closed", "reopened", "cancelled"])]
    last = state.groupby("case")["type"].last()
    open_now = last[last.isin(["accepted", "reopened"])].index
    assert 110_000 < (full.cases["reported"] <= NOW).sum() < 130_000
    assert 350 < len(open_now) < 800
    parked = past[past["type"].isin(["hung", "resumed"])].groupby("case")["type"].last()
    assert 10 <= parked[parked == "hung"].index.isin(open_now).sum() <= 45
    answers = full.surveys["satisfaction"].dropna()
    assert 0.95 < (~answers.str.contains("dissatisfied")).mean() < 0.985
    share = full.words.sources["code"].iloc[full.cases["source"]].value_counts(normalize=True)
    assert (share < 0.012).sum() == 2, "two sources are rare"
    assert (full.events["type"] == "merged").any()


def test_households_agree_with_their_members(city: City) -> None:
    people = city.residents.persons
    youngest = 2026 - people.groupby("household_id")["birth_year"].max()
    table = city.residents.households.set_index("household_id")
    assert (table["size"] == people.groupby("household_id").size()).all()
    old = youngest >= 60
    assert (old == table["kind"].isin(["空巢", "独居"])).all()
    assert (table["size"][table["kind"] == "独居"] == 1).all()
    assert (table["size"][table["kind"] == "空巢"] > 1).all()


def test_credit_codes_have_valid_check_digits(full: City) -> None:
    codes = full.entities["code"]
    assert codes.is_unique
    values = np.array([[SYMBOLS.index(symbol) for symbol in code] for code in codes])
    weights = [*(pow(3, i, 31) for i in range(17)), 1]
    # GB 32100: the check character makes the weighted sum a multiple of 31.
    assert ((values * weights).sum(axis=1) % 31 == 0).all()
