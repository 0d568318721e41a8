"""When a number, name or address may be shown in plain: one record at a time, with a reason, for minutes.

Pure rules over a ledger, which is the audit log: what was opened, by whom and when is read back from the
very rows that note it, so nothing can be opened that is not noted. An account has one record open at a
time: opening the next closes it. Reasons are masked before they are noted.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sqlalchemy import select

from data.days import day_start, local_day
from data.encryption import Keyring
from data.population_tables import building, house, household, person, person_secret
from data.rekey import column_name
from queries.area import Area
from queries.masking import mask_text
from queries.reading import cleaned
from queries.site import Site

WHAT, DONE, REFUSED = "unmask", "done", "refused"
PARTS = ("name", "address", "phone", "identity")
SHORTEST_REASON, LONGEST_REASON = 4, 200
HURRY_SECONDS = 600


class Refused(Exception):
    """Not opened; `why` is one of part, reason, case, person, quota. Unknown and out of scope are one."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Limits:
    """For how long a record stays open, how many a day, and how many in ten minutes are unusual."""

    seconds: int = 300
    per_day: int = 20
    unusual: int = 8

    def __post_init__(self) -> None:
        if not (0 < self.seconds <= 3600 and 0 <= self.per_day <= 1000 and self.unusual > 0):
            raise ValueError("limits of unmasking are out of their range")


class Note(NamedTuple):
    """A row of the audit log. `object`: person/ID/PART. Unusual ones are for the auditor to look at."""

    what: str
    actor: str
    scope: str
    object: str
    reason: str
    outcome: str
    unusual: bool = False


class Opened(NamedTuple):
    """A row of the log that says something was opened, at an instant in epoch seconds."""

    object: str
    at: int


class Ledger(Protocol):
    """The audit log as the rules need it."""

    def alone(self, actor: str) -> AbstractContextManager[None]:
        """Until it ends nobody else opens anything for this account: counting and noting are one."""

    def opened_since(self, actor: str, at: int) -> list[Opened]:
        """What the account opened (outcome done) from `at` on, oldest first."""

    def note(self, note: Note, at: int) -> None:
        """Append a row; raises if it cannot be kept."""


class Wish(NamedTuple):
    """What somebody asks to see: a part of a person, for a reason, on account of a case."""

    actor: str
    scope: str
    person_id: int
    part: str
    reason: str
    case_code: str

    @property
    def object(self) -> str:
        """What it is called in the log."""
        return f"person/{self.person_id}/{self.part}"


def unmask(
    ledger: Ledger,
    wish: Wish,
    *,
    at: int,
    zone: str,
    limits: Limits,
    sees_case: Callable[[str], bool],
    sees_person: Callable[[int], bool],
) -> int:
    """Open a part of a record; gives the instant at which it closes. Raises Refused, which is noted too.

    sees_case, sees_person: whether there is one within the account's own scope.
    """
    reason = " ".join(cleaned(wish.reason).split())
    # Other databases are asked before the log is held: everybody's deeds wait for it.
    lacking = _lacking(wish, reason, sees_case, sees_person)
    with ledger.alone(wish.actor):
        midnight = day_start(local_day(at, zone), zone)
        opened = ledger.opened_since(wish.actor, min(midnight, at - HURRY_SECONDS))
        today = [one for one in opened if one.at >= midnight]
        why = lacking or ("quota" if len(today) >= limits.per_day else "")
        hurried = sum(one.at > at - HURRY_SECONDS for one in opened) + 1 >= limits.unusual
        # A code is digits like a number's: shown once it is known to be a case's.
        code = wish.case_code[:64]
        code = mask_text(code) if why in ("part", "reason", "case") else code
        told = f"{code}: {mask_text(reason[:LONGEST_REASON])}"
        if why:
            told = f"[{why}] {told}"
        outcome = REFUSED if why else DONE
        unusual = hurried or why in ("person", "quota")
        part = wish.object if wish.part in PARTS else f"person/{wish.person_id}"
        ledger.note(Note(WHAT, wish.actor, wish.scope, part, told, outcome, unusual), at)
    if why:
        raise Refused(why)
    return at + limits.seconds


def is_reason(words: str) -> bool:
    """Whether it says anything: some letters, not the same one again and again, and no essay."""
    letters = sum(sign.isalnum() for sign in words)
    return letters >= SHORTEST_REASON and len(words) <= LONGEST_REASON and len(set(words)) >= 3


def _lacking(
    wish: Wish,
    reason: str,
    sees_case: Callable[[str], bool],
    sees_person: Callable[[int], bool],
) -> str:
    if wish.part not in PARTS:
        return "part"
    if not is_reason(reason):
        return "reason"
    if not wish.case_code or not sees_case(wish.case_code):
        return "case"
    return "" if sees_person(wish.person_id) else "person"


def open_until(
    ledger: Ledger, actor: str, person_id: int, part: str, *, at: int, limits: Limits
) -> int | None:
    """The instant at which this part of the record closes; None if the account has it not open."""
    opened = ledger.opened_since(actor, at - limits.seconds)
    newest = opened[-1] if opened else None
    wanted = f"person/{person_id}/{part}"
    if newest is None or newest.object != wanted or not at - limits.seconds < newest.at <= at:
        return None
    return newest.at + limits.seconds


def plain_part(
    site: Site,
    area: Area,
    keyring: Keyring,
    ledger: Ledger,
    actor: str,
    person_id: int,
    part: str,
    *,
    at: int,
    limits: Limits,
) -> str | None:
    """What an account has open, in plain; None where it has it not open, or there is nothing to show."""
    if open_until(ledger, actor, person_id, part, at=at, limits=limits) is None:
        return None
    return plain_value(site, area, keyring, person_id, part)


def plain_value(site: Site, area: Area, keyring: Keyring, person_id: int, part: str) -> str | None:
    """A part of a record in plain, for those who have asked whether it may be read."""
    statement = (
        select(person, person_secret, building.c.address, house.c.room)
        .select_from(person)
        .outerjoin(person_secret, person_secret.c.person_id == person.c.person_id)
        .outerjoin(household, household.c.household_id == person.c.household_id)
        .outerjoin(house, house.c.house_id == household.c.house_id)
        .outerjoin(building, building.c.building_id == house.c.building_id)
        .where(person.c.person_id == person_id, area.condition(person.c.grid_code))
    )
    with site.population.connect() as connection:
        row = connection.execute(statement).first()
    if row is None:
        return None
    if part == "name":
        return str(row.name) if row.name else None
    if part == "address":
        return f"{row.address or ''}{row.room or ''}" or None
    sealed = row.phone_sealed if part == "phone" else row.identity_sealed
    return keyring.open(sealed, column_name(part), person_id) if sealed else None
