"""A later extract of the same source: the event log only grows, and adds up to the newest extract."""

import pytest
from load_town import Town, cases, epoch, plainly_loaded


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    return Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch, make=plainly_loaded)


def later(town, code, **changed):
    """Load an extract in which one case differs, twice; give its events."""
    rows = [case | (changed if case["编号"] == code else {}) for case in cases()]
    town.cases(rows)
    first = town.load()
    assert first[0] == 0, first[1]
    before = town.everything()
    town.load()
    assert town.everything() == before, "the same extract again changes nothing"
    return town.sql(
        "SELECT type, at FROM case_event JOIN case_record USING (case_id) "
        f"WHERE code = '{code}' AND type NOT IN ('reported', 'accepted') ORDER BY seq"
    )


C1 = epoch("2024-03-01 10:00:00")


def test_a_case_is_closed_later(town):
    events = later(town, "A2", 状态="已结案", 结案时间="2024-03-04 09:00:00")
    assert events == [("closed", epoch("2024-03-04 09:00:00"))]
    assert town.now("A2")["is_closed"] == 1


def test_a_withdrawn_closing_reopens_the_case(town):
    events = later(town, "A1", 状态="处置中", 结案时间="")
    assert events == [("closed", C1), ("reopened", C1 + 1)]
    assert (town.now("A1")["is_open"], town.now("A1")["n_reopen"]) == (1, 1)


def test_a_reopened_case_closes_again(town):
    later(town, "A1", 状态="处置中", 结案时间="")
    events = later(town, "A1", 结案时间="2024-03-07 10:00:00")
    assert events[2:] == [("closed", epoch("2024-03-07 10:00:00"))]
    assert town.now("A1")["closed_at"] == epoch("2024-03-07 10:00:00")


def test_a_withdrawn_closing_that_comes_back_as_it_was(town):
    later(town, "A1", 状态="处置中", 结案时间="")
    events = later(town, "A1")
    assert events == [("closed", C1), ("reopened", C1 + 1), ("closed", C1 + 2)]
    assert town.now("A1")["is_closed"] == 1


def test_a_later_closing_time_counts(town):
    events = later(town, "A1", 结案时间="2024-03-01 12:00:00")
    assert events == [("closed", C1), ("closed", C1 + 7200)]
    assert town.now("A1")["closed_at"] == C1 + 7200


def test_an_earlier_closing_time_is_flagged_and_the_later_stays(town):
    assert later(town, "A1", 结案时间="2024-03-01 09:00:00") == [("closed", C1)]
    assert town.flags("A1") == {"closing_moved_back"}


def test_a_moved_target_time_extends_the_case(town):
    events = later(town, "A2", 截止时间="2024-03-09 09:00:00")
    assert [kind for kind, _ in events] == ["extended"]
    now = town.now("A2")
    assert now["effective_deadline"] == epoch("2024-03-09 09:00:00")
    assert now["original_deadline"] == epoch("2024-03-02 09:00:00")


def test_a_vanished_or_late_target_time_is_flagged(town):
    assert later(town, "A2", 截止时间="") == []
    assert town.flags("A2") == {"deadline_removed_later"}
    assert later(town, "A4", 截止时间="2024-03-09 09:00:00") == []
    assert town.flags("A4") == {"deadline_added_later", "default_point", "no_grid"}


def test_words_follow_the_newest_extract(town):
    later(town, "A2", 标题="新标题", 来源="热线")
    assert town.sql(
        "SELECT title, s.code FROM case_record r JOIN source s USING (source_id) WHERE r.code = 'A2'"
    ) == [("新标题", "热线")]


def test_a_case_keeps_its_grid_but_an_unknown_one_is_filled_in(town):
    later(town, "A1", 网格="0202", 社区="02")
    assert town.path("A1") == ["01", "0101"]
    later(town, "A4", 网格="0202")
    assert town.path("A4") == ["02", "0202"]


def test_a_hierarchy_that_comes_later_is_filled_in(town):
    town.change(
        "[cases]\n",
        '[[hierarchy]]\ncode = "block"\nname = "街区"\nname_en = "Blocks"\n'
        '[[hierarchy.level]]\nid = "town"\nname = "镇"\nname_en = "Town"\ncode = "T"\n'
        'unit_name = "示范镇"\n'
        '[[hierarchy.level]]\nid = "block"\nname = "街区"\nname_en = "Block"\n'
        'file = "grids.geojson"\nkey = { column = "code", rules = ["prefix B"] }\n'
        'unit_name = "{code}"\n\n[cases]\n',
    )
    town.change(
        "[population]",
        '[[cases.locate]]\nhierarchy = "block"\nby = [{ point = true }]\n\n[population]',
    )
    code, printed = town.load()
    assert code == 0, printed
    assert "4  paths of known cases filled in" in printed
    assert town.path("A1", "block") == ["B0101", None]
    assert town.path("A1") == ["01", "0101"]
    before = town.everything()
    town.load()
    assert town.everything() == before
