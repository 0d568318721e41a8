"""督办 in the app's database: what each step leaves behind, what is refused, and what two do at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from accounts_town import Office, office
from conftest import ENGINES

from data.accounts.refused import ChangeRefused
from data.audit.verify import verify
from data.bus.bus import LocalBus
from data.bus.tick import LONGEST_BYTES, Tick, written
from data.linkage.supervision import Author, Limit, Supervision, Target
from data.linkage.supervisions import STEPS, Supervisions

HOUR = 3600


def target(code: str = "c1") -> Target:
    return Target("case", code, "路面破损", (("area", "A1"), ("patrol", "P")), None, "grid:area/A1")


@dataclass
class Desk:
    office: Office
    held: Supervisions
    yan: Author
    chen: Author
    to: list[str]
    ticks: list[Tick] = field(default_factory=list)

    def issue(self, code: str = "c1", hours: int = 4) -> int:
        limit = Limit("urgent_hour", hours, self.office.hand.at + hours * HOUR)
        return self.held.issue(target(code), "核实", limit, 5, self.yan)

    def found(self, number: int) -> Supervision:
        held = self.held.find(number)
        assert held is not None
        return held


@pytest.fixture(params=ENGINES)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with office(request.param, tmp_path) as town:
        to = ["account:1"]
        held = Supervisions(town.access, LocalBus(), lambda _: to)
        yan, chen = (Author(town.person(one), one) for one in ("yan", "chen"))
        made = Desk(town, held, yan, chen, to)
        held.bus.listen(made.ticks.append)
        yield made
        assert verify(town.access.log).problems == []


def test_a_supervision_is_found_as_it_was_issued(desk: Desk) -> None:
    number = desk.issue()
    held = desk.found(number)
    assert held.target == target()
    assert (held.issuer, held.office, held.words) == ("yan name", "office", "核实")
    assert held.limit == ("urgent_hour", 4, desk.office.hand.at + 4 * HOUR)
    assert (held.as_of, held.waits, held.closed_at) == (5, True, None)
    assert desk.held.open_ones() == [held]
    assert desk.held.issued_since(desk.office.hand.at) == [held]
    assert desk.held.issued_since(desk.office.hand.at + 1) == []


def test_who_answers_at_once_has_seen_and_acknowledged_it(desk: Desk) -> None:
    number = desk.issue()
    desk.office.hand.at += 60
    desk.held.answer(number, "办好", desk.chen)
    held, now = desk.found(number), desk.office.hand.at
    assert (held.seen_at, held.acknowledged_at, held.answered_at) == (now, now, now)
    assert [(step.what, step.name) for step in desk.held.steps(number)] == [
        ("issued", "yan name"),
        ("answered", "chen name"),
    ]
    with pytest.raises(ChangeRefused) as refused:
        desk.held.answer(number, "再办", desk.chen)
    assert refused.value.key == "supervision_answered"


def test_the_first_look_and_the_first_acknowledgement_count(desk: Desk) -> None:
    number = desk.issue()
    first = desk.office.hand.at
    for _ in range(2):
        desk.held.mark_seen(number, desk.chen)
        desk.held.acknowledge(number, desk.yan)
        desk.office.hand.at += 60
    held = desk.found(number)
    assert (held.seen_at, held.acknowledged_at) == (first, first)
    assert len(desk.held.steps(number)) == 3


def test_an_answer_that_is_sent_back_is_owed_again_and_may_be_late(desk: Desk) -> None:
    number = desk.issue(hours=1)
    desk.held.answer(number, "办好", desk.chen)
    desk.office.hand.at += HOUR
    desk.held.settle()
    assert desk.found(number).late_at is None
    desk.held.send_back(number, "没有", desk.yan)
    desk.held.settle()
    assert desk.found(number).late_at == desk.office.hand.at
    assert [step.what for step in desk.held.steps(number)][-2:] == ["sent_back", "escalated"]
    desk.held.settle()
    assert len(desk.held.steps(number)) == 4
    assert {step.what for step in desk.held.steps(number)} <= set(STEPS)


def test_what_is_closed_is_over(desk: Desk) -> None:
    number = desk.issue()
    with pytest.raises(ChangeRefused):
        desk.held.close(number, "", desk.yan)
    with pytest.raises(ChangeRefused):
        desk.held.send_back(number, "没有", desk.yan)
    desk.held.close(number, "误发", desk.yan)
    desk.office.hand.at += 9 * HOUR
    assert desk.held.open_ones() == []
    assert desk.found(number).late_at is None
    for late in (desk.held.mark_seen, desk.held.acknowledge):
        with pytest.raises(ChangeRefused) as refused:
            late(number, desk.chen)
        assert refused.value.key == "supervision_gone"


def test_of_many_who_issue_or_answer_at_once_one_does(desk: Desk) -> None:
    def tried(do: object) -> bool:
        try:
            do()  # type: ignore[operator]
        except ChangeRefused:
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(lambda _: tried(desk.issue), range(5))) == 1
        (held,) = desk.held.open_ones()
        answer = lambda _: tried(lambda: desk.held.answer(held.number, "x", desk.chen))  # noqa: E731
        assert sum(pool.map(answer, range(5))) == 1
        desk.office.hand.at += 5 * HOUR
        desk.issue("c2", 1)
        desk.office.hand.at += 2 * HOUR
        list(pool.map(lambda _: desk.held.settle(), range(5)))
    late = [s for one in desk.held.open_ones() for s in desk.held.steps(one.number) if not s.name]
    assert [step.what for step in late] == ["escalated"]


def test_each_step_has_a_higher_number_and_every_tick_can_be_carried(desk: Desk) -> None:
    desk.to[:] = [f"account:{n}" for n in range(100_000, 100_700)]
    number = desk.issue()
    desk.held.acknowledge(number, desk.chen)
    assert {one for tick in desk.ticks for one in tick.to} == set(desk.to)
    assert all(len(written(tick).encode()) <= LONGEST_BYTES for tick in desk.ticks)
    versions = [tick.version for tick in desk.ticks]
    assert versions == sorted(versions) and len(set(versions)) == 2
