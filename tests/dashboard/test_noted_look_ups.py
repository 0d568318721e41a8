"""Who looks up whom is in the audit log: the record or the conditions, never what was typed; and how often."""

from typing import Any

import pytest
from accounts_town import Office, grant, with_rules
from chiefs_fixtures import ask, in_station, rows, signed_in, station
from sqlalchemy import select

from dashboard.noted_views import NotedViews, TooOften
from dashboard.panel import Question
from data.app_tables import audit
from queries.site import Site
from queries.visitor import Visitor

pytest_plugins = ["chiefs_fixtures"]

NAME = "欧阳震华"
KINDS = ("person_view", "search", "list_view")


def test_a_person_and_a_house_that_are_looked_at(
    city_place: tuple[Office, Any], city_town: Office, city_site: Site
) -> None:
    one, tab, before = (
        in_station(city_site, 0),
        signed_in(city_place, "chief"),
        len(rows(city_town, *KINDS)),
    )
    for _ in range(3):
        assert ask(tab, f"#people=person:{one.person_id}").status_code == 200
        city_town.hand.at += 15
    ask(tab, f"#people=house:{one.house_id}")
    assert rows(city_town, *KINDS)[before:] == [
        ("person_view", "chief", f"tablet person/{one.person_id}", "done"),
        ("person_view", "chief", f"tablet house/{one.house_id}", "done"),
    ]
    with city_town.access.engine.connect() as connection:
        row = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).one()
    assert "station_chief" in row.scope


@pytest.mark.parametrize(
    ("login", "position"), [("neighbour", 0), ("chief", 1), ("head", 0), ("inspector", 0)]
)
def test_outside_ones_own_area_it_is_noted_as_refused(
    city_place: tuple[Office, Any], city_town: Office, city_site: Site, login: str, position: int
) -> None:
    one, tab, before = (
        in_station(city_site, position),
        signed_in(city_place, login),
        len(rows(city_town, *KINDS)),
    )
    answer = ask(tab, f"#people=person:{one.person_id}")
    assert one.name not in answer.text
    noted = [row for row in rows(city_town, *KINDS)[before:] if row[0] == "person_view"]
    assert noted == [("person_view", login, f"tablet person/{one.person_id}", "refused")]


def test_a_search_is_noted_without_what_was_typed(
    city_place: tuple[Office, Any], city_town: Office
) -> None:
    tab, before = signed_in(city_place, "chief"), len(rows(city_town, *KINDS))
    ask(tab, "#people=find")
    ask(tab, "#people=find", NAME)
    ask(tab, "#people=find", NAME)  # the page's timer
    ask(tab, "#people=find", "13800138000")
    ask(tab, "#people=list:old60.alone", NAME)
    ask(tab, "#people=list:old60.alone")
    ask(tab, "#people=list:old60@17")
    assert [row[2] for row in rows(city_town, *KINDS)[before:]] == [
        "tablet find typed",
        "tablet find typed",
        "tablet list old60.alone typed",
        "tablet list old60.alone",
        "tablet list old60 after person/17",
    ]
    with city_town.access.engine.connect() as connection:
        told = str(connection.execute(select(audit)).all())
    assert NAME not in told and "13800138000" not in told


@pytest.mark.parametrize(
    "fragment", ["#people=nobody:1", "#people=person:1&case=x", "#people=person:1&about=y", "#"]
)
def test_what_looks_nobody_up_is_not_noted(
    city_place: tuple[Office, Any], city_town: Office, fragment: str
) -> None:
    tab, before = signed_in(city_place, "chief"), len(rows(city_town, *KINDS))
    ask(tab, fragment)
    assert rows(city_town, *KINDS)[before:] == []


def test_who_looks_up_too_much_is_told_to_wait(city_town: Office, city_site: Site) -> None:
    noted = NotedViews(with_rules(city_town, look_ups_per_minute=3).access, city_site)
    who = visitor(city_town, city_site)

    def look(fragment: str, typed: str = "") -> None:
        noted.note(Question("tablet", fragment, "", who, typed))

    for number in range(3):
        look(f"#people=person:{number}")
    for _ in range(5):
        look("#people=person:2")  # the same card, asked for by the page's timer
        with pytest.raises(TooOften):
            look("#people=person:9")
        with pytest.raises(TooOften):
            look("#people=find", NAME)
    look("#list=open")
    assert [row for row in rows(city_town, "search") if row[3] == "refused"] == [
        ("search", "chief", "", "refused")
    ]


def visitor(city_town: Office, city_site: Site) -> Visitor:
    tree = city_site.tree()
    assert tree is not None
    held = grant("station_chief", tree=tree.code, grid=station(city_site, 0))
    return Visitor(1, "chief", "", "", (held,), city_town.hand.at)


def test_the_answer_says_so_in_words(
    city_place: tuple[Office, Any], city_town: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = signed_in(city_place, "chief")

    def never(*_: Any) -> bool:
        return False

    monkeypatch.setattr("data.accounts.tries.Tries.allows", never)
    for typed in ("", NAME):
        answer = ask(tab, "#people=list:old60", typed)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        assert answer.text == "查询过于频繁，请一分钟后再试。"
    assert ask(tab, "#people=list:old80&lang=en").text.startswith("Too many look-ups")


def test_what_cannot_be_noted_is_not_shown(
    city_place: tuple[Office, Any],
    city_town: Office,
    city_site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted, who = NotedViews(city_town.access, city_site), visitor(city_town, city_site)

    def broken(*_: Any) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(type(city_town.access.log), "note", broken)
        for _ in range(2):
            with pytest.raises(OSError, match="no room"):
                noted.note(Question("tablet", "#people=person:3", "", who))
    before = len(rows(city_town, *KINDS))
    noted.note(Question("tablet", "#people=person:3", "", who))
    assert len(rows(city_town, *KINDS)) == before + 1
