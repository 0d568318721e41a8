"""Everything that Flask answers but the screens themselves: home, outlines, refusals, the desk's pages."""

import logging
from typing import Any

from dash.exceptions import DependencyException
from flask import Flask, Response, abort, redirect, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from dashboard.files import A_YEAR, ASSETS, Files, bundled, digest_of, in_encoding
from dashboard.linkage.push import add_push
from dashboard.linkage.stage import add_stage
from dashboard.noted_views import TooOften
from dashboard.office import entrance as office
from dashboard.office.admin import add_admin
from dashboard.office.auditor import add_auditor
from dashboard.office.desk import Desk, known, visitor
from dashboard.office.effect import add_effect
from dashboard.office.entrance import add_entrance
from dashboard.office.opening import add_opening
from dashboard.office.own import add_own
from dashboard.office.walls import add_walls
from dashboard.taking import add_taking
from dashboard.text import catalogue, text
from dashboard.watermark import add_watermark
from data.errors import first_line
from queries.geometry import outlines
from queries.site import Site
from queries.visitor import Visitor

log = logging.getLogger(__name__)

SCREENS = ("wall", "tablet", "phone")
HOME_STYLES = ("tokens.css", "base.css", "home.css")


def add_pages(flask: Flask, site: Site, files: Files, desk: Desk | None) -> None:
    """Add the home page, outlines, refusals, files to take along and, with a desk, its pages."""
    texts = [(name, (ASSETS / name).read_text(encoding="utf-8")) for name in HOME_STYLES]
    style = files.add("home", ".css", bundled(texts)).address
    flask.extensions["home_style"] = style

    def home() -> str | Response:
        if desk is not None:
            return office.home(desk)
        facts = site.facts()
        language = "en" if request.args.get("lang") == "en" else "zh"
        words = {key: value[language] for key, value in catalogue().items()}
        return render_template(
            "home.html",
            facts=facts,
            language=language,
            words=words,
            screens=SCREENS,
            style=style,
        )

    def geometry(version: int, tree_code: str, grid_code: str, level: int) -> Response:
        seen = _seen(site, desk, tree_code, grid_code)
        tree = seen.tree(tree_code)
        grid = tree.by_code.get(grid_code) if tree is not None else None
        if tree is None or grid is None or not grid.level <= level <= tree.deepest():
            abort(404)
        if not seen.sees(tree, grid):
            abort(404)
        held = outlines(seen, tree, grid, level)
        answer = in_encoding(
            "application/geo+json", held.plain, held.packed, digest_of(held.packed)
        )
        if version == site.versions().get("grids"):
            answer.headers["Cache-Control"] = A_YEAR
        return answer

    def refused(error: HTTPException) -> tuple[str, int]:
        key = "notice.not_found" if error.code == 404 else "notice.broken"
        words = {
            name: catalogue()[name]["zh"] + " · " + catalogue()[name]["en"]
            for name in (key, "notice.home")
        }
        return render_template(
            "refused.html", what=words[key], home=words["notice.home"], style=style
        ), error.code or 500

    def too_often(error: TooOften) -> Response:
        answer = Response(text(error.language, "office.look_ups"), 429, mimetype="text/plain")
        answer.headers["Retry-After"] = "60"
        return answer

    flask.register_error_handler(TooOften, too_often)
    flask.register_error_handler(404, refused)
    flask.register_error_handler(500, refused)
    flask.register_error_handler(DependencyException, lambda _: refused(NotFound()))
    flask.add_url_rule("/", "home", home)
    flask.add_url_rule("/health", "health", lambda: _health(site))
    add_taking(flask, site, desk)
    flask.add_url_rule(
        "/geo/<int:version>/<tree_code>/<grid_code>/<int:level>.geojson", "geometry", geometry
    )
    if desk is not None:
        for add in (
            add_entrance,
            add_own,
            add_walls,
            add_admin,
            add_auditor,
            add_effect,
            add_stage,
            add_push,
        ):
            add(flask, desk)
        add_opening(flask, desk)
        add_watermark(flask, desk)
    for screen in SCREENS:
        flask.add_url_rule(
            f"/{screen}", f"to_{screen}", lambda screen=screen: redirect(f"/{screen}/")
        )


def _health(site: Site) -> tuple[dict[str, Any], int]:
    """Whether the server answers and has what it answers from; walls ask before they load themselves anew."""
    try:
        return {"status": "ok", "versions": site.versions()}, 200
    except Exception as error:
        log.warning("not well: %s", first_line(error))
        return {"status": "the databases do not answer"}, 503


def _asker(desk: Desk | None) -> Visitor | None:
    """Who asks; nobody in particular only where there are no accounts."""
    return visitor() if desk is None else known()


def _seen(site: Site, desk: Desk | None, tree_code: str, grid_code: str) -> Site:
    """The site as one of the visitor's screens sees it: outlines are of whichever shows the grid."""
    who = _asker(desk)
    sites = [site.seen_by(who, screen) for screen in (who.screens() if who else ())] or [site]
    for seen in sites:
        tree = seen.tree(tree_code)
        grid = tree.by_code.get(grid_code) if tree is not None else None
        if tree is not None and grid is not None and seen.sees(tree, grid):
            return seen
    return sites[0]
