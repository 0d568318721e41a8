"""Entries of the audit log that a screen, or who holds its address, would repeat every few seconds."""

from threading import Lock

from data.accounts.access import Access
from data.audit.chain import Entry

AGAIN_AFTER = 60
"""Seconds for which the same entry of the same actor is noted once: a screen asks every 15 s."""

MOST_KEPT = 10_000


class NotedOnce:
    """Notes each entry once a minute; what differs in reason or outcome only counts as the same."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._last: dict[tuple[str, str, str], int] = {}
        self._lock = Lock()

    def note(self, entry: Entry) -> None:
        """Note an entry, unless it was noted just now. Raises what the audit log raises."""
        same, now = (entry.what, entry.actor, entry.object), self._access.now()
        with self._lock:
            last = self._last.get(same)
        if last is not None and now - last < AGAIN_AFTER:
            return
        self._access.log.note(entry, now)
        # Only now: what could not be noted must be tried again with the next request.
        with self._lock:
            if len(self._last) > MOST_KEPT:
                self._last.clear()
            self._last[same] = now
