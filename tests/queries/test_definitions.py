"""Versions of definitions: what a site may choose, from when it holds, and what the figures then are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ENGINES
from hand_town import AS_OF, hand_town, scope_of
from small_town import Town

from data.case_tables import site_setting
from data.errors import SetupError
from data.settings import read_settings
from data.stored_settings import write_setting
from queries.ask import main
from queries.candidates import candidates, nouns
from queries.cases import behind
from queries.definitions import Version, computed_by, in_force, read_definitions
from queries.figures import percent_text
from queries.measure import add_up, measure
from queries.metrics import BY_KEY
from queries.metrics.variants import VARIANTS
from queries.published import read_published
from queries.reconcile import reconcile
from queries.site import Site, open_site

ANY_DAY = "2020-01-01"
CLOSED_BY = (
    {"metric": "closure_rate", "variant": "not_parked", "valid_from": "2026-03-08"},
    {"metric": "closure_rate", "variant": "simple", "valid_from": "2026-03-03"},
)


@pytest.fixture(scope="module", params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Town]:
    town = hand_town(request.param, tmp_path_factory.mktemp("definitions"))
    yield town
    town.close()


def set_to(town: Town, held: object) -> None:
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "definitions", held)


@pytest.fixture
def chosen(town: Town) -> Iterator[Any]:
    """Gives the town with these versions, opened afresh."""
    opened: list[Site] = []

    def of(*versions: dict[str, str]) -> Site:
        set_to(town, list(versions))
        opened.append(town.city.site(AS_OF))
        return opened[-1]

    yield of
    set_to(town, None)
    for site in opened:
        site.case.dispose()
        site.population.dispose()


def version(metric: str, variant: str, valid_from: str = ANY_DAY) -> dict[str, str]:
    return {"metric": metric, "variant": variant, "valid_from": valid_from}


def total(site: Site, key: str, **parts: str):
    return measure(site, [BY_KEY[key]], scope_of(site, **parts), as_of=AS_OF).total(key)


def codes(site: Site, key: str, part: str, **parts: str) -> set[str]:
    listed = behind(site, BY_KEY[key], part, scope_of(site, **parts), as_of=AS_OF)
    assert listed.total == len(listed.rows)
    return {row.code for row in listed.rows}


WORKED = [
    # Closed with a deadline; all closed but 06, of those and the overdue 07 and 12.
    ("closure_rate", "due", 9, 11, "81.82 %"),
    # Closed of accepted: all closed, of all accepted but the cancelled 13.
    ("closure_rate", "simple", 10, 16, "62.50 %"),
    # … without 11, which is parked.
    ("closure_rate", "not_parked", 10, 15, "66.67 %"),
    # 01 03 04 05 17 19 20 21; 03 by its extension only.
    ("on_time_rate", "effective", 8, 11, "72.73 %"),
    ("on_time_rate", "original", 7, 11, "63.64 %"),
    # Asked and answered: 01 satisfied, 17 very, 06 basically, 02 not.
    ("satisfaction", "w1", 3, 4, "75.00 %"),
    ("satisfaction", "w0.9", 2.9, 4, "72.50 %"),
    ("satisfaction", "w0.5", 2.5, 4, "62.50 %"),
    ("satisfaction", "w0", 2, 4, "50.00 %"),
]


@pytest.mark.parametrize(("metric", "variant", "n", "d", "shown"), WORKED)
def test_each_definition_gives_its_figure_and_is_named_by_it(chosen, metric, variant, n, d, shown):
    found = total(chosen(version(metric, variant)), metric)
    assert (found.n, found.d, found.variant) == (n, d, variant)
    assert found.value == pytest.approx(100 * n / d)
    assert percent_text(found) == shown


def test_every_variant_is_worked_out_here():
    assert [(m, one.key) for m, known in VARIANTS.items() for one in known] == [
        (metric, variant) for metric, variant, *_ in WORKED
    ]


@pytest.mark.parametrize("metric", VARIANTS)
def test_without_a_version_the_built_in_definition_holds_and_is_named(chosen, metric):
    silent, told = chosen(), chosen(version(metric, VARIANTS[metric][0].key))
    assert total(silent, metric) == total(told, metric)
    assert total(silent, metric).variant == VARIANTS[metric][0].key


def test_a_metric_that_is_another_ones_variant_keeps_its_own_definition(chosen):
    site = chosen(version("closure_rate", "simple"), version("on_time_rate", "original"))
    for key in ("closure_rate_simple", "on_time_rate_original"):
        assert total(site, key).variant == ""
    assert total(site, "closure_rate_simple").n == total(site, "closure_rate").n


def test_a_version_holds_from_its_first_day_on(chosen):
    site = chosen(*CLOSED_BY)

    def on(last: str):
        found = total(site, "closure_rate", from_="2026-03-02", to=last)
        return found.variant, found.n, found.d

    # Due on 2 March: 19 and 20 are due on the 5th at the earliest, 01 on the 3rd.
    assert on("2026-03-02") == ("due", 0, 0)
    # Accepted until hour 48: 01 to 06 and 17, all closed.
    assert on("2026-03-03") == ("simple", 7, 7)
    # Until hour 144 also 07, 11, 12 (open), 19, 20, 21.
    assert on("2026-03-07") == ("simple", 10, 13)
    # Until hour 168 also 08; the parked 11 is left out.
    assert on("2026-03-08") == ("not_parked", 10, 13)
    assert on("2026-03-11") == ("not_parked", 10, 15)


def test_the_order_of_the_setting_does_not_matter(chosen):
    assert read_definitions(list(CLOSED_BY)) == read_definitions(list(reversed(CLOSED_BY)))


@pytest.mark.parametrize("by", ["grid", "day", "source", "category", "department"])
def test_all_parts_of_a_period_are_of_one_definition_and_add_up(chosen, by):
    """The period begins under one version and ends under another: that of its last day counts."""
    site = chosen(*CLOSED_BY, version("satisfaction", "w0.5", "2026-03-10"))
    for key in ("closure_rate", "satisfaction"):
        whole = total(site, key)
        answer = measure(site, [BY_KEY[key]], scope_of(site), by, as_of=AS_OF)
        parts = list(answer.figures[key].values())
        assert {figure.variant for figure in parts} == {whole.variant}
        assert sum(figure.n for figure in parts) == pytest.approx(whole.n)
        assert sum(figure.d for figure in parts) == whole.d


@pytest.mark.parametrize(("metric", "variant", "n", "d", "shown"), WORKED)
def test_the_lists_behind_a_figure_go_by_its_definition(chosen, metric, variant, n, d, shown):
    site = chosen(version(metric, variant))
    top, rest, bottom = (codes(site, metric, part) for part in ("top", "rest", "bottom"))
    assert top | rest == bottom
    assert len(bottom) == d
    part = {"w0.9": {"06"}, "w0.5": {"06"}}.get(variant, set())
    assert top & rest == part
    # A case that counts in part stands in both lists.
    assert len(top) - len(part) <= n <= len(top)
    if not part:
        assert (len(top), len(rest)) == (n, d - n)


def test_what_keeps_a_weighted_satisfaction_from_all(chosen):
    site = chosen(version("satisfaction", "w0.9"))
    assert codes(site, "satisfaction", "top") == {"01", "06", "17"}
    assert codes(site, "satisfaction", "rest") == {"02", "06"}
    site = chosen(version("satisfaction", "w0"))
    assert codes(site, "satisfaction", "top") == {"01", "17"}


def test_a_version_in_force_says_what_it_is_and_keeps_the_key(chosen):
    versions = chosen(version("on_time_rate", "original")).facts().definitions
    used = in_force(versions, BY_KEY["on_time_rate"], 20_525)
    assert (used.key, used.kpi) == ("on_time_rate", "K04b")
    assert used.label == BY_KEY["on_time_rate_original"].label
    assert in_force(versions, used, 20_525) is used
    assert in_force(versions, BY_KEY["open"], 20_525) is BY_KEY["open"]
    assert computed_by(BY_KEY["open"], "") is BY_KEY["open"]


@pytest.mark.parametrize("metric", VARIANTS)
def test_reconciliation_tries_the_same_definitions(chosen, metric):
    """No definition is written twice: what a site may choose is what reconciliation tries."""
    for place, one in enumerate(VARIANTS[metric]):
        known = {c.key: c for c in candidates(computed_by(BY_KEY[metric], one.key))}
        assert [c.key for c in known.values() if c.own] == [one.metric.key]
        assert next(iter(known.values())).own
        assert {v.metric.key for v in VARIANTS[metric]} <= set(known)
        assert known[one.metric.key].formula == one.metric.formula
        assert len(known) == len(candidates(BY_KEY[metric])), place


def test_the_own_definition_of_a_published_figure_is_that_of_its_period(chosen):
    site = chosen(version("satisfaction", "w0.5"), version("satisfaction", "w0", "2026-03-12"))
    paper = {"key": "s", "metric": "satisfaction", "value": "62.5", "n": 5, "d": 8}
    paper |= {"name": ["周报", "Weekly"], "source": ["公报", "Gazette"]}
    (figure,) = read_published([paper | {"from": "2026-03-02", "to": "2026-03-11"}], {})
    one = reconcile(site, figure, AS_OF)
    assert (one.n, one.d, one.agrees) == (2.5, 4, True)
    assert [t.candidate.key for t in one.tried if t.candidate.own] == ["satisfaction_0.5"]
    # 02 is not satisfied and 06 counts half: both keep it from 100 %.
    assert one.remaining == len(codes(site, "satisfaction", "rest")) == 2
    assert one.nouns.rest.zh == "不满意、基本满意"
    assert one.off == (-2.5, -4)
    (figure,) = read_published([paper | {"from": "2026-03-02", "to": "2026-03-12"}], {})
    assert [t.candidate.key for t in reconcile(site, figure, AS_OF).tried if t.candidate.own] == [
        "satisfaction_0"
    ]


def test_what_it_takes_from_part_of_a_case_on(chosen):
    """2.9 of 4 is 72.5 %. 3 of 4 print 75; and 2.9 of no whole number do."""
    site = chosen(version("satisfaction", "w0.9"))
    paper = {"key": "s", "metric": "satisfaction", "value": "75", "period": "week"}
    paper |= {"name": ["周报", "Weekly"], "source": ["公报", "Gazette"]}
    (figure,) = read_published([paper], {"week": (20_514, 20_523)})
    one = reconcile(site, figure, AS_OF)
    assert not one.agrees
    assert (one.numerators, one.denominators) == ((3, 3), None)
    assert one.numerators.distance(one.n).text == "0.1"


def test_names_of_what_is_counted_go_by_the_definition():
    def bottom(metric: str, variant: str) -> str:
        return nouns(computed_by(BY_KEY[metric], variant)).bottom.zh

    assert bottom("closure_rate", "due") == "应结案"
    assert bottom("closure_rate", "simple") == "受理"
    assert bottom("closure_rate", "not_parked") == "未挂账受理"


def test_a_weight_adds_up_counters_that_share_no_case(chosen):
    site = chosen()
    for one in VARIANTS["satisfaction"]:
        counted = add_up(
            site,
            [one.metric.top, *(counter for _, counter in one.metric.amounts)],
            scope_of(site),
            as_of=AS_OF,
        )
        parts = {counter.key for _, counter in one.metric.amounts}
        assert sum(counted[key] for key in parts) == counted[one.metric.top.key]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"metric": "closed"}, "entry 2: the metric 'closed' has no variants; known: closure_rate"),
        ({"metric": None}, "the metric None"),
        ({"metric": "satisfaction"}, "no variant 'simple'; known: w1, w0.9, w0.5, w0"),
        ({"variant": "nonsense"}, "no variant 'nonsense'; known: due, simple, not_parked"),
        ({"variant": ["due"]}, "no variant"),
        ({"valid_from": "1 March"}, "valid_from '1 March' is not a date like 2026-01-01"),
        ({"valid_from": 20260301}, "valid_from 20260301"),
        ({"valid_from": None}, "valid_from None"),
        ({"valid_from": "2026-02-30"}, "2026-02-30"),
        ({"since": "2026-03-01"}, "'since' is not known; known: metric, variant, valid_from"),
        ({"valid_from": "2026-03-08"}, "closure_rate has another version from 2026-03-08"),
    ],
)
def test_a_version_that_cannot_be_is_refused_with_its_place_and_the_known_ones(entry, said):
    usual = version("closure_rate", "simple", "2026-01-01")
    with pytest.raises(SetupError) as caught:
        read_definitions([CLOSED_BY[0], usual | entry])
    assert said in str(caught.value)
    assert "Setting `definitions`" in str(caught.value) and "entry 2" in str(caught.value)


@pytest.mark.parametrize("held", ["simple", {"metric": "satisfaction"}, 5])
def test_a_setting_that_is_no_list_is_refused(held):
    with pytest.raises(SetupError, match="must be a list"):
        read_definitions(held)
    with pytest.raises(SetupError, match="entry 1: it is not a table"):
        read_definitions([held] if isinstance(held, str | int) else ["x"])


def test_versions_of_two_metrics_may_begin_on_one_day():
    held = read_definitions([version("closure_rate", "simple"), version("satisfaction", "w0")])
    assert held == (
        Version("closure_rate", "simple", 18_262),
        Version("satisfaction", "w0", 18_262),
    )


def test_a_bad_setting_is_refused_when_the_site_is_opened(chosen, town):
    chosen(version("satisfaction", "w2"))
    settings = read_settings(
        {
            "CASE_DATABASE_URL": town.city.case_url,
            "POPULATION_DATABASE_URL": town.city.population_url,
        }
    )
    with pytest.raises(SetupError, match="w2"):
        open_site(settings)


@pytest.fixture
def command(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASE_DATABASE_URL", town.city.case_url)
    monkeypatch.setenv("POPULATION_DATABASE_URL", town.city.population_url)
    monkeypatch.setenv("AS_OF", "2026-03-11T12:00")


@pytest.mark.usefixtures("command")
def test_the_command_line_names_the_version_and_the_others(chosen, capsys):
    chosen(
        version("satisfaction", "w0.9", "2026-03-05"), version("satisfaction", "w0", "2026-04-01")
    )
    assert main(["satisfaction", "closure_rate", "open"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "满意率（基本满意 × 0.9） / Satisfaction (basically × 0.9)  [satisfaction, K12]" in lines
    used = "基本满意 × 0.9，自 2026-03-05 起 / Basically × 0.9, since 2026-03-05"
    assert f"版本 version  {used}" in lines
    later = "基本满意 × 0，自 2026-04-01 起 / Basically × 0, since 2026-04-01"
    assert f"其他版本 other version  {later}" in lines
    assert "72.50 %  (2.9 / 4)" in lines
    built_in = "办结率（应结案口径），内置口径 / Closure rate (due), built in"
    assert f"版本 version  {built_in}" in lines
    assert sum(line.startswith("版本") for line in lines) == 2


@pytest.mark.usefixtures("command")
def test_json_names_the_version_too(chosen, capsys):
    chosen(version("satisfaction", "w0.9", "2026-03-05"))
    assert main(["satisfaction", "closed", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    defined = told["definitions"]["satisfaction"]
    assert (defined["variant"], defined["valid_from"]) == ("w0.9", "2026-03-05")
    assert defined["other_versions"] == []
    assert "× 0.9" in defined["formula"]["zh"]
    assert "variant" not in told["definitions"]["closed"]
    figures = {row["metric"]: row for row in told["figures"]}
    assert (figures["satisfaction"]["n"], figures["satisfaction"]["variant"]) == (2.9, "w0.9")
    assert figures["closed"]["variant"] is None
    assert main(["satisfaction", "--json", "--from", "2026-03-02", "--to", "2026-03-04"]) == 0
    told = json.loads(capsys.readouterr().out)["definitions"]["satisfaction"]
    assert (told["variant"], told["valid_from"]) == ("w1", None)
    assert told["other_versions"] == [{"variant": "w0.9", "valid_from": "2026-03-05"}]
