"""The command line that prints what the screens would show."""

import csv
import io
import json
from datetime import date

import pytest
from conftest import NOW, City

from queries.ask import UNLOCATED_NAME, main
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.scope import read_scope
from queries.site import Site

AS_OF = ["--as-of", "2026-11-20T14:05"]


@pytest.fixture(autouse=True)
def databases(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASE_DATABASE_URL", city.case_url)
    monkeypatch.setenv("POPULATION_DATABASE_URL", city.population_url)
    monkeypatch.setenv("AS_OF", "2026-11-20T14:05")


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is printed for a question that can be asked."""
    assert main([*arguments, *AS_OF]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that is printed for a question that cannot be asked."""
    assert main(list(arguments)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1, printed.err
    assert "Traceback" not in printed.err
    return printed.err


def test_json_has_the_figures_of_the_screens_and_what_they_mean(capsys, site: Site):
    told = json.loads(ask(capsys, "on_time_rate", "open", "handling_median", "--json"))
    scope = read_scope(site, {}, NOW)
    metrics = [BY_KEY[key] for key in ("on_time_rate", "open", "handling_median")]
    answer = measure(site, metrics, scope, as_of=NOW)
    assert [row["metric"] for row in told["figures"]] == [m.key for m in metrics]
    for row in told["figures"]:
        figure = answer.total(row["metric"])
        assert (row["n"], row["d"]) == (figure.n, figure.d)
        assert row["value"] == pytest.approx(figure.value, abs=1e-6)
    assert told["as_of"] == "2026-11-20T14:05:00+08:00"
    assert (told["to"], told["from"]) == ("2026-11-20", "2026-10-22")
    assert told["demo"] is True
    assert told["data_version"] > 0
    assert (told["grid"], told["filters"]) == (scope.grid.code, {})
    assert told["definitions"]["on_time_rate"]["clock"] == "due"
    assert set(told["definitions"]["open"]["label"]) == {"zh", "en"}


def test_json_by_grid_has_every_grid_and_what_lies_in_none(capsys, site: Site):
    told = json.loads(ask(capsys, "reported", "population", "--by", "grid", "--json"))
    tree = site.tree()
    assert tree is not None
    codes = [grid.code for grid in tree.children(tree.top)]
    for key in ("reported", "population"):
        rows = [row for row in told["figures"] if row["metric"] == key]
        assert [row["grid"] for row in rows] == [*codes, ""]
        assert rows[0]["name"] == tree.by_code[codes[0]].name
        assert rows[-1]["name"] == UNLOCATED_NAME


def test_csv_can_be_read_and_adds_up(capsys):
    rows = list(csv.DictReader(io.StringIO(ask(capsys, "closed", "--by", "day", "--csv"))))
    assert list(rows[0]) == ["metric", "day", "name", "n", "d", "value", "unit", "variant"]
    days = [date.fromisoformat(row["day"]) for row in rows]
    assert (len(days), days[-1]) == (30, date(2026, 11, 20))
    total = next(csv.DictReader(io.StringIO(ask(capsys, "closed", "--csv"))))
    assert sum(int(row["n"]) for row in rows) == int(total["n"]) > 0
    assert (total["unit"], total["d"]) == ("cases", "")


def test_the_table_names_the_site_the_scope_and_the_definition(capsys, site: Site):
    table = ask(capsys, "closure_rate_simple", "--period", "s3")
    assert site.facts().name.zh in table
    assert "演示数据" in table
    assert "as of 2026-11-20 14:05:00 Asia/Shanghai" in table
    assert BY_KEY["closure_rate_simple"].formula.zh in table
    assert "99.28 %  (685 / 690)" in table


@pytest.mark.parametrize("by", ["grid", "day", "source", "category", "department"])
def test_the_table_has_a_line_for_each_part(capsys, site: Site, by):
    lines = ask(capsys, "handling_p90", "--by", by, "--days", "7").splitlines()
    answer = measure(
        site, [BY_KEY["handling_p90"]], read_scope(site, {"days": "7"}, NOW), by, as_of=NOW
    )
    assert len([line for line in lines if "(n = " in line]) == len(answer.figures["handling_p90"])


def test_a_question_may_name_every_part_of_a_scope(capsys, site: Site):
    tree = site.tree("station")
    assert tree is not None
    grid = tree.children(tree.top)[0].code
    words = [next(iter(known())) for known in (site.sources, site.categories, site.departments)]
    asked = ["--hierarchy", "station", "--grid", grid, "--from", "2026-10-01", "--to", "2026-10-31"]
    for name, code in zip(("source", "category", "department"), words, strict=True):
        asked += [f"--{name}", code]
    told = json.loads(ask(capsys, "reported", *asked, "--json"))
    assert (told["hierarchy"], told["grid"]) == ("station", grid)
    assert (told["from"], told["to"]) == ("2026-10-01", "2026-10-31")
    assert list(told["filters"].values()) == words


def test_without_a_time_the_clock_of_the_site_counts(capsys):
    assert main(["open", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["as_of"].startswith("2026-11-20T14:")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "nonsense"),
        (["open", "nonsense"], "closure_rate_simple"),
        (["open", "--grid", "nowhere"], "nowhere"),
        (["open", "--grid", "' OR 1=1 --"], "grid"),
        (["open", "--period", "never"], "never"),
        (["open", "--hierarchy", "family"], "family"),
        (["open", "--source", "rumour"], "rumour"),
        (["open", "--days", "0"], "days"),
        (["open", "--from", "2026-11-20", "--to", "2026-11-19"], "from"),
        (["open", "--from", "yesterday"], "yesterday"),
        (["open", "--as-of", "soon"], "soon"),
        (["open", "--as-of", "0001-01-01T00:00"], "0001-01-01"),
        (["population", "--by", "source"], "population"),
        (["open", "population", "--by", "day"], "population"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(capsys, arguments, said):
    assert said in refusal(capsys, *arguments)


def test_population_takes_no_filter_of_cases(capsys, site: Site):
    source = next(iter(site.sources()))
    assert "population" in refusal(capsys, "population", "--source", source)


def test_a_database_that_is_not_there_is_named(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CASE_DATABASE_URL", f"sqlite:///{tmp_path}/none.sqlite")
    assert "CASE_DATABASE_URL" in refusal(capsys, "open")


@pytest.mark.parametrize(
    "arguments", [[], ["open", "--by", "weather"], ["open", "--json", "--csv"]]
)
def test_a_command_line_that_is_wrong_ends_with_the_usage(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
