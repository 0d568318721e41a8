"""Where grids lie, as rights ask for it, and what units are called."""

from collections.abc import Callable, Iterable

from queries.site import Site
from queries.words import Words


def grid_path(site: Site) -> Callable[[str, str], Iterable[str]]:
    """(hierarchy, grid) -> codes from the top down to it; empty for a grid that is not there."""

    def path(tree_code: str, grid_code: str) -> Iterable[str]:
        tree = site.tree(tree_code)
        grid = tree.by_code.get(grid_code) if tree is not None else None
        return () if tree is None or grid is None else [one.code for one in tree.path(grid)]

    return path


def unit_name(site: Site, unit: str) -> Words:
    """What the unit that a 督办 is counted by is called: a department, or a grid; its code where it is gone."""
    kind, _, code = unit.partition(":")
    if kind == "department":
        item = site.departments().get(code)
        return Words(code, code) if item is None else item.name
    tree_code, _, grid_code = code.partition("/")
    tree = site.tree(tree_code)
    grid = tree.by_code.get(grid_code) if tree is not None else None
    return Words(code, code) if grid is None else Words(grid.name, grid.name_en or grid.name)
