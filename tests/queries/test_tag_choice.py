"""Tags of which one says something of another, or of an attribute, are found from who carries them."""

from collections.abc import Sequence

import numpy as np
import pytest

from queries.tag_choice import FEW, PLAIN, Carried, Choice, Split, lacks, split_of, splits_of

AGES = {"young": 300, "old": 200, "oldest": 100}


@pytest.mark.parametrize(
    ("carry", "said"),
    [
        ({"young": 90, "old": 60, "oldest": 30}, PLAIN),
        ({"old": 150}, Split("ages", (), ("old",), True)),
        ({"old": 150, "oldest": 100}, Split("ages", ("oldest",), ("old",), True)),
        ({"old": 200, "oldest": 100}, Split("ages", ("old", "oldest"), (), True)),
        ({"young": 3, "old": 200, "oldest": 98}, Split("ages", ("old", "oldest"), (), False)),
        ({"young": 3, "old": 150}, Split("ages", (), ("old",), False)),
    ],
)
def test_a_tag_lies_within_an_attribute_but_for_mistakes(
    carry: dict[str, int], said: Split
) -> None:
    assert split_of("ages", carry, AGES) == said


def test_values_that_nobody_has_bind_nothing_and_rare_ones_only_where_nobody_or_everybody_does() -> (
    None
):
    """Of ninety one would carry it by chance: that two do is no rule, that none does may be one."""
    assert split_of("ages", {"young": 90, "old": 60, "oldest": 30}, AGES | {"?": 0}) == PLAIN
    rare = {"a": 9_000, "b": 90}
    assert split_of("kinds", {"a": 100, "b": 2}, rare) == PLAIN
    assert split_of("kinds", {"a": 100}, rare).mixed == ("a",)
    assert split_of("kinds", {"a": 8_900, "b": 88}, rare) == PLAIN
    assert split_of("kinds", {"a": 8_900, "b": 90}, rare).carried == ("b",)


def test_it_is_seen_who_does_not_carry_what_everybody_should() -> None:
    carry = {"old": 150, "oldest": 98}
    split = split_of("ages", carry, AGES)
    assert split.carried == ("oldest",) and split.mixed == ("old",)
    assert lacks(split, carry, AGES)
    assert not lacks(split, {"old": 150, "oldest": 100}, AGES)


def test_a_tag_that_restates_an_attribute_is_told_by_it_and_not_at_all_with_exceptions() -> None:
    exact = Split("ages", ("old",), (), True)
    assert splits_of([PLAIN, exact, Split("homes", ("alone",), (), False)]) == (exact,)
    assert splits_of([PLAIN, exact._replace(is_exact=False)]) is None
    assert splits_of([PLAIN, PLAIN, exact._replace(mixed=("b",))]) == (
        PLAIN,
        exact._replace(mixed=("b",)),
    )


def chosen(size: int, *tags: Sequence[int], splits: Sequence[tuple[Split, ...]] = ()) -> list[bool]:
    """Which of some tags may be told one after the other, all living on one grid."""
    choice = Choice(size, np.array([size]))
    found = []
    for number, records in enumerate(tags):
        of = splits[number] if splits else (PLAIN,)
        found.append(choice.takes(Carried(np.array(sorted(records)), np.array([len(records)]), of)))
    return found


def test_tags_that_have_nothing_to_do_with_one_another_are_told() -> None:
    assert chosen(1000, range(0, 1000, 2), range(0, 1000, 3), range(0, 1000, 5)) == [True] * 3


def test_of_two_tags_of_which_one_lies_within_the_other_the_first_is_told() -> None:
    assert chosen(1000, range(500), range(400)) == [True, False]
    assert chosen(1000, range(500), range(500)) == [True, False]
    assert chosen(1000, range(500), [*range(400), *range(900, 900 + FEW - 1)]) == [True, False]
    assert chosen(1000, range(500), [*range(400), *range(900, 900 + FEW)]) == [True, True]


def test_nor_are_two_told_that_leave_nobody_over() -> None:
    """Whoever lacks the one has the other: they add up to all and those who have both."""
    assert chosen(1000, range(600), range(500, 1000)) == [True, False]


def test_nor_one_that_lies_within_several_together() -> None:
    assert chosen(1000, range(300), range(250, 600), range(100, 500)) == [True, True, False]
    halves = range(300), range(250, 600)
    assert chosen(1000, range(100, 500), *halves) == [True, True, False]


def test_tags_that_nobody_carries_together_must_leave_enough_without_any() -> None:
    assert chosen(1000, range(300), range(300, 600)) == [True, True]
    assert chosen(1000, range(300), range(300, 600), range(600, 995)) == [True, True, False]


def test_they_must_leave_enough_on_every_grid() -> None:
    choice = Choice(1000, np.array([1000, 100, 900]))
    assert choice.takes(Carried(np.arange(50), np.array([50, 50, 0]), (PLAIN,)))
    assert not choice.takes(Carried(np.arange(50, 300), np.array([250, 45, 205]), (PLAIN,)))
    small = Carried(np.arange(95, 300), np.array([205, FEW - 1, 196]), (PLAIN,))
    assert choice.takes(small)


def test_tags_that_an_attribute_keeps_apart_are_protected_by_it() -> None:
    young, old = (Split("ages", (), (age,), True) for age in ("young", "old"))
    within = [(young,), (old,)]
    assert chosen(600, range(298), range(300, 598), splits=within) == [True, True]
    assert chosen(600, range(298), range(300, 598)) == [True, False]
