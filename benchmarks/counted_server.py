"""The server of the screens, counting how many answers it makes: `python -m benchmarks.counted_server`.

Settings as for app.py. /computed says how many answers were asked for and how many were computed, and
the CPU time of the process so far.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from dashboard.server import create_server
from data.settings import read_settings
from queries.memory import Recent
from queries.site import ANSWER_SECONDS, open_site

T = TypeVar("T")


class CountedAnswers(Recent):
    """Recent, with a count of what was asked for and of what had to be computed."""

    def __init__(self, size: int, seconds: float) -> None:
        super().__init__(size, seconds)
        self.asked = self.computed = 0
        self._counting = threading.Lock()

    def get(self, key: object, make: Callable[[], T]) -> T:
        """As Recent.get, counted."""
        with self._counting:
            self.asked += 1

        def counted() -> T:
            with self._counting:
                self.computed += 1
            return make()

        return super().get(key, counted)


def main() -> int:
    """Serve until terminated."""
    settings = read_settings()
    site = open_site(settings)
    answers = CountedAnswers(4000, ANSWER_SECONDS)
    site.answers = answers

    async def computed(_request: Request) -> JSONResponse:
        held = {"asked": answers.asked, "computed": answers.computed}
        return JSONResponse({**held, "cpu_seconds": time.process_time()})

    server = Starlette(routes=[Route("/computed", computed), Mount("/", create_server(site))])
    uvicorn.run(server, host=settings.host, port=settings.port, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
