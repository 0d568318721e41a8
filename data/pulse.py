"""When each source was last heard, how late its news came, and after how long its silence is news itself.

Kept beside the cases, by the doors that stay open (arrivals, the follower, the demo's stream): what was
loaded once has no pulse, and cannot fall silent.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from data.case_tables import site_setting, source
from data.ingest import CaseBatch
from data.stored_settings import read_setting, write_setting

PULSE = "pulse"
"""Of the settings: source code -> its pulse."""
SILENT_AFTER = "silent_after"
"""Of the settings: source code -> minutes; 0 for a source whose silence is no news."""
KEPT = 60
"""Gaps between arrivals that a rhythm is read from."""
RHYTHM_SHARE, RHYTHM_FACTOR = 0.95, 3
"""A silence is news when it is so many times the gap that this share of the gaps is no longer than."""
SHORTEST_SECONDS, LONGEST_SECONDS = 15 * 60, 24 * 3600
FEWEST_GAPS = 5
"""With fewer there is no rhythm yet."""
RECENT = 200
"""Events that a lag is read from."""


@dataclass(frozen=True)
class Pulse:
    """Of one source: when it was last heard and of when the newest it told was (epoch seconds).

    lag: seconds from event to arrival, the median of the newest events; gaps: between arrivals, newest last.
    """

    heard_at: int
    told_of: int
    lags: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()

    @property
    def lag(self) -> int | None:
        """The median lag in seconds."""
        return int(np.median(self.lags)) if self.lags else None

    def silent_after(self, minutes: int | None = None) -> int | None:
        """Seconds of silence that are news: as the site says, else by its own rhythm; None for never."""
        if minutes is not None:
            return minutes * 60 or None
        if len(self.gaps) < FEWEST_GAPS:
            return None
        usual = float(np.quantile(self.gaps, RHYTHM_SHARE)) * RHYTHM_FACTOR
        return int(min(max(usual, SHORTEST_SECONDS), LONGEST_SECONDS))


@dataclass(frozen=True)
class Pulses:
    """The pulses of a site by source code, and what it says itself of their silence in minutes."""

    by_source: Mapping[str, Pulse] = field(default_factory=dict)
    minutes: Mapping[str, int] = field(default_factory=dict)

    def silent(self, now: int) -> dict[str, int]:
        """Seconds that each silent source has been silent for; now: epoch seconds by the real clock."""
        found = {}
        for code, pulse in self.by_source.items():
            after = pulse.silent_after(self.minutes.get(code))
            if after is not None and now - pulse.heard_at > after:
                found[code] = now - pulse.heard_at
        return found


def read_pulses(connection: Connection) -> Pulses:
    """The pulses as they are kept."""
    held = read_setting(connection, site_setting, PULSE) or {}
    minutes = read_setting(connection, site_setting, SILENT_AFTER) or {}
    return Pulses({code: _pulse(one) for code, one in held.items()}, minutes)


def note_pulse(connection: Connection, batch: CaseBatch, now: int) -> None:
    """Note that the sources of a batch were heard; in the transaction that takes it in."""
    told = batch.events.merge(batch.cases[["code", "source_id"]], on="code")
    if told.empty:
        return
    codes = dict(connection.execute(select(source.c.source_id, source.c.code)).all())
    held = read_setting(connection, site_setting, PULSE) or {}
    for source_id, events in told.groupby("source_id"):
        code = codes.get(int(source_id))
        if code is not None:
            before = _pulse(held[code]) if code in held else None
            held = {**held, code: asdict(heard(before, events, now))}
    write_setting(connection, site_setting, PULSE, held)


def heard(before: Pulse | None, events: pd.DataFrame, now: int) -> Pulse:
    """The pulse of a source after events came; only what is newer than all before tells of the lag."""
    newest = int(events["at"].max())
    if before is None:
        return Pulse(now, newest, (max(0, now - newest),))
    fresh = events.loc[events["at"] > before.told_of, "at"]
    lags = tuple(max(0, now - int(at)) for at in fresh.tail(RECENT))
    gap = now - before.heard_at
    gaps = (*before.gaps, gap) if gap > 0 else before.gaps
    return replace(
        before,
        heard_at=max(now, before.heard_at),
        told_of=max(newest, before.told_of),
        lags=(*before.lags, *lags)[-RECENT:],
        gaps=gaps[-KEPT:],
    )


def _pulse(held: Mapping[str, Any]) -> Pulse:
    return Pulse(held["heard_at"], held["told_of"], tuple(held["lags"]), tuple(held["gaps"]))
