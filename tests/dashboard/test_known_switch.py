"""The switch 按当时所知 on the screens: where it is offered, what it says, and who keeps it."""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ENGINES
from drawn import CHINESE, ask, links, of_class, text_of, texts
from small_town import Case, at, found_town
from test_export import taken

from dashboard.panel import Screen
from dashboard.server import SCREENS, create_flask
from queries.ask import main
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)
touched = pytest.mark.parametrize("screen", [TABLET, PHONE], ids=lambda screen: screen.key)
LATE = "reported 0, accepted 1 due 25, closed 20"


@pytest.fixture(scope="module", params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Any]:
    """On 3 March five cases are overdue; two of them were closed in time, as is told on 5 March."""
    made = found_town(request.param, tmp_path_factory.mktemp("known-switch"), "knownswitch")
    cases = [Case(str(n), LATE, "A1") for n in range(5)]
    made.take(cases, until=2, now=2)
    made.take(cases[:2], now=80)
    yield made
    made.close()


@pytest.fixture(scope="module")
def site(town) -> Iterator[Site]:
    opened = town.city.site(at(100))
    yield opened
    opened.case.dispose()
    opened.population.dispose()


def panel(site: Site, key: str, fragment: str = "", screen: Screen = TABLET) -> Any:
    answer = ask(screen, site, fragment)
    assert answer.notice is None
    return answer.panels[key].tree


KNOWN = "#grid=A&known=2026-03-03"


def test_only_the_tablet_offers_it_and_its_sheet_leads_to_days_on_record(site: Site) -> None:
    (chip,) = of_class(panel(site, "header", "#grid=A&list=open"), "known")
    assert chip["href"] == "#grid=A&records=choose"
    for screen in (WALL, PHONE):
        assert of_class(panel(site, "header", "#grid=A", screen), "known") == []
    sheet = panel(site, "sheet", chip["href"])
    assert "本库自 2026-03-02 02:00 起留有记录" in text_of(sheet)
    days = [link for link in links(sheet) if "known=" in link]
    assert days == [f"#grid=A&known=2026-03-0{n}" for n in (5, 4, 3, 2)]


@touched
def test_while_it_is_on_the_header_says_so_and_leads_back(site: Site, screen: Screen) -> None:
    (line,) = of_class(panel(site, "header", KNOWN, screen), "known-line")
    assert text_of(line["children"]).startswith("按 03-03 所知 · 回到现在 ×")
    assert links(line["children"])[0] == "#grid=A"
    (day,) = of_class(panel(site, "header", KNOWN, screen), "as-of-day")
    (time,) = of_class(panel(site, "header", KNOWN, screen), "as-of-time")
    assert (day["children"], time["children"]) == (["2026-03-03"], ["23:59:59"])


def test_a_time_of_day_is_told_with_its_hour(site: Site) -> None:
    told = text_of(panel(site, "header", "#known=2026-03-03T18:00"))
    assert "按 03-03 18:00 所知" in told


def test_the_wall_says_it_without_a_link(site: Site) -> None:
    (mark,) = of_class(panel(site, "header", KNOWN, WALL), "known")
    assert text_of(mark["children"]) == "按 03-03 所知"
    assert "href" not in mark


@every_screen
def test_all_screens_have_the_figures_of_then(site: Site, screen: Screen) -> None:
    for fragment, overdue in (("#list=overdue", 3), ("#list=overdue&known=2026-03-03", 5)):
        key = "urgent" if screen is TABLET else "sheet"
        told = text_of(panel(site, key, fragment, screen))
        assert f"共 {overdue} 件" in told
        assert ("按 03-03 所知" in told) == ("known" in fragment)


@every_screen
def test_every_link_keeps_it_but_those_that_lead_back(site: Site, screen: Screen) -> None:
    panels = ask(screen, site, KNOWN).panels.values()
    found = [link for held in panels if not held.kept for link in links(held.tree)]
    inside = [link for link in found if link.startswith("#")]
    assert len(inside) > 10
    assert {link for link in inside if "known=2026-03-03" not in link} <= {"#grid=A"}


@every_screen
def test_definitions_say_it(site: Site, screen: Screen) -> None:
    assert "记录截至按 03-03 所知" in text_of(panel(site, "sheet", f"{KNOWN}&explain=open", screen))
    assert "记录截至" not in text_of(panel(site, "sheet", "#explain=open", screen))


def test_files_say_it_and_hold_the_cases_of_then(site: Site) -> None:
    client = create_flask(site).test_client()
    now, (_, *rows) = taken(client, "list=overdue")
    then, (_, *old) = taken(client, "list=overdue&known=2026-03-03")
    assert ("记录截至" in now, now["数值"], len(rows)) == (False, "3", 3)
    assert (then["记录截至"], then["数值"], len(old)) == ("按 03-03 所知", "5", 5)
    assert then["截至"].startswith("2026-03-03 23:59:59")
    answer = client.get("/export.csv?list=overdue&known=2026-03-03")
    assert "as-known" in answer.headers["Content-Disposition"]
    (link,) = [
        link
        for link in links(panel(site, "urgent", f"{KNOWN}&list=overdue"))
        if "export.csv" in link
    ]
    assert "known=2026-03-03" in link


@every_screen
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("yesterday", "时刻「yesterday」不成立"),
        ("2026-03-07", "时刻「2026-03-07」不成立"),
        ("2026-03-01", "「2026-03-01」时本库知道什么，已无从得知：记录自 2026-03-02 02:00 起"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_by_name(
    site: Site, screen: Screen, value: str, words: str
) -> None:
    assert words in text_of(ask(screen, site, f"#known={value}").notice)


def test_another_word_for_the_sheet_is_refused(site: Site) -> None:
    assert "records=1" in text_of(ask(TABLET, site, "#records=1").notice)


@every_screen
def test_english_is_whole(site: Site, screen: Screen) -> None:
    for part in ("", "&records=choose"):
        answer = ask(screen, site, f"{KNOWN}&lang=en{part}").panels
        trees = [*of_class(answer["header"].tree, "known-line"), answer["sheet"].tree]
        found = [one for one in texts(trees, frozenset()) if CHINESE.search(one)]
        assert found == []
    refusal = ask(screen, site, "#known=2026-03-01&lang=en").notice
    assert "records begin at 2026-03-02 02:00" in text_of(refusal)


def test_the_command_line_can_ask_it(town, monkeypatch, capsys) -> None:
    monkeypatch.setenv("CASE_DATABASE_URL", town.city.case_url)
    monkeypatch.setenv("POPULATION_DATABASE_URL", town.city.population_url)
    monkeypatch.setenv("AS_OF", "2026-03-06T04:00")
    asked = ["overdue", "--csv"]
    assert main([*asked]) == 0 and "overdue,3" in capsys.readouterr().out
    assert main([*asked, "--known", "2026-03-03"]) == 0
    assert "overdue,5" in capsys.readouterr().out
    assert main([*asked, "--known", "2026-03-01"]) == 2
    assert "records begin at 2026-03-02" in capsys.readouterr().err
    assert main(["open", "--known", "2026-03-03"]) == 0
    assert "as known at 2026-03-03 23:59" in capsys.readouterr().out
