"""The auditor's page: what was noted, newest first. Reading it is noted too."""

from flask import Flask, Response, request

from dashboard.office.desk import Desk, known, page
from data.audit.chain import Entry
from data.audit.log import WHAT
from data.audit.reading import PAGE, newest


def add_auditor(flask: Flask, desk: Desk) -> None:
    """`/audit`."""

    def log() -> Response:
        what = request.args.get("what", "")
        what = what if what in WHAT else ""
        actor = request.args.get("actor", "").strip()[:100]
        text = request.args.get("before", "")
        before = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
        rows = newest(desk.access.engine, what=what, actor=actor, before=before)
        seen = f"{what or '*'} {actor or '*'} {before or ''}".strip()
        desk.access.log.note(Entry("audit_view", known().login, object=seen), desk.access.now())
        more = rows[-1].seq if len(rows) == PAGE else None
        return page(desk, "audit", rows=rows, kinds=WHAT, what=what, actor=actor, more=more)

    flask.add_url_rule("/audit", "audit", log, methods=["GET"])
