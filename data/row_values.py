"""Evaluates conditions and amounts of counters on rows of `case_derived` without a database.

Null behaves as in SQL where it matters: a comparison with it is not true. Conditions are made of and, or
and comparisons only, so what is not true counts nowhere (data.counters).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BindParameter, Case, ColumnElement, Null, ScalarSelect
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnClause, Grouping

from data.counters import AS_OF, Counter

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
_COUNTED = {
    operators.add: np.add,
    operators.sub: np.subtract,
    operators.mul: np.multiply,
    operators.floordiv: np.floor_divide,
}


class Rows:
    """Rows of `case_derived`, each looked at as of an instant of its own."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._held = {name: _cells(frame[name]) for name in frame.columns}
        self._index: np.ndarray | slice = slice(None)
        self._values: dict[str, float] = {}
        self._at = self._held["valid_from"][0]
        self.case_id = self._held["case_id"][0]
        self.begins, self.ends = self._at, self._held["valid_to"][0]
        self.size = len(frame)

    @classmethod
    def of(
        cls,
        cells: Mapping[str, Cells],
        as_of: int,
        size: int,
        values: Mapping[str, float] | None = None,
    ) -> "Rows":
        """Rows given column by column, all looked at as of one instant; `values` of other parameters."""
        rows = object.__new__(cls)
        rows._held, rows._index, rows.size = dict(cells), slice(None), size
        rows._at, rows._values = np.full(size, as_of, np.int64), dict(values or {})
        return rows

    def at(self, index: np.ndarray, instants: np.ndarray) -> "Rows":
        """Some of the rows, as of these instants."""
        other = object.__new__(Rows)
        other._held, other._index, other._at, other.size = self._held, index, instants, len(index)
        other._values = self._values
        return other

    def turns(self, counters: Sequence[Counter]) -> Iterator[Cells]:
        """For each comparison with AS_OF in their conditions: the instant at which both are equal."""
        for left, right in comparisons(counters):
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
        if operator is operators.between_op:
            low, high = (self.cells(side) for side in right.clauses)
            return np.asarray(
                known & low[1] & high[1] & (low[0] <= values) & (values <= high[0]), bool
            )
        if operator is operators.in_op and isinstance(right, ScalarSelect):
            return known & np.isin(values, self._selected(right))
        if operator in (operators.in_op, operators.not_in_op):
            among = np.isin(values, list(right.value))
            return known & (among if operator is operators.in_op else ~among)
        if operator not in _COMPARED:
            raise TypeError(f"no way to evaluate {expression}")
        others, other_known = self.cells(right)
        return np.asarray(known & other_known & _COMPARED[operator](values, others).astype(bool))

    def _selected(self, chosen: Any) -> np.ndarray:
        """Values of a column of the rows that fulfil a condition: a subquery of the same table."""
        inner: Any = chosen.element
        values, known = self.cells(inner.selected_columns[0])
        return np.asarray(values[known & self.is_true(inner.whereclause)])

    def cells(self, expression: Any) -> Cells:
        """Values of a column, a literal, sums and differences, a CASE; 0 where they are not known."""
        if isinstance(expression, Grouping):
            return self.cells(expression.element)
        if isinstance(expression, BindParameter):
            if expression.key == AS_OF.key:
                return self._at, np.ones(self.size, bool)
            return self._literal(self._values.get(expression.key, expression.value))
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
        kind = object if isinstance(value, str) else float if isinstance(value, float) else np.int64
        return np.full(self.size, value, kind), np.ones(self.size, bool)

    def _case(self, expression: Case[Any]) -> Cells:
        assert expression.else_ is not None
        values, known = self.cells(expression.else_)
        for condition, result in reversed(expression.whens):
            holds, (chosen, chosen_known) = self.is_true(condition), self.cells(result)
            values, known = np.where(holds, chosen, values), np.where(holds, chosen_known, known)
        return values, known


def comparisons(
    counters: Sequence[Counter],
) -> Sequence[tuple[ColumnElement[Any], ColumnElement[Any]]]:
    """Both sides of every comparison with AS_OF in the counters' conditions, each once."""
    found: dict[str, tuple[ColumnElement[Any], ColumnElement[Any]]] = {}
    for counter in counters:
        for element in visitors.iterate(counter.condition):
            if not isinstance(element, BinaryExpression) or element.operator not in _COMPARED:
                continue
            sides = element.left, element.right
            if any(asks_the_clock(side) for side in sides):
                found[" ? ".join(map(_text, sides))] = sides
    return tuple(found.values())


def _text(expression: ColumnElement[Any]) -> str:
    compiled = expression.compile()
    return f"{compiled} {sorted(compiled.params.items())}"


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


def _cells(column: "pd.Series[Any]") -> Cells:
    """Numbers as int64 with 0 where unknown; words as they are."""
    known = column.notna().to_numpy(bool)
    if pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype):
        words = column.to_numpy(object)
        if any(isinstance(word, str) for word in words[known][:1]):
            return words, known
    values = pd.to_numeric(column).to_numpy(np.float64, na_value=0) if not known.all() else column
    return np.asarray(values).astype(np.int64), known
