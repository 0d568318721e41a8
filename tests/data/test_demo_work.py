"""The demo's access list, posts, exclusive grids, stars, parties and visits: shares and keys."""

import numpy as np
import pandas as pd
import pytest
from demo_rows import FIRST, NOW, TODAY, check_fits, department_ids

from data.days import day_number
from data.demo.access import access_items, category_codes, items_of_cases
from data.demo.chance import pick, stream
from data.demo.exclusive import TYPES, exclusive_rows
from data.demo.importance import cross_types, importance_urgency
from data.demo.parties import party_rows, responsible_rows
from data.demo.ratings import COMMUNITY_INDICATORS, VILLAGE_INDICATORS, rating_rows
from data.demo.staff_posts import LevelPlan, staff_rows
from data.demo.visits import visit_rows
from data.demo.vocabulary import read_vocabulary
from data.errors import InputError
from data.events import CROSS_TYPES, LEAD_LEVELS, PARTY_ROLES
from data.population_tables import visit
from data.settings import project_folder
from data.work_tables import access_item, category_code, exclusive_grid, rating, staff


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    path = project_folder() / "data" / "sites" / "demo" / "access_items.csv"
    return pd.read_csv(path, dtype={"code": str, "class_code": str})


@pytest.fixture(scope="module")
def categories() -> pd.DataFrame:
    return read_vocabulary().categories


def test_the_list_has_46_items_in_8_classes_and_4_batches(table: pd.DataFrame) -> None:
    items = access_items(table, department_ids(), FIRST)
    check_fits(items, access_item)
    assert len(items) == 46
    assert items["class_code"].nunique() == items["class_name"].nunique() == 8
    assert sorted(items["batch"].unique()) == [1, 2, 3, 4]
    assert items["code"].is_unique
    assert items["name"].is_unique
    assert set(items["lead_level"]) == set(LEAD_LEVELS)
    begin = items.groupby("batch")["valid_from"].agg(["min", "max"])
    assert (begin["min"] == begin["max"]).all()
    assert begin["min"].is_monotonic_increasing


def test_every_category_of_the_list_exists_and_stands_there_once(
    table: pd.DataFrame, categories: pd.DataFrame
) -> None:
    covered = table["categories"].str.split(";").explode()
    assert covered.is_unique
    assert set(covered) <= set(categories["code"])


def test_some_management_cases_are_on_no_item(
    table: pd.DataFrame, categories: pd.DataFrame
) -> None:
    """Weighted as the demo draws its cases, 4 to 6 % — before the fourth batch as after it."""
    items = access_items(table, department_ids(), FIRST)
    managed = categories[categories["line"] == "management"]
    codes, weights = managed["code"].to_numpy(object), managed["weight"].to_numpy(float)
    for day in (FIRST, TODAY):
        found = items_of_cases(items, table, codes, np.full(len(codes), day))
        off = weights[found.isna()].sum() / weights.sum()
        assert 0.04 < off < 0.06


def test_an_item_counts_from_its_first_day_to_the_day_before_its_last(table: pd.DataFrame) -> None:
    items = access_items(table, department_ids(), FIRST)
    items.loc[items["code"] == "Z01", "valid_to"] = FIRST + 10
    fourth = items.loc[items["batch"] == 4, "valid_from"].iloc[0]
    codes = np.array(["06010", "06010", "08013", "08013", "06015"], object)
    days = np.array([FIRST + 9, FIRST + 10, fourth - 1, fourth, TODAY])
    found = items_of_cases(items, table, codes, days)
    hoisting = int(items.loc[items["name"] == "高空悬吊隐患排查", "item_id"].iloc[0])
    assert found.tolist() == [1, pd.NA, pd.NA, hoisting, pd.NA]


def test_an_unknown_department_is_named(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"access_items.csv, item Z01: department is 'D04'"):
        access_items(table, {"D01": 1}, FIRST)


def test_a_category_goes_by_its_own_code_and_the_confirmed_one_of_2013(
    categories: pd.DataFrame,
) -> None:
    codes = category_codes(categories)
    check_fits(codes, category_code)
    assert len(codes) == len(categories) + 14
    held = codes.set_index(["standard", "code"])["category_id"]
    new, old = "GB/T 47678.5-2026", "GB/T 30428.2-2013"
    # The pair that acceptance scenario A4 names: 占道经营.
    assert held[old, "04-06"] == held[new, "09006"]
    assert held[old, "01-01"] == held[new, "06001"]
    assert held[old, "04-10"] == held[new, "09010"]
    assert ("local", "L-101") in held.index
    without = category_codes(categories[categories["name"] != "占道经营"])
    assert "04-06" not in set(without["code"])


PLAN: dict[str, LevelPlan] = {
    "station": {
        "posts": [("head", "resident", 1), ("deputy", "reporting", 2)],
        "staff": 35,
        "forces": [f"force_{number}" for number in range(1, 10)],
        "teams": ["management", "enforcement", "operation", "autonomy"],
    },
    "grid": {"posts": [("grid_head", "resident", 1)]},
    "micro": {"posts": [("micro_head", "part_time", 1)]},
}


def staffed_grids() -> pd.DataFrame:
    keys = ["station"] * 3 + ["grid"] * 200 + ["micro"] * 800 + ["community"] * 5
    number = np.arange(1, len(keys) + 1)
    quota = [38, None, 33] + [None] * (len(keys) - 3)
    codes = [f"G{n:04d}" for n in number]
    return pd.DataFrame({"grid_id": number, "code": codes, "level_key": keys, "quota": quota})


def test_every_post_is_a_row_and_a_quota_outranks_the_plan() -> None:
    rows = staff_rows(staffed_grids(), PLAN, 17)
    check_fits(rows, staff)
    assert rows["code"].is_unique
    assert rows["staff_id"].tolist() == list(range(1, len(rows) + 1))
    counts = rows["grid_id"].value_counts()
    assert counts[[1, 2, 3]].tolist() == [38, 35, 33]
    assert len(rows) == 38 + 35 + 33 + 200 + 800
    station = rows[rows["grid_id"] == 1]
    assert station["role"].value_counts().to_dict() == {"member": 35, "deputy": 2, "head": 1}
    assert station["force"].nunique() == 9
    assert station["team"].nunique() == 4
    assert set(rows["duty_mode"]) == {"resident", "reporting", "part_time"}


def test_some_posts_are_vacant_and_nobody_is_on_duty_there() -> None:
    rows = staff_rows(staffed_grids(), PLAN, 17)
    vacant = rows["name"].isna()
    assert 0.015 < vacant.mean() < 0.05
    assert rows.loc[vacant, "phone"].isna().all()
    assert (rows.loc[vacant, "on_duty"] == 0).all()
    share = rows[~vacant].groupby("duty_mode")["on_duty"].mean()
    assert 0.75 < share["resident"] < 0.92
    assert 0.28 < share["part_time"] < 0.42


def test_names_and_telephones_are_nobodys() -> None:
    rows = staff_rows(staffed_grids(), PLAN, 17)
    assert rows["name"].dropna().str.fullmatch(r".某{1,2}").all()
    phones = rows["phone"].dropna()
    assert phones.str.fullmatch(r"0000-\d{7}").all()
    assert phones.is_unique


def exclusive(number: int = 2267, **columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    ids = np.arange(10_001, 10_001 + number)
    grids = pd.DataFrame(
        {"grid_id": ids, "code": ids.astype(str), "area_km2": rng.lognormal(-1.2, 0.8, number)}
    ).assign(**columns)
    names = {
        "subject": [f"单位{n}" for n in range(number)],
        "territorial": [f"镇{n % 17}" for n in range(number)],
        "supervising": [f"{kind}主管" for kind in TYPES],
    }
    linked = [None if n % 50 == 0 else 1 + n % 17 for n in range(number)]
    return exclusive_rows(grids, linked, names, NOW, 17)


def test_exclusive_grids_hold_the_shares_of_the_account() -> None:
    rows = exclusive()
    check_fits(rows, exclusive_grid)
    qualifies = (rows["people"] >= 1000) | (rows["area_km2"] >= 1.0)
    assert 0.91 < qualifies.mean() < 0.95
    assert (rows["people"] < 1000)[rows["area_km2"] >= 1.0].any()
    assert 0.955 < rows["head_is_civil_servant"].mean() < 0.985
    assert ((rows["informants"] >= 0) & (rows["informants"] <= rows["units"])).all()
    assert 0.85 < rows["informants"].sum() / rows["units"].sum() < 0.95
    assert rows["reported_at"].max() <= NOW
    fresh = (rows["reported_at"] > NOW - 30 * 86_400).fillna(False)
    assert 0.88 < fresh.mean() < 0.92
    assert set(rows["type"]) == set(TYPES)
    assert set(rows["risk"]) == {"high", "medium", "low"}
    assert (rows["supervising_dept"] == rows["type"] + "主管").all()
    assert rows["linked_grid_id"].isna().sum() == 46  # every 50th of 2267


def test_a_type_that_is_known_is_kept() -> None:
    rows = exclusive(40, type="学校")
    assert set(rows["type"]) == {"学校"}
    assert set(rows["type_en"]) == {"School"}
    pd.testing.assert_frame_equal(rows, exclusive(40, type="学校"))


def rated(first_day: int, number: int = 175) -> pd.DataFrame:
    ids = np.arange(1, number + 1)
    stars = pd.DataFrame({"grid_id": ids, "kind": np.where(ids % 4 == 0, "village", "community")})
    flags = [ids, 1000 + np.arange(846), 3000 + np.arange(5657)]
    return rating_rows(stars, flags, first_day, TODAY, 17)


def test_indicators_are_as_many_as_the_account_says() -> None:
    assert len(set(VILLAGE_INDICATORS)) == 29
    assert len(set(COMMUNITY_INDICATORS)) == 27


def test_every_decision_follows_from_the_one_before() -> None:
    rows = rated(FIRST)
    check_fits(rows, rating)
    # From two quarters before 2025Q2 to the newest decided by 2026-05-13.
    assert rows["period"].unique().tolist() == [
        "2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1",
    ]  # fmt: skip
    assert rows["day"].max() == day_number(pd.Timestamp("2026-04-10").date())
    stars = rows[rows["kind"] == "star"]
    assert len(stars) == 175 * 6
    assert stars["level"].between(0, 5).all()
    for kind in ("star", "flag"):
        some = rows[(rows["kind"] == kind) & (rows["period"] > "2024Q4")]
        before = rows[rows["kind"] == kind].groupby("grid_id")["level"].shift()
        known = some["level_before"].notna() & before[some.index].notna()
        assert (some["level_before"][known] == before[some.index][known]).all()
        moved = some["level"] != some["level_before"]
        assert (some["indicator"].notna() == moved).all()
    village = stars["grid_id"] % 4 == 0
    assert set(stars.loc[village, "indicator"].dropna()) <= set(VILLAGE_INDICATORS)
    assert set(stars.loc[~village, "indicator"].dropna()) <= set(COMMUNITY_INDICATORS)
    assert (stars["level"] - stars["level_before"]).dropna().abs().max() == 1


def test_a_branch_has_just_dropped_a_star_even_in_a_small_town() -> None:
    rows = rated(TODAY - 60, number=3)
    newest = rows[(rows["kind"] == "star") & (rows["period"] == "2026Q1")]
    assert (newest["level"] < newest["level_before"]).any()


def test_flags_are_held_at_three_levels() -> None:
    rows = rated(FIRST)
    held = rows[(rows["kind"] == "flag") & (rows["period"] == "2026Q1") & (rows["level"] == 1)]
    level = np.digitize(held["grid_id"], [1000, 3000])
    assert np.bincount(level).tolist() == [26, 85, 226]  # 15 %, 10 % and 4 %
    assert (rows.loc[rows["kind"] == "flag", "level"] == 0).any()
    pd.testing.assert_frame_equal(rows, rated(FIRST))


def departments() -> pd.DataFrame:
    ids = np.arange(1, 26)
    return pd.DataFrame({"department_id": ids, "name": [f"部门{n}" for n in ids]})


def test_other_departments_assist_and_somebody_supervises() -> None:
    hard = pd.DataFrame(
        {"code": [f"C{n}" for n in range(400)], "department_id": pd.array([7] * 399 + [None])}
    )
    rows = party_rows(hard, departments(), 17)
    assert not rows.duplicated(["code", "role", "name"]).any()
    assert set(rows["role"]) <= set(PARTY_ROLES)
    assist = rows[rows["role"] == "assist"]
    assert 7 not in set(assist.loc[assist["code"] != "C399", "department_id"])
    assert assist.groupby("code").size().reindex(hard["code"]).between(1, 3).all()
    names = departments().set_index("department_id")["name"]
    assert (names[assist["department_id"].astype(int)].to_numpy() == assist["name"]).all()
    supervise = rows[rows["role"] == "supervise"]
    assert supervise.groupby("code").size().reindex(hard["code"]).between(1, 2).all()
    pd.testing.assert_frame_equal(rows, party_rows(hard, departments(), 17))


def test_a_case_of_an_exclusive_grid_has_three_responsible_parties() -> None:
    cases = pd.DataFrame({"code": ["C1", "C2", "C3"], "grid_id": [10_001, 10_002, 99]})
    rows = responsible_rows(cases, exclusive(2, type="市场"), departments())
    assert rows["code"].tolist() == ["C1"] * 3 + ["C2"] * 3
    assert rows["role"].tolist() == ["subject", "territorial", "supervising"] * 2
    assert rows["name"].tolist()[:3] == ["单位0", "镇0", "市场主管"]
    known = departments().assign(name=["市场主管"] + [""] * 24)
    again = responsible_rows(cases, exclusive(2, type="市场"), known)
    assert again.loc[again["role"] == "supervising", "department_id"].tolist() == [1, 1]


def test_a_town_without_hard_cases_has_no_parties() -> None:
    none = pd.DataFrame({"code": [], "department_id": []})
    assert party_rows(none, departments(), 17).empty


def test_hazards_are_more_urgent_than_proposals(categories: pd.DataFrame) -> None:
    rng = stream(5, "test")
    drawn = pick(rng, categories["weight"].to_numpy(float), 30_000)
    themes = categories["theme"].to_numpy(object)[drawn]
    importance, urgency = importance_urgency(themes, stream(17, "importance"))
    for values in (importance, urgency):
        assert set(values) == {1, 2, 3}
        assert values[themes == "hazard"].mean() < 1.5 < values[themes == "service"].mean()
    again, _ = importance_urgency(themes, stream(17, "importance"))
    assert (again == importance).all()


def test_few_cases_cross_departments_areas_or_levels() -> None:
    rng = stream(5, "test")
    leads = np.array(LEAD_LEVELS, object)[pick(rng, np.array([0.2, 0.68, 0.09, 0.03]), 50_000)]
    types = cross_types(leads, stream(17, "cross"))
    assert 0.005 < types.notna().mean() < 0.007
    assert set(types.dropna()) == set(CROSS_TYPES)
    assert set(leads[types.notna()]) == {"cross"}


def visited(seed: int = 17) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Households as the demo settles them: 13 % 空巢 and 9 % 独居."""
    rng = np.random.default_rng(2)
    kinds = np.array(["普通", "空巢", "独居"], object)[
        pick(rng, np.array([0.78, 0.13, 0.09]), 20_000)
    ]
    homes = pd.DataFrame({"household_id": np.arange(1, 20_001), "grid_code": "G1", "kind": kinds})
    homes.loc[:9, "grid_code"] = None
    trade = np.array(["商户", "个体", "企业", "机关", "社会组织"], object)
    firms = pd.DataFrame({"entity_id": np.arange(1, 5001), "kind": trade[np.arange(5000) % 5]})
    return homes, firms, visit_rows(homes, firms.assign(grid_code="G2"), TODAY, seed)


def test_sixty_percent_of_households_were_visited_within_the_quarter() -> None:
    homes, firms, rows = visited()
    check_fits(rows, visit)
    assert rows["day"].between(TODAY - 359, TODAY).all()
    assert rows["day"].is_monotonic_increasing
    recent = rows[rows["day"] > TODAY - 90]
    called = set(recent.loc[recent["subject"] == "household", "subject_id"])
    share = homes["household_id"].isin(called).groupby(homes["kind"]).mean()
    assert share["普通"] < share["空巢"] < share["独居"]
    assert 0.58 < len(called) / len(homes) < 0.62
    kind = firms.set_index("entity_id")["kind"]
    for subject, kinds in (("shop", {"商户", "个体"}), ("company", {"企业"})):
        some = rows[rows["subject"] == subject]
        assert set(kind[some["subject_id"]]) == kinds
        assert set(some["grid_code"]) == {"G2"}
    pd.testing.assert_frame_equal(rows, visited()[2])
