"""What serves is killed and what it needs is stopped, while a wall is led and a 督办 is open: two processes that
serve, a PostgreSQL and a Redis of our own. The tests go on with what the ones before them left."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from accounts_town import LIGHT, PASSWORD, Hand, Office, grant
from arrival_town import body_of, headers_of, sent
from browser_tools import TABLET, Visitor
from coming_in import fill_in
from hand_town import CASE_METRICS
from post_receiver import Answer, Receiver, receiving
from postgres_server import HAS_POSTGRES, PostgresServer
from redis_server import REDIS, RedisServer
from served_town import FarTab, Page, ServedTown
from small_town import Case, Town, at, found_town, found_town_at
from sqlalchemy import func, select, update
from waiting import eventually

from data.accounts import devices
from data.accounts.access import Access
from data.accounts.passwords import Passwords
from data.app_tables import cast, supervision, supervision_step
from data.arrival import tokens
from data.arrival.taking import Ground, take
from data.audit.log import open_log
from data.audit.verify import verify
from data.engines import APP, CASE, engine_for
from data.migrate import migrate
from queries.measure import measure
from queries.question import DIMENSIONS
from queries.scope import read_scope

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (HAS_POSTGRES and REDIS), reason="no postgres or no redis-server"),
]
pytest_plugins = ["browser_fixtures"]

CASES = [
    Case("c1", "reported 0, accepted 1 due 25", "A1"),
    Case("c2", "reported 0, accepted 1 due 25, hung 5", "B1"),
]
ROBOT = '[[robot]]\nname = "duty"\nkind = "plain"\naddress = "http://127.0.0.1:{port}/"\n'


@dataclass
class Broken:
    """The server and all that stands around it; `wall` and `number` are of the wall and of the open 督办."""

    served: ServedTown
    postgres: PostgresServer
    town: Town
    office: Office
    robot: Receiver
    wall: int = 0
    cookie: str = ""
    pages: list[Page] = field(default_factory=list)

    @property
    def posted(self) -> list[str]:
        """What the robot was told."""
        return [json.loads(post.body)["text"] for post in self.robot.got]

    @property
    def access(self) -> Access:
        return self.office.access

    def held(self) -> Any:
        """What is kept of casts and 督办."""
        with self.access.engine.connect() as connection:
            return [
                [tuple(row) for row in connection.execute(select(table))]
                for table in (cast, supervision, supervision_step)
            ]

    def seq(self) -> int:
        with self.access.engine.connect() as connection:
            return int(connection.execute(select(cast.c.seq)).scalar_one())

    def all_told(self, seconds: float = 30) -> None:
        """Every page that the wall holds, at whichever of the processes, learns the newest of the cast.

        By a tick or, if it connected after the step, from the stage.
        """
        wanted, name = self.seq(), f"cast {self.wall}"
        eventually(
            lambda: all(wanted in (one.versions.get(name), one.cast) for one in self.pages), seconds
        )


@pytest.fixture(scope="module")
def robot() -> Iterator[Receiver]:
    with receiving(Answer(200)) as made:
        yield made


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    made = PostgresServer()
    made.begin()
    yield made
    made.end()


@pytest.fixture(scope="module")
def broken(
    postgres: PostgresServer,
    robot: Receiver,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Broken]:
    folder = tmp_path_factory.mktemp("broken")
    urls = {name: postgres.database(name) for name in ("cases", "persons", "app")}
    town = found_town_at(urls["cases"], urls["persons"], folder)
    town.take(CASES, now=100)
    engine = engine_for(urls["app"], APP, writable=True)
    migrate(engine, APP)
    access = Access(engine, open_log(engine, folder / "audit"), LIGHT, Passwords(LIGHT))
    office = Office(access, Hand(access.now()))
    (folder / "robots.toml").write_text(ROBOT.format(port=robot.port), encoding="utf-8")
    settings = {
        "CASE_DATABASE_URL": urls["cases"],
        "POPULATION_DATABASE_URL": urls["persons"],
        "APP_DATABASE_URL": urls["app"],
        "AUDIT_FOLDER": str(folder / "audit"),
        "ROBOT_FILE": str(folder / "robots.toml"),
        "AS_OF": "2026-03-06T04:00",
        "REFRESH_SECONDS": "5",
        "WORKERS": "2",
        "BUS": urls["app"],
    }
    served = ServedTown(folder, settings)
    made = Broken(served, postgres, town, office, robot)
    people(made)
    try:
        served.start()
        made.pages = [Page(served.port, "wall", made.cookie) for _ in range(8)]
        chief = served.tab("chief")
        chief.done("take", wall=made.wall, fragment="#grid=A")
        served.tab("boss").done("issue", case="c1", words="请核实", amount="4", clock="urgent_hour")
        made.all_told()
        yield made
    finally:
        for page in made.pages:
            page.ended = True
        served.kill()
        town.close()
    assert verify(access.log).problems == []
    engine.dispose()


def people(broken: Broken) -> None:
    broken.office.person("boss", grant("leader"))
    broken.office.person("chief", grant("station_chief", tree="area", grid="A"))
    asked = devices.ask(broken.access)
    broken.wall = devices.approve(broken.access, asked.code, "east", grant("wall"), "root")
    broken.cookie = f"wall={asked.secret}"


def test_the_other_process_goes_on_where_one_was_killed(broken: Broken) -> None:
    before = broken.held()
    victim = broken.served.workers()[0]
    os.kill(victim, signal.SIGKILL)
    assert broken.held() == before, "neither lease nor number nor 督办 is of a process"
    chief = broken.served.tab("chief")
    html = eventually(lambda: chief.stage()["html"])
    assert "路面破损" in html and "east" in html
    assert chief.done("move", fragment="#grid=A1")["leads"]
    broken.all_told()
    eventually(lambda: victim not in broken.served.workers() and len(broken.served.workers()) == 2)
    cast_now, *supervised = broken.held()
    assert cast_now[0][1] == before[0][0][1] + 1
    assert supervised == before[1:]


def answers(broken: Broken, tab: FarTab) -> dict[str, int]:
    """The status of each kind of question; none may wait long for a database that is away."""
    begun = time.monotonic()
    told = {
        "figures": tab.callback("tablet").status_code,
        "stage": tab.get("/api/stage/tablet").status_code,
        "page": tab.get("/tablet/").status_code,
        "health": tab.get("/health").status_code,
        "versions": tab.get("/api/versions?screen=tablet").status_code,
    }
    assert time.monotonic() - begun < 15
    return told


def test_a_database_that_was_stopped_is_told_of_and_found_again(
    broken: Broken, visit: Visitor
) -> None:
    tab = broken.served.tab("chief")
    assert set(answers(broken, tab).values()) == {200}
    seen = visit(TABLET, at=broken.served, forgiving=True, alone=True)
    seen.page.goto(f"{broken.served.url}/tablet/")
    fill_in(seen.page, "chief", PASSWORD)
    seen.page.wait_for_url("**/tablet/**")
    seen.drawn()
    figures = seen.page.locator(".panel-band").inner_text()
    before = broken.held()
    broken.postgres.stop()
    try:
        eventually(lambda: set(answers(broken, tab).values()) == {503})
        seen.eventually(lambda: "数据库没有应答" in seen.text("#connection"))
        assert "数字停在" in seen.text("#connection")
        assert seen.count("html.is-cut")
        assert seen.page.locator(".panel-band").inner_text() == figures
        assert not seen.count(".is-loading, .notice-card")
        snapshots = [one.snapshots for one in broken.pages]
    finally:
        broken.postgres.start()
    eventually(lambda: set(answers(broken, tab).values()) == {200})
    seen.eventually(lambda: not seen.text("#connection") and not seen.count("html.is-cut"))
    assert broken.held() == before
    # Each process listens anew, and tells its pages all that they may have missed.
    eventually(
        lambda: all(one.snapshots > old for one, old in zip(broken.pages, snapshots, strict=True))
    )
    for fragment in ("#grid=A2", "#grid=A1"):
        tab.done("move", fragment=fragment)
        broken.all_told(5)
    broken.town.take([Case("c3", "reported 0, accepted 1 due 25", "A1")], now=100)
    eventually(lambda: all(one.versions["cases"] == 2 for one in broken.pages), 5)


def test_what_fell_due_while_all_was_down_is_escalated_and_posted_once(
    broken: Broken,
) -> None:
    assert [one for one in broken.posted if "逾期" in one] == []
    broken.served.kill_the_first()
    with broken.access.engine.begin() as connection:
        connection.execute(update(supervision).values(reply_due=broken.access.now() - 1))
    before = broken.held()
    broken.served.start()
    eventually(lambda: [one for one in broken.posted if "逾期" in one])
    time.sleep(3)
    assert len([one for one in broken.posted if "逾期" in one]) == 1
    assert len([one for one in broken.posted if "已下发" in one]) == 1
    escalated = supervision_step.c.what == "escalated"
    with broken.access.engine.connect() as connection:
        count = select(func.count()).select_from(supervision_step).where(escalated)
        assert connection.execute(count).scalar_one() == 1
    cast_row, (held,), steps = broken.held()
    assert cast_row[0][0] == before[0][0][0] and len(steps) == len(before[2]) + 1
    assert held[:-2] == before[1][0][:-2]
    assert "逾期" in broken.served.tab("chief").stage()["html"]


STEPS = (("reported", 0), ("accepted", 1, 24), ("dispatched", 2), ("closed", 9))


def batches() -> tuple[list[list[Any]], list[Any]]:
    """(what is sent: each state of each case, twice and mixed up; what a clean load would be given)."""
    sends, final = [], []
    for n in range(12):
        more = {"grid": ("A1", "A2", "B1")[n % 3], "urgency": 1 + n % 3}
        states = [sent(n, *STEPS[:length], **more) for length in range(1, 3 + n % 3)]
        sends += [[state] for state in states]
        final.append(states[-1])
    sends += [list(final), *sends]
    random.Random(7).shuffle(sends)
    return sends, final


def test_what_comes_twice_and_mixed_up_past_a_killed_process_is_as_after_a_clean_load(
    broken: Broken, tmp_path: Path
) -> None:
    _, token = tokens.create(broken.access.log, "hotline", "", "test", broken.access.now())
    before = broken.held()[1:]
    sends, final = batches()

    def send(cases: list[Any]) -> None:
        body = body_of(cases)

        def taken() -> bool:
            headers = headers_of(token, broken.access.now(), body)
            answer = httpx.post(
                f"{broken.served.url}/api/cases", content=body, headers=headers, timeout=20
            )
            return answer.status_code in (200, 409)

        eventually(taken, 60)

    with ThreadPoolExecutor(3) as pool:
        done = pool.map(send, sends)
        time.sleep(0.5)
        os.kill(broken.served.workers()[0], signal.SIGKILL)
        assert len(list(done)) == len(sends)
    clean = found_town("sqlite", tmp_path, "clean")
    known = [*CASES, Case("c3", "reported 0, accepted 1 due 25", "A1")]
    for town in (broken.town, clean):
        town.take(known, now=100)
    engine = engine_for(clean.city.case_url, CASE, writable=True)
    take(engine, Ground(), "hotline", "", final, broken.access.now())
    engine.dispose()
    assert figures(broken.town) == figures(clean)
    assert broken.held()[1:] == before, "no 督办 is touched by it"
    clean.close()


def figures(town: Town) -> Any:
    """How many cases there are, and every metric of cases by everything."""
    site = town.city.site(at(100))
    scope = read_scope(site, {"hierarchy": "area", "days": "12"}, at(100))
    try:
        told = [
            measure(site, CASE_METRICS, scope, by, as_of=at(100)).figures
            for by in (None, *DIMENSIONS)
        ]
        return len(town.rows("case_record", "code")), told
    finally:
        site.case.dispose()
        site.population.dispose()


def test_a_redis_that_was_stopped_carries_ticks_again(broken: Broken) -> None:
    redis = RedisServer()
    redis.start()
    try:
        broken.served.kill()
        broken.served.start(BUS=redis.url)
        chief = broken.served.tab("chief")
        chief.done("take", wall=broken.wall, fragment="#grid=A")
        broken.all_told()
        redis.stop()
        # Nobody waits for it, and what is asked for is told.
        begun = time.monotonic()
        assert chief.done("move", fragment="#grid=A2")["leads"]
        assert time.monotonic() - begun < 5
        redis.start()
        eventually(lambda: crosses(broken, chief))
        broken.all_told(5)
    finally:
        broken.served.kill()
        redis.stop()


def crosses(broken: Broken, chief: FarTab) -> bool:
    """Whether a step at one process reaches the pages of both."""
    grid = random.choice(("A", "A1", "A2"))
    chief.done("move", fragment=f"#grid={grid}")
    try:
        broken.all_told(1)
    except AssertionError:
        return False
    return True
