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
from flask import Flask, Response, request
from flask_compress import Compress
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from dashboard.arrivals import doors_of
from dashboard.events import MOST_OF_ONE, SnapshotPart
from dashboard.files import ASSETS, Files
from dashboard.guard import Guard
from dashboard.linkage.stage import keep_posts, keep_pushes, keep_stage
from dashboard.live import Live
from dashboard.noted_views import NotedViews
from dashboard.office.desk import Desk
from dashboard.page import Page, make_page
from dashboard.pages import add_pages
from dashboard.panel import Screen, connect, layout
from dashboard.replies import Replies
from dashboard.screens.phone import PHONE
from dashboard.screens.tablet import TABLET
from dashboard.screens.wall import WALL
from dashboard.text import catalogue
from data.arrival.intake import Intake
from data.bus.bus import LocalBus
from queries.site import Site

SCREENS = (WALL, TABLET, PHONE)
FOLDER = Path(__file__).resolve().parent
NOT_NEEDED = ("dash_table", "polyfill@", "dcc/")
"""Parts of Dash's own bundle that no screen uses: tables, old browsers, plotly's and other widgets."""

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

    def build(self, flask: Flask, files: Files, account: str, desk: Desk | None) -> None:
        """Make the page; layout and callback must be there. account: as in `make_page`."""
        linked = desk is not None
        pushed = desk is not None and desk.pushes.are_on and self.screen is PHONE
        self.page = make_page(
            flask, self.screen, self.title, files, account, linked=linked, pushed=pushed
        )

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
    add_pages(flask, site, files, desk)
    apps = {screen.key: ScreenApp(screen, flask) for screen in SCREENS}
    for screen in SCREENS:
        apps[screen.key].layout = layout(screen, refresh_seconds, site.facts().ladder)
        connect(apps[screen.key], screen, site, note)
        flask.add_url_rule(
            f"/{screen.key}/worker.js", f"{screen.key}_worker", _worker(apps[screen.key])
        )
    for app in apps.values():
        app.build(flask, files, _account_words(app.screen, desk), desk)
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
    most_of_one = MOST_OF_ONE if desk is None else desk.access.rules.streams_per_visitor
    live = Live(site, bus, flask.extensions["builds"], snapshot_parts, most_of_one)
    doors = [] if desk is None or intake is None else doors_of(desk, intake)

    @asynccontextmanager
    async def started(_: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=files.pack, daemon=True).start()
        live.begin()
        stop = threading.Event()
        if desk is not None:
            for keep in (keep_stage, keep_posts, keep_pushes):
                threading.Thread(target=keep, args=(desk, stop), daemon=True).start()
        yield
        stop.set()
        live.end()

    server = Starlette(
        routes=[
            *live.routes,
            *doors,
            Mount("/", WSGIMiddleware(flask, workers=THREADS)),
        ],
        middleware=[Middleware(Replies, site=site, screens=SCREENS, note=note, recent=live.recent)],
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


def _account_words(screen: Screen, desk: Desk | None) -> str:
    """What the link to one's account is called where people sign in; a wall has nobody to sign out."""
    words = catalogue()["office.account"]
    return "" if desk is None or screen is WALL else f"{words['zh']} {words['en']}"


def _worker(app: ScreenApp) -> Callable[[], Response]:
    """The view of a screen's service worker; a browser asks for it anew on each visit."""
    return lambda: Response(app.page.worker if app.page else "", mimetype="text/javascript")


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
