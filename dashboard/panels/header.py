"""Who, where and as of when: the site's name, the way down to the grid, period, clock, language."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dashboard import html
from dashboard.panel import Ask, Panel
from dashboard.panels.find import find_box
from dashboard.panels.known import known_mark
from dashboard.panels.shares import forced
from dashboard.panels.zoning import zoning_line
from dashboard.view import FOLDED, read_view
from dashboard.wording import grid_name, level_name, period_text
from queries.figures import count_text
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.question import UNLOCATED
from queries.scope import Scope, ScopeError
from queries.site import Item

ASSESSED = ("month", "last_month", "quarter")
"""Periods of the site's assessment calendar that have a chip; others go by their address."""
PERIODS = (("1", "today"), ("7", "week"), ("30", "month"), ("365", "year"))


def draw(ask: Ask) -> list[Any]:
    """Site, breadcrumb, period, as-of."""
    marks = []
    if ask.facts.demo:
        marks.append(html.Span(ask.t("header.demo"), className="demo-mark"))
    if ask.site.clock.offset:
        marks.append(html.Span(ask.t("header.replay"), className="demo-mark"))
    title = html.Div(
        [html.H1(ask.facts.name.in_language(ask.language)), *marks], className="header-title"
    )
    parts = [title, _path(ask), _as_of(ask), *_filters(ask)]
    if ask.screen != "wall":
        parts.insert(2, _periods(ask))
    elif ask.view.scope.period or "from" in ask.view.parts:
        parts.insert(2, html.Span(period_text(ask.view.scope), className="period-days is-custom"))
    if ask.screen == "wall":
        return [*parts, *zoning_line(ask), *known_mark(ask), _scenes(ask)]
    # Right behind the title, so that no chip that comes or goes makes it another element.
    parts.insert(1, find_box(ask))
    return [
        *parts,
        *_tops(ask),
        *_casting(ask),
        _switches(ask),
        *_other_selection(ask),
        *zoning_line(ask),
        *known_mark(ask),
    ]


def _other_selection(ask: Ask) -> list[html.Div]:
    """In another hierarchy than the site's first: that its totals are another selection (S2-06)."""
    scope, base = ask.view.scope, ask.site.tree()
    if base is None or base.code == scope.tree.code:
        return []
    if ask.site.sight is not None and not ask.site.sight.is_whole:
        # The totals of whole hierarchies are not theirs to compare.
        return []
    names = {code: name.in_language(ask.language) for code, name in ask.site.hierarchies()}
    words = [ask.t("header.other_tree", name=names[scope.tree.code], base=names[base.code])]
    top, first = scope.at(scope.tree.top), replace(scope, tree=base, grid=base.top)
    # At the very top all cases count in any hierarchy: what differs is how many lie in its grids.
    for levels in ((scope.tree.deepest(), base.deepest()), (1, 1)):
        here, there = _located(ask, top, levels[0]), _located(ask, first, levels[1])
        if here != there:
            told = {"n": count_text(here), "m": count_text(there), "base": names[base.code]}
            words.append(ask.t("header.other_totals", **told))
            break
    return [html.Div([html.Span(part) for part in words], className="other-tree")]


def _located(ask: Ask, whole: Scope, level: int) -> float:
    """Cases accepted in the period that lie in a grid of a level of the hierarchy."""
    metrics = [BY_KEY["accepted"]]
    answer = measure(ask.site, metrics, whole, "grid", as_of=ask.view.as_of, level=level)
    return sum(f.n or 0 for code, f in answer.figures["accepted"].items() if code != UNLOCATED)


def _scenes(ask: Ask) -> html.Div:
    """The wall's scenes with the one on show; assets/carousel.js moves on to the next in time."""
    english = "lang=en" if ask.language == "en" else ""
    shown = [scene for scene in ask.facts.scenes if _is_open(ask, scene.fragment)]
    scenes = [
        {"fragment": "&".join(filter(None, (s.fragment, english))), "seconds": s.seconds}
        for s in shown
    ]
    here = ask.view.link().removeprefix("#")
    chips = [
        html.Span(
            scene.name.in_language(ask.language),
            className="scene" + (" is-on" if held["fragment"] == here else ""),
        )
        for scene, held in zip(shown, scenes, strict=True)
    ]
    return html.Div([html.Data(id="scenes", value=json.dumps(scenes)), *chips], className="scenes")


def _is_open(ask: Ask, fragment: str) -> bool:
    """Whether a scene shows what this wall may show."""
    if ask.site.sight is None:
        return True
    try:
        read_view(ask.site, fragment, "")
    except ScopeError:
        return False
    return True


def _casting(ask: Ask) -> list[html.Button]:
    """投屏, for whoever may cast from here; assets/stage.js opens the choice of walls."""
    if ask.visitor is None or not ask.visitor.may("cast", ask.screen):
        return []
    told: dict[str, Any] = {"data-sheet": "walls"}
    return [html.Button(ask.t("cast.button"), className="choice cast", **told)]


def _tops(ask: Ask) -> list[html.Div]:
    """The grids that a visitor of several begins at."""
    view, tree = ask.view, ask.view.scope.tree
    tops = ask.site.tops(tree)
    if len(tops) < 2:
        return []
    way = tree.path(view.scope.grid)
    links = [
        html.A(
            grid_name(ask, top),
            href=view.link(grid=top.code, level=None, department=None, **FOLDED),
            className="choice" + (" is-chosen" if top in way and top.level else ""),
            title=ask.t("header.own"),
        )
        for top in tops
    ]
    return [html.Div(links, className="choices tops")]


def _path(ask: Ask) -> html.Nav:
    view = ask.view
    steps: list[Any] = []
    way = ask.site.way(view.scope.tree, view.scope.grid)
    for grid in way:
        here = grid is way[-1]
        steps.append(
            html.A(
                [
                    html.Span(level_name(ask, grid.level), className="crumb-level"),
                    grid_name(ask, grid),
                ],
                href=view.to_grid(None if grid.level == 0 else grid.code),
                className="crumb" + (" is-here" if here else ""),
            )
        )
    if ask.screen != "wall":
        card = view.link(**{**FOLDED, "about": way[-1].code})
        steps.append(html.A(ask.t("header.grid_card"), href=card, className="choice crumb-card"))
    return html.Nav(steps, className="crumbs")


def _periods(ask: Ask) -> html.Div:
    view = ask.view
    chosen = view.parts.get("period") or view.parts.get("days")
    if chosen is None and "from" not in view.parts:
        chosen = "30"
    plain = {"days": None, "period": None, "from_": None, "to": None, "page": None}
    links: list[html.Element] = [
        html.A(
            ask.t(f"period.{name}"),
            href=view.link(**{**plain, "days": days}),
            className="choice" + (" is-chosen" if chosen == days else ""),
        )
        for days, name in PERIODS
    ]
    links += [
        html.A(
            ask.t(f"period.assessed_{name}"),
            href=view.link(**{**plain, "period": name}),
            className="choice" + (" is-chosen" if chosen == name else ""),
        )
        for name in ASSESSED
    ]
    links += [
        html.A(
            named.name.in_language(ask.language),
            href=view.link(**{**plain, "period": named.key}),
            className="choice" + (" is-chosen" if chosen == named.key else ""),
        )
        for named in ask.facts.periods
    ]
    custom = " is-custom" if view.scope.period or "from" in view.parts else ""
    links.append(html.Span(period_text(view.scope), className=f"period-days{custom}"))
    return html.Div(links, className="choices periods")


def _filters(ask: Ask) -> list[html.A]:
    """What the figures are narrowed to, on every screen: nobody should take a part for the whole."""
    view = ask.view
    chips = []
    for name, items in (
        ("source", ask.site.sources()),
        ("category", ask.site.categories()),
        ("department", ask.site.departments()),
    ):
        code = getattr(view.scope, name)
        theirs = forced(ask) if name == "department" else ()
        if theirs:
            chips += [_own_department(ask, one, items, code) for one in theirs if one in items]
        elif code is not None:
            words = ask.t("shares.only", name=items[code].name.in_language(ask.language))
            chips.append(html.A(words, href=view.link(**{name: None}), className="choice filter"))
    return chips


def _own_department(ask: Ask, code: str, items: Mapping[str, Item], chosen: str | None) -> html.A:
    """One of the departments that a visitor is bound to: it can be changed for another, not taken away."""
    words = ask.t("header.own_department", name=items[code].name.in_language(ask.language))
    mark = " filter is-forced" if code == chosen else ""
    return html.A(words, href=ask.view.link(department=code, **FOLDED), className=f"choice{mark}")


def _as_of(ask: Ask) -> html.Div:
    changed = ask.site.changed_at()
    return html.Div(
        [
            html.Span(ask.time(ask.view.as_of, "%Y-%m-%d"), className="as-of-day"),
            html.Span(ask.time(ask.view.as_of, "%H:%M:%S"), className="as-of-time"),
            html.Span(
                ask.t(
                    "header.version",
                    version=ask.site.versions().get("cases", 0),
                    at="—" if changed is None else ask.time(changed, "%H:%M:%S"),
                ),
                className="as-of-version",
            ),
        ],
        className="as-of",
    )


def _switches(ask: Ask) -> html.Div:
    view = ask.view
    other = "zh" if ask.language == "en" else "en"
    trees = ask.site.hierarchies() if ask.screen != "wall" else []
    links = [
        html.A(
            name.in_language(ask.language),
            href=view.link(hierarchy=code, grid=None, level=None, **FOLDED),
            className="choice" + (" is-chosen" if code == view.scope.tree.code else ""),
            title=ask.t("header.hierarchy"),
        )
        for code, name in (trees if len(trees) > 1 else [])
    ]
    links.append(
        html.A(ask.t("header.language"), href=view.link(lang=other), className="choice language")
    )
    return html.Div(links, className="choices switches")


HEADER = Panel("header", draw, kind="")
"""Where one is: an address that was understood is one that may be seen."""
