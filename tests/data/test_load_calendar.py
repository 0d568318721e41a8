"""The site's working time: taken over from its file, refused when wrong, and counted by everywhere."""

from datetime import date

import pytest
from conftest import ENGINES, addresses
from load_limit_town import CALENDAR, LIMIT, calendar, case, due, with_limits
from load_town import Town, cases, epoch

import data.rederive
from data.calendar_file import read_calendar
from data.databases import open_database
from data.engines import CASE
from data.rules import read_calendar_of, read_day_names

OTHER = CALENDAR.replace("08:00-12:00", "10:00-12:00")


@pytest.fixture(params=ENGINES)
def town(request, tmp_path, monkeypatch, capsys):
    town = Town(tmp_path, monkeypatch, capsys)
    town.use(monkeypatch, *addresses(request.param, tmp_path, "calendar"))
    return with_limits(town)


def load(town, *rows):
    town.cases(rows)
    code, printed = town.load("--only", "grids", "--only", "cases")
    assert code == 0, printed
    return printed


def held(town):
    """The stored calendar and the names of its days."""
    engine = open_database(town.case_url, CASE)
    with engine.connect() as connection:
        found = read_calendar_of(connection, "Asia/Shanghai"), read_day_names(connection)
    engine.dispose()
    return found


def versions(town):
    return dict(town.sql("SELECT part, version FROM data_version"))


def test_the_calendar_is_taken_over_with_the_names_of_its_days(town):
    printed = load(town, case("L", "4"))
    assert printed.startswith(
        "working time\n  note: calendar.toml is the site's working time now: 08:00-12:00, "
        "14:00-18:00, holidays known from 2024-01-01 to 2026-12-31.\ngrids\n"
    )
    found, names = held(town)
    assert found == read_calendar(town.folder / "calendar.toml")
    assert names[date(2024, 5, 1)] == "劳动节"
    before = town.everything()
    assert "working time" not in load(town, case("L", "4"))
    assert town.everything() == before


def test_working_time_serves_cases_without_limits_too(town):
    town.change(LIMIT, "[cases.status]")
    load(town, *cases())
    # Reported on Saturday at 08:00, closed on Tuesday at 08:00: Monday's eight hours.
    assert town.now("A3")["work_seconds"] == 8 * 3600


def test_another_calendar_renews_the_states_of_all_cases(town, monkeypatch):
    monkeypatch.setattr(data.rederive, "PORTION", 2)
    rows = [case(f"L{n}", "4") for n in range(5)]
    load(town, *rows)
    before, events = versions(town), town.sql("SELECT * FROM case_event ORDER BY 1, 2")
    calendar(town, OTHER)
    printed = load(town, rows[0])
    assert "5  known cases: their states derived anew, since the working time has" in printed
    assert {due(town, f"L{n}") for n in range(5)} == {"Sat 05-11 14:30"}
    assert town.sql("SELECT * FROM case_event ORDER BY 1, 2") == events
    after = versions(town)
    assert after["cases"] > before["cases"], "screens are told"
    assert after["grids"] > before["grids"]
    settled = town.everything()
    load(town, rows[0])
    assert town.everything() == settled


def test_states_are_renewed_whatever_part_is_loaded(town):
    load(town, case("L", "4"))
    calendar(town, OTHER)
    code, printed = town.load("--only", "population")
    assert code == 0
    assert "1  known cases: their states derived anew" in printed
    assert due(town, "L") == "Sat 05-11 14:30"


def test_other_names_of_days_are_taken_over_and_nothing_is_derived(town):
    load(town, case("L", "4"))
    before = versions(town)
    days = town.folder / "days.csv"
    days.write_text(days.read_text("utf-8-sig").replace("劳动节", "五一"), "utf-8")
    assert "working time" not in load(town, case("L", "4"))
    assert held(town)[1][date(2024, 5, 1)] == "五一"
    assert versions(town) == before | {"grids": before["grids"] + 1}


def test_a_dry_run_renews_nothing(town):
    load(town, case("L", "4"))
    calendar(town, OTHER)
    before = town.everything()
    code, printed = town.load("--dry-run", "--only", "cases")
    assert code == 0, printed
    assert "1  known cases" in printed
    assert town.everything() == before


def test_a_load_that_fails_later_leaves_calendar_and_states_in_step(town, monkeypatch):
    load(town, case("L", "4"))
    calendar(town, OTHER)
    before = town.everything()

    def fail(*_args, **_kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr(data.rederive, "derived_anew", fail)
    assert town.load("--only", "cases")[0] == 2
    assert town.everything() == before


def test_what_is_in_force_after_an_extension_is_counted_by_the_new_calendar(town):
    load(town, case("L", "4"))
    load(town, case("L", "8"))
    assert due(town, "L") == "Sat 05-11 16:30"
    calendar(town, OTHER)
    load(town, case("L", "8"))
    # 1½ h on Friday and 6 h on Saturday: the last half hour is worked on Monday.
    assert due(town, "L") == "Mon 05-13 10:30"
    before = town.everything()
    load(town, case("L", "8"))
    assert town.everything() == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "There is no readable calendar file"),
        (
            CALENDAR.replace("Shanghai", "Urumqi"),
            "calendar.toml has zone = 'Asia/Urumqi', but site.zone is 'Asia/Shanghai'; give both",
        ),
        (CALENDAR.replace("18:00", "25:00"), "'14:00-25:00' is no stretch of the day"),
        (CALENDAR.replace("days.csv", "none.csv"), "There is no readable holiday table"),
    ],
)
def test_slips_in_the_calendar_are_found_before_anything_is_read(town, content, told):
    calendar(town, content or "")
    if content is None:
        (town.folder / "calendar.toml").unlink()
    code, printed = town.load()
    assert code == 2
    assert "town.toml: [site] calendar: " in printed
    assert told in printed
    assert not town.case_file.exists()


ALL = LIMIT.split("时限")[1].removeprefix('"\n').removesuffix("\n[cases.status]")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('value = "时限"\n', "", "[cases.limit] lacks 'value'."),
        (ALL, "", "[cases.limit]: say on which clock the limits run: either clock = …"),
        (ALL, 'clock = "work_day"\nclock_column = "单位"', "either clock = … for all rows, or"),
        (
            ALL,
            'clock_column = "单位"',
            "say what the words of '单位' mean, in [cases.limit.clocks]",
        ),
        (
            ALL,
            'clock = "work_days"',
            "cases.limit.clock = 'work_days': choose one of 'urgent_hour', ",
        ),
        ('"work_day"', '"day"', "cases.limit.clocks.'工作日' = 'day': choose one of 'urgent_hour'"),
        (
            'clock_column = "单位"',
            'clock = "work_day"',
            "[cases.limit]: clocks goes with clock_column; remove it or clock.",
        ),
        (
            'calendar = "calendar.toml"\n',
            "",
            "[cases.limit]: work_day runs in working time only, and the site has none; name a "
            'calendar file in [site]: calendar = "calendar.toml".',
        ),
        ('value = "时限"', 'valeu = "时限"', "unknown key 'valeu' in [cases.limit]"),
        ('calendar = "calendar.toml"', "calendar = 1", "site.calendar = 1 must be text"),
    ],
)
def test_slips_in_the_mapping_of_limits_are_found_before_anything_is_read(town, old, new, told):
    town.change(old, new)
    code, printed = town.load()
    assert code == 2
    assert told in printed
    assert "town.toml: " in printed
    assert not town.case_file.exists()


def test_the_clock_of_all_rows_needs_a_calendar_only_when_it_stands_still(town):
    town.change('calendar = "calendar.toml"\n', "")
    town.change(ALL, 'clock = "work_hour"')
    assert "work_hour runs in working time only" in town.load()[1]
    town.change('"work_hour"', '"natural_day"')
    load(town, case("L", "2"))
    assert town.now("L")["effective_deadline"] == epoch("2024-05-12 16:30:00")
