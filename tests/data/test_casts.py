"""Who leads which wall: taken, moved, given back, asked for, kept, forced, run out; and what is told of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from accounts_town import Office, grant, office
from conftest import ENGINES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from data.accounts import devices
from data.accounts.refused import ChangeRefused
from data.app_tables import audit
from data.audit.verify import verify
from data.bus.bus import LocalBus
from data.bus.tick import Tick
from data.linkage.casts import Casts
from data.linkage.walls import TOLD_SECONDS, Leader


@dataclass
class Hall:
    """Two walls, three people, and all ticks that were sent."""

    office: Office
    casts: Casts
    walls: tuple[int, int]
    chen: Leader
    zhou: Leader
    lu: Leader
    ticks: list[Tick] = field(default_factory=list)

    def later(self, seconds: int) -> None:
        self.office.hand.at += seconds

    def leader(self, wall: int = 0) -> str:
        found = self.casts.wall(self.walls[wall])
        assert found is not None
        return found.lead.name.removesuffix(" name") if found.lead else ""

    def noted(self) -> list[tuple[str, str]]:
        with self.office.access.engine.connect() as connection:
            rows = connection.execute(select(audit).where(audit.c.what == "cast"))
            return [(row.actor, row.reason) for row in rows]


def hall_of(town: Office) -> Hall:
    walls = []
    for name in ("east", "west"):
        code = devices.ask(town.access).code
        walls.append(devices.approve(town.access, code, name, grant("wall"), "root"))
    bus = LocalBus()
    people = [Leader(town.person(one), one, "tablet") for one in ("chen", "zhou", "lu")]
    hall = Hall(town, Casts(town.access, bus), (walls[0], walls[1]), *people)
    bus.listen(hall.ticks.append)
    return hall


@pytest.fixture(params=ENGINES)
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hall]:
    with office(request.param, tmp_path) as town:
        yield hall_of(town)
        assert verify(town.access.log).problems == []


def test_a_wall_is_taken_moved_and_given_back(hall: Hall) -> None:
    east = hall.walls[0]
    hall.casts.take(east, hall.chen, "grid=A")
    assert hall.leader() == "chen" and hall.leader(1) == ""
    assert hall.casts.move(hall.chen, "grid=A1") == 1
    found = hall.casts.wall(east)
    assert found is not None and found.lead is not None
    assert (found.lead.fragment, found.seq) == ("grid=A1", 2)
    hall.casts.give_back(east, hall.chen)
    assert hall.leader() == ""
    assert hall.noted() == [
        ("chen", "taken grid=A"),
        ("chen", "moved grid=A1"),
        ("chen", "given back"),
    ]
    assert [tick.version for tick in hall.ticks] == [1, 2, 3]
    assert {tick.to for tick in hall.ticks} == {
        (f"device:{east}", f"account:{hall.chen.account_id}")
    }
    assert {tick.object for tick in hall.ticks} == {str(east)}


def test_a_step_that_shows_the_same_again_lengthens_the_lease_and_is_not_noted(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    hall.later(100)
    hall.casts.move(hall.chen, "grid=A")
    hall.later(100)
    assert hall.leader() == "chen"
    assert len(hall.noted()) == 1


def test_a_lease_ends_by_itself_and_its_leader_is_told(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    hall.later(179)
    assert hall.leader() == "chen"
    hall.later(1)
    found = hall.casts.wall(hall.walls[0])
    assert found is not None and found.lead is None
    assert found.told == (hall.chen.account_id, "expired")
    assert hall.noted()[-1] == ("-", "expired")
    hall.later(TOLD_SECONDS)
    found = hall.casts.wall(hall.walls[0])
    assert found is not None and found.told is None
    with pytest.raises(ChangeRefused) as refused:
        hall.casts.renew(hall.walls[0], hall.chen)
    assert refused.value.key == "wall_not_yours"


def test_however_often_it_is_renewed_a_cast_ends_after_an_hour(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    for _ in range(35):
        hall.later(100)
        hall.casts.renew(hall.walls[0], hall.chen)
    hall.later(99)
    assert hall.leader() == "chen"
    hall.later(1)
    assert hall.leader() == ""


def test_a_wall_that_is_led_is_not_taken_by_another(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    with pytest.raises(ChangeRefused) as refused:
        hall.casts.take(hall.walls[0], hall.zhou, "grid=B")
    assert (refused.value.key, refused.value.about) == ("wall_led", "chen name")
    assert hall.casts.move(hall.zhou, "grid=B") == 0
    for forbidden in (hall.casts.renew, hall.casts.give_back, hall.casts.keep):
        with pytest.raises(ChangeRefused):
            forbidden(hall.walls[0], hall.zhou)
    assert hall.leader() == "chen"


def test_who_does_not_answer_hands_the_wall_over(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    hall.casts.ask(hall.walls[0], hall.zhou, "grid=B")
    assert set(hall.ticks[-1].to[1:]) == {
        f"account:{one.account_id}" for one in (hall.chen, hall.zhou)
    }
    with pytest.raises(ChangeRefused) as refused:
        hall.casts.ask(hall.walls[0], hall.lu, "grid=C")
    assert refused.value.key == "wall_asked"
    hall.later(19)
    assert hall.leader() == "chen"
    hall.later(1)
    assert hall.leader() == "zhou"
    found = hall.casts.wall(hall.walls[0])
    assert found is not None and found.lead is not None
    assert found.lead.fragment == "grid=B"
    assert found.told == (hall.chen.account_id, "taken")
    assert hall.noted()[-1] == ("-", "handed over to zhou grid=B")


def test_who_answers_keeps_the_wall_or_hands_it_over_at_once(hall: Hall) -> None:
    wall = hall.walls[0]
    hall.casts.take(wall, hall.chen, "grid=A")
    hall.casts.ask(wall, hall.zhou, "grid=B")
    hall.casts.keep(wall, hall.chen)
    found = hall.casts.wall(wall)
    assert found is not None and found.told == (hall.zhou.account_id, "kept")
    hall.later(60)
    assert hall.leader() == "chen"
    hall.casts.ask(wall, hall.zhou, "grid=B")
    hall.casts.give_back(wall, hall.chen)
    assert hall.leader() == "zhou"


def test_a_lease_that_ends_while_somebody_asks_goes_to_them(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    hall.later(175)
    hall.casts.ask(hall.walls[0], hall.zhou, "grid=B")
    hall.later(5)
    assert hall.leader() == "zhou"


def test_force_takes_at_once(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    hall.casts.ask(hall.walls[0], hall.lu, "grid=C")
    hall.casts.force(hall.walls[0], hall.zhou, "grid=B")
    assert hall.leader() == "zhou"
    hall.later(60)
    assert hall.leader() == "zhou"
    assert hall.noted()[-1] == ("zhou", "taken by force grid=B")


def test_a_phone_does_not_move_what_a_tablet_leads(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    assert hall.casts.move(hall.chen._replace(screen="phone"), "grid=B") == 0
    hall.casts.renew(hall.walls[0], hall.chen._replace(screen="phone"))
    assert hall.casts.move(hall.chen._replace(screen="phone"), "grid=B") == 1


def test_a_wall_that_is_let_in_no_more_is_led_by_nobody(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    devices.revoke(hall.office.access, hall.walls[0], "root")
    assert hall.casts.wall(hall.walls[0]) is None
    with pytest.raises(ChangeRefused) as refused:
        hall.casts.take(hall.walls[0], hall.zhou, "grid=B")
    assert refused.value.key == "wall_gone"
    hall.later(600)
    hall.casts.settle()


def test_another_process_finds_what_was_cast(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=A")
    other = Casts(hall.office.access, LocalBus())
    found = other.wall(hall.walls[0])
    assert found is not None and found.lead is not None and found.lead.fragment == "grid=A"
    other.move(hall.chen, "grid=A1")
    found = hall.casts.wall(hall.walls[0])
    assert found is not None and found.seq == 2


DOINGS = ("take", "ask", "force", "renew", "give_back", "keep", "move")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(DOINGS), st.integers(0, 2), st.integers(0, 120)), max_size=12
    )
)
def test_whatever_happens_a_number_only_grows_and_a_lease_is_never_too_long(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    with office("sqlite", tmp_path_factory.mktemp("hall")) as town:
        hall = hall_of(town)
        rules, wall, last = town.access.rules, hall.walls[0], 0
        for name, who, wait in steps:
            leader = (hall.chen, hall.zhou, hall.lu)[who]
            doing = getattr(hall.casts, name)
            told = {"take": (wall, leader, "x"), "ask": (wall, leader, "y")}
            told |= {"force": (wall, leader, "z"), "move": (leader, "m")}
            try:
                doing(*told.get(name, (wall, leader)))
            except ChangeRefused:
                assert name not in ("force", "move")
            hall.later(wait)
            found = hall.casts.wall(wall)
            assert found is not None and found.seq >= last
            last = found.seq
            if found.lead:
                now = town.hand.at
                assert now < found.lead.ends_at <= now + rules.cast_seconds
                assert found.lead.ends_at <= found.lead.began_at + rules.cast_longest
        versions = [tick.version for tick in hall.ticks]
        assert versions == sorted(set(versions))


def test_of_many_who_reach_for_a_wall_at_once_one_leads_it(hall: Hall) -> None:
    people = [Leader(hall.office.person(f"p{n}"), f"p{n}", "tablet") for n in range(6)]

    def reach(leader: Leader) -> bool:
        try:
            hall.casts.take(hall.walls[0], leader, f"grid={leader.login}")
        except ChangeRefused as refused:
            assert refused.key == "wall_led"
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(reach, people))
    assert got.count(True) == 1
    found = hall.casts.wall(hall.walls[0])
    assert found is not None and found.lead is not None and found.seq == 1
    assert found.lead.fragment == f"grid={people[got.index(True)].login}"


def test_steps_from_two_processes_are_one_row_of_numbers(hall: Hall) -> None:
    hall.casts.take(hall.walls[0], hall.chen, "grid=0")
    other = Casts(hall.office.access, hall.casts.bus)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: (hall.casts, other)[n % 2].move(hall.chen, f"grid={n}"), range(20)))
    assert sorted(tick.version for tick in hall.ticks) == list(range(1, 22))
