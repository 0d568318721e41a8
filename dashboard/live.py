"""What keeps screens up to date, put together: who is connected, what watches the data, what others tell."""

from collections.abc import Callable, Mapping, Sequence

from starlette.routing import Route

from dashboard.events import MOST_OF_ONE, Events, SnapshotPart, recent_seconds
from dashboard.gates import STREAMS
from dashboard.ticks import Hub
from dashboard.watch import Watch
from data.bus.bus import Bus
from data.bus.tick import OF_DATA, Tick
from queries.site import Site


class Live:
    """Of one process; `routes` are where pages ask for it."""

    def __init__(
        self,
        site: Site,
        bus: Bus,
        builds: Mapping[str, str],
        parts: Sequence[SnapshotPart],
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        """builds, parts, most_of_one: as in dashboard.events.Events."""
        self._bus, self._hub = bus, Hub()
        self._watch = Watch(site.look, self._hub.take)
        events = Events(site, self._hub, builds, parts, most_of_one=most_of_one)
        self.routes = [Route(address, events) for address in STREAMS]
        self._end: Callable[[], None] = lambda: None

    def recent(self) -> float:
        """For how many seconds a picture is good enough (dashboard/pictures.py): in a crowd pages come again soon."""
        return recent_seconds(len(self._hub))

    def begin(self) -> None:
        """Watch and listen from now on."""
        self._watch.begin()
        self._end = self._bus.listen(self._take)

    def end(self) -> None:
        """Watch and listen no more."""
        self._end()
        self._watch.end()

    def _take(self, tick: Tick) -> None:
        # What others say of the data is looked up: a page is told what this process can answer for.
        if tick.kind in OF_DATA:
            self._watch.hint(tick)
        else:
            self._hub.take(tick)
