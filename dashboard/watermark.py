"""The watermark: who looks, for which organisation, since when, and the end of their login.

One tile for each visitor, drawn by the server from the session. The pages name it in their style sheets; the pages
themselves are the same for everyone and may be kept, so nothing personal stands in them.
"""

from html import escape

from flask import Flask, Response

from dashboard.gates import WATERMARK
from dashboard.office.desk import Desk, known
from data.days import local_time
from queries.visitor import Visitor

TAIL = 4
WIDTH, HEIGHT = 340, 190
TILE = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">\
<g transform="rotate(-20 {x} {y})" fill="gray" font-family="sans-serif" font-size="14" text-anchor="middle">\
<text x="{x}" y="{y}">{first}</text><text x="{x}" y="{below}">{second}</text></g></svg>"""
LONGEST = 24
"""Signs of a name: beyond its tile it would be cut."""


def bearer_words(desk: Desk, visitor: Visitor) -> tuple[str, str]:
    """Name and organisation; the time on the site's wall clock and the end of the login."""
    who = " · ".join(filter(None, (visitor.name[:LONGEST], visitor.organisation[:LONGEST])))
    at = local_time(desk.access.now(), desk.site.facts().zone).strftime("%Y-%m-%d %H:%M")
    return who, f"{at} · …{visitor.login[-TAIL:]}"


def tile(first: str, second: str) -> str:
    """An SVG of two lines, aslant, to be repeated over a page."""
    x, y = WIDTH // 2, HEIGHT // 2
    return TILE.format(
        width=WIDTH,
        height=HEIGHT,
        x=x,
        y=y,
        below=y + 20,
        first=escape(first),
        second=escape(second),
    )


def add_watermark(flask: Flask, desk: Desk) -> None:
    """`/watermark.svg`, of whoever asks."""

    def mark() -> Response:
        answer = Response(tile(*bearer_words(desk, known())), mimetype="image/svg+xml")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    flask.add_url_rule(WATERMARK, "watermark", mark)
