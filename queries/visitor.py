"""A visitor: who asks, and what the grants that hold just now let them see. Pure."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from data.accounts.grants import Grant
from queries.rights import NOTHING, SCREENS, Right, is_of_one_person, right, screens_of


class Allowed(NamedTuple):
    """A right and the grant that brings it: what may be seen, and where."""

    right: Right
    grant: Grant


class Visitor(NamedTuple):
    """Who asks. Made anew for every request, from the session or the device: never from headers.

    `account_id` is 0 for a device, `device_id` 0 for a person. Grants that do not hold at `at` (epoch
    seconds) give nothing. posts: codes of the posts of the site that the account stands for. must_change,
    must_enrol: nothing opens before there is another password, a second factor.
    """

    account_id: int
    login: str
    name: str
    organisation: str
    grants: tuple[Grant, ...]
    at: int
    must_change: bool = False
    device_id: int = 0
    posts: tuple[str, ...] = ()
    must_enrol: bool = False

    @property
    def address(self) -> str:
        """What ticks call the visitor by: `account:7` or `device:3`."""
        return f"device:{self.device_id}" if self.device_id else f"account:{self.account_id}"

    @property
    def in_force(self) -> tuple[Grant, ...]:
        """The grants that hold."""
        return tuple(g for g in self.grants if holds(g, self.at))

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles held just now, each once, in the order granted."""
        return tuple(dict.fromkeys(grant.role for grant in self.in_force))

    @property
    def departments(self) -> frozenset[str]:
        """Codes of the departments that a grant reaches."""
        return frozenset(g.department for g in self.in_force if g.department)

    @property
    def sight(self) -> tuple[object, ...]:
        """What a kept answer must be keyed by: two visitors with the same sight see the same."""
        reaches = {(*grant[:5], grant.duty, grant.purpose) for grant in self.in_force}
        held = tuple(sorted(tuple(map(str, reach)) for reach in reaches))
        is_own = any(map(is_of_one_person, self.roles))
        return (self.account_id, self.posts, *held) if is_own else held

    def screens(self) -> tuple[str, ...]:
        """The screens that may be opened."""
        open_ones = {screen for role in self.roles for screen in screens_of(role)}
        return tuple(screen for screen in SCREENS if screen in open_ones)

    def allowed(self, kind: str, screen: str) -> tuple[Allowed, ...]:
        """Every right to a kind of data on a screen, each with the grant that it rests on."""
        found = ((right(grant.role, screen, kind), grant) for grant in self.in_force)
        return tuple(Allowed(*one) for one in found if one[0].depth)

    def may(self, kind: str, screen: str) -> bool:
        """Whether anything of this kind may be seen there, somewhere."""
        return bool(self.allowed(kind, screen))

    def may_anywhere(self, kind: str) -> bool:
        """Whether anything of this kind may be seen on any screen."""
        return any(self.may(kind, screen) for screen in SCREENS)

    def covers_site(self, kind: str, screen: str) -> bool:
        """Whether a right reaches the whole site."""
        return any(grant.reach == "site" for _, grant in self.allowed(kind, screen))

    def subtrees(self, kind: str, screen: str, tree: str) -> tuple[str, ...]:
        """Codes of the grids of a hierarchy below which this kind may be seen, without the site itself."""
        return grids_of(self.allowed(kind, screen), tree)

    def right_at(
        self,
        kind: str,
        screen: str,
        tree: str,
        path: Collection[str],
        department: str | None = None,
    ) -> Right:
        """The deepest right to this kind at a grid, as `deepest_right` finds it."""
        return deepest_right(self.allowed(kind, screen), tree, path, department)


def grids_of(rights: Iterable[Allowed], tree: str) -> tuple[str, ...]:
    """Codes of the grids of a hierarchy that rights begin at."""
    theirs = (g for _, g in rights if g.reach == "grid" and g.tree == tree)
    return tuple(dict.fromkeys(g.grid for g in theirs if g.grid))


def deepest_right(
    rights: Iterable[Allowed], tree: str, path: Collection[str], department: str | None = None
) -> Right:
    """The deepest of rights to one kind at a grid, given the codes from the top down to it.

    A grant on a grid holds for all below it, along its own hierarchy only, and not above; one of a
    department for what belongs to it, wherever that lies. Of equals the one without a limit.
    """
    here = (
        one
        for one, grant in rights
        if grant.reach == "site"
        or (grant.reach == "grid" and grant.tree == tree and grant.grid in path)
        or (grant.reach == "department" and department and grant.department == department)
    )
    return max(here, key=lambda one: (one.depth, not one.limit), default=NOTHING)


def holds(grant: Grant, at: int) -> bool:
    """Whether a grant holds at an instant."""
    return grant.valid_from <= at and (grant.valid_to is None or at < grant.valid_to)


def scope_words(grants: Iterable[Grant]) -> str:
    """The grants in a line, for the audit log."""
    return "; ".join(grant.words() for grant in grants)
