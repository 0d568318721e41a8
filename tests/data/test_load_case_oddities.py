"""Odd cases: steps out of order, far deadlines, numbers in titles, missing words, several files."""

import pytest
from load_town import CASES, Town, cases, epoch


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    return Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch)


def test_steps_in_between_become_events_and_wrong_ones_are_dropped(town):
    town.change('closed = "结案时间"', 'closed = "结案时间"\ndispatched = "截止时间"')
    town.change('deadline = "截止时间"\n', "")
    rows = cases()[:2]
    rows[1]["截止时间"] = "2023-01-01 00:00:00"
    town.cases(rows)
    code, printed = town.load()
    assert code == 0, printed
    found = town.sql(
        "SELECT code, at FROM case_event JOIN case_record USING (case_id) WHERE type = 'dispatched'"
    )
    assert found == [("A1", epoch("2024-03-02 08:00:00"))]
    assert town.flags("A2") == {"step_out_of_order"}


def test_odd_deadlines_are_kept_and_flagged(town):
    rows = cases()[:2]
    rows[0]["截止时间"], rows[1]["截止时间"] = "2024-02-29 00:00:00", "2059-12-31 19:00:00"
    town.cases(rows)
    town.load()
    assert town.flags("A1") == {"deadline_before_report"}
    assert town.flags("A2") == {"deadline_far_away"}
    assert town.now("A1")["on_time_effective"] == 0


def test_numbers_of_persons_are_struck_out(town):
    rows = cases()[:1]
    rows[0]["标题"] = "请联系13800138000，身份证310101199001011234"
    rows[0]["地址"] = "Main St 5, Apt 3B (617) 555-1234"
    town.cases(rows)
    town.load()
    assert town.sql("SELECT title, address_masked FROM case_record") == [
        ("请联系***，身份证***", "Main St 5 ***")
    ]
    assert town.flags("A1") == {"number_masked"}


def test_missing_words_do_not_lose_the_case(town):
    rows = cases()[:1]
    rows[0] |= {"大类": "", "小类": "", "标题": " ", "部门": ""}
    town.cases(rows)
    code, _ = town.load()
    assert code == 0
    assert town.sql("SELECT title, department_id, class_name FROM case_record JOIN category") == [
        ("—", None, "未分类")
    ]
    assert town.flags("A1") == {"category_missing"}


def test_projected_points_must_be_declared(town):
    rows = [{**case, "经度": "787723.7", "纬度": "2965812.6"} for case in cases()]
    town.cases(rows)
    code, printed = town.load()
    assert code == 2
    assert "cases.csv, row 2: (787724, 2.96581e+06) is no longitude and latitude" in printed
    assert 'Add crs = "EPSG:…" to [cases.place]' in printed
    town.change(
        'lon = "经度"\nlat = "纬度"\ndefault',
        'lon = "经度"\nlat = "纬度"\ncrs = "EPSG:2249"\ndefault',
    )
    assert town.load()[0] == 0
    lon, lat = town.sql("SELECT lon, lat FROM case_record LIMIT 1")[0]
    assert (round(float(str(lon)), 2), round(float(str(lat)), 2)) == (-71.01, 42.39)


def test_test_cases_are_marked(town):
    town.change("[cases.place]", '[cases.test]\ncolumn = "标题"\nwords = ["噪声"]\n\n[cases.place]')
    town.load()
    assert town.sql("SELECT code FROM case_record WHERE is_test = 1") == [("A4",)]
    assert town.now("A4") == {}, "no figure counts it"


def test_several_files_by_a_star(town):
    town.change('file = "cases.csv"', 'file = "cases_*.csv"')
    town.cases(cases()[:2], "cases_1.csv")
    town.cases(cases()[2:], "cases_2.csv")
    code, printed = town.load()
    assert code == 0
    assert "4  loaded (new)" in printed
    assert len(CASES) == 4
