"""Random questions to the demo city: any grid of either tree, any period, filters, past instants."""

from typing import NamedTuple

from conftest import NOW
from hypothesis import settings
from hypothesis import strategies as st

from queries.scope import Scope, read_scope
from queries.site import Site

DAY = 86_400

few = settings(max_examples=9, deadline=None, derandomize=True, database=None)


class Asked(NamedTuple):
    """A scope and the instant it is asked for."""

    scope: Scope
    as_of: int


@st.composite
def questions(draw: st.DrawFn, site: Site, *, filtered: bool = True) -> Asked:
    """Half of them are asked of the past; grids of all levels are as likely."""
    as_of = NOW - draw(st.one_of(st.just(0), st.integers(0, 50 * DAY)))
    tree = site.tree(draw(st.sampled_from([code for code, _ in site.hierarchies()])))
    assert tree is not None
    level = draw(st.integers(0, tree.deepest()))
    grid = draw(st.sampled_from(tree.at_level(tree.top, level)))
    first = draw(st.integers(0, 60))
    length = draw(st.integers(0, 40))
    parts = {"hierarchy": tree.code, "grid": grid.code, "days": "30"}
    scope = read_scope(site, parts, as_of)
    last = scope.last_day + 2 - first
    words = {"source": site.sources(), "category": site.categories()}
    words["department"] = site.departments()
    filters = {}
    if filtered and draw(st.booleans()):
        names = draw(st.sets(st.sampled_from(list(words)), min_size=1, max_size=2))
        filters = {name: draw(st.sampled_from(list(words[name]))) for name in sorted(names)}
    picked = read_scope(site, parts | filters, as_of)
    return Asked(picked.on(last - length, last), as_of)
