"""What an address is and what it takes to be let in: pure, deny by default.

Whatever is not named here is a page for people who are signed in.
"""

from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from queries.rights import SCREENS
from queries.visitor import Visitor

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
PAIR = "/pair"
PROVIDER_OUT = "/sign-in/provider/out"
PASSWORD = "/account/password"
SECOND_FACTOR = "/account/second-factor"
STAGE = "/api/stage/"
"""Casts and 督办, by the name of the screen that asks."""

PUSH = "/api/push"
"""A phone asks to be told of 督办 though no page is open."""

WATERMARK = "/watermark.svg"
CHANGE_FIRST = (PASSWORD, SIGN_OUT, WATERMARK)
"""All that somebody with a one-time password gets to."""
ENROL_FIRST = (SECOND_FACTOR, *CHANGE_FIRST)
"""All that somebody gets to who has yet to set up the second factor that their role asks for."""

STREAMS = ("/events", "/api/versions")
"""Asked for by a screen (`?screen=…`), and by whoever may open that."""

DOCUMENT = "/api/openapi.json"
SIGNED = ("/api/cases", DOCUMENT)
"""Where systems send cases, and what says how."""

DEEDS = ("/call/", "/unmask/")
"""What is noted against whoever opens it: nobody gets there by signing in with somebody else's link."""

LONGEST_NEXT = 300


class Gate(NamedTuple):
    """`open`: for everybody; `file`: the same for everybody and no secret; `page`: a person reads it;
    `call`: a script asks; `signed`: no visitor, the address itself looks at who signed the request.
    `screen` and `kind` (with the screen `office` or any) are what it takes."""

    way: Literal["open", "file", "page", "call", "signed"]
    screen: str = ""
    kind: str = ""

    def lets_in(self, visitor: Visitor) -> bool:
        """Whether somebody who is known may pass."""
        if self.screen and self.screen not in visitor.screens():
            return False
        if self.kind:
            return visitor.may_anywhere(self.kind)
        # A wall opens its screen and what that asks for, and no page.
        return bool(self.screen) or self.way != "page" or visitor.account_id > 0


_OPEN = ("/health", SIGN_IN, f"{SIGN_IN}/provider", f"{SIGN_IN}/back", PROVIDER_OUT, PAIR)
_THREE = tuple(screen for screen in SCREENS if screen != "office")
_KINDS = {
    "admin": "accounts",
    "walls": "pairing",
    "audit": "audit_log",
    "supervisions": "supervise",
    "unmask": "person",
    "call": "person",
    "export.csv": "export",
    "export.xlsx": "export",
}


def is_plain(path: str) -> bool:
    """Whether a path is written the one way in which everybody reads it alike."""
    steps = path.split("/")
    return (
        path.startswith("/")
        and ".." not in steps
        and "." not in steps
        and "" not in steps[1:-1]
        and "\\" not in path
        and path.isprintable()
    )


def gate_of(path: str, query: str = "") -> Gate:
    """What an address is; the query tells whose events are asked for."""
    if path in _OPEN:
        return Gate("open")
    first, _, rest = path.removeprefix("/").partition("/")
    if first == "files":
        return Gate("file")
    if first in _THREE:
        if rest.startswith(("assets/", "_dash-component-suites/")) or rest == "worker.js":
            return Gate("file")
        return Gate("call" if rest.startswith("_") else "page", screen=first)
    if first in _KINDS:
        return Gate("page", kind=_KINDS[first])
    if path in SIGNED:
        return Gate("signed")
    if path in STREAMS and query.removeprefix("screen=") in _THREE:
        return Gate("call", screen=query.removeprefix("screen="))
    if path.startswith(STAGE):
        # What one screen asks for and does is let in by that screen; more is asked where it is done.
        screen = path.removeprefix(STAGE).partition("/")[0]
        return Gate("call", screen=screen if screen in _THREE else "none")
    if path == PUSH:
        return Gate("call", screen="phone")
    if path == WATERMARK:
        return Gate("call")
    if first in ("geo", "events", "api"):
        return Gate("call", kind="case_figures")
    return Gate("page")


def safe_next(wanted: str) -> str:
    """Where to go after signing in: a page of this server, `/` for anything else."""
    if len(wanted) > LONGEST_NEXT or not wanted.isascii() or not wanted.isprintable():
        return "/"
    parts = urlsplit(wanted)
    # urlsplit takes blanks off the front, browsers may too.
    outside = parts.scheme or parts.netloc or wanted.startswith("//")
    if outside or not wanted.startswith("/") or not is_plain(parts.path):
        return "/"
    is_deed = parts.path == SIGN_OUT or parts.path.startswith(DEEDS)
    return wanted if gate_of(parts.path).way == "page" and not is_deed else "/"


def first_step(visitor: Visitor, path: str) -> str:
    """Where somebody has to go before they get to an address; empty for nowhere else."""
    if visitor.must_change and path not in CHANGE_FIRST:
        return PASSWORD
    if visitor.must_enrol and path not in ENROL_FIRST:
        return SECOND_FACTOR
    return ""
