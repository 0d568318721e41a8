"""What the server-rendered pages share: who asks, language, cookies, forms that no other site can send."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, make_response, redirect, render_template, request

from dashboard.guard import cookie_name, is_secure
from dashboard.text import Language, text
from data.accounts.access import Access
from data.accounts.sessions import form_token
from data.bus.bus import Bus, LocalBus
from data.days import local_time
from data.demo.accounts import DemoAccount
from data.linkage.pushes import Pushes
from data.linkage.robots import Robots
from queries.rights import ROLES
from queries.site import Site
from queries.visitor import Visitor

LIFE = 400 * 86_400
"""Seconds that browsers keep a cookie at most; a wall asks for it anew before."""


@dataclass(frozen=True)
class Desk:
    """The site, what signing in needs, the demo's ready accounts, and what tells screens, robots and phones of
    news.
    """

    site: Site
    access: Access
    demo: tuple[DemoAccount, ...] = ()
    bus: Bus = field(default_factory=LocalBus)
    robots: Robots = field(default_factory=Robots)
    pushes: Pushes = field(default_factory=Pushes)


def visitor() -> Visitor | None:
    """Who asks, as the guard found out; None where there is no guard, or nobody is signed in."""
    scope = request.environ.get("asgi.scope")
    found = scope.get("visitor") if isinstance(scope, Mapping) else None
    return found if isinstance(found, Visitor) else None


def known() -> Visitor:
    """Who asks, on a page that the guard opens to people only."""
    found = visitor()
    if found is None:
        raise PermissionError("the guard let nobody in")
    return found


def language() -> Language:
    """The visitor's language: the address says so, or the cookie of before."""
    asked = request.args.get("lang") or request.cookies.get("lang")
    return "en" if asked == "en" else "zh"


def page(desk: Desk, name: str, status: int = 200, **values: Any) -> Response:
    """A page of this folder, with its strings, its forms' token and who is signed in."""
    tongue = language()
    visit = _bound_to(desk)
    fresh = "" if visit else secrets.token_urlsafe(32)

    def t(key: str, **filled: object) -> str:
        return text(tongue, key, **filled)

    def at(instant: int | None, form: str = "%Y-%m-%d %H:%M") -> str:
        return "" if instant is None else local_time(instant, desk.site.facts().zone).strftime(form)

    answer = make_response(
        render_template(
            f"office/{name}.html",
            t=t,
            role_name=lambda role: ROLES[role].in_language(tongue),
            at=at,
            language=tongue,
            other="zh" if tongue == "en" else "en",
            form_token=form_token(visit or fresh),
            visitor=visitor(),
            site_name=desk.site.facts().name.in_language(tongue),
            **values,
        ),
        status,
    )
    if fresh:
        keep(desk, answer, "visit", fresh)
    if request.args.get("lang") in ("zh", "en"):
        keep(desk, answer, "lang", tongue, plain=True)
    return answer


def is_ours(desk: Desk) -> bool:
    """Whether the form that was sent is one that this browser was given."""
    held = _bound_to(desk) or ""
    sent = request.form.get("form_token", "")
    return bool(held) and hmac.compare_digest(form_token(held).encode(), sent.encode())


def _bound_to(desk: Desk) -> str | None:
    """The cookie that a form belongs to: the session's, or before there is one the visit's."""
    return cookie(desk, "visit" if visitor() is None else "session")


def outdated(desk: Desk) -> Response:
    """The form is not ours, or of a session that has ended."""
    return page(desk, "message", 403, message="office.outdated")


def cookie(desk: Desk, kind: str) -> str | None:
    """A cookie of the request."""
    return request.cookies.get(cookie_name(kind, is_secure=_secure(desk)))


def keep(
    desk: Desk,
    answer: Response,
    kind: str,
    value: str,
    *,
    seconds: int | None = None,
    plain: bool = False,
) -> None:
    """Give the browser a cookie that scripts cannot read and other sites' forms do not send."""
    secure = _secure(desk)
    answer.set_cookie(
        kind if plain else cookie_name(kind, is_secure=secure),
        value,
        max_age=seconds,
        secure=secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def drop(desk: Desk, answer: Response, kind: str) -> None:
    """Take a cookie back."""
    secure = _secure(desk)
    name = cookie_name(kind, is_secure=secure)
    answer.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")


def to(where: str) -> Response:
    """Go to another page of ours, by GET."""
    return make_response(redirect(where, code=303))


def _secure(desk: Desk) -> bool:
    return is_secure(desk.access, {"scheme": request.scheme})
