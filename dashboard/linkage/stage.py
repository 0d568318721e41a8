"""What a screen is told beside its figures, and what it may do: casts onto walls and 督办.

One small address for each screen: GET tells the state as a piece of page and the next instant at which it
changes by itself, POST does something and tells the state that came of it. Nothing of it is kept.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, jsonify, render_template, request

from dashboard.gates import STAGE
from dashboard.linkage.casting import Casting
from dashboard.linkage.supervising import Supervising
from dashboard.linkage.words import Refused, Said, say
from dashboard.noted_once import NotedOnce
from dashboard.office.desk import Desk, known, language
from dashboard.text import text
from data.accounts.refused import ChangeRefused
from data.audit.chain import Entry
from data.linkage.upkeep import keep_posting, keep_pushing, keep_up
from queries.scope import ScopeError
from queries.visitor import Visitor, scope_words

Doing = Callable[[Visitor, str, Mapping[str, str]], None]
"""(who, from which screen, what the browser sent) -> done, or one of the refusals."""

LONGEST_SENT = 4000
LONGEST = {"photo": 240_000}
"""Characters of texts that are longer than others; the guard takes 256 KiB in all."""
MOST_SENT = 12
MOST_NUMBER = 2**63 - 1
"""The largest number that a database holds."""


def add_stage(flask: Flask, desk: Desk) -> None:
    """`/api/stage/<screen>` and the sheets that it offers."""
    supervising = Supervising(desk)
    parts: tuple[Casting | Supervising, ...] = (Casting(desk), supervising)
    doings: dict[str, Doing] = {key: do for part in parts for key, do in part.doings().items()}
    sheets = {key: make for part in parts for key, make in part.sheets().items()}

    denials = NotedOnce(desk.access)

    def denied(who: Visitor, what: str) -> None:
        scope = scope_words(who.in_force)
        denials.note(Entry("denial", who.login, scope, what, outcome="refused"))

    def state(screen: str) -> Response:
        return _state(screen)

    def act(screen: str) -> tuple[Response, int] | Response:
        sent = _sent()
        doing = doings.get(sent.get("do", ""))
        if doing is None:
            return _wrong("stage.unknown", 400)
        try:
            doing(known(), screen, sent)
        except Refused:
            denied(known(), f"{STAGE}{screen} {sent['do']}")
            return _wrong("office.refused", 403)
        except ChangeRefused as error:
            return _wrong(f"wrong.{error.key}", 409, about=error.about)
        except ScopeError as error:
            return _wrong("stage.address", 400, part=error.part)
        return _state(screen)

    def sheet(screen: str, name: str) -> tuple[Response, int] | Response:
        make = sheets.get(name)
        if make is None:
            return _wrong("stage.unknown", 404)
        try:
            said = make(known(), screen, _cleaned(request.args))
        except Refused:
            denied(known(), f"{STAGE}{screen} {name}")
            return _wrong("office.refused", 403)
        except ScopeError as error:
            return _wrong("stage.address", 400, part=error.part)
        return jsonify(now=desk.access.now(), html=_drawn(desk, name, said))

    def _state(screen: str) -> Response:
        who = known()
        said = [one for part in parts for one in part.state(who, screen)]
        html = "".join(_drawn(desk, one.template, one) for one in said)
        ends = [one.next_at for one in said if one.next_at is not None]
        answer: dict[str, Any] = {
            "now": _clock(desk),
            "html": html,
            "next": min(ends, default=None),
        }
        for one in said:
            answer |= one.told
        return jsonify(answer)

    def photo(screen: str, number: int, photo_id: int) -> Response:
        image = supervising.photo(known(), screen, number, photo_id)
        return Response(status=404) if image is None else Response(image, mimetype="image/jpeg")

    where = f"{STAGE}<screen>/photo/<int:number>/<int(max={MOST_NUMBER}):photo_id>"
    flask.add_url_rule(where, "stage_photo", photo, methods=["GET"])
    flask.add_url_rule(f"{STAGE}<screen>", "stage", state, methods=["GET"])
    flask.add_url_rule(f"{STAGE}<screen>", "stage_act", act, methods=["POST"])
    flask.add_url_rule(f"{STAGE}<screen>/<name>", "stage_sheet", sheet, methods=["GET"])


def keep_stage(desk: Desk, stop: threading.Event) -> None:
    """Carry out what the clock decides, until told to stop; in a thread of its own."""
    keep_up(Casting(desk).casts, Supervising(desk).supervisions, stop)


def keep_posts(desk: Desk, stop: threading.Event) -> None:
    """Send what waits for group robots, until told to stop; in a thread of its own."""
    keep_posting(desk.access, desk.robots, stop)


def keep_pushes(desk: Desk, stop: threading.Event) -> None:
    """Send what waits for browsers, until told to stop; in a thread of its own, where the site pushes."""
    if desk.pushes.are_on:
        keep_pushing(desk.access, desk.pushes, stop)


def _clock(desk: Desk) -> float:
    """The instant by which screens count down, with parts of a second where the clock has them."""
    now = desk.access.now()
    here = time.time()
    return here if int(here) == now else now


def _drawn(desk: Desk, template: str, said: Said) -> str:
    tongue = language()

    def t(key: str, **filled: object) -> str:
        return text(tongue, key, **filled)

    return render_template(
        f"linkage/{template}.html",
        t=t,
        say=lambda words: say(tongue, words),
        language=tongue,
        **said.values,
    ).strip()


def _sent() -> dict[str, str]:
    """What the browser sent: a few short texts by name; anything else counts as nothing."""
    given = request.get_json(silent=True)
    return _cleaned(given) if isinstance(given, dict) else {}


def _cleaned(given: Mapping[str, object]) -> dict[str, str]:
    """Texts that any database takes."""
    if len(given) > MOST_SENT:
        return {}
    return {
        str(name): _plain(str(value)[: LONGEST.get(name, LONGEST_SENT)])
        for name, value in given.items()
        if isinstance(value, str | int)
    }


def _plain(words: str) -> str:
    """Without what no database holds: the zero character, and halves of characters."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


def _wrong(key: str, status: int, **filled: object) -> tuple[Response, int]:
    return jsonify(wrong=text(language(), key, **filled)), status
