"""How long each screen takes in Chromium, from a cold cache to its first figures and all panels.

Times are taken inside the page (`performance.now()`, so from the start of its navigation) by an
observer that is there before the page's own scripts; bytes come from Chromium's network log.
"""

import platform
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.in_page import DRILL, OBSERVER
from benchmarks.recolouring import longest_task
from benchmarks.serving import CannotRun, served
from benchmarks.slow_line import slow_line

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

__all__ = ["CannotRun", "measure_screens", "table"]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
)
SIZES = {"wall": (1920, 1080), "tablet": (1180, 820), "phone": (390, 844)}
SLOW = ("phone_throttled", "phone_return")
FIGURES = {"wall": ".lamp-number", "tablet": ".lamp-number", "phone": ".brief"}
DRILLS = 10
LONGEST_MS = 120_000
WORKER_SLEEPS_MS = 1_000
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.44e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
SLOWER_CPU = 4
SETTLES_MS = 500
"""A page is ready to be touched at its figures, or when the last long task begun so soon after has ended."""


@dataclass
class Opening:
    """One opening of a screen with an empty cache."""

    requests: int = 0
    compressed_bytes: int = 0
    figures_ms: float = 0.0
    touch_ms: float = 0.0
    all_panels_ms: float = 0.0


@dataclass
class Traffic:
    """What Chromium loaded since it was attached to."""

    requests: int = 0
    received: int = 0
    kinds: dict[str, str] = field(default_factory=dict)

    def watch(self, session: "CDPSession") -> None:
        """Count requests that go to the network, and the bytes that came back for them."""
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _sent(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self.requests += 1

    def _finished(self, event: dict[str, Any]) -> None:
        self.received += int(event["encodedDataLength"])


def measure_screens(rounds: int = 3, url: str | None = None) -> dict[str, Any]:
    """Measure the three screens, the phone under throttling and the floor; medians of the rounds."""
    with served(url) as address, chromium() as browser:
        floor = _median([_open_floor(browser, address) for _ in range(rounds)])
        report: dict[str, Any] = {
            "machine": f"{platform.machine()}, {platform.python_version()}, {browser.version}",
            "url": "own server on the demo city" if url is None else url,
            "rounds": rounds,
            "floor": floor,
        }
        for screen in SIZES:
            report[screen] = _measured(browser, address, screen, rounds)
        report["phone_throttled"] = _measured(browser, address, "phone", rounds, slow=True)
        report["phone_return"] = _returning(browser, address, rounds)
        for screen in (*SIZES, *SLOW):
            figures, least = report[screen]["figures_ms"], floor["ms"]
            report[screen]["figures_to_floor"] = round(figures / least, 1) if least else None
    return report


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A browser of one's own; CannotRun says what is missing for it."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise CannotRun(
            "Playwright is not installed: .venv/bin/python -m pip install -r requirements-dev.txt"
        ) from None
    if not CHROMIUM.exists():
        raise CannotRun(f"{CHROMIUM} is not there; as root: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


def _measured(
    browser: "Browser", address: str, screen: str, rounds: int, *, slow: bool = False
) -> dict[str, Any]:
    openings = []
    more: dict[str, float] = {}
    for i in range(rounds):
        with _page(browser, screen, slow=slow) as (page, traffic):
            openings.append(_open(page, traffic, f"{address}/{screen}/"))
            if i == rounds - 1:
                more["drill_ms"] = round(statistics.median(_drill(page)), 1)
                if screen != "phone":
                    more["recolour_ms"] = longest_task(page)
    return {**_median([asdict(opening) for opening in openings]), **more}


@contextmanager
def _page(
    browser: "Browser", screen: str, *, slow: bool = False
) -> Iterator[tuple["Page", Traffic]]:
    """A page with an empty cache, watched, and slowed down when asked for."""
    width, height = SIZES[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=screen != "wall"
    )
    page = context.new_page()
    page.add_init_script(f"({OBSERVER})({FIGURES[screen]!r})")
    session = context.new_cdp_session(page)
    traffic = Traffic()
    traffic.watch(session)
    if slow:
        session.send("Network.emulateNetworkConditions", SLOW_4G)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    yield page, traffic
    context.close()


def _open(page: "Page", traffic: Traffic, address: str) -> Opening:
    page.goto(address)
    page.wait_for_function("() => window.measured && window.measured.all", timeout=LONGEST_MS)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLES_MS)
    held = page.evaluate("() => window.measured")
    figures = held["figures"]
    ends = [end for start, end in held["long"] if start < figures + SETTLES_MS]
    return Opening(
        requests=traffic.requests,
        compressed_bytes=traffic.received,
        figures_ms=figures,
        touch_ms=max([figures, *ends]),
        all_panels_ms=held["all"],
    )


def _returning(browser: "Browser", address: str, rounds: int) -> dict[str, Any]:
    """The phone opened again by somebody whose browser has been here: slow line, slow CPU, worker."""
    line = {
        "down": SLOW_4G["downloadThroughput"],
        "up": SLOW_4G["uploadThroughput"],
        "round_trip": SLOW_4G["latency"] / 1000,
    }
    openings = []
    with (
        slow_line(address, **line) as slow,
        _page(browser, "phone") as (first, traffic),
    ):
        _open(first, traffic, f"{slow}/phone/")
        first.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        first.wait_for_function("() => navigator.serviceWorker.controller !== null")
        for _ in range(rounds):
            first.goto("about:blank")
            first.wait_for_timeout(WORKER_SLEEPS_MS)
            page = first.context.new_page()
            page.add_init_script(f"({OBSERVER})({FIGURES['phone']!r})")
            session = first.context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
            held = Traffic()
            held.watch(session)
            openings.append(_open(page, held, f"{slow}/phone/"))
            page.close()
    return _median([asdict(opening) for opening in openings])


def _drill(page: "Page") -> list[float]:
    """Into the first five rows of the ranking and back out: milliseconds until all is drawn."""
    rows = page.locator(".panel-ranking a.row").count()
    took = []
    for i in range(DRILLS):
        took.append(float(page.evaluate(DRILL, i // 2 % rows if i % 2 == 0 else None)))
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)
    return took


def _open_floor(browser: "Browser", address: str) -> dict[str, float]:
    """The least a page of this server can take here: one small file, nothing to draw."""
    with _page(browser, "phone") as (page, traffic):
        started = time.monotonic()
        page.goto(f"{address}/health")
        elapsed = 1000 * (time.monotonic() - started)
        loaded = page.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventEnd")
        return {
            "requests": traffic.requests,
            "compressed_bytes": traffic.received,
            "ms": loaded or elapsed,
        }


def _median(rows: list[dict[str, float]]) -> dict[str, Any]:
    """The median of each measure; counts stay whole numbers."""
    held: dict[str, Any] = {}
    for name in rows[0]:
        middle = statistics.median(row[name] for row in rows)
        held[name] = round(middle, 1) if name.endswith("ms") else round(middle)
    return held


def table(report: dict[str, Any]) -> str:
    """The report as lines for people."""
    head = ("", "requests", "kB", "figures ms", "touch ms", "all panels ms", "drill ms", ": floor")
    lines = [head]
    for screen in (*SIZES, *SLOW):
        held = report[screen]
        lines.append(
            (
                screen,
                str(held["requests"]),
                f"{held['compressed_bytes'] / 1000:.0f}",
                f"{held['figures_ms']:.0f}",
                f"{held['touch_ms']:.0f}",
                f"{held['all_panels_ms']:.0f}",
                f"{held['drill_ms']:.0f}" if "drill_ms" in held else "",
                f"{held['figures_to_floor']} : 1",
            )
        )
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    rows = [
        "  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines
    ]
    floor = report["floor"]
    rows.append(
        f"floor: {floor['requests']} request, {floor['compressed_bytes']} bytes, {floor['ms']} ms"
    )
    busy = ", ".join(
        f"{screen} {report[screen]['recolour_ms']} ms" for screen in ("wall", "tablet")
    )
    rows.append(f"longest task while all micro-grids are coloured anew: {busy}")
    rows.append(f"medians of {report['rounds']} openings with an empty cache; {report['machine']}")
    return "\n".join(rows)
