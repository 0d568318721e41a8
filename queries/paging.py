"""Turns the pages of a list by the case that a page begins or ends with, not by counting lines.

The database goes on behind that case: the hundredth page costs what the second does, and a case that
joins the list meanwhile neither repeats a line nor swallows one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import desc_op, nulls_first_op, nulls_last_op


@dataclass(frozen=True)
class Turn:
    """The page that follows (`forward`) or precedes the case of this code."""

    code: str
    forward: bool = True


@dataclass(frozen=True)
class Sorted:
    """One part of an order: the value, whether the greatest comes first, and nulls before all else."""

    value: ColumnElement[Any]
    falling: bool
    nulls_first: bool


def parts_of(order: Sequence[ColumnElement[Any]]) -> list[Sorted]:
    """What an ORDER BY is made of. Parts that can be null must say where nulls stand."""
    return [_part(one) for one in order]


def _part(given: ColumnElement[Any]) -> Sorted:
    falling = nulls_first = False
    while isinstance(given, UnaryExpression) and given.modifier is not None:
        falling = falling or given.modifier is desc_op
        nulls_first = nulls_first or given.modifier is nulls_first_op
        given = given.element
    return Sorted(given, falling, nulls_first)


def backwards(order: Sequence[ColumnElement[Any]]) -> list[UnaryExpression[Any]]:
    """The same order from its end."""
    turned = []
    for part, given in zip(parts_of(order), order, strict=True):
        one = part.value.asc() if part.falling else part.value.desc()
        if _names_nulls(given):
            one = one.nulls_last() if part.nulls_first else one.nulls_first()
        turned.append(one)
    return turned


def _names_nulls(given: ColumnElement[Any]) -> bool:
    return isinstance(given, UnaryExpression) and given.modifier in (nulls_first_op, nulls_last_op)


def beyond(
    order: Sequence[ColumnElement[Any]], values: Sequence[Any], *, forward: bool
) -> ColumnElement[bool]:
    """What comes after (or before) the line that has these values in the parts of the order."""
    found: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for part, value in zip(parts_of(order), values, strict=True):
        found.append(and_(*same, _past(part, value, forward)))
        same.append(part.value.is_(None) if value is None else part.value == value)
    return or_(*found)


def _past(part: Sorted, value: Any, forward: bool) -> ColumnElement[bool]:
    nulls_come = part.nulls_first != forward
    if value is None:
        return false() if nulls_come else part.value.is_not(None)
    beyond_it = part.value < value if part.falling == forward else part.value > value
    return or_(beyond_it, part.value.is_(None)) if nulls_come else beyond_it
