"""A server's clock that jumps forth and back: no lease lives for ever, nothing is carried out or posted twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts_town import Office, grant, office
from conftest import ENGINES
from sqlalchemy import func, select

from data.accounts import devices
from data.app_tables import robot_post, supervision_step
from data.bus.bus import LocalBus
from data.bus.tick import Tick
from data.linkage.casts import CLOCKS_APART, Casts
from data.linkage.outbox import deliver
from data.linkage.robots import Robot, Robots, Sending
from data.linkage.supervision import Author, Limit, Target
from data.linkage.supervisions import Supervisions
from data.linkage.walls import Leader

DAY = 86_400
CASE = Target("case", "c1", "路面破损", (("area", "A1"),), "works", "department:works")


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(request.param, tmp_path) as opened:
        yield opened


def led(town: Office) -> tuple[Casts, int, Leader, Leader]:
    code = devices.ask(town.access).code
    wall = devices.approve(town.access, code, "east", grant("wall"), "root")
    chen, zhou = (Leader(town.person(one), one, "tablet") for one in ("chen", "zhou"))
    casts = Casts(town.access, LocalBus())
    casts.take(wall, chen, "grid=A")
    return casts, wall, chen, zhou


def test_a_lease_lasts_no_longer_when_the_clock_is_put_back(town: Office) -> None:
    casts, wall, *_ = led(town)
    before = casts.wall(wall)
    town.hand.at -= DAY
    found = casts.wall(wall)
    assert found and before and found.lead and before.lead
    assert found.lead.ends_at == town.hand.at + town.access.rules.cast_seconds
    assert (found.lead.name, found.lead.fragment) == (before.lead.name, before.lead.fragment)
    assert found.seq == before.seq + 1
    again = casts.wall(wall)
    assert again and again.seq == found.seq, "it is shortened once"
    town.hand.at += town.access.rules.cast_seconds
    ended = casts.wall(wall)
    assert ended and ended.lead is None


def test_clocks_that_differ_a_little_change_no_lease(town: Office) -> None:
    casts, wall, *_ = led(town)
    town.hand.at -= CLOCKS_APART
    found = casts.wall(wall)
    assert found and found.seq == 1


def test_who_asked_for_a_wall_waits_no_longer_for_it(town: Office) -> None:
    casts, wall, _, zhou = led(town)
    casts.ask(wall, zhou, "grid=B")
    town.hand.at -= DAY
    casts.settle()
    town.hand.at += town.access.rules.ask_seconds
    found = casts.wall(wall)
    assert found and found.lead and found.lead.account_id == zhou.account_id


def test_what_became_of_a_wall_is_told_for_a_short_time_only(town: Office) -> None:
    casts, wall, *_ = led(town)
    town.hand.at += DAY
    told = casts.wall(wall)
    assert told and told.told and told.told.what == "expired" and told.lead is None
    town.hand.at -= 2 * DAY
    later = casts.wall(wall)
    assert later and later.told is None and later.lead is None


def test_what_became_late_is_escalated_once_and_posted_once(town: Office, tmp_path: Path) -> None:
    robots = Robots(
        (Robot("a", "plain", "https://robot.test", "", ("escalated",)),), tmp_path / "dead"
    )
    bus, ticks = LocalBus(), list[Tick]()
    bus.listen(ticks.append)
    held = Supervisions(town.access, bus, robots=robots)
    limit = Limit("natural_day", 1, town.hand.at + DAY)
    number = held.issue(CASE, "请核实", limit, 0, Author(town.person("yan"), "yan"))
    sent = list[Sending]()

    def send(sending: Sending) -> tuple[int, str]:
        sent.append(sending)
        return 200, ""

    for jump in (2 * DAY, -2 * DAY, DAY + 1, -DAY, 3 * DAY):
        town.hand.at += jump
        for _ in range(2):
            held.settle()
            deliver(town.access, robots, send)
    late = (supervision_step.c.what == "escalated") & (supervision_step.c.supervision_id == number)
    with town.access.engine.connect() as connection:
        count = select(func.count()).select_from(supervision_step).where(late)
        assert connection.execute(count).scalar_one() == 1
    assert (len(sent), len(ticks)) == (1, 2)
    found = held.find(number)
    assert found and found.is_late(town.hand.at)


def test_a_post_put_off_before_the_clock_went_back_is_not_put_off_for_a_day(
    town: Office, tmp_path: Path
) -> None:
    robots = Robots((Robot("a", "plain", "https://robot.test", ""),), tmp_path / "dead")
    held = Supervisions(town.access, LocalBus(), robots=robots)
    limit = Limit("natural_day", 9, town.hand.at + 9 * DAY)
    held.issue(CASE, "请核实", limit, 0, Author(town.person("yan"), "yan"))
    town.hand.at -= DAY
    assert deliver(town.access, robots, lambda _: (200, "")) == 1
    with town.access.engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(robot_post)).scalar_one()
    assert rows == 0
