"""Walls: the wall shows a code and a QR code; whoever has the right approves it from a phone."""

from urllib.parse import quote

from flask import Flask, Response, request

from dashboard.gates import PAIR
from dashboard.guard import address_of
from dashboard.office.desk import (
    LIFE,
    Desk,
    cookie,
    drop,
    is_ours,
    keep,
    known,
    outdated,
    page,
    to,
    visitor,
)
from dashboard.office.own import picture
from data.accounts import devices
from data.accounts.grants import Grant
from data.accounts.refused import ChangeRefused
from data.accounts.tries import Tries
from queries.visitor import Visitor

ASKS_PER_MINUTE = 10


def add_walls(flask: Flask, desk: Desk) -> None:
    """`/pair` for the wall, `/walls` for people."""
    tries = Tries(desk.access.engine, "pair", ASKS_PER_MINUTE)

    def pair() -> Response:
        token, here = cookie(desk, "wall"), _address()
        wall = devices.find(desk.access, token, here) if token else None
        if wall and wall.is_at(here):
            return to("/wall/")
        secret = cookie(desk, "pairing") or ""
        if secret and (let_in := devices.find(desk.access, secret, here)):
            if not let_in.is_at(here):
                return page(desk, "message", 403, message="walls.elsewhere")
            answer = to("/wall/")
            keep(desk, answer, "wall", secret, seconds=LIFE)
            drop(desk, answer, "pairing")
            return answer
        asked = devices.waiting(desk.access, secret) if secret else None
        if asked is None:
            try:
                if not tries.allows(request.remote_addr or "-"):
                    raise ChangeRefused("walls_many")
                asked = devices.ask(desk.access)
            except ChangeRefused:
                return page(desk, "message", 429, message="office.too_often")
        base = desk.access.public_url or request.host_url.rstrip("/")
        address = f"{base}/walls?code={asked.code}"
        answer = page(desk, "pair", code=asked.code, address=address, picture=picture(address))
        keep(desk, answer, "pairing", asked.secret, seconds=desk.access.rules.pairing_seconds)
        return answer

    def walls() -> Response:
        return _walls(desk)

    def approve() -> Response:
        if not is_ours(desk):
            return outdated(desk)
        try:
            reach = reach_of(desk, request.form)
            _check_own(desk, known(), reach)
            name, network = request.form.get("name", ""), request.form.get("network", "")
            code = request.form.get("code", "")
            devices.approve(desk.access, code, name, reach, known().login, network)
        except ChangeRefused as error:
            return _walls(desk, 400, error)
        return to("/walls")

    def revoke(device_id: int) -> Response:
        if not is_ours(desk):
            return outdated(desk)
        try:
            devices.revoke(desk.access, device_id, known().login)
        except ChangeRefused as error:
            return _walls(desk, 400, error)
        return to("/walls")

    def renewed(answer: Response) -> Response:
        """Browsers drop a cookie after a while; a wall that is opened gets it anew."""
        token = cookie(desk, "wall")
        asked = visitor()
        if token and request.path == "/wall/" and asked is not None and asked.account_id == 0:
            keep(desk, answer, "wall", token, seconds=LIFE)
        return answer

    flask.after_request(renewed)
    flask.add_url_rule(PAIR, "pair", pair, methods=["GET"])
    flask.add_url_rule("/walls", "walls", walls, methods=["GET"])
    flask.add_url_rule("/walls", "approve_wall", approve, methods=["POST"])
    flask.add_url_rule("/walls/<int:device_id>/revoke", "revoke_wall", revoke, methods=["POST"])


def _address() -> str:
    """The address that asks."""
    return address_of(request.environ.get("asgi.scope") or {})


def reach_of(desk: Desk, form: dict[str, str], role: str = "wall") -> Grant:
    """The reach that a form names, with grid and department checked. Raises ChangeRefused."""
    reach = form.get("reach", "")
    tree, grid, department = None, None, None
    if reach == "grid":
        tree, grid = form.get("tree", "").strip(), form.get("grid", "").strip()
        held = desk.site.tree(tree)
        if held is None or grid not in held.by_code:
            raise ChangeRefused("grid", grid)
    if reach == "department":
        department = form.get("department", "").strip()
        if department not in desk.site.departments():
            raise ChangeRefused("department", department)
    return Grant(role, reach, tree, grid, department, desk.access.now(), None)


def _check_own(desk: Desk, visitor: Visitor, reach: Grant) -> None:
    """Nobody shows on a wall what lies outside of their own reach; administrators set reaches anyway."""
    if "administrator" in visitor.roles or visitor.covers_site("pairing", "office"):
        return
    tree = desk.site.tree(reach.tree) if reach.tree else None
    if tree is not None and reach.grid is not None:
        path = [grid.code for grid in tree.path(tree.by_code[reach.grid])]
        if visitor.right_at("pairing", "office", tree.code, path).depth:
            return
    raise ChangeRefused("wall_reach")


def _walls(desk: Desk, status: int = 200, wrong: ChangeRefused | None = None) -> Response:
    code = devices.plain_code(request.form.get("code", "") or request.args.get("code", ""))
    return page(
        desk,
        "walls",
        status,
        code=code,
        code_quoted=quote(code),
        wrong=wrong,
        walls=devices.devices(desk.access),
        trees=desk.site.hierarchies(),
    )
