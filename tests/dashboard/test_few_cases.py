"""A rate of fewer than 30 cases is told as counts first, wherever it stands (domain.md §4.1)."""

import json
from collections.abc import Iterator

import pytest
from drawn import ask, of_class, only, text_of
from small_town import Case, at, found_town

from dashboard.server import SCREENS
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
CASES = tuple(
    Case(
        f"c{n}",
        f"reported {10 + n}, accepted {11 + n} due 90, closed {40 + n},"
        f" surveyed {50 + n} {'satisfied' if n else 'dissatisfied'}",
        "A1",
        title="路面破损",
    )
    for n in range(5)
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    town = found_town("sqlite", tmp_path_factory.mktemp("few"), "few")
    town.take(CASES, now=100)
    site = town.city.site(at(100))
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


@pytest.mark.parametrize("screen", [TABLET, PHONE], ids=lambda screen: screen.key)
def test_a_line_of_few_cases_begins_with_its_counts(screen, site: Site) -> None:
    tree = ask(only(screen, "quality"), site).panels["quality"].tree
    shown = {
        text_of(of_class(row["children"], "quality-label")): [
            text_of(of_class(row["children"], f"quality-{part}")) for part in ("value", "basis")
        ]
        for row in of_class(tree, "quality-row")
    }
    assert shown["一次办结率"] == ["5 / 5", "100.00%"]
    # Of nothing there is no percentage, and no time that nobody measured.
    assert shown["督办按时答复率"] == ["—", "0 / 0"]
    assert shown["处置工作时中位数"][0] == "—"


def test_the_sentence_of_the_phone_tells_counts_first(site: Site) -> None:
    words = text_of(of_class(ask(only(PHONE, "brief"), site).panels["brief"].tree, "brief-second"))
    assert "满意 4/5（80.0 %，回访 5/5）" in words
    english = text_of(
        of_class(ask(only(PHONE, "brief"), site, "#lang=en").panels["brief"].tree, "brief-second")
    )
    assert "4/5 (80.0 %, surveyed 5/5)" in english


def test_survey_coverage_of_few_cases_is_counts_first(site: Site) -> None:
    words = text_of(of_class(ask(only(TABLET, "rates"), site).panels["rates"].tree, "coverage"))
    assert words.replace(" ", "") == "回访5/5（100.0%）"


@pytest.mark.parametrize("screen", [WALL, TABLET], ids=lambda screen: screen.key)
def test_a_grid_of_few_cases_is_labelled_with_its_counts(screen, site: Site) -> None:
    contents = (
        ask(only(screen, "grids"), site, "#colour=satisfaction&level=1").panels["grids"].contents
    )
    values = json.loads(contents[2])
    told = [(shown, basis) for shown, basis in zip(values["shown"], values["basis"], strict=True)]
    assert ("4 / 5", "80.0 %") in told
    assert all(shown in ("4 / 5", "—") for shown, _ in told)
