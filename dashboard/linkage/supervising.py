"""督办 as screens see them: the lit strip, the sheets to write and answer in, the count on a wall."""

from collections.abc import Callable, Mapping, Sequence

from dashboard.linkage.places import grid_path, unit_name
from dashboard.linkage.words import Refused, Said
from dashboard.noted_once import NotedOnce
from dashboard.noted_views import is_inspector
from dashboard.office.desk import Desk
from dashboard.text import Language, text
from data.accounts.devices import devices
from data.accounts.people import Person, people
from data.accounts.refused import ChangeRefused
from data.audit.chain import Entry
from data.days import local_time
from data.linkage.photos import photo_of
from data.linkage.supervision import Author, Supervision, Target
from data.linkage.supervisions import Supervisions
from queries.scope import ScopeError
from queries.sight import Sight
from queries.supervising import (
    NoLimit,
    addressed,
    addressed_at,
    case_target,
    clocks_of,
    covers,
    grid_target,
    is_addressed,
    may_supervise,
    overseen,
    reply_limit,
)
from queries.visitor import Visitor, scope_words

Sent = Mapping[str, str]
Sheet = Callable[[Visitor, str, Sent], Said]
MOST_LINES = 2
"""Lines of the strip; what is beyond stands in a sheet."""
LONGEST_NUMBER = 15
ABOUT = ("number", "case", "hierarchy", "grid")
"""What of a request says which sheet it is."""


class Supervising:
    """The part of the stage that supervises; one instance per server."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._path = grid_path(desk.site)
        self.supervisions = Supervisions(
            desk.access,
            desk.bus,
            self._concerned,
            desk.robots,
            desk.pushes,
            lambda connection, target, now: addressed_at(connection, target, now, self._path),
            lambda target: unit_name(desk.site, target.unit)._asdict(),
        )
        self._views = NotedOnce(desk.access)

    def doings(self) -> dict[str, Callable[[Visitor, str, Sent], None]]:
        """What a screen may ask to be done, by name."""
        held = self.supervisions
        return {
            "issue": self._issue,
            "seen": self._owed(lambda number, sent, by: held.mark_seen(number, by)),
            "acknowledge": self._owed(lambda number, sent, by: held.acknowledge(number, by)),
            "answer": self._owed(
                lambda number, sent, by: held.answer(
                    number, sent.get("words", ""), by, photo_of(sent.get("photo", ""))
                )
            ),
            "send_back": self._own(
                lambda number, sent, by: held.send_back(number, sent.get("words", ""), by)
            ),
            "close": self._own(
                lambda number, sent, by: held.close(number, sent.get("words", ""), by)
            ),
        }

    def sheets(self) -> dict[str, Sheet]:
        """Sheets by name: to issue, to look at one, all that are open."""
        sheets: dict[str, Sheet] = {
            "supervise": self._form,
            "supervision": self._sheet,
            "supervisions": self._all,
        }
        return {name: self._noted(name, make) for name, make in sheets.items()}

    def _noted(self, name: str, make: Sheet) -> Sheet:
        """A sheet that is noted as any list, where each list that the visitor looks at is."""

        def making(who: Visitor, screen: str, sent: Sent) -> Said:
            said = make(who, screen, sent)
            if is_inspector(who, screen):
                about = [f"{part}={sent[part]}" for part in ABOUT if sent.get(part)]
                told = " ".join([screen, name, *about])
                self._views.note(Entry("list_view", who.login, scope_words(who.in_force), told))
            return said

        return making

    def state(self, who: Visitor, screen: str) -> list[Said]:
        """A count on a wall; on other screens what is owed by the visitor or to them."""
        held = self.supervisions.open_ones()
        if screen == "wall":
            return self._counted(who, held)
        lines = self._lines(who, held)
        if not lines:
            return []
        ends = [one.limit.due for one in held if one.waits and one.late_at is None]
        more = len(lines) - MOST_LINES
        values = {
            "lines": lines[:MOST_LINES],
            "more": more,
            "n": len(lines),
            "at": self._at,
            "title": self._title,
        }
        return [Said("owed", values, min(ends, default=None))]

    def _lines(self, who: Visitor, held: Sequence[Supervision]) -> list[tuple[str, Supervision]]:
        """(owed | late | answered | escalated, 督办) that concern a visitor, the late ones first."""
        now, lines = self._desk.access.now(), []
        for one in held:
            late = one.is_late(now)
            if one.waits and is_addressed(who, one.target, self._path):
                lines.append(("late" if late else "owed", one))
            elif one.issuer_id == who.account_id and (late or not one.waits):
                lines.append(("escalated" if late else "answered", one))
        return sorted(lines, key=lambda line: line[0] not in ("late", "escalated"))

    def _counted(self, who: Visitor, held: Sequence[Supervision]) -> list[Said]:
        """How many are open within a wall's scope; it names none."""
        grants, now = who.in_force, self._desk.access.now()
        mine = [one for one in held if any(covers(g, one.target, self._path) for g in grants)]
        late = sum(one.is_late(now) for one in mine)
        ends = [one.limit.due for one in mine if one.waits and one.late_at is None]
        values = {"n": len(mine), "late": late}
        return [Said("counted", values, min(ends, default=None))] if mine else []

    def _form(self, who: Visitor, screen: str, sent: Sent) -> Said:
        target = self._target(who, screen, sent)
        same = (one for one in self.supervisions.open_ones() if one.target.kind == target.kind)
        held = next((one for one in same if one.target.code == target.code), None)
        values = {
            "target": target,
            "held": held,
            "reached": self._reached(target),
            "named": _named,
            "clocks": clocks_of(self._desk.site),
        }
        return Said("supervise", {**values, "at": self._at, "title": self._title})

    def _sheet(self, who: Visitor, screen: str, sent: Sent) -> Said:
        held = self._found(who, screen, sent)
        values = {
            "held": held,
            "screen": screen,
            "steps": self.supervisions.steps(held.number),
            "sees": bool(Sight(who, screen).rights("case_figures")),
            "owes": is_addressed(who, held.target, self._path),
            "is_own": held.issuer_id == who.account_id,
            "is_late": held.is_late(self._desk.access.now()),
            "at": self._at,
            "title": self._title,
        }
        return Said("supervision", values)

    def photo(self, who: Visitor, screen: str, number: int, photo_id: int) -> bytes | None:
        """A picture that came with an answer, for those whom the 督办 concerns."""
        try:
            held = self._found(who, screen, {"number": str(number)})
        except ScopeError:
            return None
        return self.supervisions.photo(held.number, photo_id)

    def _all(self, who: Visitor, screen: str, sent: Sent) -> Said:
        lines = self._lines(who, self.supervisions.open_ones())
        return Said("supervisions", {"lines": lines, "at": self._at, "title": self._title})

    def _issue(self, who: Visitor, screen: str, sent: Sent) -> None:
        target = self._target(who, screen, sent)
        if not self._reached(target):
            raise ChangeRefused("supervision_nobody", target.title)
        amount = sent.get("amount", "")
        if not (amount.isascii() and amount.isdigit() and len(amount) < 4):
            raise ChangeRefused("supervision_amount", amount)
        site, now = self._desk.site, self._desk.access.now()
        try:
            limit = reply_limit(site, sent.get("clock", ""), int(amount), now)
        except NoLimit:
            raise ChangeRefused("supervision_amount", amount) from None
        words = sent.get("words", "")
        self.supervisions.issue(target, words, limit, site.as_of(), _author(who))

    def _target(self, who: Visitor, screen: str, sent: Sent) -> Target:
        """What is meant, if the visitor may issue a 督办 of it. Raises Refused, ScopeError."""
        if not who.may("supervise", screen):
            raise Refused("supervise")
        seen = self._desk.site.seen_by(who, screen)
        if sent.get("case"):
            target = case_target(seen, sent["case"][:200], self._desk.site.as_of())
        else:
            target = grid_target(seen, sent.get("hierarchy", ""), sent.get("grid", ""))
        if not may_supervise(who, screen, target, self._path):
            raise Refused("supervise")
        return target

    def _found(self, who: Visitor, screen: str, sent: Sent) -> Supervision:
        """The 督办 that is meant, for those whom it concerns. Raises ScopeError."""
        held = self.supervisions.find(_number(sent))
        concerns = held is not None and (
            held.issuer_id == who.account_id
            or is_addressed(who, held.target, self._path)
            or overseen(self._desk.site, who, screen, [held], self._path)
        )
        if held is None or not concerns:
            raise ScopeError("supervision", sent.get("number", ""))
        return held

    def _owed(
        self, do: Callable[[int, Sent, Author], None]
    ) -> Callable[[Visitor, str, Sent], None]:
        """Something that those do who owe the answer."""

        def doing(who: Visitor, screen: str, sent: Sent) -> None:
            held = self.supervisions.find(_number(sent))
            if held is None or not is_addressed(who, held.target, self._path):
                raise Refused("supervision")
            do(held.number, sent, _author(who))

        return doing

    def _own(self, do: Callable[[int, Sent, Author], None]) -> Callable[[Visitor, str, Sent], None]:
        """Something that its issuer does, while they may still issue any."""

        def doing(who: Visitor, screen: str, sent: Sent) -> None:
            held = self.supervisions.find(_number(sent))
            if held is None or held.issuer_id != who.account_id:
                raise Refused("supervise")
            if not may_supervise(who, screen, held.target, self._path):
                raise Refused("supervise")
            do(held.number, sent, _author(who))

        return doing

    def _reached(self, target: Target) -> list[Person]:
        """Who will be addressed."""
        accounts = set(addressed(self._desk.access, target, self._path))
        return [one for one in people(self._desk.access) if one.account_id in accounts]

    def _concerned(self, held: Supervision) -> list[str]:
        """Whom ticks of a 督办 go to: its issuer, who owes the answer, the walls that count it."""
        access = self._desk.access
        accounts = [held.issuer_id, *addressed(access, held.target, self._path)]
        walls = [
            one.device_id
            for one in devices(access)
            if one.revoked_at is None and covers(one.grant, held.target, self._path)
        ]
        named = [f"account:{one}" for one in dict.fromkeys(accounts)]
        return [*named, *(f"device:{one}" for one in walls)]

    def _title(self, target: Target, language: str) -> str:
        """A grid by its name in a language; a case's title is as it came."""
        if target.kind == "grid":
            tree = self._desk.site.tree(target.places[0][0])
            grid = tree.by_code.get(target.code) if tree is not None else None
            if grid is not None and language == "en" and grid.name_en:
                return grid.name_en
        return target.title

    def _at(self, instant: int) -> str:
        zone = self._desk.site.facts().zone
        return local_time(instant, zone).strftime("%m-%d %H:%M")


def _named(reached: Sequence[Person], language: Language) -> str:
    """People with the bodies that they belong to, in a line."""
    names = (
        text(language, "supervise.named", name=one.name, organisation=one.organisation)
        if one.organisation
        else one.name
        for one in reached
    )
    return text(language, "between.names").join(names)


def _author(who: Visitor) -> Author:
    if not who.account_id:
        raise Refused("a wall supervises nobody")
    return Author(who.account_id, who.login)


def _number(sent: Sent) -> int:
    given = sent.get("number", "")
    is_number = given.isascii() and given.isdigit() and len(given) <= LONGEST_NUMBER
    return int(given) if is_number else 0
