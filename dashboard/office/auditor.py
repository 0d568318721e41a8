"""The auditor's page: what was noted, newest first. Reading it is noted too."""

from typing import Any

from flask import Flask, Response, request

from dashboard.office.desk import Desk, known, page
from data.audit.chain import Entry
from data.audit.log import WHAT
from data.audit.reading import PAGE, UNUSUAL, newest


def add_auditor(flask: Flask, desk: Desk) -> None:
    """`/audit`."""

    def log() -> Response:
        what = request.args.get("what", "")
        what = what if what in WHAT else ""
        actor = request.args.get("actor", "").strip()[:100]
        text = request.args.get("before", "")
        before = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
        unusual = request.args.get("unusual") == "1"
        rows = newest(desk.access.engine, what=what, actor=actor, before=before, unusual=unusual)
        told = (what or "*", actor or "*", "unusual" if unusual else "", str(before or ""))
        seen = " ".join(word for word in told if word)
        desk.access.log.note(Entry("audit_view", known().login, object=seen), desk.access.now())
        more = rows[-1].seq if len(rows) == PAGE else None
        shown: dict[str, Any] = {"what": what, "actor": actor, "unusual": unusual, "mark": UNUSUAL}
        return page(desk, "audit", rows=rows, kinds=WHAT, more=more, **shown)

    flask.add_url_rule("/audit", "audit", log, methods=["GET"])
