"""What more a case file tells of a case: importance, urgency, access item, 三跨, and who leads it."""

import pytest
from conftest import ENGINES
from load_town import Town, cases, epoch
from load_work_town import loaded, part, work_files_town


@pytest.fixture(params=ENGINES)
def town(request, tmp_path, monkeypatch, capsys):
    return work_files_town(request.param, tmp_path, monkeypatch, capsys)


def particulars(town: Town, *rows: str) -> None:
    """The four cases with importance, urgency, item, cross type and who leads."""
    columns = ("重要", "紧急", "事项", "三跨", "牵头")
    told = [
        row | dict(zip(columns, line.split("|"), strict=True))
        for row, line in zip(cases(), rows, strict=True)
    ]
    town.cases(told)
    town.change(
        'title = "标题"\n',
        'title = "标题"\nimportance = { column = "重要", words = { "高" = "1", "低" = "3" } }\n'
        'urgency = "紧急"\naccess_item = "事项"\n'
        'cross_type = { column = "三跨", words = { "跨部门" = "department" } }\n'
        'lead_level = { column = "牵头", words = { "工作站" = "station", "街道" = "street" } }\n',
    )


PLAIN = ("高|1|Z1|跨部门|工作站", "低|3|||街道", "||Z2||", "||||工作站")


def test_cases_tell_their_particulars(town):
    particulars(town, *PLAIN)
    loaded(town)
    columns = "r.code, r.importance, r.urgency, i.code, r.cross_type"
    found = town.sql(
        f"SELECT {columns} FROM case_record r LEFT JOIN access_item i ON i.item_id = r.access_item_id ORDER BY 1"
    )
    assert found == [
        ("A1", 1, 1, "Z1", "department"),
        ("A2", 3, 3, None, None),
        ("A3", None, None, "Z2", None),
        ("A4", None, None, None, None),
    ]
    leads = [town.now(code)["lead_level"] for code in ("A1", "A2", "A3", "A4")]
    assert leads == ["station", "street", None, "station"]
    before = town.everything()
    loaded(town)
    assert town.everything() == before


def test_another_lead_in_a_later_extract_counts_at_the_closing(town):
    """A1 was closed under the station, now the street is said to have led; A3 is told for the first time."""
    particulars(town, *PLAIN)
    loaded(town)
    town.mapping = town.mapping.replace("牵头", "主办")
    columns = ("重要", "紧急", "事项", "三跨", "主办")
    lines = ("高|1|Z1|跨部门|街道", "低|3|||街道", "||Z2||工作站", "||||")
    town.cases(
        [
            r | dict(zip(columns, x.split("|"), strict=True))
            for r, x in zip(cases(), lines, strict=True)
        ]
    )
    loaded(town)
    assert [town.now(code)["lead_level"] for code in ("A1", "A2", "A3", "A4")] == [
        "street", "street", "station", "station",
    ]  # fmt: skip
    moved = town.sql("SELECT at, lead_level FROM case_event WHERE type = 'escalated' ORDER BY at")
    assert moved == [
        (epoch("2024-03-01 09:59:59"), "street"),
        (epoch("2024-03-05 07:59:59"), "station"),
    ]
    assert town.now("A1")["n_odd"] == 0
    before = town.everything()
    loaded(town)
    assert town.everything() == before


def test_a_case_with_an_item_or_a_level_that_nobody_knows_is_set_aside(town):
    particulars(town, "中|1|||", "|4|||", "||Z9||", "||||村")
    town.load()
    reasons = dict(zip(town.rejected()["编号"], town.rejected()["rejected_field"], strict=True))
    assert reasons == {"A1": "重要", "A2": "紧急", "A3": "事项", "A4": "牵头"}
    assert "load [access_items] with it first" in town.rejected()["rejected_reason"][2]


def test_the_first_access_list_makes_states_anew(town):
    """Until there is a list nothing can be off it."""
    loaded(town, "--only", "grids", "--only", "cases")
    assert "4  known cases: their states derived anew" in part(loaded(town), "access_items")
