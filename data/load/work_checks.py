"""What the types of a mapping cannot say of its work tables; every slip with its place and the fix."""

from collections.abc import Iterator
from typing import Any

from data.load.mapping import Mapping
from data.load.work_mapping import Cell
from data.load.work_sections import SECTIONS


def work_slips(mapping: Mapping) -> Iterator[str]:
    """Every cell has one source, and every file one section: it has one file of rejected rows."""
    specs = [(name, spec) for name in SECTIONS for spec in getattr(mapping, name)]
    others = [spec.file for spec in (mapping.cases, mapping.population, mapping.entities) if spec]
    files = [*others, *(spec.file for _, spec in specs)]
    for name, spec in specs:
        if files.count(spec.file) > 1:
            yield (
                f"[{name}] file: two tables of the mapping read {spec.file!r}; read it once, with "
                "words or a column that tells its rows apart, or keep a copy under another name."
            )
        if "id" in vars(spec) and not vars(spec)["id"]:
            yield f"[{name}] id: name the columns that a row is known by."
        yield from _cell_slips(spec, name)
    if mapping.cases:
        yield from _cell_slips(mapping.cases, "cases")


def _cell_slips(spec: Any, where: str) -> Iterator[str]:
    for name, cell in vars(spec).items():
        if isinstance(cell, Cell) and (cell.column is None) == (cell.value is None):
            yield f"[{where}] {name}: give either a column, or one value for all rows."
