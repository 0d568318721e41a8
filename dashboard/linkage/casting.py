"""Casts as screens see them: the strip of who leads, the list of walls, the tag on the wall."""

from collections.abc import Callable, Mapping

from dashboard.linkage.places import grid_path
from dashboard.linkage.shown import Shown, castable, shown_on
from dashboard.linkage.words import Key, Refused, Said
from dashboard.office.desk import Desk, language
from data.accounts.refused import ChangeRefused
from data.linkage.casts import Casts
from data.linkage.walls import Leader, Wall
from queries.casting import may_cast, may_force
from queries.visitor import Visitor
from queries.words import Words

Sent = Mapping[str, str]
Sheet = Callable[[Visitor, str, Sent], Said]


class Casting:
    """The part of the stage that casts; one instance per server."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.casts = Casts(desk.access, desk.bus)
        self._path = grid_path(desk.site)

    def doings(self) -> dict[str, Callable[[Visitor, str, Sent], None]]:
        """What a screen may ask to be done, by name."""
        return {
            "take": self._take,
            "ask": self._ask,
            "force": self._force,
            "move": self._move,
            "renew": self._renew,
            "give_back": lambda who, screen, sent: self.casts.give_back(
                _wall(sent), _leader(who, screen)
            ),
            "keep": self._keep,
        }

    def sheets(self) -> dict[str, Sheet]:
        """Sheets by name: the walls to choose from."""
        return {"walls": self._walls}

    def state(self, who: Visitor, screen: str) -> list[Said]:
        """The tag on a wall; on other screens the walls that its visitor leads or asked for."""
        if screen == "wall":
            return self._tag(who)
        return self._strip(who, screen)

    def _tag(self, who: Visitor) -> list[Said]:
        wall = self.casts.wall(who.device_id) if who.device_id else None
        if wall is None or wall.lead is None:
            return [Said("tag", {"lead": None}, told={"cast": None})]
        shown = shown_on(self._desk.site, who, wall.lead.fragment)
        english = ["lang=en"] if language() == "en" else []
        fragment = "&".join([*filter(None, [shown.fragment]), *english])
        return [
            Said(
                "tag",
                {"lead": wall.lead, "less": _less(shown)},
                wall.lead.ends_at,
                {"cast": {"seq": wall.seq, "fragment": fragment}},
            )
        ]

    def _strip(self, who: Visitor, screen: str) -> list[Said]:
        if not who.may("cast", screen):
            return []
        walls = self.casts.walls()
        led = [one for one in walls if one.lead and one.lead.account_id == who.account_id]
        waits = [one for one in walls if one.asked and one.asked.account_id == who.account_id]
        told = [
            (one.told.what, one.name, one.lead.name if one.lead else "")
            for one in walls
            if one.told and one.told.account_id == who.account_id
        ]
        ends = [one.lead.ends_at for one in led if one.lead]
        ends += [one.asked.until for one in (*led, *waits) if one.asked]
        values = {
            "led": [(one, self._less_on(one)) for one in led],
            "waits": waits,
            "told": told,
        }
        leads = any(one.lead and one.lead.screen == screen for one in led)
        return [Said("strip", values, min(ends, default=None), {"leads": leads})]

    def _less_on(self, wall: Wall) -> Key | None:
        """What the leader is told of a wall that may not show all of it."""
        if wall.lead is None:
            return None
        as_wall = Visitor(0, wall.name, wall.name, "", (wall.grant,), self._desk.access.now())
        return _less(shown_on(self._desk.site, as_wall, wall.lead.fragment))

    def _walls(self, who: Visitor, screen: str, sent: Sent) -> Said:
        if not who.may("cast", screen):
            raise Refused("cast")
        lines = [
            (
                one,
                one.lead is not None and one.lead.account_id == who.account_id,
                self._forces(who, screen, one),
            )
            for one in self.casts.walls()
            if may_cast(who, screen, one.grant, self._path)
        ]
        return Said("walls", {"lines": lines})

    def _take(self, who: Visitor, screen: str, sent: Sent) -> None:
        wall = self._allowed(who, screen, sent)
        fragment = castable(self._desk.site, who, screen, sent.get("fragment", ""))
        self.casts.take(wall.device_id, _leader(who, screen), fragment)

    def _ask(self, who: Visitor, screen: str, sent: Sent) -> None:
        wall = self._allowed(who, screen, sent)
        fragment = castable(self._desk.site, who, screen, sent.get("fragment", ""))
        self.casts.ask(wall.device_id, _leader(who, screen), fragment)

    def _force(self, who: Visitor, screen: str, sent: Sent) -> None:
        wall = self._allowed(who, screen, sent)
        if not self._forces(who, screen, wall):
            raise Refused("cast_force")
        fragment = castable(self._desk.site, who, screen, sent.get("fragment", ""))
        self.casts.force(wall.device_id, _leader(who, screen), fragment)

    def _move(self, who: Visitor, screen: str, sent: Sent) -> None:
        if not who.may("cast", screen):
            raise Refused("cast")
        fragment = castable(self._desk.site, who, screen, sent.get("fragment", ""))
        leader = _leader(who, screen)
        led = [
            one
            for one in self.casts.walls()
            if one.lead and (one.lead.account_id, one.lead.screen) == (who.account_id, screen)
        ]
        barred = [w.device_id for w in led if not may_cast(who, screen, w.grant, self._path)]
        if led and len(barred) == len(led):
            raise Refused("cast")
        self.casts.move(leader, fragment, barred)

    def _renew(self, who: Visitor, screen: str, sent: Sent) -> None:
        wall = self._allowed(who, screen, sent)
        self.casts.renew(wall.device_id, _leader(who, screen))

    def _keep(self, who: Visitor, screen: str, sent: Sent) -> None:
        wall = self._allowed(who, screen, sent)
        self.casts.keep(wall.device_id, _leader(who, screen))

    def _allowed(self, who: Visitor, screen: str, sent: Sent) -> Wall:
        """The wall that is meant, if the visitor may cast onto it. Raises Refused, ChangeRefused."""
        wall = self.casts.wall(_wall(sent))
        if wall is None:
            raise ChangeRefused("wall_gone")
        if not may_cast(who, screen, wall.grant, self._path):
            raise Refused("cast")
        return wall

    def _forces(self, who: Visitor, screen: str, wall: Wall) -> bool:
        return may_force(who, screen, wall.grant, self._path)


def _leader(who: Visitor, screen: str) -> Leader:
    if not who.account_id:
        raise Refused("a wall leads no wall")
    return Leader(who.account_id, who.login, screen)


def _wall(sent: Sent) -> int:
    given = sent.get("wall", "")
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise ChangeRefused("wall_gone")
    return int(given)


def _less(shown: Shown) -> Key | None:
    """That a wall shows less than what is cast, and which grid instead."""
    if not shown.is_less:
        return None
    if shown.grid is None:
        return Key("cast.nothing")
    return Key("cast.less", {"grid": Words(shown.grid.name, shown.grid.name_en or shown.grid.name)})
