"""Which tags may be told in totals, and by what tables each of them is protected.

What a tag says by its meaning nobody writes down: who is retired is old, who leads volunteers is one. The
records show it: a tag that everybody or nobody of some age carries, or that nobody carries without
another. Whatever holds of all records is taken to be known to everybody. Pure; queries.told_tags reads.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from queries.protected import SMALLEST_OLD

FEW = SMALLEST_OLD
"""So few exceptions from a rule are taken for mistakes in the records: the rule is known all the same."""
BY_CHANCE = 5
"""But not where chance would have made no more than so many times as many: of few records it says little."""


class Split(NamedTuple):
    """What a tag says of an attribute: of some of its values everybody carries it, of some a part does.

    Of all other values nobody does. So whoever subtracts knows how many of the `mixed` do not carry it.
    """

    attribute: str
    carried: tuple[str, ...]
    mixed: tuple[str, ...]
    is_exact: bool
    """Whether no record is an exception."""

    @property
    def restates(self) -> bool:
        """Whether the tag says nothing that the attribute does not."""
        return not self.mixed


PLAIN = Split("", (), ("all",), True)
"""Of a tag that goes with no attribute: who carries it and who does not."""


def split_of(attribute: str, carry: Mapping[str, int], all_: Mapping[str, int]) -> Split:
    """How a tag goes with an attribute; records that carry it, and all records, by value."""
    carried, mixed, exceptions = [], [], 0
    all_ = {value: n for value, n in all_.items() if n}
    share = sum(carry.values()) / max(sum(all_.values()), 1)
    for value, n in sorted(all_.items()):
        with_it = carry.get(value, 0)
        without = n - with_it
        if without == 0 or without < min(FEW, n * (1 - share) / BY_CHANCE):
            carried.append(value)
            exceptions += without
        elif with_it == 0 or with_it < min(FEW, n * share / BY_CHANCE):
            exceptions += with_it
        else:
            mixed.append(value)
    if len(mixed) == len(all_):
        return PLAIN
    return Split(attribute, tuple(carried), tuple(mixed), exceptions == 0)


def lacks(split: Split, carry: Mapping[str, int], all_: Mapping[str, int]) -> bool:
    """Whether some do not carry a tag who should by what it says: then nobody can be counted who need not.

    carry, all_: as split_of takes them.
    """
    return any(carry.get(value, 0) < all_.get(value, 0) for value in split.carried)


def splits_of(splits: Sequence[Split]) -> tuple[Split, ...] | None:
    """Those that a tag has to be protected by; None where it must not be told.

    One that restates an attribute is told by that alone. A tag that does so but for a few records would
    point at these.
    """
    restating = [one for one in splits if one.restates]
    if restating:
        exact = [one for one in restating if one.is_exact]
        return (exact[0],) if exact else None
    return tuple(dict.fromkeys(splits))


class Carried(NamedTuple):
    """A tag's records: their positions among all, sorted, and how many there are on each grid and below it."""

    records: np.ndarray
    at: np.ndarray
    splits: tuple[Split, ...]


class Choice:
    """Tags of one kind of records of which no difference and no remainder is a small count.

    Each is held against those chosen before it; the most frequent come first. `at`: records on each
    grid and below it, `size`: all of them.
    """

    def __init__(self, size: int, at: np.ndarray) -> None:
        self._at = at
        self._size = size
        self._chosen: list[Carried] = []
        self._apart: list[set[int]] = []
        self._tags = np.zeros(size, np.uint16)

    def takes(self, one: Carried) -> bool:
        """Choose a tag if it may be told beside the others."""
        if all(split.restates for split in one.splits):
            return True
        apart: set[int] = set()
        mine = np.zeros(self._size, bool)
        mine[one.records] = True
        for number, other in enumerate(self._chosen):
            both = int(mine[other.records].sum())
            only = len(one.records) - both, len(other.records) - both
            neither = self._size - both - sum(only)
            if not _are_apart(one.splits, other.splits):
                if min(*only, neither) < FEW:
                    return (
                        False  # one lies within the other, or whoever lacks the one has the other
                    )
                if both < FEW:
                    apart.add(number)
        if not self._stand_alone(one) or not self._leave_enough(one, apart):
            return False
        for number in apart:
            self._apart[number].add(len(self._chosen))
        self._chosen.append(one)
        self._apart.append(apart)
        self._tags[one.records] += 1
        return True

    def _stand_alone(self, one: Carried) -> bool:
        """Whether some carry each tag and no other: none lies within several others together."""
        tags = self._tags.copy()
        tags[one.records] += 1
        return all(int((tags[held.records] == 1).sum()) >= FEW for held in (*self._chosen, one))

    def _leave_enough(self, one: Carried, apart: set[int]) -> bool:
        """Whether on no grid nearly everybody carries this tag or one that nobody carries beside it.

        Where a tag is hidden for being small nobody can subtract it.
        """
        groups = [(one, apart, None), *((self._chosen[n], self._apart[n], one) for n in apart)]
        for tag, others, new in groups:
            held = [self._chosen[n] for n in others] + ([new] if new is not None else [])
            of_others = sum((np.where(o.at >= FEW, o.at, 0) for o in held), np.zeros_like(self._at))
            told = (tag.at >= FEW) & (of_others > 0)
            if (self._at - tag.at - of_others < FEW)[told].any():
                return False
        return True


def _are_apart(one: Sequence[Split], other: Sequence[Split]) -> bool:
    """Whether an attribute tells the records of two tags apart: what it says of them is protected by it."""
    values = {split.attribute: {*split.carried, *split.mixed} for split in other}
    return any(
        values[split.attribute].isdisjoint((*split.carried, *split.mixed))
        for split in one
        if split.attribute in values
    )
