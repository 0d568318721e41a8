"""成效: what became of the 督办 of a period, by unit: seen, acknowledged, answered, answered in time, moved.

Ratios are given as counts, so that sums over units are right.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from data.linkage.supervision import Supervision
from queries.site import Site
from queries.supervising import moved


@dataclass
class Effect:
    """Counts of one unit, or of all.

    due: those whose answer came or should have come by now; in_time: of them, answered by their limit.
    cases: those that are about a case; moved: of them, with a further step of the case since.
    """

    unit: str
    issued: int = 0
    seen: int = 0
    acknowledged: int = 0
    answered: int = 0
    due: int = 0
    in_time: int = 0
    late: int = 0
    cases: int = 0
    moved: int = 0


def effects(site: Site, held: Iterable[Supervision], now: int) -> tuple[list[Effect], Effect]:
    """(by unit, most issued first; all together)."""
    held = list(held)
    after = moved(site, [_of_case(one) for one in held if one.target.kind == "case"])
    units: dict[str, Effect] = {}
    whole = Effect("")
    for one in held:
        for effect in (units.setdefault(one.target.unit, Effect(one.target.unit)), whole):
            _count(effect, one, now, has_moved=_of_case(one) in after)
    return sorted(units.values(), key=lambda effect: (-effect.issued, effect.unit)), whole


def _of_case(one: Supervision) -> tuple[str, int]:
    return (one.target.code, one.as_of)


def _count(effect: Effect, one: Supervision, now: int, *, has_moved: bool) -> None:
    is_answered = one.answered_at is not None
    # Closed without an answer before its limit: nobody owes one any more.
    is_due = is_answered or (one.limit.due <= now and not _was_withdrawn(one))
    effect.issued += 1
    effect.seen += one.seen_at is not None
    effect.acknowledged += one.acknowledged_at is not None
    effect.answered += is_answered
    effect.due += is_due
    effect.in_time += one.answered_at is not None and one.answered_at <= one.limit.due
    effect.late += one.is_late(now)
    effect.cases += one.target.kind == "case"
    effect.moved += one.target.kind == "case" and has_moved


def _was_withdrawn(one: Supervision) -> bool:
    return one.answered_at is None and one.closed_at is not None and one.closed_at < one.limit.due
