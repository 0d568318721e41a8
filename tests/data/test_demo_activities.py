"""The demo's activities: duty, patrols, the three lists, the ledger, whistles, notes, missed problems."""

import numpy as np
import pandas as pd
import pytest
from demo_rows import NOW, TODAY, ZONE, check_fits, department_ids

from data.days import epoch_of, local_days
from data.demo.activities import activity_rows
from data.events import ACTIVITIES
from data.work_tables import activity

HALF_HOUR = 1800


def leaves(number: int, mids: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mid grids 1 … mids, leaves from 1001, a like number below each."""
    mid = pd.DataFrame({"grid_id": np.arange(1, mids + 1)})
    above = np.sort(np.arange(number) % mids) + 1
    leaf = pd.DataFrame({"grid_id": 1001 + np.arange(number), "mid_id": above})
    return (
        leaf.assign(code=leaf["grid_id"].astype(str)),
        mid.assign(code=mid["grid_id"].astype(str)),
    )


def done(leaf: pd.DataFrame, mid: pd.DataFrame, days: int, seed: int = 17) -> pd.DataFrame:
    # A fortnight beyond today, as the demo's calendar has it.
    numbers = np.arange(TODAY - days + 1, TODAY + 15)
    return activity_rows(leaf, mid, department_ids(), numbers, NOW, ZONE, seed)


@pytest.fixture(scope="module")
def full() -> pd.DataFrame:
    return done(*leaves(5657, 17), 396)


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    return done(*leaves(81, 3), 60)


def of_kind(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    return rows[rows["kind"] == kind]


def test_activities_fit_their_table_and_end_now(full: pd.DataFrame, small: pd.DataFrame) -> None:
    leaf, mid = leaves(5657, 17)
    grids = set(leaf["grid_id"]) | set(mid["grid_id"])
    for rows in (full, small):
        check_fits(rows, activity)
        assert set(rows["kind"]) == set(ACTIVITIES)
        assert rows["activity_id"].tolist() == list(range(1, len(rows) + 1))
        assert rows["at"].is_monotonic_increasing
        assert rows["at"].max() <= NOW
        assert rows["done_at"].max() <= NOW
        assert (rows["done_at"].dropna() >= rows["at"][rows["done_at"].notna()]).all()
        assert (rows["due_at"].dropna() > rows["at"][rows["due_at"].notna()]).all()
        assert (rows["day"] == local_days(rows["at"], ZONE)).all()
        assert (rows["amount"] >= 0).all()
        assert set(rows["grid_id"]) <= grids
        assert set(rows["department_id"].dropna()) <= set(department_ids().values())
    assert 30_000 < len(full) < 60_000


def test_duty_has_one_row_per_grid_and_day_and_fewer_people_at_weekends(
    full: pd.DataFrame,
) -> None:
    duty = of_kind(full, "duty")
    # 396 days up to today; at 10:20 today's duty has begun at eight.
    assert len(duty) == 17 * 396
    assert not duty.duplicated(["grid_id", "day"]).any()
    assert duty["part"].notna().all()
    weekday = (duty["day"] + 3) % 7  # 1970-01-01 was a Thursday, Monday = 0
    mean = duty.groupby(weekday >= 5)["amount"].mean()
    assert mean[True] < 0.5 * mean[False]


def test_most_patrols_are_done_and_go_round_the_leaf_grids(
    full: pd.DataFrame, small: pd.DataFrame
) -> None:
    patrol = of_kind(full, "patrol")
    past = patrol[patrol["at"] < NOW - 2 * 3600]
    assert 0.93 < past["done_at"].notna().mean() < 0.95
    assert (past.loc[past["done_at"].isna(), "amount"] == 0).all()
    assert 1.0 < past.loc[past["done_at"].notna(), "amount"].mean() < 1.2
    recent = past[past["day"] > TODAY - 120]
    assert 0.95 < recent["grid_id"].nunique() / 5657 < 1.0
    # Every seventh day where there are few: 79 of 81 leaves are planned at all.
    per_leaf = of_kind(small, "patrol")["grid_id"].value_counts()
    assert len(per_leaf) == 79
    assert per_leaf.between(7, 10).all()


def test_needs_lead_to_problems_and_problems_to_claims(full: pd.DataFrame) -> None:
    kinds = full.set_index("activity_id")["kind"]
    for kind in ("need", "claim"):
        told = of_kind(full, kind)["of_id"].dropna().astype(int)
        assert set(kinds[told]) == {"problem"}
    need, problem, claim = (of_kind(full, kind) for kind in ("need", "problem", "claim"))
    assert 0.78 < need["of_id"].notna().mean() < 0.92
    assert claim["of_id"].notna().all()
    assert claim["department_id"].notna().all()
    per_problem = claim["of_id"].value_counts()
    assert set(per_problem) <= {1, 2, 3}
    assert (
        problem.set_index("activity_id")["amount"]
        == per_problem.reindex(problem["activity_id"]).fillna(0).astype(int)
    ).all()
    assert 0.02 < (problem["amount"] == 0).mean() < 0.12
    assert not claim.duplicated(["of_id", "department_id"]).any()
    leaf_mid = leaves(5657, 17)[0].set_index("grid_id")["mid_id"]
    mapped = need[need["of_id"].notna()]
    where = problem.set_index("activity_id")["grid_id"]
    assert (
        leaf_mid[mapped["grid_id"]].to_numpy() == where[mapped["of_id"].astype(int)].to_numpy()
    ).all()


def test_units_claim_one_to_three_items_a_quarter_and_a_few_claim_four(full: pd.DataFrame) -> None:
    claim = of_kind(full, "claim")
    parent = full.set_index("activity_id")["at"]
    opened = local_days(parent[claim["of_id"].astype(int)], ZONE)
    months = [np.datetime64(int(day), "D").astype("datetime64[M]").astype(int) for day in opened]
    quarter = np.array(months) // 3
    counts = claim.assign(quarter=quarter).groupby(["quarter", "department_id"]).size()
    assert counts.max() == 4
    assert 0.005 < (counts == 4).mean() < 0.12


def test_most_claims_are_done_in_time(full: pd.DataFrame) -> None:
    claim = of_kind(full, "claim")
    past = claim[claim["due_at"] < NOW - 40 * 86_400]
    in_time = (past["done_at"] <= past["due_at"]).fillna(False).mean()
    assert 0.78 < in_time < 0.93
    assert past["done_at"].isna().any()
    problem = of_kind(full, "problem").set_index("activity_id")
    newest = claim.groupby("of_id")["done_at"].agg(lambda times: times.max(skipna=False))
    over = problem["done_at"].dropna()
    assert newest[over.index].tolist() == over.tolist()


def test_the_ledger_enters_and_clears_by_the_year(full: pd.DataFrame) -> None:
    ledger = of_kind(full, "ledger")
    assert 90 < len(ledger) < 150  # 17 grids x 7 a year over 396 days and a fortnight
    assert set(ledger["due_at"]) == {epoch_of("2026-01-01", ZONE), epoch_of("2027-01-01", ZONE)}
    assert 0.3 < ledger["done_at"].notna().mean() < 0.8


def test_departments_are_whistled_for_one_row_each(full: pd.DataFrame, small: pd.DataFrame) -> None:
    whistle = of_kind(full, "whistle")
    limit = whistle["due_at"] - whistle["at"]
    assert set(limit) <= {HALF_HOUR, 2 * HALF_HOUR, 3 * HALF_HOUR, 4 * HALF_HOUR}
    past = whistle[whistle["at"] < NOW - 86_400]
    assert 0.90 < (past["done_at"] <= past["due_at"]).fillna(False).mean() < 0.96
    assert past["done_at"].isna().any()
    first = whistle["of_id"].fillna(whistle["activity_id"])
    assert not whistle.assign(first=first).duplicated(["first", "department_id"]).any()
    joined = whistle[whistle["of_id"].notna()]
    assert 0.2 < len(joined) / len(whistle) < 0.6
    times = whistle.set_index("activity_id")["at"]
    assert (times[joined["of_id"].astype(int)].to_numpy() == joined["at"].to_numpy()).all()
    assert len(of_kind(small, "whistle")) >= 5


def test_some_notes_are_matter_for_a_case(full: pd.DataFrame) -> None:
    note = of_kind(full, "note")
    matter = note["amount"] == 1
    assert 0.2 < matter.mean() < 0.3
    assert (note["due_at"].notna() == matter).all()
    past = note[matter & (note["at"] < NOW - 7 * 86_400)]
    assert 0.62 < past["done_at"].notna().mean() < 0.78
    assert set(of_kind(full, "missed")["part"]) == {"hotline", "inspection", "media", "video"}


def test_a_town_without_departments_has_neither_claims_nor_whistles() -> None:
    leaf, mid = leaves(4, 1)
    rows = activity_rows(leaf, mid, {}, np.array([TODAY]), NOW, ZONE, 17, forces=["only"])
    assert not set(rows["kind"]) & {"claim", "whistle"}
    assert set(of_kind(rows, "duty")["part"]) == {"only"}


def test_same_seed_same_rows_other_seed_others(small: pd.DataFrame) -> None:
    leaf, mid = leaves(81, 3)
    pd.testing.assert_frame_equal(small, done(leaf, mid, 60))
    assert not small.equals(done(leaf, mid, 60, seed=18))
