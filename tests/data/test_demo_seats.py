"""Who acts in the made-up log: seats of the centre by number, supervisors by their post, nobody by name."""

import pandas as pd
import pytest
from conftest import NOW, City
from sqlalchemy import select

from data import bulk
from data.case_tables import case_event, case_path, case_record, grid_unit
from data.demo.city import imagine
from data.demo.sizes import size_of
from data.demo.vocabulary import read_vocabulary
from data.engines import CASE, engine_for
from data.sites.folder import site_names
from data.work_tables import staff

DESKS = {
    "verify_sent": "SL",
    "check_sent": "SL",
    "accepted": "ZB",
    "dispatched": "PQ",
}


@pytest.fixture(scope="module")
def log(city: City) -> pd.DataFrame:
    """Events with their actor, source and the grid of the case at each level."""
    engine = engine_for(city.case_url, CASE)
    statement = (
        select(case_event.c.case_id, case_event.c.type, case_event.c.at, case_event.c.actor)
        .add_columns(case_record.c.self_handled, case_record.c.source_id, case_path.c.grid_2)
        .join(case_record, case_record.c.case_id == case_event.c.case_id)
        .join(case_path, case_path.c.case_id == case_event.c.case_id)
        .where(case_path.c.hierarchy_id == 1)
    )
    with engine.connect() as connection:
        held = bulk.read(connection, statement)
    engine.dispose()
    return held


@pytest.fixture(scope="module")
def posts(city: City) -> pd.DataFrame:
    engine = engine_for(city.case_url, CASE)
    with engine.connect() as connection:
        held = bulk.read(
            connection,
            select(staff.c.code, staff.c.grid_id, staff.c.role, grid_unit.c.kind).join(
                grid_unit, grid_unit.c.grid_id == staff.c.grid_id
            ),
        )
    engine.dispose()
    return held.set_index("code")


def test_every_step_of_a_desk_names_one_of_its_seats(log):
    for type_, letters in DESKS.items():
        seats = log.loc[log["type"] == type_, "actor"]
        assert seats.notna().all() and seats.str.fullmatch(rf"{letters}-\d\d").all()
        assert 3 <= seats.nunique() <= 8


def test_a_supervisor_verifies_and_checks_in_the_grid_of_their_post(log, posts):
    seen = log[log["type"].isin(["verified", "checked"])]
    assert set(posts.loc[seen["actor"].unique(), "role"]) == {"supervisor"}
    located = seen[seen["grid_2"].notna()]
    grid = posts.loc[located["actor"], "grid_id"].to_numpy()
    assert (grid == located["grid_2"].to_numpy()).all()


def test_citizens_have_no_code(log):
    reported = log[log["type"] == "reported"]
    by_source = reported.groupby("source_id")["actor"].agg(["size", "count"])
    # 网格员巡查 is the third source; reports of all others name nobody.
    assert by_source.loc[3, "count"] == by_source.loc[3, "size"] > 0
    assert by_source.drop(index=3)["count"].sum() == 0


def test_what_is_sent_out_lies_between_its_neighbours(log):
    first = log.drop_duplicates(["case_id", "type"]).pivot(
        index="case_id", columns="type", values="at"
    )
    for steps in (
        ("reported", "verify_sent", "verified", "accepted"),
        ("handled", "check_sent", "checked"),
    ):
        told = first[list(steps)].dropna()
        assert len(told) > 100
        assert (told.diff(axis=1).iloc[:, 1:] > 0).all(axis=None)


@pytest.mark.parametrize("name", site_names())
def test_every_site_has_all_four_roles(name):
    words = read_vocabulary(name)
    city = imagine(size_of(words.site, "small"), words, 1, NOW, lambda _: None)
    events = city.events
    for type_ in (*DESKS, "reported", "verified", "checked", "closed"):
        assert events.loc[events["type"] == type_, "actor"].nunique() >= 3, type_
