"""The one callback of a screen: all panels in one answer, each by itself, changes only."""

import json
from dataclasses import replace
from typing import Any

import pytest
from conftest import NOW
from dash import no_update
from drawn import Answer, as_json, ask, broken, changed, nodes, read, text_of

from dashboard.panel import Screen, refresh
from dashboard.server import SCREENS
from data.clock import Clock
from queries.memory import Recent
from queries.site import Site


@pytest.fixture
def site(shared_site: Site) -> Site:
    """Figures are kept from test to test, drawings are not: a panel that cannot be drawn must fail."""
    bare = {"drawings": Recent(200), "drawn": Recent(600)}
    return replace(shared_site, clock=Clock(stopped=NOW), **bare)


every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)


def fresh(answer: Answer, *, again: bool = False) -> None:
    """Every panel was drawn and none is failed or stale; `again`: it was not before either."""
    assert answer.notice is None
    for key, panel in answer.panels.items():
        if again:
            assert panel.klass is no_update and panel.state is no_update, key
            continue
        assert panel.klass == f"panel panel-{key}", (key, panel.state)
        assert panel.state is None


@every_screen
def test_one_answer_fills_every_panel(screen: Screen, site: Site) -> None:
    answer = ask(screen, site)
    fresh(answer)
    assert set(json.loads(answer.seen)) == {panel.key for panel in screen.panels}
    for key, panel in answer.panels.items():
        assert no_update not in panel.contents
        if key not in ("sheet", "tasks"):  # nothing is unfolded, and nobody in particular has tasks
            assert text_of(panel.tree).strip(), key


@every_screen
def test_the_second_answer_sends_nothing_that_is_there_already(screen: Screen, site: Site) -> None:
    first = ask(screen, site)
    second = ask(screen, site, seen=first.seen)
    fresh(second, again=True)
    assert all(panel.kept for panel in second.panels.values())
    drilled = ask(screen, site, "#days=7", seen=first.seen)
    assert not drilled.panels["header"].kept


@every_screen
def test_one_panel_that_fails_leaves_the_others_alone(screen: Screen, site: Site) -> None:
    for panel in screen.panels:
        answer = ask(broken(screen, panel.key), site)
        failed = answer.panels.pop(panel.key)
        assert failed.kept
        assert failed.klass == f"panel panel-{panel.key} is-failed"
        assert "自动重试" in failed.state
        fresh(answer)


@every_screen
def test_a_panel_that_had_figures_keeps_them_with_their_age(screen: Screen, site: Site) -> None:
    first = ask(screen, site)
    site.clock = Clock(stopped=NOW + 600)
    second = ask(broken(screen, "ranking"), site, "#lang=en", seen=first.seen)
    ranking = second.panels["ranking"]
    assert ranking.kept
    assert ranking.klass == "panel panel-ranking is-stale"
    assert ranking.state == "Figures of 14:05 (10 min ago), trying again"
    again = ask(broken(screen, "ranking"), site, seen=second.seen)
    assert "14:05（10 分钟前）" in again.panels["ranking"].state
    healed = ask(screen, site, seen=again.seen)
    ranking = healed.panels.pop("ranking")
    assert (ranking.klass, ranking.state) == ("panel panel-ranking", None)
    fresh(healed, again=True)


def test_a_drawing_that_cannot_be_sent_fails_like_any_other(site: Site) -> None:
    """What `draw` gives must survive the way to the browser: a value JSON does not know does not."""
    screen = changed(SCREENS[0], "feed", lambda ask: object())
    answer = ask(screen, site)
    assert answer.panels.pop("feed").klass.endswith("is-failed")
    fresh(answer)


@pytest.mark.parametrize(
    "seen",
    [
        None,
        17,
        [],
        "",
        "not JSON",
        "[]",
        "null",
        '"text"',
        "NaN",
        "{" * 50_000,
        "[" * 90_000,
        '{"band": ' + "[" * 90_000,
        "1" * 90_000,
        json.dumps({"band": "x" * 200_000}),
        '{"band": 1, "ranking": null, "header": []}',
        '{"band": {}, "ranking": {"digests": null}, "header": {"digests": 5}}',
        '{"band": {"digests": [null, {}, []], "at": "x"}}',
        '{"band": {"digests": "abc", "at": 1e300}, "ranking": {"digests": {}, "at": null}}',
        '{"\\ud800": {"digests": ["\\ud800"], "at": true}}',
    ],
    ids=range(19),
)
def test_a_tampered_note_of_what_was_seen_only_costs_a_full_answer(seen: Any, site: Site) -> None:
    for screen in SCREENS:
        answer = ask(screen, site, seen=seen)
        fresh(answer)
        assert not answer.panels["ranking"].kept


@pytest.mark.parametrize("at", [10**30, -(10**30), 10**12, True, -1, 1.5, "x", None])
def test_a_tampered_age_does_not_break_a_failing_panel(at: Any, site: Site) -> None:
    seen = json.dumps({"ranking": {"digests": ["x"], "at": at}})
    answer = ask(broken(SCREENS[1], "ranking"), site, seen=seen)
    ranking = answer.panels.pop("ranking")
    assert "is-stale" in ranking.klass or "is-failed" in ranking.klass
    assert isinstance(ranking.state, str)
    fresh(answer)


@pytest.mark.parametrize(
    "asked",
    ["", None, 5, "{}", "[]", '{"hash": 5}', '{"search": "?lang=en"}', "{", "[" * 90_000],
    ids=range(9),
)
def test_what_is_no_question_gets_no_answer(asked: Any, site: Site) -> None:
    values = refresh(SCREENS[0], site, asked, "{}")
    assert all(value is no_update for value in values)


@pytest.mark.parametrize(
    "fragment", ["#case=%F0%9F%92%A9", "#case=%27%3B--", "#case=" + "x" * 1900, "#grid=" + "{0}"]
)
def test_odd_words_in_an_address_are_only_words(fragment: str, site: Site) -> None:
    answer = ask(SCREENS[2], site, fragment)
    assert answer.notice is not None or answer.panels["sheet"].klass == "panel panel-sheet"


@pytest.mark.parametrize(
    "days",
    [
        "from=0001-01-01&to=0001-01-02",
        "from=9999-12-30&to=9999-12-31",
        "from=2027-01-01&to=2027-01-02",
    ],
)
@every_screen
def test_days_at_the_ends_of_the_calendar_are_refused_or_drawn(
    screen: Screen, days: str, site: Site
) -> None:
    answer = ask(screen, site, f"#{days}")
    if answer.notice is None:
        fresh(answer)


@pytest.mark.parametrize("part", ["grid", "case", "list", "source"])
def test_half_a_surrogate_pair_in_an_address_is_harmless(part: str, site: Site) -> None:
    """JSON may hold `\\ud800`, which no database takes: it costs its sender a panel, nobody else."""
    asked = '{"hash": "#%s=\\ud800", "search": ""}' % part  # noqa: UP031
    answer = read(SCREENS[2], refresh(SCREENS[2], site, asked, "{}"))
    assert json.dumps(as_json(answer.notice))
    fresh(ask(SCREENS[2], site))


NOTICES = [
    ("#grid=nope", "没有编码为「nope」的网格", "no grid with the code “nope”"),
    ("#days=0", "天数「0」不成立", "“0” is not a number of days"),
    ("#from=2026-02-01&to=2026-01-01", "统计期不成立", "The period is not possible"),
    ("#hierarchy=x", "没有名为「x」的网格体系", "There is no hierarchy “x”"),
    ("#period=x", "没有名为「x」的统计期", "There is no period “x”"),
    ("#%zz", "读不懂", "cannot be read"),
    ("#foo=1", "「foo=1」不认识", "“foo=1” in the address is not known"),
    ("#grid={part}", "{part}", "{part}"),
]


@pytest.mark.parametrize(("fragment", "zh", "en"), NOTICES)
@every_screen
def test_a_wrong_address_is_told_in_words(
    screen: Screen, fragment: str, zh: str, en: str, site: Site
) -> None:
    for answer, words, home in (
        (ask(screen, site, fragment), zh, "返回全域"),
        (ask(screen, site, fragment, search="?lang=en"), en, "Back to the whole area"),
    ):
        tree = as_json(answer.notice)
        assert words in text_of(tree)
        assert home in text_of(tree)
        assert answer.seen is no_update
        for panel in answer.panels.values():
            assert panel.kept
            assert panel.klass is panel.state is no_update


@pytest.mark.parametrize("search", ["", "?lang=en", "?lang=fr", "?lang=zh"])
def test_the_way_home_leads_home(search: str, site: Site) -> None:
    answer = ask(SCREENS[0], site, "#grid=nope", search=search)
    way = next(node["href"] for node in nodes(as_json(answer.notice)) if node.get("href"))
    fresh(ask(SCREENS[0], site, way, search=search))


@every_screen
def test_the_notice_goes_when_the_address_is_right_again(screen: Screen, site: Site) -> None:
    first = ask(screen, site)
    assert ask(screen, site, "#grid=nope", seen=first.seen).notice is not None
    assert ask(screen, site, "#", seen=first.seen).notice is None


def test_a_database_that_does_not_answer_is_told_and_keeps_the_figures(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: Site) -> None:
        raise OSError("no database")

    monkeypatch.setattr(Site, "versions", gone)
    for search, words in (("", "数据库没有应答"), ("?lang=en", "The database does not answer")):
        answer = ask(SCREENS[0], site, search=search)
        assert words in text_of(as_json(answer.notice))
        assert all(panel.kept for panel in answer.panels.values())


def test_asking_for_trees_that_are_not_there_leaves_nothing_behind(site: Site) -> None:
    """Anyone can write any name into an address: the server must not remember each of them."""
    ask(SCREENS[0], site)
    before = len(site._kept)
    for i in range(50):
        ask(SCREENS[0], site, f"#hierarchy=made-up-{i}")
    assert len(site._kept) <= before + 1
