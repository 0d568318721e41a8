"""One part of one person's record in plain, for minutes, and calling somebody whose number is not shown.

Pages of their own and not panels: what a panel draws is kept for all who see the same.
"""

from typing import NamedTuple

from flask import Flask, Response, request

from dashboard.office.desk import Desk, is_ours, known, language, outdated, page, to
from dashboard.sight import SCREEN, Sight, sight_for
from data.accounts.sign_in import knows_password
from data.accounts.tries import Tries
from data.audit.chain import Entry
from data.encryption import CannotOpen
from queries.audit_ledger import AuditLedger
from queries.call import WHAT as CALL
from queries.call import call
from queries.person_lookup import PersonCard, is_person_in, person_card
from queries.reading import cleaned
from queries.seen_cases import sees_case
from queries.unmask import PARTS, Limits, Refused, Wish, open_until, plain_part, unmask
from queries.visitor import Visitor, scope_words

LONGEST_CASE = 64
UNREADABLE = "?"
STATUS = {"person": 404, "part": 404, "quota": 429}
"""Of a refusal by what is lacking; 400 for the rest."""


class _Asked(NamedTuple):
    """Who asks for which part of whom."""

    desk: Desk
    visitor: Visitor
    sight: Sight
    person_id: int
    part: str

    @property
    def limits(self) -> Limits:
        return Limits(per_day=self.desk.access.rules.unmask_per_day)

    def ledger(self, what: str = "unmask") -> AuditLedger:
        return AuditLedger(self.desk.access.log, self.desk.access.now(), what)

    def card(self) -> PersonCard | None:
        """The person, masked; None for one whose record the visitor may not open."""
        site = self.desk.site
        if self.part not in PARTS:
            return None
        return person_card(
            site, self.sight.unmasked, self.person_id, site.keyring, as_of=site.as_of()
        )


def add_opening(flask: Flask, desk: Desk) -> None:
    """`/unmask/PERSON/PART` and `/call/PERSON`."""
    tries = Tries(desk.access.engine, "open", desk.access.rules.look_ups_per_minute)

    def asked(person_id: int, part: str) -> _Asked:
        who = known()
        return _Asked(desk, who, sight_for(desk.site, who, SCREEN), person_id, part)

    def look(person_id: int, part: str) -> Response:
        if not tries.allows(known().login):
            return page(desk, "message", 429, message="office.look_ups")
        one = asked(person_id, part)
        _note_view(one)
        return _shown(one)

    def open_it(person_id: int, part: str) -> Response:
        if not is_ours(desk):
            return outdated(desk)
        one = asked(person_id, part)
        wrong = _open(one)
        if wrong:
            return _shown(one, wrong)
        return to(f"/unmask/{person_id}/{part}")

    def dial(person_id: int) -> Response:
        # A link, not a form: the policy lets no form lead to the telephone. Only our own pages or the person
        # at the browser may follow it; a browser that does not say who does may be led there by anybody.
        if request.headers.get("Sec-Fetch-Site") not in ("same-origin", "none"):
            return outdated(desk)
        return _call(asked(person_id, "phone"))

    flask.add_url_rule("/unmask/<int:person_id>/<part>", "record", look, methods=["GET"])
    flask.add_url_rule("/unmask/<int:person_id>/<part>", "open_record", open_it, methods=["POST"])
    flask.add_url_rule("/call/<int:person_id>", "call", dial, methods=["GET"])


def _open(one: _Asked) -> str:
    """Open the part as the form asks; what is wrong, a key of [unmask_wrong], or nothing."""
    access, site = one.desk.access, one.desk.site
    if not knows_password(access, one.visitor.account_id, request.form.get("password", "")):
        return "password"
    code = "".join(cleaned(request.form.get("case", "")).split())
    seen = site.seen_by(one.visitor, SCREEN)
    wish = Wish(
        one.visitor.login,
        scope_words(one.visitor.in_force),
        one.person_id,
        one.part,
        request.form.get("reason", ""),
        code if len(code) <= LONGEST_CASE else "",
    )
    try:
        unmask(
            one.ledger(),
            wish,
            at=access.now(),
            zone=site.facts().zone,
            limits=one.limits,
            sees_case=lambda held: sees_case(seen, held, site.as_of()),
            sees_person=lambda person_id: is_person_in(site, one.sight.unmasked, person_id),
        )
    except Refused as refused:
        return refused.why
    return ""


def _shown(one: _Asked, wrong: str = "") -> Response:
    """The part in plain while it is open, else the form that asks for it."""
    card = one.card()
    if card is None:
        return page(one.desk, "message", 404, message="lookup.missing")
    now = one.desk.access.now()
    ends = open_until(
        one.ledger(), one.visitor.login, one.person_id, one.part, at=now, limits=one.limits
    )
    tongue = language()
    return page(
        one.desk,
        "unmask",
        STATUS.get(wrong, 400) if wrong else 200,
        card=card,
        part=one.part,
        back=f"/{SCREEN}/#people=person:{one.person_id}&lang={tongue}",
        ends=ends,
        left=None if ends is None else ends - now,
        plain=None if ends is None else _plain(one, now),
        wrong=f"unmask_wrong.{wrong}" if wrong else "",
        case=request.form.get("case", ""),
        reason=request.form.get("reason", ""),
        minutes=one.limits.seconds // 60,
        per_day=one.limits.per_day,
    )


def _plain(one: _Asked, now: int) -> str:
    site = one.desk.site
    area, limits = one.sight.unmasked, one.limits
    who = (one.visitor.login, one.person_id, one.part)
    try:
        return (
            plain_part(site, area, site.keyring, one.ledger(), *who, at=now, limits=limits) or "—"
        )
    except CannotOpen:
        return UNREADABLE


def _call(one: _Asked) -> Response:
    """To the telephone, which shows what it dials: the page never does."""
    access, site = one.desk.access, one.desk.site
    scope = scope_words(one.visitor.in_force)
    try:
        number = call(
            site,
            one.sight.called,
            site.keyring,
            one.ledger(CALL),
            one.visitor.login,
            scope,
            one.person_id,
            at=access.now(),
            per_day=access.rules.calls_per_day,
        )
    except (Refused, CannotOpen) as error:
        is_much = isinstance(error, Refused) and error.why == "quota"
        message = "unmask.calls_used" if is_much else "lookup.missing"
        return page(one.desk, "message", 429 if is_much else 404, message=message)
    return Response(status=302, headers={"Location": f"tel:{number}"})


def _note_view(one: _Asked) -> None:
    """The page shows the masked record: that is a view of it."""
    access, is_seen = one.desk.access, one.card() is not None
    entry = Entry(
        "person_view",
        one.visitor.login,
        scope=scope_words(one.visitor.in_force),
        object=f"unmask person/{one.person_id}",
        outcome="done" if is_seen else "refused",
    )
    access.log.note(entry, access.now())
