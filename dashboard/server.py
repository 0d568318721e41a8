"""One Flask server with three Dash apps, inside Starlette: the only file that knows how it is served.

Three apps, so that each screen loads its own scripts only. Two private hooks of Dash are used for it
(`_collect_and_register_resources`, `_config`); dash is pinned and a test asserts the script lists.
"""

import re
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from a2wsgi import WSGIMiddleware
from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, Response, abort, redirect, render_template, request
from flask_compress import Compress
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from werkzeug.exceptions import HTTPException, NotFound

from dashboard.arrivals import doors_of
from dashboard.events import SnapshotPart
from dashboard.files import A_YEAR, ASSETS, Files, bundled, digest_of, in_encoding
from dashboard.guard import Guard
from dashboard.linkage.stage import add_stage, keep_stage
from dashboard.live import Live
from dashboard.noted_views import NotedViews, TooOften
from dashboard.office import entrance as office
from dashboard.office.admin import add_admin
from dashboard.office.auditor import add_auditor
from dashboard.office.desk import Desk, known, visitor
from dashboard.office.effect import add_effect
from dashboard.office.entrance import add_entrance
from dashboard.office.opening import add_opening
from dashboard.office.own import add_own
from dashboard.office.walls import add_walls
from dashboard.page import Page, make_page
from dashboard.panel import Screen, connect, layout, refresh
from dashboard.replies import Replies
from dashboard.screens.phone import PHONE
from dashboard.screens.tablet import TABLET
from dashboard.screens.wall import WALL
from dashboard.taking import add_taking
from dashboard.text import catalogue, text
from dashboard.watermark import add_watermark
from data.arrival.intake import Intake
from data.bus.bus import LocalBus
from queries.geometry import outlines
from queries.site import Site
from queries.visitor import Visitor

SCREENS = (WALL, TABLET, PHONE)
FOLDER = Path(__file__).resolve().parent
NOT_NEEDED = ("dash_table", "polyfill@", "dcc/")
"""Parts of Dash's own bundle that no screen uses: tables, old browsers, plotly's and other widgets."""

HOME_STYLES = ("tokens.css", "base.css", "home.css")
REFUSALS = {
    403: "office.refused",
    404: "notice.not_found",
    413: "office.too_large",
    429: "office.too_often",
    503: "office.away",
}
"""What the guard says by a status."""
THREADS = 16


class ScreenApp(Dash):
    """A Dash app that loads the scripts of its screen and no others."""

    def __init__(self, screen: Screen, server: Flask, *, has_accounts: bool = False) -> None:
        self.screen = screen
        wanted = "|".join(re.escape(name) for name in (*screen.styles, *screen.scripts))
        super().__init__(
            f"dashboard.{screen.key}",
            server=server,
            url_base_pathname=f"/{screen.key}/",
            assets_folder=str(ASSETS),
            assets_ignore=f"^(?!(?:{wanted})$)",
            title=catalogue()[f"screen.{screen.key}"]["zh"],
            update_title="",
            serve_locally=True,
        )
        self.page: Page | None = None

    def build(self, flask: Flask, files: Files, account: str, *, linked: bool) -> None:
        """Make the page; layout and callback must be there. account, linked: as in `make_page`."""
        self.page = make_page(flask, self.screen, self.title, files, account, linked=linked)

    def csp_hashes(self, hash_algorithm: str = "sha256") -> list[str]:
        """What a Content-Security-Policy must allow besides our own files: the page's one inline script."""
        if hash_algorithm != "sha256":
            raise ValueError(f"{hash_algorithm} is not computed; sha256 is")
        return [self.page.script_hash] if self.page else []

    def index(self, *args: Any, **kwargs: Any) -> str:
        """The page, as it was built."""
        return super().index(*args, **kwargs) if self.page is None else self.page.html

    def _collect_and_register_resources(
        self, resources: Any, include_async: bool = True, url_attr: str = "src"
    ) -> Any:
        kept = [wanted for r in resources if (wanted := self._wanted(r)) is not None]
        return super()._collect_and_register_resources(kept, include_async, url_attr)

    def _wanted(self, resource: dict[str, Any]) -> dict[str, Any] | None:
        """What of a resource this screen loads; None for nothing."""
        if "asset_path" in resource:
            return resource
        if resource.get("namespace") not in self.screen.namespaces:
            return None
        paths = resource.get("relative_package_path", [])
        paths = [paths] if isinstance(paths, str) else paths
        kept = [path for path in paths if not any(part in path for part in NOT_NEEDED)]
        return {**resource, "relative_package_path": kept} if kept else None


def create_flask(
    site: Site,
    *,
    refresh_seconds: int = 15,
    files: Files | None = None,
    desk: Desk | None = None,
    views: NotedViews | None = None,
) -> Flask:
    """The Flask server with the three screens, their outlines and the page that offers them.

    With a desk it has the pages of signing in too; who may pass is the guard's to say, not Flask's.
    """
    files = Files() if files is None else files
    note = None if desk is None else (views or NotedViews(desk.access, site)).note
    flask = Flask("dashboard", template_folder=str(FOLDER), static_folder=None)
    flask.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    flask.config["COMPRESS_BR_LEVEL"] = 5
    flask.config["COMPRESS_MIMETYPES"] = [
        "text/html",
        "text/css",
        "application/json",
        "application/geo+json",
        "text/javascript",
        "application/javascript",
    ]
    flask.after_request(_conditional)
    Compress(flask)
    flask.after_request(_cache_headers)
    files.serve(flask)
    _add_pages(flask, site, files, desk)
    apps = {screen.key: ScreenApp(screen, flask) for screen in SCREENS}
    for screen in SCREENS:
        apps[screen.key].layout = layout(screen, refresh_seconds, site.facts().ladder)
        connect(apps[screen.key], screen, site, note)
        flask.add_url_rule(
            f"/{screen.key}/worker.js", f"{screen.key}_worker", _worker(apps[screen.key])
        )
    for app in apps.values():
        app.build(flask, files, _account_words(app.screen, desk), linked=desk is not None)
    flask.extensions["builds"] = {
        app.screen.key: app.page.build for app in apps.values() if app.page
    }
    flask.extensions["csp_hashes"] = [one for app in apps.values() for one in app.csp_hashes()]
    return flask


def create_server(
    site: Site,
    *,
    refresh_seconds: int = 15,
    desk: Desk | None = None,
    snapshot_parts: Sequence[SnapshotPart] = (),
    intake: Intake | None = None,
) -> Starlette | Guard:
    """The ASGI application that uvicorn runs; without a desk it is open to whoever reaches it.

    snapshot_parts: what a page that connects is told besides versions (dashboard/events.py). intake: what
    sources send goes there; only where there are accounts, since tokens are kept with them.
    """
    files = Files()
    views = None if desk is None else NotedViews(desk.access, site)
    flask = create_flask(site, refresh_seconds=refresh_seconds, files=files, desk=desk, views=views)
    note = None if views is None else views.note

    bus = LocalBus() if desk is None else desk.bus
    live = Live(site, bus, flask.extensions["builds"], snapshot_parts)
    doors = [] if desk is None or intake is None else doors_of(desk, intake)

    @asynccontextmanager
    async def started(_: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=files.pack, daemon=True).start()
        live.begin()
        stop = threading.Event()
        if desk is not None:
            threading.Thread(target=keep_stage, args=(desk, stop), daemon=True).start()
        yield
        stop.set()
        live.end()

    server = Starlette(
        routes=[
            *live.routes,
            *doors,
            Mount("/", WSGIMiddleware(flask, workers=THREADS)),
        ],
        middleware=[Middleware(Replies, site=site, screens=SCREENS, note=note)],
        lifespan=started,
    )
    return server if desk is None else _guarded(server, flask, desk)


def _guarded(server: Starlette, flask: Flask, desk: Desk) -> Guard:
    refused = flask.jinja_env.get_template("refused.html")
    style = flask.extensions["home_style"]

    def refusal(status: int, language: str) -> bytes:
        words = {key: held[language] for key, held in catalogue().items()}
        what, home = words[REFUSALS.get(status, "office.bad_request")], words["notice.home"]
        return refused.render(what=what, home=home, style=style).encode()

    return Guard(server, desk.access, refusal, flask.extensions["csp_hashes"])


def warm(site: Site) -> None:
    """Draw every screen once, so that the first visitor does not wait for what is kept afterwards."""
    for screen in SCREENS:
        refresh(screen, site, '{"hash": ""}', "{}")


def _account_words(screen: Screen, desk: Desk | None) -> str:
    """What the link to one's account is called where people sign in; a wall has nobody to sign out."""
    words = catalogue()["office.account"]
    return "" if desk is None or screen is WALL else f"{words['zh']} {words['en']}"


def _worker(app: ScreenApp) -> Callable[[], Response]:
    """The view of a screen's service worker; a browser asks for it anew on each visit."""
    return lambda: Response(app.page.worker if app.page else "", mimetype="text/javascript")


def _add_pages(flask: Flask, site: Site, files: Files, desk: Desk | None) -> None:
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
            screens=[s.key for s in SCREENS],
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
    flask.add_url_rule("/health", "health", lambda: {"status": "ok", "versions": site.versions()})
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
        ):
            add(flask, desk)
        add_opening(flask, desk)
        add_watermark(flask, desk)
    for screen in SCREENS:
        flask.add_url_rule(
            f"/{screen.key}", f"to_{screen.key}", lambda key=screen.key: redirect(f"/{key}/")
        )


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


def _cache_headers(response: Response) -> Response:
    """What has no address of its own content is asked for anew each time, and told by its ETag."""
    if "Cache-Control" not in response.headers or "/assets/" in request.path:
        response.headers["Cache-Control"] = "no-cache"
    told = response.headers["Cache-Control"] != "no-store" and not response.is_streamed
    if request.method == "GET" and response.status_code == 200 and told:
        response.add_etag()
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _conditional(response: Response) -> Response:
    """304 instead of what the browser holds already; Flask-Compress does it for what it compresses."""
    if request.method == "GET" and response.status_code == 200 and response.get_etag()[0]:
        response.make_conditional(request)
    return response
