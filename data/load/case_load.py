"""Loads case files: portion by portion through the checks, the locating and `data.ingest`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection
from tqdm import tqdm

from data.ingest import CaseBatch, First, ingest
from data.load import first_load
from data.load.callers import Callers
from data.load.case_events import first_events, follow_up, stored_events
from data.load.case_leads import led, read_particulars
from data.load.case_limits import LimitClock
from data.load.case_paths import fill_paths
from data.load.case_rows import Rows, check
from data.load.file_scan import PointColumns, Scan, scan
from data.load.locate import Locator, read_locator
from data.load.lookups import Lookups
from data.load.mapping import Cases, Locate, Mapping
from data.load.rejects import Rejects
from data.load.summary import CALENDAR_ENDED, Part
from data.load.tally import Tally
from data.load.text_rows import Malformed
from data.load.text_tables import TextTable
from data.load.vocabulary import Vocabularies, read_names
from data.load.work_fields import Reading
from data.past_states import PastStates
from data.pulse import note_pulse
from data.rules import read_calendar_of
from data.tiles.writer import TileWriter
from data.versions import bump, stamp

RECORD = [
    *("code", "kind", "source_id", "category_id", "department_id", "title", "road"),
    *("address_masked", "lon", "lat", "location", "anonymous", "self_handled", "is_test", "flags"),
]
IF_MAPPED = ["caller_key", "importance", "urgency", "access_item_id", "cross_type"]
"""Only where the mapping names them: what an earlier load put there then stays."""
SURVEY = ["code", "cycle_no", "surveyed_at", "channel", "reached", "solved", "satisfaction"]
DOUBTFUL_SHARE = 0.2
"""More points than this outside the grid of their key: coordinates or mapping are to be doubted."""


class CaseLoad:
    """One load of cases; `commit` is called after each portion."""

    def __init__(
        self,
        connection: Connection,
        mapping: Mapping,
        now: int,
        commit: Callable[[], None],
        callers: Callers | None = None,
        *,
        dry_run: bool = False,
    ) -> None:
        assert mapping.cases is not None
        self.connection = connection
        self.mapping = mapping
        self.cases: Cases = mapping.cases
        self.now = now
        self.commit = commit
        self.callers = callers
        self.dry_run = dry_run
        self.first: First | None = None
        self.is_live = False
        self.zone = self.cases.time.zone or mapping.site.zone
        self.part = Part("cases")
        self.tally = Tally()
        self.locators: list[tuple[Locate, list[str], Locator]] = [
            (plan, _levels(mapping, plan.hierarchy), read_locator(connection, plan.hierarchy))
            for plan in self.cases.locate
        ]
        zone = mapping.site.zone
        self.clock = LimitClock(zone, read_calendar_of(connection, zone))
        names = read_names(self.cases.category, mapping.folder)
        self.words = Vocabularies(self.cases.source, self.cases.department, names)
        lookups = Lookups(connection, mapping.site.key, mapping.default_hierarchy().code)
        self.reading = Reading("[cases]", self.cases.time, "%Y-%m-%d", self.zone, (), lookups)

    def run(self, tables: list[TextTable], rejects: Path) -> Part:
        """Load every file, in their order; a later file is a later extract."""
        self.words.write_named(self.connection)
        for table in tables:
            self._file(table, rejects)
        if self.words.changed:
            bump(self.connection, "cases", self.now)
        self._tell()
        return self.part

    def _file(self, table: TextTable, folder: Path) -> None:
        place = self.cases.place
        point = None
        if place.lon and place.lat:
            point = PointColumns("[cases.place]", place.lon, place.lat, place.crs)
        first = scan(table, [self.cases.id], point)
        self._tell_file(table, first)
        progress = first_load.begin(self.connection, table, self.mapping)
        if self.dry_run:
            progress = first_load.Progress(progress.file, 0, False)
        elif progress.first:
            self.first = first_load.prepare(self.connection, first.rows)
            self.commit()
        rejects = Rejects(table, folder, self.callers.veiled if self.callers else None)
        bar = tqdm(total=first.rows, unit=" rows", desc=table.path.name, leave=False, disable=None)
        with bar, first_load.indexes_at_last(self.connection):
            for frame, malformed in table.portions():
                self._portion(frame, malformed, first, progress, rejects)
                bar.update(len(frame) + len(malformed))
        self.first = None
        if not self.dry_run:
            first_load.end(self.connection)
            self.commit()
        self.part.take(rejects)

    def _portion(
        self,
        frame: pd.DataFrame,
        malformed: list[Malformed],
        seen: Scan,
        progress: first_load.Progress,
        rejects: Rejects,
    ) -> None:
        """Check a portion, and write it unless an earlier load that broke off has done so."""
        once = frame[~frame.index.isin(seen.repeated)]
        rows, faults = check(once, self.cases, self.zone, seen, self.now, self.clock, self.callers)
        more = read_particulars(self.cases, once, self.reading, faults)
        rows.cases = rows.cases.join(more)
        good = faults.is_good()
        last = max([*frame.index[-1:], *(bad.row for bad in malformed[-1:])], default=0)
        if last <= progress.row:
            self.part.count("continued", int(good.sum()))
        elif good.any():
            self._write(once[good], rows, good)
        rejects.take(faults, malformed)
        self.tally.add(rows, good)
        self.part.count("repeated", len(frame) - len(once))
        if last > progress.row and not self.dry_run:
            progress.write(self.connection, int(last))
        self.commit()

    def _write(self, frame: pd.DataFrame, rows: Rows, good: pd.Series) -> None:
        """Locate the good rows of a portion and hand them to the ingester."""
        cases, times, end = rows.cases[good], rows.times[good], rows.end[good]
        flags = rows.flags[good].copy()
        paths = self._locate(frame, cases, flags)
        codes = [] if self.first else cases["code"].tolist()
        log = stored_events(self.connection, codes)
        known = cases["code"].isin(log["code"])
        events = [first_events(cases["code"][~known], times[~known], end[~known])]
        if known.any():
            doubts = pd.DataFrame(index=cases.index[known])
            code = cases["code"][known]
            more = follow_up(code, times[known], end[known], log, self.clock, doubts, self.now)
            events.append(more)
            flags = flags.join(doubts)
            self._fill(paths[paths["code"].isin(set(code))])
        flags = flags.fillna(False).astype(bool)
        self.part.flags.update({str(name): int(n) for name, n in flags.sum().items()})
        batch = CaseBatch(
            cases=self._record(cases, flags),
            paths=paths,
            events=led(pd.concat(events, ignore_index=True), cases, times, log, self.now),
            surveys=pd.DataFrame(columns=SURVEY),
        )
        zone = self.mapping.site.zone
        done = ingest(self.connection, batch, zone=zone, now=self.now, first=self.first)
        if self.is_live and (done.new or done.events):
            note_pulse(self.connection, batch, self.now)
        self.part.count("loaded", done.new)
        self.part.count("updated", done.updated)
        self.part.count("unchanged", done.unchanged)

    def _fill(self, paths: pd.DataFrame) -> None:
        tiles = TileWriter(self.connection, self.mapping.site.zone)
        past = PastStates(self.connection, stamp(self.connection, self.now))

        def before(ids: Sequence[int]) -> None:
            past.before_paths(ids)
            tiles.before(ids)

        filled, kept = fill_paths(self.connection, paths, before)
        if filled:
            self.part.located["paths of known cases filled in"] += filled
            bump(self.connection, "cases", past.now)
            tiles.after()
        if kept:
            self.part.located["known cases that would lie elsewhere now: kept where they were"] += (
                kept
            )

    def _locate(
        self, frame: pd.DataFrame, cases: pd.DataFrame, flags: pd.DataFrame
    ) -> pd.DataFrame:
        """Path rows of every hierarchy; flags by the default one."""
        default = self.mapping.default_hierarchy().code
        parts = []
        for plan, levels, locator in self.locators:
            found = locator.locate(frame, plan, levels, cases["lon"], cases["lat"])
            path = locator.path_frame(found.grid)
            path.insert(0, "hierarchy_id", locator.tree.hierarchy_id)
            path.insert(0, "code", cases["code"])
            parts.append(path)
            for how, count in found.how.value_counts().items():
                text = f"found by {how}" if how else "in no grid (未落格)"
                self.part.located[f"{plan.hierarchy}: {text}"] += int(count)
            if plan.hierarchy != default:
                continue
            flags["no_grid"] = found.grid.isna()
            flags["point_outside"] = cases["lon"].notna() & found.at_point.isna()
            flags["grid_key_unknown"] = found.unknown_key
            flags["grid_keys_disagree"] = found.keys_disagree
            flags["grid_key_differs_from_point"] = found.differs_from_point
        return pd.concat(parts, ignore_index=True)

    def _record(self, cases: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
        """Columns of case_record, with ids in place of words."""
        connection, words = self.connection, self.words
        standard = self.cases.category.standard
        record = cases.copy()
        record["source_id"] = _told_once(cases["source"], lambda w: words.source_id(connection, w))
        pairs = (cases[name].to_numpy(object).tolist() for name in ("class", "item"))
        kinds = pd.Series(list(zip(*pairs, strict=True)), cases.index)
        record["category_id"] = _told_once(
            kinds, lambda kind: words.category_id(connection, kind[0], kind[1], standard)
        )
        record["department_id"] = _told_once(
            cases["department"], lambda w: words.department_id(connection, w)
        ).astype("Int64")
        record["flags"] = _flag_texts(flags)
        return record[[*RECORD, *(name for name in IF_MAPPED if name in record)]]

    def _tell_file(self, table: TextTable, first: Scan) -> None:
        self.part.count("read", first.rows)
        self.part.note(f"{table.path.name}: read as {table.encoding}")
        place = self.cases.place
        known = {tuple(point) for point in (*place.default_points, *place.real_points)}
        for point, count in first.crowded.items():
            if point not in known:
                self.part.note(
                    f"{count:,} rows ({count / first.rows:.1%}) lie on the one point "
                    f"{list(point)}: kept off the map. Add it to default_points in "
                    "[cases.place], or to real_points if so much happened there."
                )

    def _tell(self) -> None:
        for crowd in self.callers.crowded() if self.callers else ():
            self.part.note(crowd)
        told = self.tally.told(self.mapping.site.zone)
        if told:
            self.part.note(told)
        for name, vocabulary in (
            ("source", self.words.sources),
            ("department", self.words.departments),
        ):
            if vocabulary.added:
                words = ", ".join(map(repr, vocabulary.added[:8]))
                self.part.note(
                    f"{name} words without a name in the mapping, shown as they are, "
                    f"{len(vocabulary.added)}: {words}"
                )
        ended, calendar = self.part.flags[CALENDAR_ENDED], self.clock.calendar
        if ended and calendar is not None:
            self.part.note(
                f"{ended:,} deadlines lie beyond the holiday table ({calendar.known_from} to "
                f"{calendar.known_to}), so that holidays count as working days: add the missing "
                "year to the table and load again."
            )
        astray = self.part.flags["grid_key_differs_from_point"] + self.part.flags["point_outside"]
        if astray > DOUBTFUL_SHARE * max(self.tally.pointed, 1):
            self.part.note(
                f"{astray:,} of {self.tally.pointed:,} points lie in no grid or in another than "
                "their code says: check crs, which column is lon and which lat, and the grid file."
            )


def _told_once(words: pd.Series, id_of: Callable[[Any], int | None]) -> pd.Series:
    """The id of each word; every word is asked for once, in the order in which they come."""
    codes, known = pd.factorize(words.to_numpy(object))
    ids = pd.array([id_of(word) for word in known], dtype="Int64")
    return pd.Series(ids.take(codes), index=words.index)


def _flag_texts(flags: pd.DataFrame) -> list[str | None]:
    """The names of each row's flags, with commas between."""
    names = flags.columns.to_numpy()
    sets = flags.to_numpy(np.int64) @ (1 << np.arange(len(names), dtype=np.int64))
    which, held = pd.factorize(sets)
    texts = [",".join(names[(one >> np.arange(len(names))) & 1 == 1]) or None for one in held]
    return [texts[number] for number in which.tolist()]


def _levels(mapping: Mapping, code: str) -> list[str]:
    return [level.id for h in mapping.hierarchy if h.code == code for level in h.level]
