"""The table of rights, and what several dated grants together let a visitor see."""

from accounts_town import START, grant
from hypothesis import given
from hypothesis import strategies as st

from data.accounts.grants import Grant
from data.accounts.roles import BY_KEY, ROLE_FORMS
from queries import rights_docs
from queries.rights import KINDS, LIMITS, MATRIX, REACHES, ROLES, SCREENS, Depth, right, screens_of
from queries.visitor import Visitor

PERSONAL = ("reporter", "person", "sensitive_tags")
ROLE = st.sampled_from(sorted(ROLES))


def visitor(*grants: Grant, at: int = START) -> Visitor:
    return Visitor(1, "li", "Li", "office", grants, at)


def test_the_rights_page_is_what_the_table_gives() -> None:
    assert rights_docs.main(["--check"]) == 0


def test_every_cell_is_made_of_known_words() -> None:
    assert {form.key for form in ROLE_FORMS} == set(ROLES)
    for (role, screen), cells in MATRIX.items():
        assert role in ROLES and screen in SCREENS
        assert set(cells) <= set(KINDS)
        for cell in cells.values():
            assert cell.depth > Depth.NONE
            assert cell.reach in REACHES
            assert cell.limit == "" or cell.limit in LIMITS


def test_no_person_is_seen_on_a_wall_whoever_stands_before_it() -> None:
    for role in ROLES:
        for kind in PERSONAL:
            assert right(role, "wall", kind).depth == Depth.NONE
        assert right(role, "wall", "house").depth <= Depth.TOTALS
        assert right(role, "wall", "export").depth == Depth.NONE


def test_the_rows_of_the_brief() -> None:
    """domain.md §5.3, cell by cell, for what must never be: population for 纪工委, residents for 楼宇书记."""
    for kind in ("population", "house", "legal_entity", *PERSONAL):
        assert right("discipline", "tablet", kind).depth == Depth.NONE
    for kind in ("person", "sensitive_tags", "house", "reporter"):
        assert right("building_secretary", "tablet", kind).depth == Depth.NONE
    for kind in ("reporter", "person", "export"):
        assert right("leader", "phone", kind).depth == Depth.NONE
    assert right("leader", "phone", "population").limit == "level:neighbourhood"
    assert right("neighbourhood_secretary", "tablet", "person").depth == Depth.UNMASK
    assert right("grid_worker", "phone", "reporter") == (Depth.CALL, "tasks", "open_cases")
    assert screens_of("auditor") == screens_of("administrator") == ("office",)
    readers = {role for role in ROLES for s in SCREENS if right(role, s, "audit_log").depth}
    assert readers == {"auditor"}


def test_without_a_grant_nothing_may_be_seen() -> None:
    nobody = visitor()
    assert nobody.screens() == ()
    assert not any(nobody.may(kind, screen) for kind in KINDS for screen in SCREENS)


@given(role=ROLE, begins=st.integers(-5, 5), lasts=st.none() | st.integers(1, 5))
def test_a_grant_gives_nothing_before_and_after_its_time(
    role: str, begins: int, lasts: int | None
) -> None:
    reach = BY_KEY[role].reaches[0]
    ends = None if lasts is None else START + begins + lasts
    one = grant(role, reach, valid_from=START + begins, valid_to=ends)
    holds = begins <= 0 and (lasts is None or begins + lasts > 0)
    seen = visitor(one)
    assert bool(seen.screens()) == holds
    assert any(seen.may(kind, s) for kind in KINDS for s in SCREENS) == holds
    assert bool(seen.sight) == holds


def test_a_grid_is_seen_with_all_below_it_and_nothing_beside_or_above() -> None:
    chief = visitor(grant("station_chief", tree="area", grid="A"))
    at = {
        path: chief.right_at("person", "tablet", "area", path).depth
        for path in (("T",), ("T", "A"), ("T", "A", "A1"), ("T", "B"), ("T", "B", "B1"))
    }
    assert list(at.values()) == [0, Depth.UNMASK, Depth.UNMASK, 0, 0]
    # Along another hierarchy the same grid says nothing.
    assert chief.right_at("person", "tablet", "patrol", ("T", "P", "A")).depth == Depth.NONE
    assert chief.subtrees("person", "tablet", "area") == ("A",)
    assert chief.subtrees("person", "tablet", "patrol") == ()
    assert not chief.covers_site("person", "tablet")


def test_several_roles_keep_each_to_its_own_place() -> None:
    both = visitor(grant("station_chief", tree="area", grid="A"), grant("leader"))
    assert both.roles == ("station_chief", "leader")
    assert both.right_at("house", "tablet", "area", ("T", "A")).depth == Depth.MASKED
    assert both.right_at("house", "tablet", "area", ("T", "B")).depth == Depth.TOTALS
    assert both.right_at("person", "tablet", "area", ("T", "B")).depth == Depth.NONE
    assert both.covers_site("case_figures", "phone")
    assert not both.covers_site("person", "tablet")


def test_a_department_sees_its_own_cases_only() -> None:
    works = visitor(grant("department", department="works"))
    assert works.departments == {"works"}
    assert works.right_at("case_detail", "tablet", "area", (), "works").depth == Depth.MASKED
    assert works.right_at("case_detail", "tablet", "area", (), "police").depth == Depth.NONE
    assert works.right_at("case_detail", "tablet", "area", ("T",)).depth == Depth.NONE


def test_sight_tells_apart_what_may_be_seen_and_not_who_sees_it() -> None:
    one = grant("leader")
    assert visitor(one).sight == visitor(one)._replace(login="wang", account_id=2).sight
    assert visitor(one).sight != visitor(grant("discipline")).sight
    assert visitor(one).sight != visitor(grant("leader", tree="area", grid="A")).sight
    # What a grid worker sees is what is assigned to this one.
    own = visitor(grant("grid_worker", tree="area", grid="A"))
    assert own.sight != own._replace(account_id=2).sight
