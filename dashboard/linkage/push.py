"""`/api/push`: a phone asks to be told of 督办 though no page is open, or no longer; where the site pushes.

Only whoever may owe an answer on a phone is told; whom a 督办 is told to is decided anew with each.
"""

from flask import Flask, Response, jsonify, request

from dashboard.gates import PUSH
from dashboard.office.desk import Desk, cookie, known, language
from dashboard.text import text
from data.accounts.refused import ChangeRefused
from data.linkage.pushes import LONGEST, begin, end, look

SENT = ("do", "endpoint", "p256dh", "auth")


def may_be_told(desk: Desk) -> bool:
    """Whether the site pushes and the visitor is somebody whom a 督办 may be addressed to on a phone."""
    who = known()
    return desk.pushes.are_on and who.account_id > 0 and who.may("supervision", "phone")


def add_push(flask: Flask, desk: Desk) -> None:
    """POST `do` look, on or off with what the browser's subscription says; answers whether it is told."""

    def push() -> tuple[Response, int]:
        if not may_be_told(desk):
            return jsonify(wrong=text(language(), "office.refused")), 403
        sent, account_id, token = _sent(), known().account_id, cookie(desk, "session") or ""
        try:
            browser = desk.pushes.read(sent)
        except ChangeRefused as error:
            wrong = text(language(), f"wrong.{error.key}", about=error.about)
            return jsonify(wrong=wrong, on=False), 409
        if sent["do"] == "on":
            begin(desk.access, account_id, token, browser, language())
        elif sent["do"] == "off":
            end(desk.access, account_id, browser.endpoint)
        return jsonify(on=look(desk.access, account_id, token, browser.endpoint)), 200

    flask.add_url_rule(PUSH, "push", push, methods=["POST"])


def _sent() -> dict[str, str]:
    given = request.get_json(silent=True)
    held = given if isinstance(given, dict) else {}
    return {name: str(held.get(name, ""))[: LONGEST + 1] for name in SENT}
