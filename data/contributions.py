"""What each case adds to every counter, and when that changes: counters evaluated without a database.

A case's versions (case_derived) and the instants that conditions compare with AS_OF cut its history
into stretches in which nothing counted changes. A *step* is the change from one stretch to the next:
so the sum of all steps up to T is every counter as it stood at T, for any T (scale.md §4, §9).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BindParameter, Case, ColumnElement, Null
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnClause, Grouping

from data.case_tables import case_derived
from data.counters import AS_OF, CLOCK_DAY, COUNTERS, Clock, Counter

CLOCKS: tuple[Clock, ...] = ("reported", "accepted", "due", "closed", "supervised", "stock")
NO_DAY = 0
"""The cohort day of a stock, which has none."""

Cells = tuple[np.ndarray, np.ndarray]
"""Values of an expression, and where they are known (not null)."""
_COMPARED = {
    operators.eq: np.equal,
    operators.ne: np.not_equal,
    operators.lt: np.less,
    operators.le: np.less_equal,
    operators.gt: np.greater,
    operators.ge: np.greater_equal,
}
_COUNTED = {operators.add: np.add, operators.sub: np.subtract, operators.mul: np.multiply}


def is_kept(counter: Counter) -> bool:
    """Whether a counter can be added up beforehand: not one whose amount grows with the clock."""
    return counter.times is None or not _asks_the_clock(counter.times)


def kept_counters(clock: Clock) -> tuple[Counter, ...]:
    """The counters of a clock that are added up beforehand, in the order of the catalogue."""
    return tuple(c for c in COUNTERS if c.clock == clock and is_kept(c))


@dataclass(frozen=True)
class Steps:
    """Changes of a clock's kept counters, sorted by case and instant; arrays of one entry per change.

    `row` is the row of the given versions that the case is at, `day` the cohort day (NO_DAY for a
    stock), `amounts` one column per kept counter.
    """

    row: np.ndarray
    at: np.ndarray
    day: np.ndarray
    amounts: np.ndarray


def steps(rows: pd.DataFrame, clock: Clock) -> Steps:
    """The steps of cases given with all their rows of `case_derived`, sorted by case_id, valid_from."""
    held = Rows(rows)
    index, at = _stretches(held, clock)
    part = held.at(index, at)
    counters = kept_counters(clock)
    is_cohort, day = _cohort(part, clock)
    amounts = np.zeros((len(index), len(counters)), np.int64)
    for number, counter in enumerate(counters):
        counts = part.is_true(counter.condition) & is_cohort
        amounts[counts, number] = (
            1 if counter.times is None else part.cells(counter.times)[0][counts]
        )
    case = held.case_id[index]
    fresh = np.r_[True, case[1:] != case[:-1]] if len(case) else np.zeros(0, bool)
    return _differences(index, at, day, amounts, fresh)


def _differences(
    index: np.ndarray, at: np.ndarray, day: np.ndarray, amounts: np.ndarray, fresh: np.ndarray
) -> Steps:
    """What each stretch takes back of the one before it, and what it adds."""
    before = np.zeros_like(amounts)
    before[1:] = amounts[:-1]
    before[fresh] = 0
    day_before = np.r_[NO_DAY, day[:-1]] if len(day) else day
    same_day = ~fresh & (day == day_before)
    # Within one cohort day the change is one row; between two days one is taken back, one is added.
    added = np.where(same_day[:, None], amounts - before, amounts)
    taken = np.where(same_day[:, None], 0, -before)
    gives, takes = added.any(axis=1), taken.any(axis=1)
    parts = (
        np.r_[index[takes], index[gives]],
        np.r_[at[takes], at[gives]],
        np.r_[day_before[takes], day[gives]],
        np.r_[taken[takes], added[gives]],
    )
    order = np.lexsort((parts[1], parts[0]))
    return Steps(*(part[order] for part in parts))


def _cohort(part: "Rows", clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Whether each row belongs to a cohort of the clock at all, and to that of which day."""
    if clock == "stock":
        return part.is_true(case_derived.c.is_open == 1), np.full(part.size, NO_DAY, np.int64)
    day, known = part.cells(CLOCK_DAY[clock])
    return known, np.where(known, day, NO_DAY)


def _stretches(held: "Rows", clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Row number and first instant of every stretch in which the clock's counters stand still."""
    rows, instants = [np.arange(held.size)], [held.begins]
    for turn, known in held.turns(clock):
        # `<` turns one second after `<=` does: both are looked at, a change of nothing is dropped.
        for at in (turn, turn + 1):
            inside = known & (at > held.begins) & (at < held.ends)
            rows.append(np.flatnonzero(inside))
            instants.append(at[inside])
    row, at = np.concatenate(rows), np.concatenate(instants)
    order = np.lexsort((at, row))
    row, at = row[order], at[order]
    fresh = np.r_[True, (row[1:] != row[:-1]) | (at[1:] != at[:-1])] if len(row) else row == row
    return row[fresh], at[fresh]


class Rows:
    """Rows of `case_derived`, each looked at as of an instant of its own."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._held = {name: _cells(frame[name]) for name in frame.columns}
        self._index: np.ndarray | slice = slice(None)
        self._at = self._held["valid_from"][0]
        self.case_id = self._held["case_id"][0]
        self.begins, self.ends = self._at, self._held["valid_to"][0]
        self.size = len(frame)

    def at(self, index: np.ndarray, instants: np.ndarray) -> "Rows":
        """Some of the rows, as of these instants."""
        other = object.__new__(Rows)
        other._held, other._index, other._at, other.size = self._held, index, instants, len(index)
        return other

    def turns(self, clock: Clock) -> Iterator[Cells]:
        """For each comparison with AS_OF in the clock's counters: the instant at which both are equal."""
        for left, right in comparisons(clock):
            difference = left - right
            now, known = self._as_of(0).cells(difference)
            then, _ = self._as_of(1).cells(difference)
            slope = then - now
            yield np.where(slope < 0, now, -now), known & (slope != 0)

    def _as_of(self, instant: int) -> "Rows":
        return self.at(np.arange(self.size), np.full(self.size, instant, np.int64))

    def is_true(self, expression: Any) -> np.ndarray:
        """Where a condition holds; where it is false or unknown it does not."""
        if isinstance(expression, Grouping):
            return self.is_true(expression.element)
        if isinstance(expression, BooleanClauseList):
            parts = [self.is_true(part) for part in expression.clauses]
            join = np.logical_and if expression.operator is operators.and_ else np.logical_or
            return np.asarray(join.reduce(parts))
        if not isinstance(expression, BinaryExpression):
            raise TypeError(f"no way to evaluate {expression!r} ({type(expression).__name__})")
        return self._compared(expression)

    def _compared(self, expression: BinaryExpression[Any]) -> np.ndarray:
        operator, right = expression.operator, expression.right
        values, known = self.cells(expression.left)
        if operator in (operators.is_, operators.is_not) and isinstance(right, Null):
            return known if operator is operators.is_not else ~known
        if operator is operators.in_op:
            return known & np.isin(values, list(right.value))
        if operator not in _COMPARED:
            raise TypeError(f"no way to evaluate {expression}")
        others, other_known = self.cells(right)
        return np.asarray(known & other_known & _COMPARED[operator](values, others).astype(bool))

    def cells(self, expression: Any) -> Cells:
        """Values of a column, a literal, sums and differences, a CASE; 0 where they are not known."""
        if isinstance(expression, Grouping):
            return self.cells(expression.element)
        if isinstance(expression, BindParameter):
            if expression.key == AS_OF.key:
                return self._at, np.ones(self.size, bool)
            return self._literal(expression.value)
        if isinstance(expression, ColumnClause) and expression.is_literal:
            return self._literal(int(expression.name))
        if isinstance(expression, ColumnClause):
            values, known = self._held[expression.name]
            return values[self._index], known[self._index]
        if isinstance(expression, Case):
            return self._case(expression)
        if isinstance(expression, BinaryExpression) and expression.operator in _COUNTED:
            left, right = self.cells(expression.left), self.cells(expression.right)
            known = left[1] & right[1]
            return np.where(known, _COUNTED[expression.operator](left[0], right[0]), 0), known
        raise TypeError(f"no way to evaluate {expression!r} ({type(expression).__name__})")

    def _literal(self, value: Any) -> Cells:
        kind = object if isinstance(value, str) else np.int64
        return np.full(self.size, value, kind), np.ones(self.size, bool)

    def _case(self, expression: Case[Any]) -> Cells:
        assert expression.else_ is not None
        values, known = self.cells(expression.else_)
        for condition, result in reversed(expression.whens):
            holds, (chosen, chosen_known) = self.is_true(condition), self.cells(result)
            values, known = np.where(holds, chosen, values), np.where(holds, chosen_known, known)
        return values, known


def comparisons(clock: Clock) -> Sequence[tuple[ColumnElement[Any], ColumnElement[Any]]]:
    """Both sides of every comparison with AS_OF in the conditions of a clock, each once."""
    found: dict[str, tuple[ColumnElement[Any], ColumnElement[Any]]] = {}
    for counter in kept_counters(clock):
        for element in visitors.iterate(counter.condition):
            if not isinstance(element, BinaryExpression) or element.operator not in _COMPARED:
                continue
            sides = element.left, element.right
            if any(_asks_the_clock(side) for side in sides):
                found[" ? ".join(map(_text, sides))] = sides
    return tuple(found.values())


def _text(expression: ColumnElement[Any]) -> str:
    compiled = expression.compile()
    return f"{compiled} {sorted(compiled.params.items())}"


def _asks_the_clock(expression: ColumnElement[Any]) -> bool:
    return any(
        isinstance(element, BindParameter) and element.key == AS_OF.key
        for element in visitors.iterate(expression)
    )


def needed_columns() -> tuple[str, ...]:
    """The columns of `case_derived` that the kept counters look at, and those that identify a row."""
    names = {"case_id", "valid_from", "valid_to", "is_open"}
    names |= {column.name for column in CLOCK_DAY.values()}
    for clock in CLOCKS:
        for counter in kept_counters(clock):
            for part in (counter.condition, counter.times):
                names |= set() if part is None else _columns(part)
    return tuple(column.name for column in case_derived.columns if column.name in names)


def _columns(expression: ColumnElement[Any]) -> set[str]:
    return {
        element.name
        for element in visitors.iterate(expression)
        if isinstance(element, ColumnClause) and not element.is_literal
    }


def _cells(column: "pd.Series[Any]") -> Cells:
    """Numbers as int64 with 0 where unknown; words as they are."""
    known = column.notna().to_numpy(bool)
    if pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype):
        words = column.to_numpy(object)
        if any(isinstance(word, str) for word in words[known][:1]):
            return words, known
    values = pd.to_numeric(column).to_numpy(np.float64, na_value=0) if not known.all() else column
    return np.asarray(values).astype(np.int64), known


def sums_at(rows: pd.DataFrame, as_of: int) -> Mapping[Clock, np.ndarray]:
    """Every kept counter of every clock over all cohort days as of an instant, added up from the steps."""
    found: dict[Clock, np.ndarray] = {}
    for clock in CLOCKS:
        held = steps(rows, clock)
        found[clock] = held.amounts[held.at <= as_of].sum(axis=0)
    return found
