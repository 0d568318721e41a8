"""Start here: reads the settings, opens the databases and serves the three screens."""

import argparse
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from dashboard.listening import let_go_of_the_vanished
from dashboard.office.desk import Desk
from dashboard.server import SCREENS, create_server
from dashboard.sweeping import keep_swept
from dashboard.warming import keep_warm
from data.accounts.access import open_access
from data.accounts.people import FIRST, first_administrator
from data.arrival.intake import Intake
from data.bus.opening import check_bus, open_bus
from data.demo import accounts
from data.demo.stores import check_site
from data.demo.stream import follow
from data.errors import SetupError
from data.helpers import once_the_parent_is_gone
from data.linkage.pushes import read_pushes
from data.linkage.robots import read_robots
from data.settings import SETTINGS, Settings, read_settings
from data.sites.folder import database_folder, site_names
from queries.posts import acting_post
from queries.site import Site, open_site

TURN_SECONDS = 0.001
"""For which a thread that computes keeps the others waiting; Python's own is 5 ms. An answer that is ready changes
threads several times, and waits for each of those that draw each time."""
START_SECONDS = 60
"""Within which a process that serves must have begun."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; exit code 2 and one message when something must be set up first."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings(site=database_folder(options.site) if options.site else "")
        check_bus(settings.bus, settings.workers)
        if options.site:
            check_site(settings, options.site)
        site = open_site(settings)
        desk = None if options.open else _desk(site, settings, options)
        if desk is None and settings.host not in accounts.LOOPBACK and not options.i_know:
            raise SetupError(
                f"HOST={settings.host} with --open shows everything to whoever reaches it. Leave "
                "--open out, or say --i-know."
            )
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    stop = threading.Event()
    if options.demo:
        threading.Thread(target=follow, args=(settings, stop), daemon=True).start()
    shown = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    print(f"\n{site.facts().name.zh} / {site.facts().name.en}")
    for screen in SCREENS:
        print(f"  {screen.key:<7} http://{shown}:{settings.port}/{screen.key}/")
    print(f"  all     http://{shown}:{settings.port}/   (Ctrl-C stops)\n", flush=True)
    if desk is not None:
        _tell(desk)
    _serve(Worker(settings, options.open, desk.demo if desk is not None else ()))
    stop.set()
    return 0


@dataclass(frozen=True)
class Worker:
    """Makes the server of a process, in that process: nothing that is open goes from one to another."""

    settings: Settings
    is_open: bool
    demo: tuple[accounts.DemoAccount, ...]

    def __call__(self) -> Any:
        """The ASGI application."""
        sys.setswitchinterval(TURN_SECONDS)
        settings = self.settings
        once_the_parent_is_gone(_end)
        site = open_site(settings)
        site.prepared.begin()
        keep_warm(site)
        keep_swept()
        desk = intake = None
        if not self.is_open:
            bus = open_bus(settings.bus, settings.workers)
            robots = read_robots(settings.robot_file, site.facts().zone, settings.public_url)
            pushes = read_pushes(settings, site.facts().zone)
            desk = Desk(site, open_access(settings), self.demo, bus, robots, pushes)
            intake = Intake(settings.case_database_url)
        return create_server(
            site, refresh_seconds=settings.refresh_seconds, desk=desk, intake=intake
        )


def _end() -> None:
    """End this process as whoever stops it would: left alone it would hold the port against the next."""
    os.kill(os.getpid(), signal.SIGTERM)


class Workers(Multiprocess):
    """Processes that serve; one that is killed is begun anew at once, even while it is asked whether it is well.

    Its end of the line by which it answers is let go of here. As long as somebody held it, who waits for the answer
    would not see that nobody is there any more, and wait for `START_SECONDS`.
    """

    def init_processes(self) -> None:
        """Begin them."""
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        """Begin those anew that are gone or do not answer."""
        self._let_go()
        super().keep_subprocess_alive()
        self._let_go()

    def _let_go(self) -> None:
        for process in self.processes:
            process.child_conn.close()


def _serve(worker: Worker) -> None:
    """Serve until interrupted; a process that dies is begun anew where there are several."""
    settings = worker.settings
    manner: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "log_level": "warning",
        "server_header": False,
        "timeout_graceful_shutdown": 2,
    }
    if settings.workers == 1:
        config = uvicorn.Config(worker(), **manner)
        server = uvicorn.Server(config)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[_listening(config)])
        return
    # One that is still starting on a busy machine answers nobody, and is not to be killed for it.
    manner["timeout_worker_healthcheck"] = START_SECONDS
    config = uvicorn.Config(worker, factory=True, workers=settings.workers, **manner)
    Workers(config, sockets=[_listening(config)]).run()


def _listening(config: uvicorn.Config) -> socket.socket:
    made = config.bind_socket()
    let_go_of_the_vanished(made)
    return made


def _desk(site: Site, settings: Settings, options: argparse.Namespace) -> Desk:
    """With the ready accounts where the site is a demo. Raises SetupError."""
    access = open_access(settings)
    is_demo = site.facts().demo
    made: tuple[accounts.DemoAccount, ...] = ()
    tree = site.tree() if is_demo else None
    if tree is not None:
        department = next(iter(site.departments()), None)
        made = accounts.set_up(access, tree, department, partial(acting_post, site))
    accounts.check_place(access, settings.host, is_demo_site=is_demo, is_known=options.i_know)
    robots = read_robots(settings.robot_file, site.facts().zone, settings.public_url)
    pushes = read_pushes(settings, site.facts().zone)
    return Desk(site, access, made, robots=robots, pushes=pushes)


def _tell(desk: Desk) -> None:
    """Who can sign in for a start; the one-time password is not to be had a second time."""
    if desk.demo:
        print("演示账号 demo accounts, password " + desk.demo[0].password)
        print("  " + ", ".join(one.login for one in desk.demo) + "\n", flush=True)
        return
    password = first_administrator(desk.access)
    if password is not None:
        print("首个管理员 first administrator, to be changed at first sign-in:")
        print(f"  {FIRST}  {password}\n", flush=True)


def _parser() -> argparse.ArgumentParser:
    lines = [
        f"  {s.name:<24}{s.meaning}\n{'':26}default: {s.default or '(empty)'}" for s in SETTINGS
    ]
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description="Serves the wall, tablet and phone screens.",
        epilog="environment variables:\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--demo", action="store_true", help="keep new cases arriving in the demo city while it runs"
    )
    parser.add_argument(
        "--site",
        metavar="NAME|PATH",
        help=f"the demo site to show: {', '.join(site_names())}, or a folder of your own",
    )
    parser.add_argument(
        "--open", action="store_true", help="without signing in: whoever reaches it sees everything"
    )
    parser.add_argument(
        "--i-know",
        action="store_true",
        help="let the network reach a demo or an open server all the same",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
