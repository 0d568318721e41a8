"""Signing in, at the provider too, and out; and the list of screens for whoever has come in."""

from urllib.parse import quote

from flask import Flask, Response, request

from dashboard.gates import LONGEST_NEXT, PROVIDER_OUT, SIGN_IN, safe_next
from dashboard.office.desk import (
    Desk,
    cookie,
    drop,
    is_ours,
    keep,
    known,
    language,
    outdated,
    page,
    to,
)
from data.accounts.provider import ProviderRefused, come_back, is_of_provider, leave_for, way_out
from data.accounts.sign_in import sign_in, sign_out
from queries.rights import ROLES
from queries.visitor import Visitor


def add_entrance(flask: Flask, desk: Desk) -> None:
    """`/sign-in`, `/sign-out`, and `/` for those who are in."""

    def door() -> Response:
        return _door(desk)

    def knock() -> Response:
        if not is_ours(desk):
            return outdated(desk)
        token = sign_in(
            desk.access,
            request.form.get("login", ""),
            request.form.get("password", ""),
            request.form.get("code", ""),
            replaces=cookie(desk, "session"),
        )
        wanted = safe_next(request.form.get("next", ""))
        if token is None:
            return _door(desk, 401, wanted, "sign_in.refused")
        return _let_in(desk, token, wanted)

    def leave() -> Response:
        """To the provider."""
        browser = cookie(desk, "visit")
        if browser is None:
            return to(SIGN_IN)
        try:
            wanted = safe_next(request.args.get("next", ""))
            return to(leave_for(desk.access, browser, _back(desk), wanted))
        except ProviderRefused as refused:
            flask.logger.warning("%s", refused)
            return _door(desk, 503, "/", "sign_in.provider_away")

    def back() -> Response:
        """From the provider."""
        browser = cookie(desk, "visit") or ""
        try:
            arrived = come_back(
                desk.access,
                browser,
                _back(desk),
                request.args.to_dict(),
                replaces=cookie(desk, "session"),
            )
        except ProviderRefused:
            return _door(desk, 401, "/", "sign_in.provider_refused")
        return _let_in(desk, arrived.token, arrived.goes_to)

    def out() -> Response:
        if not is_ours(desk):
            return outdated(desk)
        who = known()
        sign_out(desk.access, cookie(desk, "session") or "", who.login)
        answer = to(PROVIDER_OUT if is_of_provider(desk.access, who.account_id) else SIGN_IN)
        drop(desk, answer, "session")
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    def provider_out() -> Response:
        """On to the provider, whose own session would let the next one in; by a page, for no form may lead away."""
        if desk.access.rules.provider is None:
            return to(SIGN_IN)
        try:
            address = way_out(desk.access, f"{_base(desk)}{SIGN_IN}")
        except ProviderRefused as refused:
            flask.logger.warning("%s", refused)
            address = ""
        return page(desk, "signed_out", address=address)

    flask.add_url_rule(SIGN_IN, "door", door, methods=["GET"])
    flask.add_url_rule(SIGN_IN, "knock", knock, methods=["POST"])
    flask.add_url_rule(f"{SIGN_IN}/provider", "to_provider", leave, methods=["GET"])
    flask.add_url_rule(f"{SIGN_IN}/back", "from_provider", back, methods=["GET"])
    flask.add_url_rule(PROVIDER_OUT, "provider_out", provider_out, methods=["GET"])
    flask.add_url_rule("/sign-out", "sign_out", out, methods=["POST"])


def home(desk: Desk) -> Response:
    """The screens and pages that this visitor may open; the only one is opened at once."""
    visitor = known()
    screens = [screen for screen in visitor.screens() if screen != "office"]
    offices = [path for path, kind in OFFICES if visitor.may_anywhere(kind)]
    if len(screens) == 1 and not offices:
        return to(f"/{screens[0]}/")
    return page(desk, "home", screens=screens, offices=offices, roles=roles_of(visitor))


OFFICES = (
    ("/supervisions", "supervise"),
    ("/admin", "accounts"),
    ("/walls", "pairing"),
    ("/audit", "audit_log"),
)


def roles_of(visitor: Visitor) -> str:
    """The visitor's roles in words."""
    return " · ".join(ROLES[role].in_language(language()) for role in visitor.roles)


def _door(desk: Desk, status: int = 200, wanted: str | None = None, wrong: str = "") -> Response:
    wanted = safe_next(request.args.get("next", "")) if wanted is None else wanted
    provider = desk.access.rules.provider
    name = ""
    if provider is not None:
        name = provider.name_en if language() == "en" else provider.name_zh
    return page(
        desk,
        "sign_in",
        status,
        goes_to=wanted,
        goes_to_quoted=quote(wanted, safe="/"),
        longest=LONGEST_NEXT,
        wrong=wrong,
        provider=name,
        demo=desk.demo,
        minutes=desk.access.rules.lock_seconds // 60,
    )


def _let_in(desk: Desk, token: str, wanted: str) -> Response:
    answer = to(wanted)
    keep(desk, answer, "session", token)
    drop(desk, answer, "visit")
    return answer


def _back(desk: Desk) -> str:
    """The address that the provider sends people back to; must be known to it."""
    return f"{_base(desk)}{SIGN_IN}/back"


def _base(desk: Desk) -> str:
    return desk.access.public_url or request.host_url.rstrip("/")
