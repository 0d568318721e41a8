"""Seats of a case file: the log keeps the code of who did a step; a later extract adds its own."""

import pytest
from load_town import Town, cases, epoch

TIMES = 'reported = "上报时间"\ndispatched = "派遣时间"'
ACTORS = '\n[cases.actor]\nreported = "采集岗"\ndispatched = "派遣席"\nclosed = "值班席"\n'
NOBODY = {"派遣时间": "", "采集岗": "", "派遣席": "", "值班席": ""}


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    town = Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch)
    town.change('reported = "上报时间"', TIMES)
    town.change("\n[cases.status]", f"{ACTORS}\n[cases.status]")
    return town


def load(town: Town, code: str, **told: str) -> list[tuple[object, ...]]:
    """Load the usual cases with what is told of one; give type and seat of its events."""
    rows = [case | NOBODY | (told if case["编号"] == code else {}) for case in cases()]
    town.cases(rows)
    done, printed = town.load()
    assert done == 0, printed
    return town.sql(
        "SELECT type, actor FROM case_event JOIN case_record USING (case_id) "
        f"WHERE code = '{code}' ORDER BY seq"
    )


DISPATCHED = {"派遣时间": "2024-03-01 09:00:00", "派遣席": "PQ-3"}


def test_each_step_names_its_seat(town):
    assert load(town, "A1", **DISPATCHED, 采集岗="0101-02", 值班席="ZB-1") == [
        ("reported", "0101-02"),
        ("accepted", None),
        ("dispatched", "PQ-3"),
        ("closed", "ZB-1"),
    ]


def test_an_empty_cell_names_nobody(town):
    assert {actor for _, actor in load(town, "A1", 派遣时间="2024-03-01 09:00:00")} == {None}


def test_a_later_extract_names_who_closed_and_leaves_the_rest(town):
    load(town, "A2", 采集岗="0101-02")
    later = {"状态": "已结案", "结案时间": "2024-03-04 09:00:00", "值班席": "ZB-1"}
    assert load(town, "A2", 采集岗="0101-09", **later) == [
        ("reported", "0101-02"),
        ("accepted", None),
        ("closed", "ZB-1"),
    ]
    assert town.now("A2")["closed_at"] == epoch("2024-03-04 09:00:00")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('dispatched = "派遣时间"', "", "[cases.actor] dispatched: nothing says when"),
        ('closed = "值班席"', 'closd = "值班席"', "did you mean 'closed'?"),
        ('closed = "值班席"', 'closed = "值班台"', "[cases.actor] closed"),
    ],
)
def test_a_slip_in_the_mapping_is_named(town, old, new, told):
    town.cases([case | NOBODY for case in cases()])
    town.change(old, new)
    code, printed = town.load()
    assert code != 0
    assert told in printed
