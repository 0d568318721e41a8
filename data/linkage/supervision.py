"""What a 督办 is: what it is about, by when an answer is due, what has happened to it so far."""

from typing import NamedTuple


class Author(NamedTuple):
    """Who does something."""

    account_id: int
    login: str


class Target(NamedTuple):
    """What a 督办 is about. places: (hierarchy, grid), the deepest of each hierarchy.

    posts: codes of those who took a step of the case.
    """

    kind: str
    code: str
    title: str
    places: tuple[tuple[str, str], ...]
    department: str | None
    unit: str
    posts: tuple[str, ...] = ()


class Limit(NamedTuple):
    """By when an answer is due: so much by a clock (data.working_time.CLOCKS), and the instant."""

    clock: str
    amount: int
    due: int


class Supervision(NamedTuple):
    """A 督办; times in epoch seconds, None for what has not happened."""

    number: int
    issuer_id: int
    issuer: str
    office: str
    target: Target
    words: str
    limit: Limit
    issued_at: int
    as_of: int
    seen_at: int | None
    acknowledged_at: int | None
    answered_at: int | None
    late_at: int | None
    closed_at: int | None

    @property
    def waits(self) -> bool:
        """Whether an answer is still owed."""
        return self.answered_at is None and self.closed_at is None

    def is_late(self, now: int) -> bool:
        """Whether the answer that is owed is overdue."""
        return self.waits and now >= self.limit.due


class Step(NamedTuple):
    """Something that was done; nobody's name for what the clock did."""

    at: int
    name: str
    what: str
    words: str
    photo: int | None = None
