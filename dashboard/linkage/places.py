"""Where grids lie, as rights ask for it."""

from collections.abc import Callable, Iterable

from queries.site import Site


def grid_path(site: Site) -> Callable[[str, str], Iterable[str]]:
    """(hierarchy, grid) -> codes from the top down to it; empty for a grid that is not there."""

    def path(tree_code: str, grid_code: str) -> Iterable[str]:
        tree = site.tree(tree_code)
        grid = tree.by_code.get(grid_code) if tree is not None else None
        return () if tree is None or grid is None else [one.code for one in tree.path(grid)]

    return path
