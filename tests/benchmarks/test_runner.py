"""The command line of the benchmarks takes what it says and refuses the rest by name."""

import json

import pytest

from benchmarks import __main__ as runner
from benchmarks.__main__ import main, parser
from benchmarks.large_city import LargeCity
from benchmarks.snapshot import RANGES


@pytest.mark.parametrize(
    ("text", "cases"), [("1e6", 1_000_000), ("100000", 100_000), ("1e8", 10**8)]
)
def test_cases_are_whole_numbers_also_with_an_exponent(text, cases):
    assert parser().parse_args(["snapshot", "--cases", text]).cases == cases


@pytest.mark.parametrize(
    "text", ["", "many", "1.5e3.", "1234.5", "-1e6", "999", "1e9", "nan", "inf"]
)
def test_other_numbers_of_cases_are_refused(text, capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["snapshot", f"--cases={text}"])
    assert "must be a whole number from 1000 to 100000000" in capsys.readouterr().err


def test_ranges_are_those_that_are_known(capsys):
    ask = ["snapshot", "--ranges"]
    assert parser().parse_args([*ask, "30,all"]).ranges == ("30", "all")
    assert parser().parse_args(ask[:1]).ranges == RANGES
    with pytest.raises(SystemExit):
        parser().parse_args([*ask, "30,31"])
    assert "'31' must be one of 1, 7, 30, 90, 365, all" in capsys.readouterr().err


@pytest.mark.parametrize("kind", runner.KINDS)
def test_every_benchmark_prints_json_when_asked(kind):
    assert parser().parse_args([kind, "--json"]).json


def test_postgresql_without_an_address_says_what_is_needed(capsys):
    assert main(["city", "--engine", "postgresql"]) == 2
    assert "--url postgresql://USER:PASSWORD@HOST/NAME" in capsys.readouterr().err


def test_the_report_is_one_json_object(monkeypatch, capsys):
    here = LargeCity(5000, "postgresql://nowhere/grid", "", "", built_seconds=1.5)
    monkeypatch.setattr(runner, "large_city", lambda place, tell: here)
    assert main(["city", "--cases", "5000", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == {
        "cases": 5000,
        "engine": "postgresql",
        "built_seconds": 1.5,
        "file_bytes": None,
    }
