"""Everybody that the matrix knows, each with one grant, and what they may see of a small town of six cases.

Worked out from the matrix and from where the cases lie, apart from the code that enforces it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts_town import grant
from small_town import TOPS, TREES, Case

from data.accounts.grants import Grant
from data.accounts.roles import ROLE_FORMS
from queries.rights import NOTHING, Right, right

POST = "A-02"
LATE = f"reported 0 by {POST}, accepted 1 due 25"
DONE = "reported 2, accepted 3 due 25, closed 10"
HUNG = "reported 3, accepted 4 due 60, hung 5"
CASES = [
    Case("K-one", LATE, "A1", title="甲处破损"),
    Case("K-two", DONE, "A2", title="乙处破损", department="police"),
    Case("K-hung", HUNG, "A1", title="丙处破损"),
    Case("K-three", LATE, "B1", title="丁处破损"),
    Case("K-hung-b", HUNG, "B1", title="戊处破损", department="police"),
    Case("K-lost", LATE, "", title="己处破损", department="police"),
]
GRIDS = {tree: ["T", *TOPS[tree], *TREES[tree]] for tree in TREES}
LEVEL = {"T": 0, **dict.fromkeys("ABCPQ", 1), **dict.fromkeys(("A1", "A2", "B1"), 2)}
NOBODY = "ZQ9"
REACHES: dict[str, list[dict[str, str]]] = {
    "site": [{}],
    "none": [{}],
    "grid": [
        {"tree": "area", "grid": "A"},
        {"tree": "area", "grid": "A1"},
        {"tree": "patrol", "grid": "Q"},
    ],
    "department": [{"department": "works"}, {"department": "police"}],
}
# Conditions that nobody here fulfils: no purpose, duty or score of one's own is on record.
NOT_KEPT = {"purpose", "staff_counts", "own_person", "visit", "duty"}
THINGS = (
    *("", "list=open", "list=accepted", "list=overdue", "list=on_time_rate.rest", "find=格"),
    *("list=supervision_queue", "list=accepted&page=2&after=K-three", "explain=open"),
    *("explain=population", "explain=legal_entities", "colour=accepted", "colour=population"),
    *("level=2", "layer=hazards", "layer=unmanaged", "access=class", "records=choose"),
    *("people=find", "people=list:old60", "people=person:1", "people=building:1", "people=house:1"),
    *("role=dispatcher", "score=works", "role=dispatcher&score=SL-1", "source=app", "days=7"),
    *("zoning=now", "zoning=now&list=accepted", "days=1&list=accepted", "list=open&source=hotline"),
)


@dataclass(frozen=True)
class Who:
    """Somebody with one grant. `works`: a post of the site is on record."""

    login: str
    role: str
    held: Grant
    works: bool = False

    def cell(self, screen: str, kind: str) -> Right:
        """The matrix's cell as far as its condition is kept."""
        found = right(self.role, screen, kind)
        is_kept = found.limit not in NOT_KEPT and found.reach != "tasks"
        return found if is_kept else NOTHING

    def is_inside(self, tree: str, grid: str) -> bool:
        """Whether a grid is one that they may know of."""
        if self.held.reach != "grid":
            return grid in GRIDS[tree]
        own = self.held.grid
        parent = TREES[tree].get(grid, "T")
        return tree == self.held.tree and grid in GRIDS[tree] and own in (grid, parent)

    def knows_any(self, screen: str) -> bool:
        """Whether a screen shows them anything at all."""
        return bool(self.cell(screen, "case_figures").depth) or (self.works and screen == "phone")

    def sees(self, screen: str, case: Case) -> bool:
        """Whether a case is one that they may see by itself."""
        found = self.cell(screen, "case_detail")
        if self.works and screen == "phone":
            return POST in case.steps and self.is_inside(self.held.tree or "", case.leaf)
        if not found.depth or (found.limit == "discipline" and "hung" not in case.steps):
            return False
        if self.held.reach == "department":
            return case.department == self.held.department
        return self.held.reach == "site" or self.is_inside(self.held.tree or "", case.leaf)

    def opens(self, screen: str, tree: str, grid: str, thing: str) -> bool:
        """Whether what is asked of a grid inside is answered and not refused."""
        level = LEVEL[grid]
        asked = dict(part.split("=") for part in thing.split("&") if part)

        def deep(kind: str, at: int) -> bool:
            found = self.cell(screen, kind)
            return bool(found.depth) and not (found.limit == "level:neighbourhood" and at > 1)

        if "explain" in asked:
            kinds = {"open": "case_figures", "population": "population"}
            return deep(kinds.get(asked["explain"], "legal_entity"), level)
        if asked.get("colour") == "population":
            return deep("population", min(level + 1, 2))
        scores = self.cell(screen, "staff_scores")
        if "role" in asked:
            return bool(scores.depth) and scores.limit != "unit"
        return not ("score" in asked and not scores.depth)


def everybody() -> Iterator[Who]:
    for form in ROLE_FORMS:
        for reach in form.reaches:
            for n, where in enumerate(REACHES[reach]):
                held = grant(form.key, reach, **where)
                yield Who(f"{form.key}-{reach}-{n}", form.key, held)
                if form.key == "grid_worker":
                    yield Who(f"{form.key}-post-{n}", form.key, held, works=True)


ALL = list(everybody())
