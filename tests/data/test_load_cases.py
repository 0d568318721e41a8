"""Case files: every way of being dirty is refused, normalised or flagged, and nothing is lost."""

from datetime import datetime

import pytest
from load_town import COLUMNS, Town, cases, epoch, workbook


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    return Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch)


def test_good_rows_load_with_events_path_and_words(town):
    code, printed = town.load()
    assert code == 0, printed
    assert town.sql(
        "SELECT type, at, deadline, inferred FROM case_event JOIN case_record USING (case_id) "
        "WHERE code = 'A1' ORDER BY seq"
    ) == [
        ("reported", epoch("2024-03-01 08:00:00"), None, 1),
        ("accepted", epoch("2024-03-01 08:00:00"), epoch("2024-03-02 08:00:00"), 1),
        ("closed", epoch("2024-03-01 10:00:00"), None, 1),
    ]
    assert town.now("A1")["handling_seconds"] == 7200
    assert town.now("A2")["is_open"] == 1
    assert town.now("A1")["survey_due"] == 0, "survey_due = false: no survey is owed"
    assert town.path("A1") == ["01", "0101"]
    assert town.path("A3") == ["02", "0201"], "no key: by its point"
    assert town.path("A4") == [None, None], "a default point is no place"
    assert town.sql("SELECT road, address_masked FROM case_record WHERE code = 'A1'") == [
        ("海晏路", "海晏路1号")
    ], "a wall prints the road, an address ends at the building"
    assert town.sql("SELECT code, name, position FROM source ORDER BY position") == [
        ("热线", "12345热线", 0),
        ("巡查", "网格员巡查", 1),
    ]
    assert "4 cases reported 2024-03-01 to 2024-03-03: 2 closed (50.00%)" in printed
    assert "median handling 37.00 h" in printed


def test_loading_twice_changes_nothing(town):
    town.load()
    before = town.everything()
    code, printed = town.load()
    assert code == 0
    assert town.everything() == before
    assert "4  unchanged" in printed
    assert "loaded (new)" not in printed


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("name", ["cases.csv", "cases.csv.gz"])
def test_encodings_are_recognised(town, encoding, name):
    town.change('file = "cases.csv"', f'file = "{name}"')
    town.cases(cases(), name, encoding)
    code, printed = town.load()
    assert code == 0, printed
    assert f"read as {encoding}" in printed
    assert town.sql("SELECT title FROM case_record WHERE code = 'A1'") == [("占道经营",)]


def test_a_workbook_loads_like_the_csv(town):
    town.load()
    before = town.sql("SELECT * FROM case_event ORDER BY 1, 2")
    rows: list[list[object]] = [list(COLUMNS)]
    for case in cases():
        values: list[object] = list(case.values())
        for n in (1, 2, 3):
            values[n] = datetime.fromisoformat(str(values[n])) if values[n] else ""
        values[11], values[12] = float(str(values[11])), float(str(values[12]))
        rows.append(values)
    (town.source / "cases.xlsx").write_bytes(workbook(rows))
    town.change('file = "cases.csv"', 'file = "cases.xlsx"')
    code, printed = town.load()
    assert code == 0, printed
    assert "4  unchanged" in printed
    assert town.sql("SELECT * FROM case_event ORDER BY 1, 2") == before


def test_a_workbook_that_has_rounded_its_codes_is_refused(town):
    rows = [list(COLUMNS), [310101199001011234.0, *list(cases()[0].values())[1:]]]
    (town.source / "cases.xlsx").write_bytes(workbook(rows))
    town.change('file = "cases.csv"', 'file = "cases.xlsx"')
    code, printed = town.load()
    assert code == 2
    assert "cases.xlsx, row 2: 310101199001011264 has more than 15 digits" in printed


def test_bad_bytes_set_one_row_aside_and_do_not_turn_the_file_into_gb18030(town):
    more = [{**cases()[0], "编号": f"B{n}"} for n in range(40)]
    path = town.cases([*cases(), *more])
    path.write_bytes(path.read_bytes().replace("流动摊贩".encode(), b"\xe6\xb5\x81\xe5\x8a"))
    code, printed = town.load()
    assert code == 0, printed
    assert "read as utf-8\n" in printed
    rejected = town.rejected()
    assert list(rejected["rejected_row"]) == ["3"]
    assert "bytes that are not UTF-8" in rejected["rejected_reason"][0]


@pytest.mark.parametrize(
    ("grid", "district", "expected"),
    [
        ("0101", "", ["01", "0101"]),
        ("101", "", ["01", "0101"]),
        (" 101 ", "", ["01", "0101"]),
        ("第0101号", "", ["01", "0101"]),
        (" ", "Ward 1", ["01", None]),
        ("", "01", ["01", None]),
        ("", "1", ["01", None]),
        (" ", " ", ["02", "0201"]),
    ],
)
def test_padded_and_empty_keys(town, grid, district, expected):
    town.cases([{**cases()[2], "网格": grid, "社区": district}])
    code, printed = town.load("--only", "grids", "--only", "cases")
    assert code == 0, printed
    assert town.path("A3") == expected


def test_doubtful_places_are_flagged_and_counted(town):
    one = cases()[0]
    town.cases(
        [
            {**one, "编号": "K1", "网格": "9999"},
            {**one, "编号": "K2", "网格": "0202"},
            {**one, "编号": "K3", "社区": "02"},
            {**one, "编号": "K4", "网格": "", "社区": "", "经度": "121.5"},
            {**one, "编号": "K5", "经度": "", "纬度": "x"},
            {**one, "编号": "K6", "经度": "0", "纬度": "0"},
        ]
    )
    _, printed = town.load()
    assert town.flags("K1") == {"grid_key_unknown"}
    assert town.path("K1") == ["01", None], "the next key counts"
    assert "grid_key_differs_from_point" in town.flags("K2")
    assert town.path("K2") == ["02", "0202"], "the key counts, not the point"
    assert town.flags("K3") == {"grid_keys_disagree"}
    assert town.flags("K4") == {"no_grid", "point_outside"}
    assert town.flags("K5") == town.flags("K6") == {"point_unreadable"}
    assert "2  point_unreadable" in printed
    assert "1  area: in no grid (未落格)" in printed


def test_a_point_near_its_grid_does_not_differ(town):
    town.change('hierarchy = "area"\nby', 'hierarchy = "area"\nnear_metres = 30\nby')
    near, far = "30.0102", "30.0105"  # 22 m and 56 m beyond the edge
    one = cases()[0]
    town.cases([{**one, "编号": "N", "纬度": near}, {**one, "编号": "F", "纬度": far}])
    town.load()
    assert town.flags("N") == set()
    assert town.flags("F") == {"grid_key_differs_from_point"}


def test_default_points_leave_no_coordinates(town):
    town.load()
    assert town.sql("SELECT lon, lat, location FROM case_record WHERE code = 'A4'") == [
        (None, None, "default_point")
    ]
    assert town.flags("A4") == {"default_point", "no_grid"}


def test_an_undeclared_crowded_point_is_held_back_and_told(town):
    crowd = [{**cases()[0], "编号": f"C{n}", "经度": "120.0033"} for n in range(60)]
    town.cases([*cases(), *crowd])
    _, printed = town.load()
    assert "60 rows (93.8%) lie on the one point [120.0033, 30.005]" in printed
    assert "default_points" in printed
    assert town.sql("SELECT DISTINCT lon, location FROM case_record WHERE code LIKE 'C%'") == [
        (None, "default_point")
    ]
    town.change("default_points", "real_points = [[120.0033, 30.005]]\ndefault_points")
    _, printed = town.load()
    assert "lie on the one point" not in printed
    assert town.sql("SELECT DISTINCT lon, location FROM case_record WHERE code LIKE 'C%'") == [
        (120.0033, "exact")
    ]


def _rejected_case(town, **changed):
    """Load the four cases with the first one changed; it alone must be set aside."""
    rows = cases()
    rows[0] |= changed
    town.cases(rows)
    code, printed = town.load()
    assert code == 0, printed
    assert "1  set aside" in printed
    assert town.sql("SELECT code FROM case_record ORDER BY 1") == [("A2",), ("A3",), ("A4",)]
    rejected = town.rejected()
    assert list(rejected["rejected_row"]) == ["2"]
    assert rejected["编号"][0] == changed.get("编号", "A1")
    return rejected.iloc[0]


def test_unknown_status_word_is_set_aside(town):
    held = _rejected_case(town, 状态="挂账")
    assert (held["rejected_field"], held["rejected_value"]) == ("状态", "挂账")
    assert "[cases.status]" in held["rejected_reason"]


def test_closing_before_opening_is_set_aside(town):
    held = _rejected_case(town, 结案时间="2024-02-28 08:00:00")
    assert held["rejected_field"] == "结案时间"
    assert held["rejected_reason"] == "closed before it was reported"


def test_status_and_closing_time_must_agree(town):
    assert _rejected_case(town, 结案时间="")["rejected_field"] == "结案时间"
    assert "says open" in _rejected_case(town, 状态="处置中")["rejected_reason"]


def test_the_mapping_may_settle_status_against_time(town):
    town.change(
        'closed = ["已结案"]',
        'closed = ["已结案"]\nclosed_without_time = "keep open"\nopen_with_time = "close"',
    )
    rows = cases()
    rows[0]["结案时间"] = ""
    rows[1]["结案时间"] = "2024-03-01 12:00:00"
    town.cases(rows)
    code, _ = town.load()
    assert code == 0
    assert (town.now("A1")["is_open"], town.flags("A1")) == (1, {"closed_without_time"})
    assert (town.now("A2")["is_closed"], town.flags("A2")) == (1, {"open_with_closing_time"})


def test_unreadable_empty_and_future_times_are_set_aside(town):
    assert "format" in _rejected_case(town, 上报时间="01/03/2024")["rejected_reason"]
    assert "empty" in _rejected_case(town, 上报时间=" ")["rejected_reason"]
    future = _rejected_case(town, 上报时间="2999-01-01 00:00:00", 结案时间="2999-01-02 00:00:00")
    assert "future" in future["rejected_reason"]
    assert "1990" in _rejected_case(town, 上报时间="1899-12-30 00:00:00")["rejected_reason"]


def test_empty_id_is_set_aside(town):
    assert _rejected_case(town, 编号=" ")["rejected_reason"] == "the id is empty"


def test_unknown_source_is_refused_or_added_as_the_mapping_says(town):
    assert _rejected_case(town, 来源="微信")["rejected_value"] == "微信"
    town.change('column = "来源"', 'column = "来源"\nunknown = "add"')
    code, printed = town.load()
    assert code == 0
    assert "source words without a name in the mapping, shown as they are, 1: '微信'" in printed
    assert town.sql("SELECT name, position FROM source WHERE code = '微信'") == [("微信", 2)]


def test_several_faults_of_a_row_are_named_together(town):
    held = _rejected_case(town, 状态="?", 来源="?")
    assert held["rejected_field"] == "状态; 来源"


def test_rejected_rows_load_once_corrected(town):
    _rejected_case(town, 状态="挂账")
    path = town.folder / "cases.rejected.csv"
    corrected = path.read_text("utf-8-sig").replace("挂账", "已结案")
    town.write("corrected.csv", corrected, "utf-8-sig")
    town.change('file = "cases.csv"', 'file = "corrected.csv"')
    code, printed = town.load("--only", "cases")
    assert code == 0, printed
    assert town.now("A1")["is_closed"] == 1


def test_the_rejected_file_goes_when_nothing_is_rejected_any_more(town):
    _rejected_case(town, 状态="挂账")
    town.cases(cases())
    town.load()
    assert not (town.folder / "cases.rejected.csv").exists()


def test_nothing_loaded_at_all_is_exit_code_1(town):
    town.cases([{**case, "状态": "?"} for case in cases()])
    code, printed = town.load("--only", "grids", "--only", "cases")
    assert code == 1
    assert "4  set aside" in printed


def test_rows_of_another_length_are_set_aside_whole(town):
    path = town.cases(cases())
    path.write_text(path.read_text("utf-8") + "Z1,2024-03-01 08:00:00\n\n", "utf-8")
    code, _ = town.load()
    assert code == 0
    held = town.rejected().iloc[0]
    assert (held["rejected_row"], held["编号"]) == ("6", "Z1")
    assert "fewer fields" in held["rejected_reason"]


def test_duplicate_ids(town):
    rows = cases()
    town.cases([rows[0], rows[1], rows[0], {**rows[1], "标题": "改了"}])
    code, printed = town.load()
    assert code == 0
    assert "1  repeated rows" in printed
    assert town.sql("SELECT code, title FROM case_record ORDER BY 1") == [
        ("A1", "占道经营"),
        ("A2", "改了"),
    ], "the last of different rows counts"
    held = town.rejected().iloc[0]
    assert (held["rejected_row"], held["标题"]) == ("3", "流动摊贩")
    assert "duplicate id" in held["rejected_reason"]


def test_clocks_put_back_and_forward_are_flagged(town):
    town.change('zone = "Asia/Shanghai"', 'zone = "America/New_York"')
    one = {**cases()[0], "截止时间": ""}
    town.cases(
        [
            {
                **one,
                "编号": "B1",
                "上报时间": "2023-11-05 01:50:00",
                "结案时间": "2023-11-05 01:10:00",
            },
            {
                **one,
                "编号": "B2",
                "上报时间": "2023-03-12 02:30:00",
                "结案时间": "2023-03-12 04:00:00",
            },
        ]
    )
    code, printed = town.load()
    assert code == 0, printed
    assert town.flags("B1") == {"ambiguous_time"}
    assert town.now("B1")["handling_seconds"] == 1200, "the reading that keeps the order"
    assert town.flags("B2") == {"nonexistent_time"}
    assert town.now("B2")["handling_seconds"] == 3600, "02:30 did not exist: 03:00"
