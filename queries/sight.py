"""What a visitor may see of a site on one screen: which grids, of which cases, how deep. Pure.

A site that is looked at by somebody carries their sight (`queries.site.Site.seen_by`), and everything that
turns a scope into a question asks it (`Site.admit`), so that what forgets to ask answers nothing. A right
whose condition is not kept (a purpose that nobody registered) is no right. What is only somebody's own task
is asked for apart (`tasks`): no figure and no list of a grid rests on it.
"""

from dataclasses import dataclass

from data.grids import Grid, GridTree
from queries.rights import Right
from queries.visitor import Allowed, Visitor, deepest_right, grids_of

APART = ("visit", "staff_counts", "own_person")
"""Limits of rights that open one particular thing, which asks for them by itself."""

OF_PLACES = ("population", "house", "legal_entity", "sensitive_tags")
"""Kinds of data that belong to no department: who may see them as one, by purpose, may anywhere."""

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
        """The rights to a kind of data whose conditions are kept."""
        allowed = self.visitor.allowed(kind, self.screen)
        return [one for one in allowed if one.right.reach != "tasks" and self._keeps(one)]

    def tasks(self, kind: str) -> list[Allowed]:
        """The rights to what of a kind is somebody's own task; none for whom no post is on record."""
        allowed = self.visitor.allowed(kind, self.screen) if self.visitor.posts else ()
        return [one for one in allowed if one.right.reach == "tasks"]

    @property
    def own_score_posts(self) -> tuple[str, ...]:
        """The posts whose scores are the visitor's own, and theirs to see."""
        allowed = self.visitor.allowed("staff_scores", self.screen)
        return self.visitor.posts if any(one.right.limit == "own_person" for one in allowed) else ()

    def _keeps(self, one: Allowed) -> bool:
        """Whether the condition of a right is kept."""
        right, grant = one
        if right.limit == "purpose":
            return bool(grant.purpose)
        if right.limit == "duty":
            return bool(grant.duty and grant.purpose)
        return right.limit not in APART

    def right(self, kind: str, tree: GridTree, grid: Grid, department: str | None = None) -> Right:
        """The deepest right at a grid to the cases of a department, of all without one."""
        path = {step.code for step in tree.path(grid)}
        rights = self.rights(kind)
        if kind in OF_PLACES:
            theirs = (grant.department for _, grant in rights if grant.department)
            department = next(theirs, department)
        return deepest_right(rights, tree.code, path, department)

    def counts_staff(self, tree: GridTree, grid: Grid) -> bool:
        """Whether of a grid's people it may be told how many work there."""
        path = {step.code for step in tree.path(grid)}
        allowed = self.visitor.allowed("population", self.screen)
        staff = [one for one in allowed if one.right.limit == "staff_counts"]
        return bool(deepest_right(staff, tree.code, path).depth)

    @property
    def is_own_only(self) -> bool:
        """Whether nothing but somebody's own tasks may be seen of the cases."""
        return not self.rights("case_figures") and bool(self.tasks("case_figures"))

    def _places(self) -> list[Allowed]:
        """The rights that let a visitor know of grids."""
        return [*self.rights("case_figures"), *self.tasks("case_figures")]

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
        return any(grant.reach != "grid" or grant.tree == tree_code for _, grant in self._places())

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
        path = {step.code for step in tree.path(grid)}
        open_there = deepest_right(self._places(), tree.code, path).depth or self._departments()
        return self.opens(tree.code) and bool(open_there)

    def tops(self, tree: GridTree) -> tuple[Grid, ...]:
        """The grids that the visitor begins at, none inside another, those of grants before the whole."""
        rights = self._places()
        if any(grant.reach == "site" for _, grant in rights):
            return (tree.top,)
        codes = grids_of(rights, tree.code)
        own = [grid for grid in tree.order if grid.code in codes]
        tops = [g for g in own if not any(o.first < g.first <= o.last for o in own)]
        return tuple(tops) + ((tree.top,) if self._departments() else ())

    def way(self, tree: GridTree, grid: Grid) -> list[Grid]:
        """The steps down to a grid that the visitor sees."""
        return [step for step in tree.path(grid) if self.sees(tree, step)]
