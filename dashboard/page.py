"""The page of a screen: Dash's own, with one bundle of scripts, one of styles, and what it asks first inside.

A page is the same for everyone, holds no figure and no word, and is made once when the server starts.
"""

import base64
import hashlib
import json
import re
from typing import NamedTuple

from dash.fingerprint import check_fingerprint
from flask import Flask, render_template
from flask.testing import FlaskClient
from markupsafe import Markup

from dashboard.files import ASSETS, File, Files, bundled, digest_of, with_files
from dashboard.panel import Screen
from dashboard.text import section
from data.linkage.pushes import TOLD

SCRIPTS = re.compile(r'<script src="([^"]+)"')
STYLES = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
CONFIG = re.compile(r'<script id="_dash-config"[^>]*>(.*?)</script>', re.DOTALL)
NOT_SENT = ("end_id", "python_version")
"""Of Dash's configuration: a token that only background callbacks need, and what nobody needs to know."""

NO_BUILD = 'data-build=""'
"""Where the page says of which build it is; that follows from all the rest of it."""

PUSHED = ("title", *TOLD)
"""Words that a service worker says by itself, of text_linkage.toml [push]."""

CALLED_LATER = {"dash_leaflet.js": "async-GeoJSON.js"}
"""What a script would fetch by itself in a moment."""


class Page(NamedTuple):
    """A screen's page, the service worker that keeps its frame, the one script inside the page, and what
    tells this build of them from any other."""

    html: str
    worker: str
    inline: str
    build: str = ""

    @property
    def script_hash(self) -> str:
        """What a Content-Security-Policy names the script inside the page by."""
        digest = hashlib.sha256(self.inline.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


def make_page(
    flask: Flask,
    screen: Screen,
    title: str,
    files: Files,
    account: str = "",
    *,
    linked: bool = False,
    pushed: bool = False,
) -> Page:
    """The page made of the one that Dash serves so far: its scripts and styles in one file each.

    account: what the link to the visitor's account is called; empty for none. linked: whether there are
    casts and 督办 (assets/stage.js). pushed: whether the service worker is told of 督办 (assets/push_worker.js).
    """
    client = flask.test_client()
    stock = _text(client, f"/{screen.key}/")
    script = _scripts(client, screen, SCRIPTS.findall(stock), files)
    style = _styles(client, screen, STYLES.findall(stock), files)
    call = {
        "url": f"/{screen.key}/_dash-update-component",
        "body": {
            "output": screen.output,
            "outputs": [{"id": wire.id, "property": wire.prop} for wire in screen.outputs],
            "changedPropIds": ["asked.value"],
        },
    }
    config = {k: v for k, v in json.loads(_found(CONFIG, stock)).items() if k not in NOT_SENT}
    inline = _asset("first.js")
    with flask.test_request_context():
        html = render_template(
            "index.html",
            title=title,
            account=account,
            linked=linked,
            script=script.address,
            style=style.address,
            first=Markup(inline),
            call=_inside(json.dumps(call)),
            config=_inside(json.dumps(config)),
            layout=_inside(_text(client, f"/{screen.key}/_dash-layout")),
            dependencies=_inside(_text(client, f"/{screen.key}/_dash-dependencies")),
        )
    worker = _asset("worker.js") + (_push_worker() if pushed else "")
    kept = json.dumps([script.address, style.address])
    build = digest_of((html + worker).encode())
    filled = {"{build}": build, "{kept}": kept, "{page}": f"/{screen.key}/"}
    for name, value in filled.items():
        worker = worker.replace(name, value)
    return Page(html.replace(NO_BUILD, f'data-build="{build}"', 1), worker, inline, build)


def _push_worker() -> str:
    words = {
        tongue: {name: held[name] for name in PUSHED} for tongue, held in section("push").items()
    }
    return _asset("push_worker.js").replace("{words}", json.dumps(words, ensure_ascii=False))


def _scripts(client: FlaskClient, screen: Screen, addresses: list[str], files: Files) -> File:
    parts = []
    for address in addresses:
        name = _name(address)
        parts.append((name, _text(client, address)))
        if name in CALLED_LATER:
            later = CALLED_LATER[name]
            parts.append((later, _text(client, f"{address.rsplit('/', 1)[0]}/{later}")))
    parts.append(("start", "var renderer = new DashRenderer();"))
    # Each ends with a semicolon of its own, and no "use strict" may be the first word of all.
    ended = [(name, f";{_without_map(text)}\n;") for name, text in parts]
    return files.add(screen.key, ".js", bundled(ended))


def _styles(client: FlaskClient, screen: Screen, addresses: list[str], files: Files) -> File:
    parts = [(_name(address), _text(client, address)) for address in addresses]
    linked = [(name, with_files(text, ASSETS, files)) for name, text in parts]
    return files.add(screen.key, ".css", bundled(linked))


def _name(address: str) -> str:
    """What a script or style is called, without version and time."""
    return str(check_fingerprint(address.split("?")[0])[0]).rsplit("/", 1)[1]


def _text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    if answer.status_code != 200:
        raise LookupError(f"{address}: {answer.status}")
    return str(answer.get_data(as_text=True))


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _without_map(script: str) -> str:
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE)


def _found(pattern: re.Pattern[str], text: str) -> str:
    for found in pattern.findall(text):
        return str(found)
    raise LookupError(f"{pattern.pattern} is not in Dash's page")


def _inside(text: str) -> Markup:
    """JSON as it may stand in a page: nothing in it ends its element."""
    return Markup(text.replace("<", "\\u003c").strip())
