"""Finds a grid of any hierarchy by a piece of its code or name (domain.md S2-09: below one second)."""

import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from data.grids import Grid, GridTree
from queries.site import Site

MOST = 20


class Found(NamedTuple):
    """A grid at its place in one of the hierarchies that hold it."""

    tree: GridTree
    grid: Grid

    @property
    def path(self) -> list[Grid]:
        """The way from below the top down to the grid's parent."""
        return self.tree.path(self.grid)[1:-1]


@dataclass(frozen=True)
class Search:
    """How many grids there are, and the first MOST of them."""

    total: int
    found: tuple[Found, ...]


class _Entry(NamedTuple):
    code: str
    name: str
    words: str
    places: tuple[Found, ...]


def plain(text: str) -> str:
    """Text by which things are compared: full and half width, upper and lower case are one."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def find_grids(site: Site, text: str, prefer: str) -> Search:
    """Grids whose code or name holds every word of the text: the exact code, then exact names first.

    A grid of several hierarchies is found once, in the preferred one (its code) where that has it.
    """
    wanted = plain(text)
    words = wanted.split()
    if not words:
        return Search(0, ())
    index = site.keep("grid_search", site.versions().get("grids"), lambda: _index(site.whole))
    hits = [entry for entry in index if all(word in entry.words for word in words)]
    if site.sight is not None:
        hits = [seen for entry in hits if (seen := _seen(site, entry)).places]
    hits.sort(key=lambda entry: (_rank(entry, wanted), entry.places[0].grid.level, entry.code))
    return Search(len(hits), tuple(_place(entry, prefer) for entry in hits[:MOST]))


def _index(site: Site) -> list[_Entry]:
    """All grids of all hierarchies, each once."""
    places: dict[int, list[Found]] = {}
    for code, _ in site.hierarchies():
        tree = site.tree(code)
        for grid in tree.order if tree is not None else ():
            places.setdefault(grid.grid_id, []).append(Found(tree, grid))  # type: ignore[arg-type]
    entries = []
    for found in places.values():
        grid = found[0].grid
        code, name = plain(grid.code), plain(grid.name)
        words = "\n".join((code, name, plain(grid.name_en)))
        entries.append(_Entry(code, name, words, tuple(found)))
    return entries


def _seen(site: Site, entry: _Entry) -> _Entry:
    """An entry with those of its places that the visitor may know of."""
    return entry._replace(places=tuple(one for one in entry.places if site.sees(*one)))


def _rank(entry: _Entry, wanted: str) -> int:
    if entry.code == wanted:
        return 0
    if entry.name == wanted:
        return 1
    if entry.code.startswith(wanted):
        return 2
    return 3 if entry.name.startswith(wanted) else 4


def _place(entry: _Entry, prefer: str) -> Found:
    return next((place for place in entry.places if place.tree.code == prefer), entry.places[0])
