"""The cases reported last: a time without a date is one of today."""

import re

from conftest import NOW
from drawn import ask, of_class, only, text_of

from dashboard.server import SCREENS
from data.days import local_time
from queries.cases import newest
from queries.scope import read_scope

WALL = SCREENS[0]
ZONE = "Asia/Shanghai"


def test_what_was_not_reported_today_has_its_date(shared_site):
    tree = shared_site.tree()
    assert tree is not None
    dated = 0
    for grid in (tree.top, *tree.at_level(tree.top, 3)[:6], *tree.at_level(tree.top, 4)[:6]):
        scope = read_scope(shared_site, {"grid": grid.code}, NOW)
        rows = newest(shared_site, scope, as_of=NOW, limit=5)
        panel = ask(only(WALL, "feed"), shared_site, f"#grid={grid.code}").panels["feed"]
        told = [text_of(time) for time in of_class(panel.tree, "feed-time")]
        assert len(told) == len(rows)
        for row, time in zip(rows, told, strict=True):
            at = local_time(row.reported_at, ZONE)
            is_today = at.date() == local_time(NOW, ZONE).date()
            assert time == at.strftime("%H:%M" if is_today else "%m-%d %H:%M")
            dated += not is_today
        assert all(re.fullmatch(r"(\d\d-\d\d )?\d\d:\d\d", time) for time in told)
    assert dated
