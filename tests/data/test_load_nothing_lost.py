"""Whatever stands in the cells: no row is lost, none is counted twice, and nothing crashes."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from load_town import COLUMNS, Town, cases

NASTY = [
    *("", " ", "　", "NaN", "nan", "None", "inf", "-inf", "1e400", "0", "-1", "0x10", "٣", "#N/A"),
    *("2024-13-01 00:00:00", "9999-12-31 23:59:59", "0001-01-01 00:00:00", "2024-03-01", "=1+1"),
    *('"', "'", ",", "a\nb", "\x00", "💥", "占" * 500, "{0}", "%s", "9" * 40, "01\t", "\ufeff"),
    *("处置中", "已结案", "热线", "A1", "120.0001", "30.0001", "0101", "9999", "-0", "1e-9"),
]


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    return Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch)


rows = st.lists(
    st.tuples(
        st.sampled_from(cases()),
        st.dictionaries(st.sampled_from(COLUMNS), st.sampled_from(NASTY), max_size=4),
    ).map(lambda pair: pair[0] | pair[1]),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows)
def test_every_row_ends_somewhere(town, found):
    town.cases(found)
    code, printed = town.load("--only", "grids", "--only", "cases")
    if code == 2:
        assert "is no longitude and latitude" in printed, "most points may happen to be no degrees"
        return
    assert code in (0, 1), printed
    part = printed.split("\ncases\n")[1].split("where the cases lie")[0]
    counts = {
        words: int(number.replace(",", ""))
        for number, words in re.findall(r"^ {2,12}([\d,]+)  (\S+)", part, re.M)
    }
    ended = [counts.get(word, 0) for word in ("loaded", "updated", "unchanged", "repeated", "set")]
    assert counts["read"] == sum(ended), printed
    path = town.folder / "cases.rejected.csv"
    assert path.exists() == (counts["set"] > 0)
    if counts["set"]:
        assert len(town.rejected()) == counts["set"]
    states = town.sql("SELECT count(*) FROM case_derived WHERE is_open + is_closed <> 1")
    assert states == [(0,)], "a case is open or closed"
    paths = town.sql("SELECT count(*) FROM case_path")
    assert paths == town.sql("SELECT count(*) FROM case_record"), "every case has its path"
