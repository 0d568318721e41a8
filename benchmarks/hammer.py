"""Many screens at once on one server, while the version of the cases is counted up every few seconds.

Each connection asks as a browser does: the screen's one callback, again and again, with what it was
last told it holds. A few addresses are shared by all, so most figures are remembered ones.
"""

import asyncio
import json
import time
import urllib.request
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, TypeVar
from urllib.parse import urlsplit

from benchmarks.asker import Asker, Pinger, read_answer
from benchmarks.large_city import NOW, LargeCity, Tell
from benchmarks.serving import CannotRun, served
from benchmarks.snapshot import open_city, questions_of
from benchmarks.timing import machine, percentile
from dashboard.server import SCREENS
from data.databases import open_database
from data.days import local_time
from data.engines import CASE
from data.versions import bump

T = TypeVar("T")

CONNECTIONS = 64
BUMP_SECONDS = 3.0
FLOOR_SECONDS = 4
RUNS = {"steady": None, "bumped": BUMP_SECONDS, "whole": BUMP_SECONDS}
"""Every how many seconds the version is counted up in each run."""
DAYS = "30"
LONGEST_SECONDS = 120


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own: the caller's may have an event loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@dataclass
class Tally:
    """Seconds of every request, by screen, and of the whole run; refusals; bumps; bytes of answers."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    whole: float = 0.0
    refused: Counter[int] = field(default_factory=Counter)
    bumps: int = 0
    received: int = 0


def measure_serving(
    city: LargeCity,
    *,
    seconds: int = 30,
    connections: int = CONNECTIONS,
    addresses: int = 1,
    tell: Tell = lambda _: None,
) -> dict[str, Any]:
    """Requests per second and how long they take, with and without the version being counted up.

    addresses: how many of each screen are asked for, over grids of all levels in turn.
    """
    if city.engine == "clickhouse":
        raise CannotRun("ClickHouse is read from: what counts its versions up is a copy.")
    environment = {
        "CASE_DATABASE_URL": city.case_url,
        "POPULATION_DATABASE_URL": city.population_url,
        "AS_OF": local_time(NOW, "Asia/Shanghai").strftime("%Y-%m-%dT%H:%M"),
    }
    server = ("-m", "benchmarks.counted_server")
    fragments = _fragments(city, addresses)
    with served(None, command=server, environment=environment) as url:
        tell("every address once")
        calls = {screen.key: call_of(url, screen.key) for screen in SCREENS}
        kinds = [(key, fragment) for fragment in fragments for key in calls]
        first = _run(url, [Asker(k, f, calls[k]) for k, f in kinds], LONGEST_SECONDS, once=True)
        tell("the floor: the least the server can answer")
        pinging: list[Asker] = [Pinger("floor", "", {}) for _ in range(connections)]
        floor = _spread(_run(url, pinging, FLOOR_SECONDS))
        runs = {}
        for name, every in RUNS.items():
            tell(f"{name}: {connections} connections for {seconds} s")
            asked = [
                Asker(k, f, calls[k], forgets=name == "whole")
                for _, (k, f) in zip(range(connections), cycle(kinds), strict=False)
            ]
            runs[name] = _measured(url, city, asked, seconds, every)
            rate, least = runs[name]["requests_per_second"], floor["requests_per_second"]
            runs[name]["floor_to_requests"] = round(least / rate, 2) if rate else None
    return {
        "machine": machine(),
        "measured": (
            f"{city.cases:,} cases on {city.engine}; {connections} connections for {seconds} s on "
            f"{len(kinds)} addresses ({DAYS} days); one server process, the load comes from the same machine; "
            f"bumped: the version is counted up every {BUMP_SECONDS:.0f} s, what changed is sent; "
            "whole: so too, all is sent each time; the clock ticks every 15 s in all"
        ),
        "first": _spread(first),
        "floor": floor,
        **runs,
    }


def _fragments(city: LargeCity, number: int) -> list[str]:
    site = open_city(city)
    by_level: dict[int, list[str]] = {}
    for question in questions_of(site, number, (DAYS,)):
        by_level.setdefault(question.level, []).append(question.fragment)
    site.case.dispose()
    site.population.dispose()
    # One grid of each level in turn, the top first.
    turns = [held[i] for i in range(number) for held in by_level.values() if i < len(held)]
    return turns[:number]


def call_of(url: str, screen: str, cookie: str = "") -> dict[str, Any]:
    """The outputs of a screen's callback, as its own page is told."""
    headers = {"Cookie": cookie} if cookie else {}
    asked = urllib.request.Request(f"{url}/{screen}/_dash-dependencies", headers=headers)
    with urllib.request.urlopen(asked) as answer:
        (dependency,) = json.load(answer)
    names = dependency["output"].strip(".").split("...")
    outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    return {"output": dependency["output"], "outputs": outputs}


def _computed(url: str) -> dict[str, float]:
    with urllib.request.urlopen(f"{url}/computed") as answer:
        held: dict[str, float] = json.load(answer)
    return held


def _measured(
    url: str, city: LargeCity, askers: list[Asker], seconds: int, every: float | None
) -> dict[str, Any]:
    before = _computed(url)
    tally = _run(url, askers, seconds, city=city, every=every)
    after = _computed(url)
    spread = _spread(tally)
    cpu = after["cpu_seconds"] - before["cpu_seconds"]
    return spread | {
        "bumps": tally.bumps,
        "cpu_us_per_request": round(1e6 * cpu / max(1, spread["requests"])),
        "answers_asked": after["asked"] - before["asked"],
        "answers_computed": after["computed"] - before["computed"],
        "screens": {
            key: {"n": len(took), "p50_ms": round(1000 * percentile(took, 0.5), 1)}
            for key, took in sorted(tally.seconds.items())
        },
    }


def _spread(tally: Tally) -> dict[str, Any]:
    """Rates over the whole run, until the last answer was there."""
    took = [one for held in tally.seconds.values() for one in held]
    marks = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1}
    return {
        "requests": len(took),
        "refused": dict(tally.refused),
        "seconds": round(tally.whole, 1),
        "requests_per_second": round(len(took) / tally.whole, 1),
        "bytes_per_answer": round(tally.received / len(took)) if took else 0,
        **{key: round(1000 * percentile(took, share), 1) for key, share in marks.items()},
    }


def _run(
    url: str,
    askers: list[Asker],
    seconds: int,
    *,
    once: bool = False,
    city: LargeCity | None = None,
    every: float | None = None,
) -> Tally:
    tally = Tally()
    end = time.monotonic() + seconds

    async def all_of_them() -> None:
        asking = [_ask(url, asker, tally, end, once) for asker in askers]
        if city is not None and every is not None:
            asking.append(_bump(city, every, end, tally))
        await asyncio.gather(*asking)

    began = time.monotonic()
    apart(all_of_them())
    tally.whole = time.monotonic() - began
    return tally


async def _ask(url: str, asker: Asker, tally: Tally, end: float, once: bool) -> None:
    """Ask on one connection until the time is over; an answer that comes later still counts."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    took = tally.seconds.setdefault(asker.screen, [])
    try:
        while time.monotonic() < end:
            began = time.monotonic()
            writer.write(asker.request(place.netloc))
            status, content, encoding = await read_answer(reader)
            took.append(time.monotonic() - began)
            if status == 200:
                asker.take(content, encoding)
                tally.received += len(content)
            else:
                tally.refused[status] += 1
            if once:
                return
    finally:
        writer.close()


async def _bump(city: LargeCity, every: float, end: float, tally: Tally) -> None:
    """Count the version of the cases up, as a batch of changed cases does."""
    engine = open_database(city.case_url, CASE, writable=True)
    while time.monotonic() + every < end:
        await asyncio.sleep(every)
        with engine.begin() as connection:
            bump(connection, "cases", NOW + tally.bumps)
        tally.bumps += 1
    engine.dispose()


def serving_table(report: dict[str, Any]) -> str:
    """The report as lines for people."""
    first = report["first"]
    lines = [report["measured"], report["machine"]]
    lines.append(
        f"every address once, nothing remembered: p50 {first['p50_ms']} ms, max {first['max_ms']} ms"
    )
    floor = report["floor"]
    lines.append(
        f"  floor: {floor['requests_per_second']:>7} requests/s  p50 {floor['p50_ms']} ms  "
        f"p99 {floor['p99_ms']} ms (a tiny answer of the same server on as many connections)"
    )
    for name in RUNS:
        held = report[name]
        lines.append(
            f"{name:>7}: {held['requests_per_second']:>7} requests/s  p50 {held['p50_ms']} ms  "
            f"p99 {held['p99_ms']} ms  max {held['max_ms']} ms  {held['bytes_per_answer']} bytes  "
            f"CPU {held['cpu_us_per_request']} us each  floor : rate {held['floor_to_requests']} : 1  "
            f"bumps {held['bumps']}  "
            f"answers computed {held['answers_computed']} of {held['answers_asked']}  "
            f"refused {held['refused'] or 0}"
        )
    return "\n".join(lines)
