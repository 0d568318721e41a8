"""Evaluates conditions and amounts of counters on rows of `case_derived` without a database.

Null behaves as in SQL where it matters: a comparison with it is not true. Conditions are made of and, or
and comparisons only, so what is not true counts nowhere (data.counters).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BindParameter, Case, ColumnElement, Null, ScalarSelect, Text
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnClause, Grouping

from data.case_tables import case_derived
from data.counters import AS_OF, Counter

Cells = tuple[np.ndarray, np.ndarray]
"""Values of an expression, and where they are known (not null)."""
_WORDS = frozenset(c.name for c in case_derived.columns if isinstance(c.type, Text))
_ALL = np.ones((), bool)
"""Where something is known that is never null."""
_COMPARED = {
    operators.eq: np.equal,
    operators.ne: np.not_equal,
    operators.lt: np.less,
    operators.le: np.less_equal,
    operators.gt: np.greater,
    operators.ge: np.greater_equal,
}
_COUNTED = {
    operators.add: np.add,
    operators.sub: np.subtract,
    operators.mul: np.multiply,
    operators.floordiv: np.floor_divide,
}


class Rows:
    """Rows of `case_derived`, each looked at as of an instant of its own.

    What does not ask the clock is found once for all instants; columns are made ready when first named.
    """

    def __init__(self, frame: pd.DataFrame | Mapping[str, np.ndarray]) -> None:
        self._frame = frame
        self._held: dict[str, Cells] = {}
        self._words: dict[str, np.ndarray] = {}
        self._found: dict[ColumnElement[Any], np.ndarray] = {}
        self._base = self
        self._index: np.ndarray | slice = slice(None)
        self.size = len(frame["case_id"])
        self.case_id = self._column("case_id")[0]
        self.begins, self.ends = self._column("valid_from")[0], self._column("valid_to")[0]
        self._at = self.begins
        self._values: Mapping[str, float] = {}

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Cells],
        size: int,
        as_of: int = 0,
    ) -> "Rows":
        """Rows of any table, given column by column, as of one instant.

        Words are given as they are, numbers as `cells` gives them.
        """
        rows = object.__new__(cls)
        rows._base, rows._index, rows.size = rows, slice(None), size
        rows._words, rows._found, rows._held = {}, {}, {}
        rows._at, rows._values = np.full(size, as_of, np.int64), {}
        for name, held in columns.items():
            rows._held[name] = rows._numbered(name, held[0]) if held[0].dtype == object else held
        return rows

    def at(
        self,
        index: np.ndarray | slice,
        instants: np.ndarray,
        values: Mapping[str, float] | None = None,
    ) -> "Rows":
        """Some of the rows, as of these instants; `values` of the conditions' other parameters."""
        other = object.__new__(Rows)
        other._base, other._index, other._at, other.size = self, index, instants, len(instants)
        other._held, other._found, other._values = {}, {}, values or {}
        return other

    def turns(self, counters: Sequence[Counter]) -> Iterator[Cells]:
        """For each comparison with AS_OF in their conditions: the instant at which both are equal."""
        for difference in comparisons(counters):
            now, known = self._as_of(0).cells(difference)
            then, _ = self._as_of(1).cells(difference)
            slope = then - now
            yield np.where(slope < 0, now, -now), known & (slope != 0)

    def _as_of(self, instant: int) -> "Rows":
        return self.at(slice(None), np.full(self.size, instant, np.int64))

    def is_true(self, expression: Any) -> np.ndarray:
        """Where a condition holds; where it is false or unknown it does not."""
        if isinstance(expression, Grouping):
            return self.is_true(expression.element)
        if isinstance(expression, BooleanClauseList):
            join = np.logical_and if expression.operator is operators.and_ else np.logical_or
            parts = (self.is_true(part) for part in expression.clauses)
            return np.asarray(reduce(join, parts))
        if not isinstance(expression, BinaryExpression):
            raise TypeError(f"no way to evaluate {expression!r} ({type(expression).__name__})")
        if expression not in self._found:
            if self is not self._base and not self._varies(expression):
                found = self._base.is_true(expression)[self._index]
            else:
                found = np.broadcast_to(self._compared(expression), (self.size,))
            self._found[expression] = found
        return self._found[expression]

    def _compared(self, expression: BinaryExpression[Any]) -> np.ndarray:
        operator, left, right = expression.operator, expression.left, expression.right
        if operator in (operators.is_, operators.is_not) and isinstance(right, Null):
            known = self.cells(left)[1]
            return known if operator is operators.is_not else ~known
        values, known = self.cells(left)
        if operator is operators.between_op:
            low, high = (self.cells(side) for side in right.clauses)
            inside = (low[0] <= values) & (values <= high[0])
            return np.asarray(known & low[1] & high[1] & inside)
        if operator is operators.in_op and isinstance(right, ScalarSelect):
            return known & np.isin(values, self._selected(right.element))
        if operator is operators.not_in_op:
            return known & ~self._compared(left.in_(right.value))
        if operator not in (*_COMPARED, operators.in_op):
            raise TypeError(f"no way to evaluate {expression}")
        words = self._base._words.get(left.name) if isinstance(left, ColumnClause) else None
        if operator is operators.in_op:
            wanted = list(right.value)
            if words is None:
                return known & np.isin(values, wanted)
            return known & np.isin(words, wanted)[values]
        if words is not None and isinstance(right, BindParameter):
            return known & _COMPARED[operator](words, np.asarray(right.value, object))[values]
        others, other_known = self.cells(right)
        return np.asarray(known & other_known & _COMPARED[operator](values, others))

    def _varies(self, expression: ColumnElement[Any]) -> bool:
        """Whether it depends on the instant or the parameters that these rows are looked at with."""
        asked = parameters_of(expression)
        return AS_OF.key in asked or not asked.isdisjoint(self._values)

    def _selected(self, chosen: Any) -> np.ndarray:
        """Values of a column of the rows that fulfil a condition: a subquery of the same whole table."""
        if not self.size:
            return np.zeros(0, np.int64)
        instants = np.full(self._base.size, self._at[0], np.int64)
        whole = self._base.at(slice(None), instants, self._values)
        values, known = whole.cells(chosen.selected_columns[0])
        return np.asarray(values[known & whole.is_true(chosen.whereclause)])

    def cells(self, expression: Any) -> Cells:
        """Values of a column, a literal, sums and differences, a CASE; 0 where they are not known.

        Of words: their numbers among those of the column. A literal is one value for all rows.
        """
        if isinstance(expression, Grouping):
            return self.cells(expression.element)
        if isinstance(expression, BindParameter):
            if expression.key == AS_OF.key:
                return self._at, _ALL
            return np.asarray(self._values.get(expression.key, expression.value)), _ALL
        if isinstance(expression, ColumnClause) and expression.is_literal:
            return np.asarray(int(expression.name)), _ALL
        if isinstance(expression, ColumnClause):
            return self._column(expression.name)
        if isinstance(expression, Case):
            return self._case(expression)
        if isinstance(expression, BinaryExpression) and expression.operator in _COUNTED:
            left, right = self.cells(expression.left), self.cells(expression.right)
            known = left[1] & right[1]
            return np.where(known, _COUNTED[expression.operator](left[0], right[0]), 0), known
        raise TypeError(f"no way to evaluate {expression!r} ({type(expression).__name__})")

    def _column(self, name: str) -> Cells:
        if name not in self._held:
            if self is self._base:
                self._held[name] = self._made_ready(name)
            else:
                values, known = self._base._column(name)
                self._held[name] = (
                    values[self._index],
                    known if known is _ALL else known[self._index],
                )
        return self._held[name]

    def _made_ready(self, name: str) -> Cells:
        """Numbers as int64 with 0 where unknown; words as their numbers."""
        column = self._frame[name]
        if name in _WORDS:
            words = (
                column if isinstance(column, np.ndarray) else column.to_numpy(object, na_value=None)
            )
            return self._numbered(name, words)
        if isinstance(column, np.ndarray):
            return _whole(column)
        column = pd.to_numeric(column)
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
            return column.to_numpy(np.int64), _ALL
        if column.dtype.kind in "iub":
            values = column.to_numpy(na_value=0)
            known = column.notna().to_numpy(bool)
            return values.astype(np.int64), _ALL if known.all() else known
        return _whole(column.to_numpy(np.float64, na_value=np.nan))

    def _numbered(self, name: str, values: np.ndarray) -> Cells:
        """The number of each word among those of the column."""
        codes, words = pd.factorize(values)
        # Unknown ones have a number too, since there may be no word at all.
        self._words[name] = np.append(words.astype(object), "")
        return np.where(codes < 0, len(words), codes), codes >= 0

    def _case(self, expression: Case[Any]) -> Cells:
        assert expression.else_ is not None
        values, known = self.cells(expression.else_)
        for condition, result in reversed(expression.whens):
            holds, (chosen, chosen_known) = self.is_true(condition), self.cells(result)
            values, known = np.where(holds, chosen, values), np.where(holds, chosen_known, known)
        return values, known


def _whole(values: np.ndarray) -> Cells:
    """Whole numbers, of which those that are missing are given as NaN."""
    if values.dtype.kind in "iub":
        return values.astype(np.int64, copy=False), _ALL
    known = ~np.isnan(values)
    if known.all():
        return values.astype(np.int64), _ALL
    return np.where(known, values, 0).astype(np.int64), known


@cache
def parameters_of(expression: ColumnElement[Any]) -> frozenset[str]:
    """Names of the parameters of a condition; conditions are made once and live as long as the program."""
    found = visitors.iterate(expression)
    return frozenset(element.key for element in found if isinstance(element, BindParameter))


@cache
def _comparisons(counter: Counter) -> tuple[tuple[str, ColumnElement[Any]], ...]:
    """What each comparison with AS_OF in a counter's condition is about, as words and as a difference."""
    found = []
    for element in visitors.iterate(counter.condition):
        if not isinstance(element, BinaryExpression) or element.operator not in _COMPARED:
            continue
        sides = element.left, element.right
        if any(asks_the_clock(side) for side in sides):
            found.append((" ? ".join(map(_text, sides)), element.left - element.right))
    return tuple(found)


def comparisons(counters: Sequence[Counter]) -> Iterable[ColumnElement[Any]]:
    """Left less right of every comparison with AS_OF in the counters' conditions, each once."""
    found: dict[str, ColumnElement[Any]] = {}
    for counter in counters:
        found |= _comparisons(counter)
    return found.values()


def _text(expression: ColumnElement[Any]) -> str:
    compiled = expression.compile()
    return f"{compiled} {sorted(compiled.params.items())}"


@cache
def asks_the_clock(expression: ColumnElement[Any]) -> bool:
    """Whether an expression depends on the instant that is asked for."""
    return any(
        isinstance(element, BindParameter) and element.key == AS_OF.key
        for element in visitors.iterate(expression)
    )


def columns_of(expression: ColumnElement[Any]) -> set[str]:
    """Names of the columns that an expression looks at."""
    return {
        element.name
        for element in visitors.iterate(expression)
        if isinstance(element, ColumnClause) and not element.is_literal
    }
