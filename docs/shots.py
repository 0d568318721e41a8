"""Takes the README's pictures of the three screens: `python -m docs.shots`.

Serves the databases that the settings name (the demo city by default) on a free port for as long as it
takes. Needs requirements-dev.txt and Debian's chromium.
"""

import argparse
import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn

from dashboard.server import create_server
from data.errors import SetupError
from data.settings import read_settings
from queries.site import Site, open_site

FOLDER = Path(__file__).resolve().parent / "pictures"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-quic", "--disable-background-networking")
PICTURES = (
    ("wall", "wall", 1920, 1080, ""),
    ("wall-wide", "wall", 5760, 2160, ""),
    ("tablet", "tablet", 1180, 820, ""),
    ("phone", "phone", 390, 844, ""),
)
SETTLED_MS = 2500
DRAWN = "document.querySelector('#header h1') && !document.querySelector('.is-loading')"


def main(arguments: list[str] | None = None) -> int:
    """Take all pictures; exit code 2 when the databases cannot be opened."""
    argparse.ArgumentParser(prog="python -m docs.shots", description=__doc__).parse_args(arguments)
    try:
        site = open_site(read_settings())
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    server, port = _serve(site)
    try:
        _take(port)
    finally:
        server.should_exit = True
    return 0


def _serve(site: Site) -> tuple[uvicorn.Server, int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(create_server(site), host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return server, port


def _take(port: int) -> None:
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for name, screen, width, height, fragment in PICTURES:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"http://127.0.0.1:{port}/{screen}/{fragment}")
            page.wait_for_function(DRAWN, timeout=30_000)
            page.wait_for_timeout(SETTLED_MS)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()
            print(f"docs/pictures/{name}.png")
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
