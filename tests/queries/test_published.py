"""The setting of published figures, checked entry by entry, and the command that reconciles them."""

import json
from collections.abc import Iterator
from copy import deepcopy

import pytest
from conftest import ENGINES
from hand_town import AS_OF, hand_town
from published_town import CLOSURE, DAYS, FIGURES, SATISFACTION
from small_town import Town, found_town

from data.days import day_of
from data.errors import SetupError
from queries.metrics import BY_KEY
from queries.published import read_published
from queries.reconcile import main


@pytest.fixture(scope="module", params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Town]:
    town = hand_town(request.param, tmp_path_factory.mktemp("published"))
    town.publish(*FIGURES)
    yield town
    town.close()


def test_the_setting_is_read(town):
    held = {figure.key: figure for figure in town.city.site(AS_OF).facts().published}
    figure = held["closure"]
    assert (figure.metric, figure.shown.text, figure.n, figure.d) == (
        BY_KEY["closure_rate_simple"],
        "76.92 %",
        11,
        14,
    )
    assert (figure.period, figure.name, figure.source.en) == (
        "week",
        ("周报", "Weekly report"),
        "Gazette",
    )
    assert (str(day_of(figure.first_day)), str(day_of(figure.last_day))) == (
        "2026-03-02",
        "2026-03-08",
    )
    assert DAYS["week"] == (figure.first_day, figure.last_day)
    dated = held["satisfied"]
    assert (dated.period, dated.n, dated.d) == ("", None, None)
    assert dated.last_day - dated.first_day == 9


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": None}, "key None"),
        ({"key": "a b"}, "'a b'"),
        ({"key": "a&list=open"}, "letters"),
        ({"metric": "closure"}, "'closure' is not a rate"),
        ({"metric": "open"}, "closure_rate_simple"),
        ({"metric": ["x"]}, "not a rate"),
        ({"value": 99.88}, "write it as text"),
        ({"value": "99,88"}, "'99,88'"),
        ({"value": "99.88 %"}, "as printed"),
        ({"value": "100.1"}, "from 0 to 100"),
        ({"value": "99.98765"}, "at most 3 decimals"),
        ({"value": None}, "None"),
        ({"n": 15}, "n at most d"),
        ({"n": None}, "both or neither"),
        ({"n": "11"}, "whole numbers"),
        ({"n": True}, "whole numbers"),
        ({"n": 0, "d": 0}, "whole numbers"),
        ({"n": -1}, "whole numbers"),
        ({"period": None}, "either a period or the dates"),
        ({"period": "month"}, "no named period 'month'; known: week"),
        ({"from": "2026-03-02", "to": "2026-03-08"}, "either a period or the dates"),
        ({"period": None, "from": "2026-03-02"}, "must be dates"),
        ({"period": None, "from": "2. März", "to": "2026-03-08"}, "like 2026-03-31"),
        ({"period": None, "from": "2026-03-09", "to": "2026-03-08"}, "comes after"),
        ({"name": "周报"}, "name must be its words in both languages"),
        ({"name": ["周报"]}, "name"),
        ({"source": ["周报", " "]}, "source"),
        ({"source": None}, "source"),
        ({"vaule": "99.88"}, "'vaule' is not known"),
    ],
)
def test_an_entry_that_is_wrong_is_named_with_what_is_wrong(change, said):
    entry = {k: v for k, v in (deepcopy(CLOSURE) | change).items() if v is not None}
    with pytest.raises(SetupError) as caught:
        read_published([SATISFACTION, entry], DAYS)
    words = str(caught.value)
    assert "`published`" in words and "entry 2" in words
    assert said in words
    assert "\n" not in words


@pytest.mark.parametrize(("held", "said"), [({}, "list"), ("x", "list"), ([5], "entry 1")])
def test_a_setting_that_is_no_list_of_figures_is_refused(held, said):
    with pytest.raises(SetupError, match=said):
        read_published(held, DAYS)


def test_a_key_that_is_there_twice_is_refused():
    with pytest.raises(SetupError, match="'closure' is there twice"):
        read_published([CLOSURE, CLOSURE], DAYS)


def test_a_site_that_published_nothing_has_nothing(tmp_path):
    town = found_town("sqlite", tmp_path, "silent")
    assert town.city.site(AS_OF).facts().published == ()
    town.close()


@pytest.fixture
def command(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASE_DATABASE_URL", town.city.case_url)
    monkeypatch.setenv("POPULATION_DATABASE_URL", town.city.population_url)
    monkeypatch.setenv("AS_OF", "2026-03-11T12:00")


@pytest.mark.usefixtures("command")
def test_the_command_line_tells_all_of_them_or_one(capsys):
    assert main([]) == 0
    table = capsys.readouterr().out
    assert table.count("公布 published") == len(FIGURES)
    assert main(["closure"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "示范镇 / Sample Town"
    assert "as of 2026-03-11 12:00:00 Asia/Shanghai" in lines
    assert "公布 published   76.92 %  (11 / 14)" in lines
    assert "重算 recomputed  71.43 %  (10 / 14)" in lines
    assert "相差 difference  −5.49 pp" in lines
    assert "公布的件数自身 the published counts print as  78.57 %" in lines
    assert "须 it takes       受理 accepted 13  (−1)" in lines
    assert "未办结 not closed  4" in lines
    assert "✓ 76.92 %  (10 / 13)  不计挂账 / Parked cases left out" in lines


@pytest.mark.usefixtures("command")
def test_the_command_line_warns_of_a_satisfaction_without_numbers(capsys):
    assert main(["satisfied"]) == 0
    told = capsys.readouterr().out
    assert "未提供回访数 no survey numbers given: 7/8 prints 87.5 % too" in told
    assert "87.5 %  (未公布件数 without counts)" in told


@pytest.mark.usefixtures("command")
def test_the_command_line_gives_json(capsys):
    assert main(["closure", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (one,) = told["published"]
    assert told["as_of"] == "2026-03-11T12:00:00+08:00"
    assert one["recomputed"] == {"value": "71.43 %", "n": 10, "d": 14}
    assert (one["numerators"], one["denominators"]) == (None, [13, 13])
    assert (one["list"], one["remaining"]) == ("closure_rate_simple.rest", 4)
    assert one["points"] == pytest.approx(-5.491429)
    assert [c["key"] for c in one["candidates"] if c["fits"]] == [
        "closure_not_parked",
        "closure_not_within",
    ]


@pytest.mark.usefixtures("command")
def test_a_figure_that_was_not_published_is_told_in_one_line(capsys):
    assert main(["nonsense"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "'nonsense'" in told.err and "closure, satisfied" in told.err


def test_a_site_without_published_figures_is_told_so(capsys, tmp_path, monkeypatch):
    town = found_town("sqlite", tmp_path, "silent")
    monkeypatch.setenv("CASE_DATABASE_URL", town.city.case_url)
    monkeypatch.setenv("POPULATION_DATABASE_URL", town.city.population_url)
    assert main([]) == 2
    assert "no published figures" in capsys.readouterr().err
    town.publish(CLOSURE | {"value": 76.92})
    assert main([]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "entry 1" in told and "write it as text" in told
    town.close()
