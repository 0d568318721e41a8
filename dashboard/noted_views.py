"""What is looked at is itself noted: who looks up persons, and each list and case of the inspectors (domain.md A3)."""

import hashlib
import secrets
from threading import Lock
from urllib.parse import parse_qsl

from dashboard.noted_look_ups import LookUp, look_ups_of
from dashboard.panel import Question
from dashboard.text import Language
from data.accounts.access import Access
from data.accounts.tries import Tries
from data.audit.chain import Entry
from queries.sight import DISCIPLINE
from queries.site import Site
from queries.visitor import Visitor, scope_words

SAME_VIEW = 60
"""A view that was asked for within so many seconds is still the same one: a screen asks every 15 s."""

MOST_KEPT = 10_000
TOLD = ("list", "case", "hierarchy", "grid", "department", "page", "check")
"""The parts of an address that say what is listed."""

ALWAYS_LISTED = "overdue"
"""The tablet lists these while no other list is asked for."""


class TooOften(Exception):
    """Somebody looks up more in a minute than a person does."""

    def __init__(self, language: Language) -> None:
        super().__init__("too many look-ups")
        self.language = language


class NotedViews:
    """Notes in the audit log what is looked at, and slows down who looks up too much; one per server.

    Of what is typed to find persons a digest is held in memory, under a key of this process, to tell one
    search from the next; neither is written anywhere.
    """

    def __init__(self, access: Access, site: Site) -> None:
        self._access, self._site = access, site
        self._last: dict[tuple[str, str], int] = {}
        self._lock = Lock()
        self._key = secrets.token_bytes(16)
        self._tries = Tries(access.engine, "look_up", access.rules.look_ups_per_minute)

    def note(self, question: Question | None) -> None:
        """Note the view that a question opens, if it is one to be noted and not the one still open.

        Raises TooOften, and what the audit log raises: what cannot be noted is not shown.
        """
        if question is None:
            return
        who = question.visitor
        if who is None:
            # Nobody in particular sees everything: on a server with accounts that must never be.
            raise PermissionError("the guard let nobody in")
        for found in look_ups_of(self._site, question):
            self._look_up(who, question, found)
        if is_inspector(who, question.screen) and (what := viewed(question)):
            entry = Entry("list_view", who.login, scope=scope_words(who.in_force), object=what)
            self._once(what, entry)

    def _look_up(self, who: Visitor, question: Question, found: LookUp) -> None:
        entry = Entry(
            found.what,
            who.login,
            scope=scope_words(who.in_force),
            object=f"{question.screen} {found.about}",
            outcome=found.outcome,
        )
        view = entry.object + self._digest(question.typed)
        if self._is_open_still(who.login, view):
            self._held(who.login, view)
        elif self._tries.allows(who.login):
            self._once(view, entry)
        else:
            self._once(
                "too often", Entry("search", who.login, reason="too often", outcome="refused")
            )
            raise TooOften(question.language)

    def _once(self, view: str, entry: Entry) -> None:
        """Note an entry unless its view is still open."""
        if not self._is_open_still(entry.actor, view):
            self._access.log.note(entry, self._access.now())
        # Only now: what could not be noted must be tried again with the next question.
        self._held(entry.actor, view)

    def _is_open_still(self, login: str, view: str) -> bool:
        with self._lock:
            last = self._last.get((login, view))
        return last is not None and self._access.now() - last < SAME_VIEW

    def _held(self, login: str, view: str) -> None:
        with self._lock:
            if len(self._last) > MOST_KEPT:
                self._last.clear()
            self._last[login, view] = self._access.now()

    def _digest(self, typed: str) -> str:
        if not typed:
            return ""
        return " " + hashlib.blake2b(typed.encode(errors="replace"), key=self._key).hexdigest()


def viewed(question: Question) -> str:
    """Screen and list, or case, that a question opens, in a line; empty for none."""
    parts = dict(parse_qsl(question.fragment.removeprefix("#")))
    if "list" not in parts and "case" not in parts:
        if question.screen != "tablet":
            return ""
        parts["list"] = ALWAYS_LISTED
    told = [f"{name}={parts[name]}" for name in TOLD if parts.get(name)]
    return " ".join([question.screen, *told])


def is_inspector(visitor: Visitor, screen: str) -> bool:
    """Whether each list and case that a visitor looks at from a screen is noted."""
    return any(one.limit == DISCIPLINE for one, _ in visitor.allowed("case_detail", screen))
