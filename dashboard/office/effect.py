"""成效: issued → seen → answered → case moved, by unit, for those who may issue 督办."""

from flask import Flask, Response, request

from dashboard.linkage.places import grid_path, unit_name
from dashboard.office.desk import Desk, known, language, page
from data.audit.chain import Entry
from data.linkage.supervision import Supervision, Target
from data.linkage.supervisions import Supervisions
from queries.effect import effects
from queries.figures import count_text, percent
from queries.supervising import overseen
from queries.visitor import Visitor, scope_words

PERIODS = (7, 30, 90, 365)
DAY = 86_400
LISTED = 100
FEW = 30
"""Of fewer the counts alone are told: a percentage would say more than there is."""


def add_effect(flask: Flask, desk: Desk) -> None:
    """`/supervisions`."""
    supervisions = Supervisions(desk.access, desk.bus, robots=desk.robots)
    path = grid_path(desk.site)

    def seen_by(who: Visitor, held: list[Supervision]) -> list[Supervision]:
        screens = ("tablet", "phone")
        found = (overseen(desk.site, who, screen, held, path) for screen in screens)
        numbers = {one.number for some in found for one in some}
        return [one for one in held if one.number in numbers]

    def effect() -> Response:
        days = request.args.get("days", "30")
        days = days if days in map(str, PERIODS) else "30"
        now, who = desk.access.now(), known()
        held = seen_by(who, supervisions.issued_since(now - int(days) * DAY))
        units, whole = effects(desk.site, held, now)
        told = f"supervisions days={days}"
        desk.access.log.note(Entry("list_view", who.login, scope_words(who.in_force), told), now)
        newest = sorted(held, key=lambda one: -one.issued_at)[:LISTED]
        return page(
            desk,
            "effect",
            units=units,
            whole=whole,
            newest=newest,
            now=now,
            periods=PERIODS,
            days=int(days),
            unit_name=lambda unit: unit_name(desk.site, unit).in_language(language()),
            title=lambda target: _title(desk, target),
            share=_share,
        )

    flask.add_url_rule("/supervisions", "supervisions", effect, methods=["GET"])


def _share(n: int, d: int) -> str:
    """A share as n/d, with its percentage where there are enough."""
    counts = f"{count_text(n)}/{count_text(d)}"
    value = percent(n, d)
    if not d:
        return "—"
    return counts if value is None or d < FEW else f"{counts} · {value:.1f} %"


def _title(desk: Desk, target: Target) -> str:
    """What a 督办 is about: a grid by its name in the reader's language, a case by its title."""
    if target.kind == "grid":
        return unit_name(desk.site, target.unit).in_language(language())
    return target.title
