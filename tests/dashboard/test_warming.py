"""What is drawn before anybody asks: once at the start, and again when a day begins."""

import json
import threading
from dataclasses import replace

import pytest

from dashboard import warming
from dashboard.panels.header import ASSESSED, PERIODS
from dashboard.server import SCREENS
from dashboard.warming import keep_warm, warm
from data.clock import Clock
from queries.site import Site

DAY = 86_400


class Away(Clock):
    """Asked while the database is away, without which no day is known."""

    def now(self) -> int:
        raise OSError("away")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Screen and fragment of what is drawn, in place of drawing it."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(
        warming,
        "refresh",
        lambda screen, _site, asked, _seen: told.append((screen.key, json.loads(asked)["hash"])),
    )
    return told


def test_every_screen_every_period_and_every_grid_below_the_top(
    site: Site, drawn: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[tuple[str, int]] = []
    monkeypatch.setattr(
        warming, "outlines", lambda _site, _tree, grid, level: cut.append((grid.code, level))
    )
    late: list[str] = []
    monkeypatch.setattr(
        warming,
        "measure",
        lambda _site, metrics, scope, by, *, as_of: late.append(scope.grid.code),
    )
    warm(site)
    tree = site.tree()
    assert tree is not None
    grids = tree.at_level(tree.top, 1)
    assert cut == [(grid.code, 2) for grid in grids]
    homes = [(screen.key, "") for screen in SCREENS]
    menu = ["days=1", "days=7", "days=30", "days=365"]
    menu += ["period=month", "period=last_month", "period=quarter"]
    assert len(grids) > 1 and len(menu) == len(PERIODS) + len(ASSESSED)
    walls = [("wall", f"#{period}") for period in menu]
    assert drawn == homes + walls + [("tablet", f"#grid={grid.code}") for grid in grids]
    assert late == [grid.code for grid in grids]


def days_tried(
    site: Site, monkeypatch: pytest.MonkeyPatch, looks: list[int], failing: int
) -> list[int]:
    """Days after today on which it was tried, when looked at again after so many seconds from now.

    At the first look the database is away; the first `failing` tries fail.
    """
    clock, times, done = site.clock, list[int](), threading.Event()
    steps, one = iter(looks), replace(site, clock=Away())

    def tried(other: Site) -> None:
        times.append(other.today(other.clock.now()) - site.today(clock.now()))
        if len(times) <= failing:
            raise OSError("away")

    def sleep(_seconds: float) -> None:
        step = next(steps, None)
        if step is None:
            done.set()
            threading.Event().wait()  # as long as the process lives
            return
        object.__setattr__(one, "clock", Clock(stopped=clock.now() + step))

    monkeypatch.setattr(warming, "warm", tried)
    keep_warm(one, sleep)
    assert done.wait(10)
    return times


def test_again_after_midnight_and_though_a_database_was_away(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert days_tried(site, monkeypatch, [0, 0, 0, DAY, DAY, DAY], failing=1) == [0, 0, 1]
    assert "could not be drawn beforehand" in caplog.text


def test_what_fails_again_and_again_waits_for_the_next_day(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = [0] * (warming.TRIES + 3) + [DAY] * 3
    tried = days_tried(site, monkeypatch, looks, failing=warming.TRIES)
    assert tried == [0] * warming.TRIES + [1]
