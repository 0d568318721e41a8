"""Calendar files and holiday tables, and the table of mainland China against the notices."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from data.calendar_file import read_calendar, read_day_names
from data.errors import InputError
from data.settings import project_folder
from data.working_time import WEEKEND, WorkCalendar

CHINA = project_folder() / "data" / "sites" / "holidays" / "cn_2024_2026.csv"
HEAD = 'zone = "Asia/Shanghai"\nwindows = ["08:00-12:00", "14:00-18:00"]\n'
TABLED = HEAD + 'holiday_table = "days.csv"\n'

NOTICES = {
    "2024-01-01/2024-01-01": "元旦",
    "2024-02-10/2024-02-17": "春节",
    "2024-04-04/2024-04-06": "清明节",
    "2024-05-01/2024-05-05": "劳动节",
    "2024-06-10/2024-06-10": "端午节",
    "2024-09-15/2024-09-17": "中秋节",
    "2024-10-01/2024-10-07": "国庆节",
    "2025-01-01/2025-01-01": "元旦",
    "2025-01-28/2025-02-04": "春节",
    "2025-04-04/2025-04-06": "清明节",
    "2025-05-01/2025-05-05": "劳动节",
    "2025-05-31/2025-06-02": "端午节",
    "2025-10-01/2025-10-08": "国庆节 中秋节",
    "2026-01-01/2026-01-03": "元旦",
    "2026-02-15/2026-02-23": "春节",
    "2026-04-04/2026-04-06": "清明节",
    "2026-05-01/2026-05-05": "劳动节",
    "2026-06-19/2026-06-21": "端午节",
    "2026-09-25/2026-09-27": "中秋节",
    "2026-10-01/2026-10-07": "国庆节",
}
"""Spans off as 国办发明电〔2023〕7号, 〔2024〕12号 and 〔2025〕7号 give them."""

WORKED = """
2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12
2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""
"""Days on which the same notices have people work (上班)."""


def days_off() -> dict[date, str]:
    found = {}
    for span, names in NOTICES.items():
        first, last = map(date.fromisoformat, span.split("/"))
        for n in range((last - first).days + 1):
            found[first + timedelta(n)] = names
    return found


def write(folder: Path, text: str, days: str | bytes | None = None) -> Path:
    """A calendar file, and beside it a holiday table."""
    path = folder / "calendar.toml"
    path.write_text(text, encoding="utf-8")
    if days is not None:
        raw = days if isinstance(days, bytes) else days.encode()
        (folder / "days.csv").write_bytes(raw)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_calendar(path)
    return str(caught.value)


def china(folder: Path) -> WorkCalendar:
    return read_calendar(write(folder, TABLED, CHINA.read_bytes()))


def test_the_table_of_china_holds_what_the_notices_say(tmp_path):
    calendar = china(tmp_path)
    assert calendar.holidays == set(days_off())
    assert calendar.workdays == set(map(date.fromisoformat, WORKED.split()))
    assert (calendar.known_from, calendar.known_to) == (date(2024, 1, 1), date(2026, 12, 31))


def test_days_of_the_table_of_china_bear_the_name_of_their_holiday():
    rows = [line.split(",") for line in CHINA.read_text(encoding="utf-8").splitlines()[1:]]
    named = days_off()
    off = [(day, name) for day, kind, name in rows if kind == "off"]
    assert [row for row in off if row[1] not in named[date.fromisoformat(row[0])]] == []
    assert all(name.endswith("调休上班") for _, kind, name in rows if kind == "work")
    assert [day for day, _, _ in rows] == sorted(day for day, _, _ in rows)


def test_every_working_day_of_the_table_of_china_is_a_weekend_day(tmp_path):
    assert {day.weekday() for day in china(tmp_path).workdays} == WEEKEND


def test_a_calendar_without_rest_and_table_rests_at_weekends_and_knows_no_holidays(tmp_path):
    calendar = read_calendar(write(tmp_path, HEAD))
    assert calendar == WorkCalendar("Asia/Shanghai", ((480, 720), (840, 1080)))


def test_rest_days_and_windows_to_midnight(tmp_path):
    text = 'zone = "UTC"\nwindows = ["00:00-06:30", "22:00-24:00"]\nrest = ["Fri"]\n'
    calendar = read_calendar(write(tmp_path, text))
    assert calendar.windows == ((0, 390), (1320, 1440))
    assert calendar.rest_weekdays == {4}


def test_a_table_from_a_spreadsheet_is_read(tmp_path):
    days = "\ufeffdate,kind,name\r\n2026-01-01,off,元旦\r\n,,\r\n2026-01-04, work ,\r\n"
    calendar = read_calendar(write(tmp_path, TABLED, days))
    assert calendar.holidays == {date(2026, 1, 1)}
    assert calendar.workdays == {date(2026, 1, 4)}


def test_the_end_of_december_makes_no_year_known(tmp_path):
    days = "date,kind,name\n2022-12-31,off,元旦\n2023-01-01,off,元旦\n"
    calendar = read_calendar(write(tmp_path, TABLED, days))
    assert date(2022, 12, 31) in calendar.holidays
    assert calendar.known_from == date(2023, 1, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zone = ", "calendar.toml is not valid TOML"),
        ("", "zone must name a time zone"),
        ('zone = "Asia/Shanghai"', "windows must be a list of texts; e.g. windows = ["),
        (HEAD.replace("Shanghai", "Shangai"), "'Asia/Shangai' is no time zone"),
        (HEAD.replace("08:00-", "8:00-"), "window '8:00-12:00' is no stretch of the day"),
        (HEAD.replace("08:00-", "08:60-"), "'08:60-12:00' is no stretch of the day"),
        (HEAD.replace("18:00", "25:00"), "'14:00-25:00' is no stretch of the day"),
        (HEAD.replace("18:00", "24:01"), "14:00-24:01 does not lie within one day"),
        (HEAD.replace("18:00", "06:00"), "14:00-06:00 does not lie within one day"),
        (HEAD.replace("14:00", "11:00"), "08:00-12:00 and 11:00-18:00 overlap"),
        (HEAD + 'rest = "Sun"', 'rest must be a list of texts; e.g. rest = ["Sat", "Sun"]'),
        (HEAD + 'rest = ["Sunday"]', "rest day 'Sunday': choose from Mon, Tue"),
        (HEAD + "holiday_table = 2026", "holiday_table = 2026 must be the name of a CSV file"),
        (HEAD + 'holidays = "days.csv"', "unknown key 'holidays'; did you mean 'holiday_table'?"),
        (HEAD + "x = 1", "unknown key 'x'; known are zone, windows, rest, holiday_table"),
    ],
)
def test_a_slip_in_the_calendar_is_named_with_its_file(tmp_path, text, words):
    path = write(tmp_path, text)
    assert words in refusal(path)
    assert str(path) in refusal(path)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("day,kind,name\n", "row 1: the columns must be date, kind, name, not ['day', "),
        ("", "row 1: the columns must be date, kind, name, not []"),
        ("date,kind,name\n", "covers no year; add the holidays of at least one"),
        ("date,kind,name\n2026-01-01,off\n", "row 2 has 2 fields instead of 3"),
        ("date,kind,name\n\n2026-02-30,off,x\n", "row 3: date '2026-02-30' is no day"),
        ('date,kind,name\n2026-01-01,off,"x\n2026-01-02,off,x\n', "quotation mark not closed"),
        ("date,kind,name\n20260101,off,x\n", "date '20260101' is no day"),
        ("date,kind,name\n2026/1/1,off,x\n", "write it as 2026-10-01"),
        ("date,kind,name\n2026-01-01,holiday,x\n", "row 2: kind 'holiday': write off"),
        (
            "date,kind,name\n2026-01-01,off,x\n2026-01-01,work,x\n",
            "row 3: 2026-01-01 stands in row 2 already; remove one",
        ),
        (
            "date,kind,name\n2024-01-01,off,x\n2026-01-01,off,x\n",
            "has no day of 2025; add the holidays of that year",
        ),
    ],
)
def test_a_slip_in_the_table_is_named_with_its_row(tmp_path, rows, words):
    path = write(tmp_path, TABLED, rows)
    assert words in refusal(path)
    assert str(tmp_path / "days.csv") in refusal(path)


def test_files_that_are_missing_or_no_utf_8_are_named(tmp_path):
    assert f"no readable calendar file {tmp_path / 'none.toml'}" in refusal(tmp_path / "none.toml")
    path = write(tmp_path, TABLED)
    assert f"no readable holiday table {tmp_path / 'days.csv'}; {path} names it" in refusal(path)
    write(tmp_path, TABLED, "date,kind,name\n2026-01-01,off,元旦\n".encode("gb18030"))
    assert "must be UTF-8 text" in refusal(path)
    path.write_bytes("# 日历".encode("gb18030"))
    assert "a calendar must be UTF-8 text" in refusal(path)


def test_the_names_of_days_are_read_beside_the_calendar(tmp_path: Path) -> None:
    days = (
        "date,kind,name\n2026-10-01,off,国庆节\n2026-10-02,off,\n2026-10-10,work,国庆节调休上班\n"
    )
    path = write(tmp_path, TABLED, days)
    names = {date(2026, 10, 1): "国庆节", date(2026, 10, 10): "国庆节调休上班"}
    assert read_day_names(path) == names
    assert read_day_names(write(tmp_path, HEAD)) == {}
