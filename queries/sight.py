"""What a visitor may see of a site on one screen: which grids, of which cases, how deep. Pure.

A site that is looked at by somebody carries their sight (`queries.site.Site.seen_by`), and everything that
turns a scope into a question asks it (`Site.admit`), so that what forgets to ask answers nothing. A right
whose condition cannot be checked (a registered purpose, a task that is assigned) is no right.
"""

from dataclasses import dataclass

from data.grids import Grid, GridTree
from queries.rights import Right
from queries.visitor import Allowed, Visitor, deepest_right, grids_of

UNCHECKED = ("purpose", "duty", "visit", "own_person", "own_line", "staff_counts")
"""Limits of which nothing on record says whether they are kept."""

LEVELS = {
    "level:neighbourhood": ("居民区", "社区", "村居", "村", "社区（村）"),
    "level:street": ("街道", "镇", "街道（镇）"),
}
"""What sites call the levels that rights name; below a level that a hierarchy does not name nothing is
shown but its top."""

DISCIPLINE = "discipline"


class OutOfSight(PermissionError):
    """A question about what the visitor may not see; whoever reads an address refuses it before."""


@dataclass(frozen=True)
class Sight:
    """A visitor before a screen."""

    visitor: Visitor
    screen: str

    def rights(self, kind: str) -> list[Allowed]:
        """The rights to a kind of data whose conditions can be checked."""
        return [
            one
            for one in self.visitor.allowed(kind, self.screen)
            if one.right.reach != "tasks" and one.right.limit not in UNCHECKED
        ]

    def right(self, kind: str, tree: GridTree, grid: Grid, department: str | None = None) -> Right:
        """The deepest right at a grid to the cases of a department, of all without one."""
        path = {step.code for step in tree.path(grid)}
        return deepest_right(self.rights(kind), tree.code, path, department)

    def deepest(self, right: Right, tree: GridTree) -> int:
        """The lowest level at which a right shows anything."""
        names = LEVELS.get(right.limit)
        if names is None:
            return tree.deepest()
        return next((level for level, (zh, _) in enumerate(tree.level_names) if zh in names), 0)

    @property
    def is_whole(self) -> bool:
        """Whether the whole site's figures may be seen."""
        return any(grant.reach == "site" for _, grant in self.rights("case_figures"))

    def opens(self, tree_code: str) -> bool:
        """Whether a hierarchy has anything to see."""
        return any(
            grant.reach != "grid" or grant.tree == tree_code
            for _, grant in self.rights("case_figures")
        )

    def departments(self, tree: GridTree, grid: Grid) -> tuple[str, ...]:
        """The departments of which one must be chosen at a grid; none where all cases may be seen."""
        if self.right("case_figures", tree, grid).depth:
            return ()
        return self._departments()

    def _departments(self) -> tuple[str, ...]:
        theirs = (g for _, g in self.rights("case_figures") if g.reach == "department")
        return tuple(dict.fromkeys(g.department for g in theirs if g.department))

    def sees(self, tree: GridTree, grid: Grid) -> bool:
        """Whether figures of a grid, or of one of the visitor's departments there, may be seen."""
        open_there = self.right("case_figures", tree, grid).depth or self._departments()
        return self.opens(tree.code) and bool(open_there)

    def tops(self, tree: GridTree) -> tuple[Grid, ...]:
        """The grids that the visitor begins at, none inside another, those of grants before the whole."""
        rights = self.rights("case_figures")
        if any(grant.reach == "site" for _, grant in rights):
            return (tree.top,)
        codes = grids_of(rights, tree.code)
        own = [grid for grid in tree.order if grid.code in codes]
        tops = [g for g in own if not any(o.first < g.first <= o.last for o in own)]
        return tuple(tops) + ((tree.top,) if self._departments() else ())

    def way(self, tree: GridTree, grid: Grid) -> list[Grid]:
        """The steps down to a grid that the visitor sees."""
        return [step for step in tree.path(grid) if self.sees(tree, step)]
