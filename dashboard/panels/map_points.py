"""The map's points, column by column: of thousands, GeoJSON would say every key and word again for each.

assets/map_points.js makes features of them.
"""

import json
from collections.abc import Mapping, Sequence

from dashboard.drawing import SHAPES
from dashboard.panel import Ask
from queries.compounds import compounds
from queries.points import MOST_POINTS, Point, hazard_points, open_points, overdue_points

MOST_ON_WALL = 300
"""A wall shows overdue points only, and none where they would bury the map they lie on."""

UNMANAGED, UNMANAGED_SHAPE = "unmanaged", "⌂"
DECIMALS = 6
"""Of a degree: a decimetre."""


def points(ask: Ask) -> str:
    """The layer's points as JSON: open cases, cases of public safety, or compounds without a manager.

    `kinds` (light, shape, words) and `titles` each once; of each point the numbers of these, the `code` of its case (no
    name, no address; empty for a compound) and where it lies, WGS84.
    """
    if ask.view.layer == "unmanaged":
        words = {UNMANAGED: ask.t("map.unmanaged")}
        found = compounds(ask.site, ask.view.scope, managed=False)
        rows = [Point("", one.name, one.lon, one.lat, UNMANAGED) for one in found]
        return _written(rows, words, {UNMANAGED: UNMANAGED_SHAPE})
    shown = _case_points(ask) if ask.may("case_detail") else ()
    words = {light: ask.t(f"light.{light}") for light in dict.fromkeys(one.light for one in shown)}
    return _written(shown, words, SHAPES)


def _case_points(ask: Ask) -> tuple[Point, ...]:
    scope, as_of = ask.view.scope, ask.view.as_of
    if ask.view.layer == "hazards":
        most = MOST_ON_WALL if ask.screen == "wall" else MOST_POINTS
        return hazard_points(ask.site, scope, as_of=as_of, most=most)
    if ask.screen == "wall":
        return overdue_points(ask.site, scope, as_of=as_of, most=MOST_ON_WALL)
    return open_points(ask.site, scope, as_of=as_of)


def _written(shown: Sequence[Point], words: Mapping[str, str], shapes: Mapping[str, str]) -> str:
    """One list a column, of words and numbers: an object for each point would take longer than reading it."""
    kinds = {light: i for i, light in enumerate(words)}
    titles = {title: i for i, title in enumerate(dict.fromkeys(one.title for one in shown))}
    held = {
        "kinds": [{"light": one, "shape": shapes[one], "words": words[one]} for one in kinds],
        "titles": list(titles),
        "kind": [kinds[one.light] for one in shown],
        "title": [titles[one.title] for one in shown],
        "code": [one.code for one in shown],
        "lon": [round(one.lon, DECIMALS) for one in shown],
        "lat": [round(one.lat, DECIMALS) for one in shown],
    }
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))
