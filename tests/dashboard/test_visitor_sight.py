"""What was drawn for one visitor is shown to another only when both may see the same."""

from collections.abc import Iterator

import pytest
from accounts_town import START, grant
from dash import html
from guarded import ground

from dashboard.panel import Panel, Screen, refresh
from data.accounts.grants import Grant
from queries.site import Site
from queries.visitor import Visitor


def visitor(number: int, held: Grant) -> Visitor:
    return Visitor(number, f"person{number}", "", "", (held,), START)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ground(tmp_path_factory.mktemp("sight")) as opened:
        yield opened


def test_a_kept_drawing_is_never_shown_to_other_eyes(site: Site) -> None:
    drawn_for: list[str] = []

    def draw(ask: object) -> html.P:
        login = ask.visitor.login if ask.visitor else "-"  # type: ignore[attr-defined]
        drawn_for.append(login)
        return html.P(login)

    screen = Screen("tablet", (Panel("today", draw),), 5, (), (), ())

    def shown_to(one: Visitor | None) -> str:
        return str(refresh(screen, site, '{"hash": ""}', "{}", one))

    here, there = grant("leader", tree="area", grid="A"), grant("leader", tree="area", grid="B")
    assert "person1" in shown_to(visitor(1, here))
    # The same right to the same place: drawn once.
    assert "person1" in shown_to(visitor(2, here))
    assert "person3" in shown_to(visitor(3, there))
    assert "person4" in shown_to(visitor(4, grant("discipline", tree="area", grid="A")))
    shown_to(None)
    # Own tasks are of one person.
    own = grant("department", department="works")
    assert "person5" in shown_to(visitor(5, own))
    assert "person6" in shown_to(visitor(6, own))
    # A right that has ended is no right to what was drawn by it.
    assert "person" not in shown_to(visitor(7, here._replace(valid_to=START)))
    assert drawn_for == ["person1", "person3", "person4", "-", "person5", "person6"]
