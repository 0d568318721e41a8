"""Limits of cases from their file: on every clock, with every slip, and in later extracts."""

import tomllib

import pytest
from conftest import ENGINES
from load_limit_town import FRIDAY, LIMIT, calendar, case, due, with_limits
from load_town import Town, cases, epoch

from data.load.case_limits import LimitClock
from data.load.mapping import Limit
from data.load.summary import FLAGS
from data.settings import project_folder
from data.working_time import CLOCKS


@pytest.fixture(params=ENGINES)
def town(request, tmp_path, monkeypatch, capsys):
    town = Town(tmp_path, monkeypatch, capsys)
    return with_limits(town.with_tables(monkeypatch, request.param))


def load(town, *rows):
    town.cases(rows)
    code, printed = town.load("--only", "grids", "--only", "cases")
    assert code == 0, printed
    return printed


def events(town, code="L"):
    return town.sql(
        "SELECT type, at, deadline, limit_seconds, limit_clock FROM case_event "
        f"JOIN case_record USING (case_id) WHERE code = '{code}' ORDER BY seq"
    )


def test_a_case_filed_on_friday_is_due_on_the_working_saturday_after_it(town):
    """domain.md A2, from the file to the lights."""
    load(town, case("L", "4"))
    assert due(town, "L", "warn_at") == "Sat 05-11 09:42"
    assert due(town, "L") == "Sat 05-11 10:30"
    assert town.now("L")["limit_clock"] == "work_hour"
    at = epoch(FRIDAY)
    assert events(town) == [
        ("reported", at, None, None, None),
        ("accepted", at, None, 4 * 3600, "work_hour"),
    ]
    before = town.everything()
    load(town, case("L", "4"))
    assert town.everything() == before


def test_every_clock_counts_its_own_way(town):
    load(
        town,
        case("D", "1", "工作日"),
        case("H", "2.5", "工作时"),
        case("U", "4", "紧急工作时"),
        case("N", "0.5", "自然日"),
        case("S", "3", "工作日"),
        case("none", "", ""),
        case("word", "", "随便"),
    )
    assert due(town, "D") == "Sat 05-11 16:30"
    assert due(town, "H") == "Sat 05-11 09:00"
    assert due(town, "U") == "Fri 05-10 20:30"
    assert due(town, "N") == "Sat 05-11 04:30"
    assert due(town, "S") == "Tue 05-14 16:30", "Saturday counts, Sunday does not"
    assert due(town, "none") is due(town, "word") is None, "no limit: its clock does not matter"
    assert town.flags("none") == set()


def test_one_clock_for_all_rows_needs_no_calendar_when_it_runs_day_and_night(town):
    town.change('calendar = "calendar.toml"\n', "")
    town.change(LIMIT, '[cases.limit]\nvalue = "时限"\nclock = "urgent_hour"\n[cases.status]')
    assert "working time" not in load(town, case("L", "1.5"))
    assert due(town, "L") == "Fri 05-10 18:00"
    assert events(town)[1][3:] == (5400, "urgent_hour")


def test_the_limit_runs_from_the_acceptance(town):
    town.change('deadline = "截止时间"', 'deadline = "截止时间"\naccepted = "受理"')
    load(town, case("L", "4", 受理="2024-05-10 17:00:00"), case("R", "4", 受理=""))
    assert due(town, "L") == "Sat 05-11 11:00"
    assert due(town, "R") == "Sat 05-11 10:30"


def test_a_target_time_stands_before_the_limit(town):
    load(
        town,
        case("L", "4", 截止时间="2024-05-12 20:00:00"),
        case("B", "4", 截止时间="2024-01-01 00:00:00"),
    )
    assert due(town, "L") == "Sun 05-12 20:00"
    assert events(town)[1][2:] == (epoch("2024-05-12 20:00:00"), 4 * 3600, "work_hour")
    assert town.flags("B") == {"deadline_before_report"}


def test_a_case_that_was_never_taken_on_has_no_limit(town):
    town.change('closed = ["已结案"]', 'closed = ["已结案"]\nrejected = ["不受理"]')
    load(town, case("L", "2000", "工作日", 状态="不受理", 结案时间="2024-05-10 17:00:00"))
    assert [kind for kind, *_ in events(town)] == ["reported", "rejected"]
    assert town.flags("L") == set()


NO_NUMBERS = ["x", "0", "-1", "nan", "inf", "1e400", "4小时", "１", "1,5", "None", "0x10"]


def test_what_is_no_usable_number_is_flagged_and_left_out(town):
    values = [*NO_NUMBERS, "1e18", "0.0001"]
    rows = [case(f"L{n}", value) for n, value in enumerate(values)]
    rows += [case(f"W{n}", value, "随便") for n, value in enumerate(NO_NUMBERS)]
    printed = load(town, *rows, case("D", "x", 截止时间="2024-05-12 20:00:00"))
    assert f"{len(rows) + 1}  limit_unreadable: limit that is no number of hours" in printed
    assert town.sql("SELECT DISTINCT flags FROM case_record") == [("limit_unreadable",)]
    assert town.sql(
        "SELECT count(*) FROM case_event WHERE limit_seconds IS NOT NULL OR limit_clock IS NOT NULL"
    ) == [(0,)]
    assert due(town, "L0") is None
    assert due(town, "D") == "Sun 05-12 20:00", "the target time stands all the same"


def test_a_word_without_clock_sets_the_row_aside(town):
    printed = load(
        town, case("L", "4", "工作周"), case("E", "4", " "), case("G", " 4 ", " 工作日 ")
    )
    assert "2  单位: the word is not listed in [cases.limit.clocks] of the mapping" in printed
    held = town.rejected()
    assert list(held["编号"]) == ["L", "E"]
    assert (held["rejected_field"][0], held["rejected_value"][0]) == ("单位", "工作周")
    assert town.sql("SELECT code FROM case_record") == [("G",)]
    load(town, case("L", "4"))
    assert due(town, "L") == "Sat 05-11 10:30", "loads once corrected"


def test_very_long_limits_are_kept_and_flagged(town):
    far = case("L", "9999", "工作日"), case("U", "99999", "紧急工作时")
    load(town, *far, case("T", "4", 截止时间="9999-12-31 00:00:00"))
    assert town.flags("L") == {"deadline_far_away", "calendar_ended"}
    assert town.flags("U") == {"deadline_far_away"}
    assert town.flags("T") == {"deadline_far_away", "calendar_ended"}
    before = town.everything()
    load(town, *far, case("T", "4", 截止时间="9999-12-31 00:00:00"))
    assert town.everything() == before


def test_faulty_times_do_not_reach_the_clock(town):
    rows = [
        case(f"L{n}", "4", 上报时间=at)
        for n, at in enumerate(["", "9999-12-31 00:00:00", "0001-01-01 00:00:00", "x"])
    ]
    printed = load(town, *rows, case("G", "4"))
    assert "4  set aside" in printed


def test_deadlines_beyond_the_holiday_table_are_flagged_with_advice(town):
    days = town.folder / "days.csv"
    head, *lines = days.read_text("utf-8-sig").splitlines(keepends=True)
    days.write_text(head + "".join(line for line in lines if line < "2025"), "utf-8")
    at = "2024-12-20 16:30:00"
    rows = [
        case("in", "5", "工作日", 上报时间=at),
        case("over", "40", "工作日", 上报时间=at),
        case("nights", "60", "自然日", 上报时间=at),
    ]
    printed = load(town, *rows)
    assert town.flags("in") == town.flags("nights") == set()
    assert town.flags("over") == {"calendar_ended"}
    assert due(town, "over") == "Fri 02-14 16:30", "by weekdays alone"
    assert (
        "1 deadlines lie beyond the holiday table (2024-01-01 to 2024-12-31), so that holidays "
        "count as working days: add the missing year to the table and load again."
    ) in printed
    days.write_text(head + "".join(lines), "utf-8")
    printed = load(town, rows[0])
    assert "3  known cases: their states derived anew" in printed
    assert "beyond the holiday table" not in printed
    # Without 1 January and six days of the Spring Festival, with Sunday 01-26 and Saturday 02-08.
    assert due(town, "over") == "Fri 02-21 16:30", "though no file brought it again"
    assert town.flags("over") == set()


def later(town, *rows):
    """Load a later extract twice; the second time nothing changes."""
    printed = load(town, *rows)
    before = town.everything()
    load(town, *rows)
    assert town.everything() == before
    return printed


def test_another_limit_in_a_later_extract_extends_the_case_once(town):
    load(town, case("L", "4"), case("other", "4"))
    later(town, case("L", "8"), case("other", "4"))
    kinds = [(kind, deadline) for kind, _, deadline, _, _ in events(town)]
    assert kinds[2:] == [("extended", epoch("2024-05-11 16:30:00"))]
    assert due(town, "L") == "Sat 05-11 16:30"
    assert due(town, "L", "original_deadline") == "Sat 05-11 10:30"
    assert town.now("L")["n_extend"] == 1
    assert len(events(town, "other")) == 2
    assert town.sql("SELECT note FROM case_event WHERE type = 'extended'") == [
        ("limit changed by a later extract",)
    ]


def test_the_same_limit_in_other_words_moves_nothing(town):
    load(town, case("L", "8"))
    later(town, case("L", "1", "工作日"))
    later(town, case("L", "8.0"))
    assert len(events(town)) == 2


def test_another_start_of_the_same_limit_is_no_extension(town):
    town.change('deadline = "截止时间"', 'deadline = "截止时间"\naccepted = "受理"')
    load(town, case("L", "4", 受理="2024-05-10 16:30:00"))
    later(town, case("L", "4", 受理="2024-05-10 17:00:00"))
    assert [kind for kind, *_ in events(town)] == ["reported", "accepted", "accepted"]
    assert due(town, "L") == "Sat 05-11 11:00"


@pytest.mark.parametrize("value", ["", "x", "0"])
def test_a_limit_that_vanished_stays_and_is_flagged(town, value):
    load(town, case("L", "4"))
    later(town, case("L", value))
    assert town.flags("L") - {"limit_unreadable"} == {"deadline_removed_later"}
    assert len(events(town)) == 2
    assert due(town, "L") == "Sat 05-11 10:30"


def test_a_limit_that_comes_only_later_is_flagged(town):
    load(town, case("L", ""))
    later(town, case("L", "4"))
    assert town.flags("L") == {"deadline_added_later"}
    assert due(town, "L") is None


def test_a_target_time_beside_a_limit_that_comes_moves_or_goes(town):
    load(town, case("L", "4"))
    later(town, case("L", "4", 截止时间="2024-05-12 20:00:00"))
    assert due(town, "L") == "Sun 05-12 20:00"
    load(town, case("G", "4", 截止时间="2024-05-12 20:00:00"))
    later(town, case("G", "4"))
    assert town.flags("G") == {"deadline_removed_later"}
    assert due(town, "G") == "Sun 05-12 20:00"
    later(town, case("G", "8", 截止时间="2024-05-12 21:00:00"))
    assert due(town, "G") == "Sun 05-12 21:00"


def test_a_new_calendar_is_no_extension(town):
    load(town, case("L", "4"))
    calendar(town, 'zone = "Asia/Shanghai"\nwindows = ["08:00-12:00", "14:00-18:00"]\n')
    printed = later(town, case("L", "4"))
    assert "1  known cases: their states derived anew" in printed
    assert due(town, "L") == "Mon 05-13 10:30", "an ordinary weekend"
    assert len(events(town)) == 2


def test_columns_of_the_limit_must_be_there(town):
    town.cases(cases())
    code, printed = town.load()
    assert code == 2
    assert "cases.csv has no column '时限' (mapping: [cases.limit] value)" in printed
    town.cases([{**cases()[0], "时限": "4"}])
    assert "has no column '单位' (mapping: [cases.limit] clock_column)" in town.load()[1]


def test_a_calendar_of_the_town_is_kept_when_the_mapping_names_it_no_more(town):
    load(town, case("L", "4"))
    town.change('calendar = "calendar.toml"\n', "")
    town.change(LIMIT, '[cases.limit]\nvalue = "时限"\nclock = "natural_day"\n[cases.status]')
    printed = load(town, case("L", "4"), case("M", "4"))
    assert (
        'that of an earlier load stays; add its file to [site]: calendar = "calendar.toml"'
        in printed
    )
    assert due(town, "L") == due(town, "M") == "Tue 05-14 16:30"
    assert due(town, "L", "original_deadline") == "Sat 05-11 10:30"


def test_the_mapping_knows_every_clock_and_screens_have_words_for_every_flag():
    assert Limit.__annotations__["clock"].__args__[0].__args__ == CLOCKS
    assert LimitClock("Asia/Shanghai", None).calendar is None
    held = tomllib.loads((project_folder() / "dashboard" / "text.toml").read_text("utf-8"))
    assert FLAGS.keys() <= held["flag"].keys()


def test_extracts_of_the_same_second_follow_each_other(town, monkeypatch):
    monkeypatch.setattr("data.load.__main__.time.time", lambda: 1_800_000_000)
    for hours in ("4", "8", "2", "4"):
        later(town, case("L", hours))
    assert [at - 1_800_000_000 for kind, at, *_ in events(town) if kind == "extended"] == [0, 1, 2]
    assert due(town, "L") == "Sat 05-11 10:30"
