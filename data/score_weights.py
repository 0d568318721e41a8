"""Weights of the composite scores by role (domain.md §4.3); a site may set its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from data.errors import InputError

WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "department": {"volume": 10, "closure_rate": 30, "on_time_rate": 30, "first_check": 30},
    "supervisor": {
        "valid_reports": 40,
        "not_missed": 20,
        "verified_in_time": 20,
        "checked_in_time": 20,
    },
    "acceptor": {"volume": 25, "verify_sent_in_time": 40, "check_sent_in_time": 35},
    "shift_lead": {"filed_in_time": 25, "filed_right": 40, "closed_in_time": 35},
    "dispatcher": {"volume": 20, "dispatched_in_time": 40, "dispatched_right": 40},
}
"""In percent, by role and part: 处置部门, 监督员, 受理员, 值班长, 派遣员."""

WHOLE = 100
_DUST = 1e-6


def sum_slips(held: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, str, str]]:
    """Role, what is wrong and the fix, for each role whose weights do not make up a whole."""
    for role, weights in held.items():
        total = sum(weights.values())
        if abs(total - WHOLE) > _DUST:
            wrong = f"the weights add up to {total:g}, not to {WHOLE}"
            yield role, wrong, f"change {', '.join(weights)} so that they do"


def weights_of(held: Any) -> Mapping[str, Mapping[str, float]]:
    """The weights of a setting `scores`, the usual ones for roles it leaves out; raises InputError."""
    told = {} if held is None else held
    if not isinstance(told, Mapping):
        raise InputError(f"scores = {held!r} is no table; write [scores.supervisor] and so on.")
    for role, weights in told.items():
        _check(str(role), weights)
    for role, wrong, fix in sum_slips(told):
        raise InputError(f"scores.{role}: {wrong}; {fix}.")
    return {role: told.get(role, usual) for role, usual in WEIGHTS.items()}


def _check(role: str, weights: Any) -> None:
    if role not in WEIGHTS:
        raise InputError(f"scores.{role} is no role; choose one of {', '.join(WEIGHTS)}.")
    parts = WEIGHTS[role]
    if not isinstance(weights, Mapping) or set(weights) != set(parts):
        raise InputError(
            f"scores.{role} = {weights!r}: give a weight to each of {', '.join(parts)}."
        )
    for part, weight in weights.items():
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not (is_number and 0 <= weight <= WHOLE):
            raise InputError(
                f"scores.{role}.{part} = {weight!r}: write a number from 0 to {WHOLE}."
            )
