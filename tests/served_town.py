"""`python app.py` as a process on a small town, what it keeps, and pages that hold streams to it."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from app_process import begin_app, free_port
from stage_town import Tab
from waiting import eventually


@dataclass
class ServedTown:
    """The server as processes of a group of their own; all that is set is in `environment`."""

    folder: Path
    environment: dict[str, str]
    arguments: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, **more: str) -> None:
        """Start and wait until it serves; more: settings from now on."""
        self.port = self.port or free_port()
        self.environment |= {"PORT": str(self.port), **more}
        log = self.folder / "server.log"
        self.process = begin_app(self.arguments, self.environment, log, own_group=True)
        eventually(lambda: httpx.get(f"{self.url}/health", timeout=5).status_code == 200, 90)
        wanted = int(self.environment.get("WORKERS", "1"))
        eventually(lambda: wanted == 1 or len(self.workers()) == wanted)

    def stop(self) -> None:
        """End it as an administrator does; none of its processes may be left."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            finally:
                self.kill()

    def kill(self) -> None:
        """All of its processes, without a word of warning."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def kill_the_first(self) -> None:
        """Only the process that began the others; they are to end by themselves, and soon."""
        assert self.process is not None
        left = self.workers()
        self.process.kill()
        self.process.wait()
        eventually(lambda: not any(Path(f"/proc/{one}").exists() for one in left), 15)
        self.process = None

    def workers(self) -> list[int]:
        assert self.process is not None
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        commands = {int(one): Path(f"/proc/{one}/cmdline") for one in listed}
        return [one for one, path in commands.items() if b"spawn_main" in path.read_bytes()]

    def busiest(self) -> int:
        """The worker that has most of the connections; on a quiet machine one may have all."""
        port = f":{self.port:04X}"
        with Path("/proc/net/tcp").open() as table:
            rows = [line.split() for line in table]
        held = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(port) and row[3] == "01"}

        def has(worker: int) -> int:
            found = 0
            for one in Path(f"/proc/{worker}/fd").iterdir():
                with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                    found += str(one.readlink()) in held
            return found

        return max(self.workers(), key=has)

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def tab(self, login: str, screen: str = "tablet") -> "FarTab":
        """A browser in which somebody has signed in."""
        made = FarTab(self.url)
        made.screen = screen
        assert made.sign_in(login).status_code == 303
        return made


class FarTab(Tab):
    """A browser of a server that is another process."""

    def __init__(self, url: str) -> None:
        self.base = url
        self.client = httpx.Client(base_url=url, follow_redirects=False, timeout=20)  # type: ignore[assignment]


@dataclass
class Page:
    """Keeps a stream open as a browser does, connecting anew whenever it ends; what it was told is kept.

    A wall asks for the stage whenever it has connected or ticks may have been missed, as assets/stage.js does: what
    was cast before is told by no tick.
    """

    port: int
    screen: str = "phone"
    cookie: str = ""
    versions: dict[str, int] = field(default_factory=dict)
    """Newest version of each kind, and of each object of a kind as `cast 3`."""
    cast: int = 0
    """Number of the newest step that the stage told of."""
    snapshots: int = 0
    connections: int = 0
    ended: bool = False

    def __post_init__(self) -> None:
        threading.Thread(target=self._go_on, daemon=True).start()

    def _go_on(self) -> None:
        while not self.ended:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._listen()
            time.sleep(0.2)

    def _listen(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request("GET", f"/events?screen={self.screen}", headers={"Cookie": self.cookie})
        answer = line.getresponse()
        self.connections += 1
        event = ""
        while not self.ended and (text := answer.readline().decode()):
            if text.startswith("event: "):
                event = text[7:].strip()
            elif text.startswith("data: "):
                self._take(event, json.loads(text[6:]))
        line.close()

    def _take(self, event: str, data: dict[str, Any]) -> None:
        if event == "snapshot":
            self.snapshots += 1
            self.versions |= data["versions"]
            if self.screen == "wall":
                self._ask()
        elif event == "tick":
            name = f"{data['kind']} {data.get('object', '')}".strip()
            self.versions[name] = max(self.versions.get(name, 0), data["version"])

    def _ask(self) -> None:
        """What is cast; until it is told, for the process that was asked may be gone."""
        address, headers = f"http://127.0.0.1:{self.port}/api/stage/wall", {"Cookie": self.cookie}
        while not self.ended:
            with contextlib.suppress(httpx.HTTPError):
                answer = httpx.get(address, headers=headers, timeout=5)
                if answer.status_code == 200:
                    cast = answer.json()["cast"]
                    self.cast = cast["seq"] if cast else 0
                    return
            time.sleep(0.2)
