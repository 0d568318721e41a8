"""What a load did, in words: read, loaded, updated, set aside and why, flagged, noted."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from data.load.rejects import Rejects

COUNTS = {
    "read": "read",
    "loaded": "loaded (new)",
    "updated": "updated",
    "unchanged": "unchanged",
    "continued": "in the database already: an earlier load of this file broke off after them",
    "repeated": "repeated rows (same id, same content; counted once)",
    "removed": "removed (no longer in the file)",
    "renewed": "known cases: their states derived anew, since the working time has changed",
    "renewed_by_rules": "known cases: their states derived anew, since the rules have changed",
}
CALENDAR_ENDED = "calendar_ended"
FLAGS = {
    "default_point": "on a default point: place unknown, kept off the map",
    "crowded_point": "on a suspiciously crowded point: kept off the map until the mapping decides",
    "point_unreadable": "point missing or no longitude and latitude: kept off the map",
    "point_outside": "point lies in no grid",
    "no_grid": "in no grid (未落格)",
    "grid_key_unknown": "grid code that no grid has: passed over",
    "grid_keys_disagree": "grid codes of two levels contradict each other: the first counts",
    "grid_key_differs_from_point": "point lies in another grid than the code says: the code counts",
    "ambiguous_time": "local time that occurred twice when clocks were put back",
    "nonexistent_time": "local time that was skipped when clocks were put forward",
    "deadline_before_report": "target time before the report: kept",
    "deadline_far_away": "target time more than ten years off: kept",
    "deadline_removed_later": "target time or limit gone in this extract: the earlier one stays",
    "deadline_added_later": "target time or limit only in this extract: not taken over",
    "limit_unreadable": "limit that is no number of hours or days: left out",
    CALENDAR_ENDED: "deadline beyond the holiday table: only weekends left out",
    "closing_moved_back": "closing time earlier than in the last extract: the later one stays",
    "step_out_of_order": "step before the report or in the future: its time was dropped",
    "closed_without_time": "closed without a closing time",
    "open_with_closing_time": "open with a closing time",
    "category_missing": "without category: 未分类",
    "number_masked": "telephone or identity number struck out of title or address",
}
"""Every data-quality remark a case can carry in case_record.flags, in words."""


@dataclass
class Part:
    """Counts and remarks of one part of the load; an instance is filled while the part runs."""

    title: str
    counts: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    located: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    set_aside: int = 0
    files: list[Path] = field(default_factory=list)

    def count(self, what: str, number: int) -> None:
        """Add to one of the counts."""
        self.counts[what] += number

    def note(self, text: str) -> None:
        """Add a remark, once."""
        if text not in self.notes:
            self.notes.append(text)

    def take(self, rejects: Rejects) -> None:
        """Close the file of rejected rows and take over what it counted."""
        rejects.finish()
        self.reasons.update(rejects.reasons)
        self.set_aside += rejects.count
        self.files += [rejects.path] if rejects.count else []

    @property
    def good(self) -> int:
        """Rows that are in the database now because of this file or before it."""
        names = ("loaded", "updated", "unchanged", "continued")
        return sum(self.counts[name] for name in names)

    def lines(self) -> list[str]:
        """The summary of this part, ready to print."""
        lines = [self.title]
        lines += [
            _line(self.counts[key], words) for key, words in COUNTS.items() if self.counts[key]
        ]
        where = f" → {', '.join(map(str, self.files))}" if self.files else ""
        if self.counts["read"]:
            lines.append(_line(self.set_aside, f"set aside{where}"))
        lines += [
            _line(n, f"{column}: {why}", 4) for (column, why), n in self.reasons.most_common()
        ]
        if self.located:
            lines.append("  where the cases lie")
            lines += [_line(n, how, 4) for how, n in sorted(self.located.items())]
        if +self.flags:
            lines.append("  loaded, and flagged")
            told = [(n, f"{key}: {FLAGS[key]}") for key, n in self.flags.most_common() if n]
            lines += [_line(n, text, 4) for n, text in told]
        return lines + [f"  note: {note}" for note in self.notes]


def _line(number: int, words: str, indent: int = 0) -> str:
    return f"{' ' * indent}{number:>11,}  {words}"
