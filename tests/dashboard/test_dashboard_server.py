"""The server: what each screen loads and how much, its addresses, and one truth on all three."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import City
from drawn import nodes, of_class, shaped, text_of
from served_pages import Client, file_of, page, parts_of, scripts_of, styles_of
from werkzeug.test import TestResponse

from dashboard.files import A_YEAR
from dashboard.server import SCREENS, create_flask, create_server
from dashboard.view import read_view
from queries.figures import count_text
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.site import Site

KEYS = [screen.key for screen in SCREENS]
BUDGET = 200_000
"""Bytes that a phone may load before its first figures (screens.md §4)."""

DASH = [
    "react@18.js",
    "react-dom@18.js",
    "prop-types@15.js",
    "dash_renderer.min.js",
    "dash_html_components.min.js",
]
OURS = ["markup.js", "elapsed.js", "live.js", "ticks.js", "stage.js"]
MAPS = ["dash_leaflet.js", "async-GeoJSON.js", "map.js", "map_points.js"]
SCRIPTS = {
    "wall": {*DASH, *OURS, *MAPS, "carousel.js"},
    "tablet": {*DASH, *OURS, *MAPS, "watermark.js", "find.js", "people.js"},
    "phone": {*DASH, *OURS, "watermark.js", "find.js", "phone_map.js"},
}
STYLES = {
    "wall": {"tokens", "fonts", "base", "panels", "case", "lookup", "map", "stage", "wall"},
    "tablet": {"tokens", "fonts", "base", "panels", "case", "lookup", "map", "stage", "tablet"},
    "phone": {"tokens", "base", "panels", "case", "lookup", "stage", "phone"},
}


@pytest.fixture
def client(site: Site) -> Client:
    return create_flask(site).test_client()


def figures(
    client: Client, screen: str, fragment: str = "", headers: dict[str, str] | None = None
) -> TestResponse:
    """The screen's callback, called as Dash's renderer calls it."""
    (dependency,) = client.get(f"/{screen}/_dash-dependencies").get_json()
    outputs = [
        dict(zip(("id", "property"), name.rsplit(".", 1), strict=True))
        for name in dependency["output"].strip(".").split("...")
    ]
    asked = json.dumps({"hash": fragment, "search": "", "n": 1})
    body = {
        "output": dependency["output"],
        "outputs": outputs,
        "inputs": [{"id": "asked", "property": "value", "value": asked}],
        "state": [{"id": "seen", "property": "value", "value": "{}"}],
        "changedPropIds": ["asked.value"],
    }
    return client.post(f"/{screen}/_dash-update-component", json=body, headers=headers)


def drawn(client: Client, screen: str, fragment: str = "") -> dict[str, Any]:
    answer = figures(client, screen, fragment)
    assert answer.status_code == 200
    return answer.get_json()["response"]


@pytest.mark.parametrize("screen", KEYS)
def test_a_screen_loads_its_own_scripts_and_styles_only(screen: str, client: Client) -> None:
    html = page(client, screen)
    assert len(scripts_of(html)) == len(styles_of(html)) == 1
    assert parts_of(client, scripts_of(html)) == SCRIPTS[screen]
    assert parts_of(client, styles_of(html)) == {f"{name}.css" for name in STYLES[screen]}


def test_no_chart_table_or_map_library_reaches_the_phone(client: Client) -> None:
    for screen in KEYS:
        html = page(client, screen)
        loaded = " ".join(parts_of(client, [*scripts_of(html), *styles_of(html)])).lower()
        assert "plotly" not in loaded
        for library in ("ag_grid", "ag-grid", "leaflet", "dcc", "dash_core", "dash_table"):
            assert screen != "phone" or library not in loaded


def test_the_phone_stays_in_its_budget_of_bytes(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    brotli = {"Accept-Encoding": "br"}
    html = page(client, "phone")
    addresses = ["/phone/", *scripts_of(html), *styles_of(html)]
    sizes = {a: len(client.get(a, headers=brotli).data) for a in addresses}
    sizes["first figures"] = len(figures(client, "phone", headers=brotli).data)
    total = sum(sizes.values())
    with capsys.disabled():
        print(f" [phone: {total / 1000:.1f} kB compressed, {len(sizes)} requests] ", end="")
    assert total <= BUDGET, sizes


def test_texts_are_compressed(client: Client) -> None:
    html = page(client, "wall")
    for address in ("/wall/", "/wall/_dash-layout", *scripts_of(html), *styles_of(html)):
        answer = client.get(address, headers={"Accept-Encoding": "br, gzip"})
        small = len(answer.data) < 500
        assert answer.headers.get("Content-Encoding") == "br" or small, address


def test_assets_are_kept_and_pages_are_not(client: Client) -> None:
    html = page(client, "tablet")
    for address in (*scripts_of(html), *styles_of(html)):
        answer = client.get(address)
        assert answer.data
        assert "max-age=31536000" in answer.headers["Cache-Control"], address
    for address in ("/", "/tablet/", "/tablet/_dash-layout", "/health"):
        assert client.get(address).headers["Cache-Control"] == "no-cache"
    style = client.get(file_of(html, "css")).get_data(as_text=True)
    font = client.get(re.findall(r"url\((/files/[^)]+-4-wght-normal-\w+\.woff2)\)", style)[0])
    assert font.data[:4] == b"wOF2"
    assert font.mimetype == "font/woff2"
    assert font.headers["Cache-Control"] == A_YEAR


@pytest.mark.parametrize("screen", KEYS)
def test_deep_links_open_their_screen(screen: str, client: Client) -> None:
    bare = client.get(f"/{screen}")
    assert (bare.status_code, bare.headers["Location"]) == (302, f"/{screen}/")
    assert f"/{screen}/" in page(client, screen)
    assert json.loads(re.findall(r'id="_dash-config"[^>]*>([^<]+)<', page(client, screen))[0])[
        "requests_pathname_prefix"
    ] == (f"/{screen}/")


@pytest.mark.parametrize("path", ["/nope", "/wal", "/walls/", "/geo", "/assets/base.css", "/.env"])
def test_unknown_addresses_are_not_found(path: str, client: Client) -> None:
    assert client.get(path).status_code == 404


def test_what_nobody_offers_is_not_found_rather_than_an_error(client: Client) -> None:
    """Scanners ask for anything; a 500 fills the log and hides real trouble."""
    for path in ("/wall/_dash-component-suites/plotly/x.js", "/wall/assets/../server.py"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_first_page_offers_the_three_screens(language: str, client: Client) -> None:
    html = client.get("/", query_string={"lang": language}).get_data(as_text=True)
    fragment = "#lang=en" if language == "en" else ""
    for screen in KEYS:
        assert f'href="/{screen}/{fragment}"' in html
    words = {"zh": ("岚川区城市运行管理中心", "指挥大屏"), "en": ("Lanchuan", "Command wall")}
    for word in words[language]:
        assert word in html
    for style in styles_of(html):
        assert client.get(style).status_code == 200


def test_health_tells_the_versions(client: Client, site: Site) -> None:
    assert client.get("/health").get_json() == {"status": "ok", "versions": site.versions()}


def test_outlines_are_kept_for_their_version_only(client: Client, site: Site) -> None:
    tree = site.tree()
    assert tree is not None
    version = site.versions()["grids"]
    top = tree.top.code
    for level in range(tree.deepest() + 1):
        answer = client.get(f"/geo/{version}/territory/{top}/{level}.geojson")
        assert answer.status_code == 200
        assert answer.mimetype == "application/geo+json"
        assert answer.headers["Cache-Control"] == A_YEAR
        held = json.loads(answer.data)["features"]
        assert [f["properties"]["c"] for f in held] == [
            grid.code for grid in tree.at_level(tree.top, level)
        ]
    old = client.get(f"/geo/{version + 1}/territory/{top}/1.geojson")
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "nope/{top}/1",
        "territory/nope/1",
        "territory/{top}/5",
        "territory/{top}/-1",
        "territory/{child}/0",
        "territory/{top}/x",
        "station/{child}/9",
        "territory/{top}/" + "9" * 30,
    ],
)
def test_outlines_that_do_not_exist(path: str, client: Client, site: Site) -> None:
    tree = site.tree()
    assert tree is not None
    known = {"top": tree.top.code, "child": tree.at_level(tree.top, 1)[0].code}
    assert client.get(f"/geo/1/{path.format(**known)}.geojson").status_code == 404


def test_two_servers_in_one_process(client: Client, city: City) -> None:
    site = city.site()
    other = create_flask(site, refresh_seconds=60).test_client()
    for screen in KEYS:
        for one in (other, client):
            assert parts_of(one, scripts_of(page(one, screen))) == SCRIPTS[screen]
            assert drawn(one, screen)["notice"] == {"children": None}
    assert '"60"' in other.get("/wall/_dash-layout").get_data(as_text=True)
    assert '"15"' in client.get("/wall/_dash-layout").get_data(as_text=True)
    site.case.dispose()
    site.population.dispose()


def test_the_asgi_application_is_made_of_the_same(site: Site) -> None:
    *streams, rest = [getattr(route, "path", None) for route in create_server(site).routes]
    assert streams == ["/events", "/api/versions"]
    assert rest == ""


def number(words: str) -> str:
    return "".join(re.findall(r"[\d,]+|—", words))


def inside(response: dict[str, Any], panel: str) -> Any:
    return shaped(response[f"{panel}-body"]["content"])


def overdue_on(screen: str, response: dict[str, Any]) -> str:
    if screen == "phone":
        (link,) = [
            node
            for node in nodes(inside(response, "brief"))
            if "list=overdue" in (node.get("href") or "")
        ]
        return number(text_of(link["children"]))
    (lamp,) = of_class(inside(response, "band"), "lamp-overdue")
    (shown,) = of_class(lamp["children"], "lamp-number")
    return text_of(shown["children"])


def tile_basis(response: dict[str, Any], panel: str, metric: str) -> str:
    for tile in of_class(inside(response, panel), "tile"):
        if f"explain={metric}" in of_class(tile["children"], "tile-label")[0]["href"]:
            return text_of(of_class(tile["children"], "tile-basis")[0]["children"])
    raise AssertionError(f"{panel} has no {metric}")


def scopes() -> Iterator[Callable[[Site], str]]:
    def grid_at(level: int) -> Callable[[Site], str]:
        def fragment(site: Site) -> str:
            tree = site.tree()
            assert tree is not None
            return f"grid={tree.at_level(tree.top, level)[0].code}"

        return fragment

    yield lambda site: ""
    yield grid_at(1)
    yield grid_at(4)
    yield lambda site: "hierarchy=station&days=7"
    yield lambda site: f"source={next(iter(site.sources()))}&period=s3"
    yield lambda site: f"category={next(iter(site.categories()))}&lang=en"


@pytest.mark.parametrize(
    "scope", list(scopes()), ids=["all", "grid", "micro", "station", "source", "en"]
)
def test_the_same_figure_on_all_three_screens(
    scope: Callable[[Site], str], client: Client, site: Site
) -> None:
    fragment = f"#{scope(site)}"
    view = read_view(site, fragment, "")
    keys = ("overdue", "on_time_rate", "satisfaction", "closure_rate")
    told = measure(site, [BY_KEY[key] for key in keys], view.scope, as_of=view.as_of)
    for screen in KEYS:
        response = drawn(client, screen, fragment)
        assert overdue_on(screen, response) == count_text(told.total("overdue").n)
        panel = "cards" if screen == "phone" else "rates"
        for key in keys[1:]:
            figure = told.total(key)
            basis = f"{count_text(figure.n)} / {count_text(figure.d)}"
            assert tile_basis(response, panel, key) == basis


def test_a_call_that_is_no_call_is_refused_without_a_traceback(client: Client) -> None:
    for body in (b"", b"{}", b"null", b"[]", b"not json"):
        answer = client.post(
            "/wall/_dash-update-component", data=body, content_type="application/json"
        )
        assert 400 <= answer.status_code < 600
        assert b"Traceback" not in answer.data
