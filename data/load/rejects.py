"""Bad rows: collected with field and reason while a portion is checked, then set aside in a file."""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from data.load.text_rows import Malformed
from data.load.text_tables import TextTable

HEAD = ["rejected_row", "rejected_field", "rejected_value", "rejected_reason"]
"""Own names, since sources have columns called "reason" and "row" themselves."""
LEFT_OUT = "left out here, since one of its fields is the caller: see that row of the file"


@dataclass
class Faults:
    """What is wrong with the rows of one portion; the index is the row number in the file."""

    frame: pd.DataFrame
    found: list[tuple[pd.Index, str, str]] = field(default_factory=list)

    def add(self, mask: pd.Series, column: str, reason: str) -> None:
        """Rows where the mask holds are bad, because of this column, for this reason."""
        rows = self.frame.index[mask.to_numpy(bool, na_value=False)]
        if len(rows):
            self.found.append((rows, column, reason))

    def is_good(self) -> pd.Series:
        """Whether each row has no fault."""
        bad = {row for rows, _, _ in self.found for row in rows}
        return pd.Series(~self.frame.index.isin(bad), index=self.frame.index)


@dataclass
class Rejects:
    """The file `<name>.rejected.csv` of one input: reason first, then the row as it came.

    It opens in Excel (UTF-8 with BOM) and, once corrected, loads like the original. `veil` makes of
    the rows what may be written of them; of a row whose fields are not known nothing is then told.
    """

    table: TextTable
    folder: Path
    veil: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    count: int = 0

    @property
    def path(self) -> Path:
        """Where the rows are set aside."""
        name = self.table.path.name
        for ending in (".gz", ".csv", ".xlsx", ".xlsm", ".xls", ".ods", ".txt", ".tsv"):
            name = name.removesuffix(ending)
        return self.folder / f"{name}.rejected.csv"

    def take(self, faults: Faults, malformed: list[Malformed]) -> None:
        """Write the bad rows of one portion."""
        frame = faults.frame.loc[~faults.is_good()]
        if self.veil and len(frame):
            frame = self.veil(frame)
        lines: dict[int, list[tuple[str, str, str]]] = {}
        for rows, column, reason in faults.found:
            self.reasons[column, reason] += len(rows)
            values = frame.get(column)
            for row in rows:
                value = "" if values is None else str(values.at[row])
                lines.setdefault(int(row), []).append((column, value, reason))
        written: list[list[str]] = []
        for row, found in sorted(lines.items()):
            told = ["; ".join(dict.fromkeys(part)) for part in zip(*found, strict=True)]
            written.append([str(row), *told, *map(str, frame.loc[row])])
        for bad in malformed:
            reason = f"{bad.reason}; {LEFT_OUT}" if self.veil else bad.reason
            fields = [] if self.veil else bad.fields
            self.reasons["(whole row)", reason] += 1
            written.append([str(bad.row), "", f"{len(bad.fields)} fields", reason, *fields])
        self._write(written)

    def _write(self, rows: list[list[str]]) -> None:
        if not rows:
            return
        fresh = self.count == 0
        self.count += len(rows)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.path.open(
            "w" if fresh else "a",
            encoding="utf-8-sig" if fresh else "utf-8",
            errors="backslashreplace",
            newline="",
        ) as stream:
            writer = csv.writer(stream)
            if fresh:
                writer.writerow([*HEAD, *self.table.columns])
            writer.writerows(rows)

    def finish(self) -> None:
        """Remove what an earlier run left, when nothing is set aside any more."""
        if self.count == 0:
            self.path.unlink(missing_ok=True)
