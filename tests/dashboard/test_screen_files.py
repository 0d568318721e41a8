"""What browsers keep: the page and its two files, their addresses, how they are packed, and the worker."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import brotli
import pytest
from served_pages import Client, file_of, page, scripts_of, styles_of

from dashboard.files import Files
from dashboard.page import Page
from dashboard.server import SCREENS, create_flask
from queries.site import Site

KEYS = [screen.key for screen in SCREENS]


@pytest.fixture
def client(site: Site) -> Client:
    return create_flask(site).test_client()


def test_what_a_browser_holds_already_is_not_sent_again(client: Client, site: Site) -> None:
    html = page(client, "tablet")
    top = site.tree().top.code  # type: ignore[union-attr]
    version = site.versions()["grids"]
    outlines = f"/geo/{version}/territory/{top}/1.geojson"
    same = ["/", "/tablet/", "/tablet/worker.js", "/tablet/_dash-layout", "/health", outlines]
    for address in (*same, *scripts_of(html), *styles_of(html)):
        for accepted in ({}, {"Accept-Encoding": "br"}, {"Accept-Encoding": "gzip"}):
            first = client.get(address, headers=accepted)
            assert first.status_code == 200
            tag = {"If-None-Match": first.headers["ETag"]}
            again = client.get(address, headers={**accepted, **tag})
            assert (again.status_code, again.data) == (304, b""), address
            assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
            other = client.get(address, headers={**accepted, "If-None-Match": '"other"'})
            assert other.status_code == 200


def test_a_file_is_the_same_however_it_is_packed(client: Client) -> None:
    html = page(client, "phone")
    for address in (*scripts_of(html), *styles_of(html)):
        plain, packed, zipped = (
            client.get(address, headers={"Accept-Encoding": way}) for way in ("", "br", "gzip")
        )
        assert brotli.decompress(packed.data) == gzip.decompress(zipped.data) == plain.data
        assert len({one.headers["ETag"] for one in (plain, packed, zipped)}) == 3
        assert {one.headers["Vary"] for one in (plain, packed, zipped)} == {"Accept-Encoding"}


def test_files_at_made_up_addresses_are_not_found(client: Client) -> None:
    address = file_of(page(client, "phone"), "js")
    for wrong in ("/files/", "/files/app.py", "/files/..%2fapp.py", address[:-4] + "x.js"):
        assert client.get(wrong).status_code == 404, wrong


@pytest.mark.parametrize("screen", KEYS)
def test_the_page_brings_what_dash_asks_for_and_asks_first_as_dash_does(
    screen: str, client: Client
) -> None:
    html = page(client, screen)
    held = {
        name: json.loads(re.findall(rf'<script id="{name}"[^>]*>([^<]+)<', html)[0])
        for name in ("layout", "dependencies", "call", "_dash-config")
    }
    for name in ("layout", "dependencies"):
        assert held[name] == client.get(f"/{screen}/_dash-{name}").get_json()
    (dependency,) = held["dependencies"]
    assert held["call"]["body"]["output"] == dependency["output"]
    assert held["call"]["url"] == f"/{screen}/_dash-update-component"
    assert dependency["prevent_initial_call"] is True
    assert "end_id" not in held["_dash-config"] and "python_version" not in held["_dash-config"]


def test_the_only_script_inside_a_page_is_the_one_a_policy_can_name(client: Client) -> None:
    for screen in KEYS:
        html = page(client, screen)
        (inline,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert Page(html, "", inline).script_hash == f"'sha256-{digest}'"
        assert " on" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
        others = re.findall(r"<script ([^>]*)>[^<]", html)
        assert all('type="application/json"' in attributes for attributes in others)


@pytest.mark.parametrize("screen", KEYS)
def test_a_worker_keeps_the_frame_and_its_files_only(screen: str, client: Client) -> None:
    answer = client.get(f"/{screen}/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    worker = answer.get_data(as_text=True)
    html = page(client, screen)
    kept = json.loads(re.findall(r"const KEPT = (.*);", worker)[0])
    assert kept == [*scripts_of(html), *styles_of(html)]
    assert f'const PAGE = "/{screen}/"' in worker
    assert re.search(r'const BUILD = "[0-9a-f]{16}"', worker)


def test_packed_files_are_kept_beside_the_databases_and_checked(tmp_path: Path) -> None:
    made = Files(tmp_path / "packed")
    file = made.add("some", ".js", b"let one = 1;" * 50)
    made.pack()
    (kept,) = (tmp_path / "packed").iterdir()
    assert brotli.decompress(kept.read_bytes()) == file.content
    kept.write_bytes(b"harmed")
    again = Files(tmp_path / "packed")
    assert brotli.decompress(again.packed(again.add("some", ".js", file.content))) == file.content
    assert brotli.decompress(kept.read_bytes()) == file.content
    unwritable = Files(Path("/proc/nowhere"))
    assert brotli.decompress(unwritable.packed(file)) == file.content
