"""One's own account: password and second factor."""

import segno
from flask import Flask, Response, request

from dashboard.gates import PASSWORD, SECOND_FACTOR
from dashboard.linkage.push import may_be_told
from dashboard.office.desk import Desk, cookie, is_ours, keep, known, outdated, page, to
from dashboard.office.entrance import roles_of
from data.accounts import second_factor
from data.accounts.sign_in import change_password, knows_password


def add_own(flask: Flask, desk: Desk) -> None:
    """`/account`, `/account/password`, `/account/second-factor`."""

    def account() -> Response:
        push_key = desk.pushes.public if may_be_told(desk) else ""
        roles, grants = roles_of(known()), known().in_force
        return page(desk, "account", roles=roles, grants=grants, push_key=push_key)

    def password() -> Response:
        return page(desk, "password", least=desk.access.rules.least_length)

    def new_password() -> Response:
        if not is_ours(desk):
            return outdated(desk)
        old, new = request.form.get("old", ""), request.form.get("new", "")
        token, wrong = "", "twice"
        if new == request.form.get("again", ""):
            token, wrong = change_password(
                desk.access, cookie(desk, "session") or "", known().account_id, old, new
            )
        if wrong:
            least = desk.access.rules.least_length
            return page(desk, "password", 400, least=least, wrong=f"new_password.{wrong}")
        answer = to("/")
        keep(desk, answer, "session", token)
        return answer

    def factor() -> Response:
        return _factor(desk)

    def new_factor() -> Response:
        if not is_ours(desk):
            return outdated(desk)
        visitor, token = known(), cookie(desk, "session") or ""
        code = request.form.get("code", "")
        if second_factor.is_set_up(desk.access, visitor.account_id) and not knows_password(
            desk.access, visitor.account_id, request.form.get("password", "")
        ):
            return _factor(desk, 403, "factor.password_wrong")
        if not second_factor.confirm(desk.access, token, visitor.account_id, visitor.login, code):
            return _factor(desk, 400, "factor.refused")
        if visitor.must_enrol:
            return to("/")
        return page(desk, "message", message="factor.done")

    flask.add_url_rule("/account", "account", account, methods=["GET"])
    flask.add_url_rule(PASSWORD, "password", password, methods=["GET"])
    flask.add_url_rule(PASSWORD, "new_password", new_password, methods=["POST"])
    flask.add_url_rule(SECOND_FACTOR, "factor", factor, methods=["GET"])
    flask.add_url_rule(SECOND_FACTOR, "new_factor", new_factor, methods=["POST"])


def picture(words: str) -> str:
    """A QR code as an address for an image: no file, no request."""
    return segno.make(words, micro=False).svg_data_uri(scale=6, border=3, light="white")


def _factor(desk: Desk, status: int = 200, wrong: str = "") -> Response:
    secret = second_factor.new_secret(desk.access, cookie(desk, "session") or "")
    issuer = desk.site.facts().name.zh
    address = second_factor.address_of(secret, known().login, issuer)
    replaces = second_factor.is_set_up(desk.access, known().account_id)
    return page(
        desk,
        "second_factor",
        status,
        secret=secret,
        picture=picture(address),
        wrong=wrong,
        replaces=replaces,
    )
