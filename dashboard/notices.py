"""What a screen says instead of new figures: the address is wrong, or the databases are silent."""

import re
from typing import Any

from dash import html

from dashboard.text import Language, text
from queries.known import BeforeRecords
from queries.scope import ScopeError


def language_of(fragment: str, search: str) -> Language:
    """The fragment's language, the query's where it has none."""
    for part in (fragment, search):
        found = re.search(r"[#?&]lang=(zh|en)(&|$)", part)
        if found:
            return "en" if found[1] == "en" else "zh"
    return "zh"


def refusal(error: ScopeError, language: Language) -> html.Div:
    """The address is wrong: say which part, and offer the way home."""
    known = (
        "grid",
        "from",
        "to",
        "on",
        "days",
        "#",
        "hierarchy",
        "period",
        "zoning",
        "known",
        "nothing",
    )
    key = "from" if error.part == "to" else error.part if error.part in known else "other"
    told: dict[str, object] = {"part": error.part, "value": error.value[:80]}
    if isinstance(error, BeforeRecords):
        since = "—" if error.since is None else f"{error.since:%Y-%m-%d %H:%M}"
        key, told = "known_before", {**told, "since": since}
    home = "#lang=en" if language == "en" else "#"
    return html.Div(
        [
            html.H2(text(language, f"notice.{'nothing' if key == 'nothing' else 'address'}")),
            html.P(text(language, f"refused.{key}", **told)),
            html.A(text(language, "notice.home"), href=home, className="button"),
        ],
        className="notice-card",
    )


def unreachable(language: Language, held: dict[str, Any], now: int) -> html.Div:
    """The databases do not answer: a line below the last figures, which stay, with their age."""
    times = [last["at"] for last in held.values() if isinstance(last, dict) and "at" in last]
    known = [at for at in times if isinstance(at, int)]
    if not known:
        return html.Div(text(language, "notice.unreachable"), className="notice-bar")
    minutes = max(0, (now - max(known)) // 60)
    words = text(language, "notice.unreachable_since", minutes=minutes)
    return html.Div(words, className="notice-bar")
