"""A load that is killed goes on where it stopped: nothing is lost, nothing is twice."""

import os
import signal
import subprocess
import sys

import pytest
from load_town import Town, cases
from sqlalchemy import create_engine, inspect

from data.load import case_load, first_load
from data.load.text_tables import TextTable

CHILD = """
import functools, os, signal, sys
from data.load import case_load, first_load
from data.load.__main__ import main
from data.load.text_tables import TextTable
first_load.LARGE = 0
TextTable.portions = functools.partialmethod(TextTable.portions, size=3)
whole, left = case_load.ingest, [2]
def ingest(*args, **named):
    done = whole(*args, **named)
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
case_load.ingest = ingest
main(sys.argv[1:])
"""


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(first_load, "LARGE", 0)
    made = Town(tmp_path, monkeypatch, capsys)
    rows = [case | {"编号": f"{n}-{case['编号']}"} for n in range(5) for case in cases()]
    rows[4]["上报时间"] = "yesterday"
    rows[13]["来源"] = ""
    made.cases(rows)
    return made


def kill(town: Town) -> None:
    """Load in portions of three rows, and kill -9 in the third before it is committed."""
    path = town.folder / "town.toml"
    path.write_text(town.mapping, encoding="utf-8")
    options = [str(path), "--source", str(town.source), "--rejects", str(town.folder)]
    done = subprocess.run([sys.executable, "-c", CHILD, *options], env=os.environ)
    assert done.returncode == -signal.SIGKILL


def portions_of_three(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have portions of three rows; gives a list that fills with how many cases each ingest took."""
    whole, taken = case_load.ingest, []
    portions = TextTable.portions

    def ingest(connection, batch, **named):
        taken.append(len(batch.cases))
        return whole(connection, batch, **named)

    monkeypatch.setattr(case_load, "ingest", ingest)
    monkeypatch.setattr(TextTable, "portions", lambda table: portions(table, 3))
    return taken


def content(town: Town) -> dict[str, list[tuple[object, ...]]]:
    """All that does not tell when it was loaded, or how often."""
    left_out = {
        "case_record": "updated_at",
        "case_event": "ingested_at",
        "survey": "ingested_at",
        "case_derived": "recorded_from",
    }
    held = {}
    engine = create_engine(town.case_url)
    for table in inspect(engine).get_table_names():
        names = [column["name"] for column in inspect(engine).get_columns(table)]
        told = ", ".join(name for name in names if name != left_out.get(table))
        if table not in ("data_version", "grid_edge", "grid_unit", "site_setting"):
            held[table] = sorted(town.sql(f"SELECT {told} FROM {table}"), key=str)
    engine.dispose()
    return held


def indexes(town: Town) -> set[str]:
    engine = create_engine(town.case_url)
    found = {
        str(index["name"])
        for table in ("case_record", "case_path", "case_derived")
        for index in inspect(engine).get_indexes(table)
    }
    engine.dispose()
    return found


def test_a_killed_load_goes_on_after_the_last_portion_that_was_committed(
    town, tmp_path_factory, monkeypatch, capsys
):
    kill(town)
    assert town.sql("SELECT COUNT(*) FROM case_record")[0][0] == 5, "six rows, one set aside"
    assert "ix_case_path_cases_1" not in indexes(town)
    taken = portions_of_three(monkeypatch)
    code, printed = town.load()
    assert code == 0, printed
    assert "in the database already" in printed
    assert sum(taken) == 13, "what was committed is not taken in again"
    assert len(town.rejected()) == 2, "of the portions before, too"
    assert town.sql("SELECT COUNT(*) FROM site_setting WHERE key = 'load_progress'") == [(0,)]
    assert "ix_case_path_cases_1" in indexes(town)
    other = Town(tmp_path_factory.mktemp("whole"), monkeypatch, capsys)
    other.write("cases.csv", (town.source / "cases.csv").read_text(encoding="utf-8"))
    other.load()
    assert content(other) == content(town)
    assert indexes(other) == indexes(town)


def test_under_another_mapping_it_begins_anew(town, monkeypatch):
    kill(town)
    taken = portions_of_three(monkeypatch)
    town.change("survey_due = false", "survey_due = true")
    town.load()
    assert sum(taken) == 18
    assert town.sql("SELECT COUNT(*) FROM case_record") == [(18,)]
    assert town.sql("SELECT COUNT(*) FROM site_setting WHERE key = 'load_progress'") == [(0,)]


def test_after_an_error_the_indexes_are_there(town, monkeypatch):
    def fails(*_args, **_named):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(case_load, "ingest", fails)
    with pytest.raises(RuntimeError):
        town.load()
    assert "ix_case_path_cases_1" in indexes(town)
