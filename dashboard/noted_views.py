"""What the inspectors look at is itself noted: each list and each case that they open (domain.md A3)."""

from threading import Lock
from urllib.parse import parse_qsl

from dashboard.panel import Question
from data.accounts.access import Access
from data.audit.chain import Entry
from queries.sight import DISCIPLINE
from queries.visitor import Visitor, scope_words

SAME_VIEW = 60
"""A view that was asked for within so many seconds is still the same one: a screen asks every 15 s."""

MOST_KEPT = 10_000
TOLD = ("list", "case", "hierarchy", "grid", "department", "page", "check")
"""The parts of an address that say what is listed."""

ALWAYS_LISTED = "overdue"
"""The tablet lists these while no other list is asked for."""


class NotedViews:
    """Notes in the audit log which lists and cases inspectors look at; one instance per server."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._last: dict[tuple[str, str], int] = {}
        self._lock = Lock()

    def note(self, question: Question | None) -> None:
        """Note the view that a question opens, if it is one to be noted and not the one still open.

        Raises what the audit log raises: what cannot be noted is not shown.
        """
        if question is None:
            return
        who = question.visitor
        if who is None:
            # Nobody in particular sees everything: on a server with accounts that must never be.
            raise PermissionError("the guard let nobody in")
        if not _is_inspector(who, question.screen):
            return
        what = viewed(question)
        if not what or self._is_open_still(who.login, what):
            return
        entry = Entry("list_view", who.login, scope=scope_words(who.in_force), object=what)
        self._access.log.note(entry, self._access.now())

    def _is_open_still(self, login: str, what: str) -> bool:
        now = self._access.now()
        with self._lock:
            if len(self._last) > MOST_KEPT:
                self._last.clear()
            last = self._last.get((login, what))
            self._last[login, what] = now
        return last is not None and now - last < SAME_VIEW


def viewed(question: Question) -> str:
    """Screen and list, or case, that a question opens, in a line; empty for none."""
    parts = dict(parse_qsl(question.fragment.removeprefix("#")))
    if "list" not in parts and "case" not in parts:
        if question.screen != "tablet":
            return ""
        parts["list"] = ALWAYS_LISTED
    told = [f"{name}={parts[name]}" for name in TOLD if parts.get(name)]
    return " ".join([question.screen, *told])


def _is_inspector(visitor: Visitor, screen: str) -> bool:
    return any(one.limit == DISCIPLINE for one, _ in visitor.allowed("case_detail", screen))
