"""The administrator's pages: accounts, what each was granted, and the whole matrix as a file."""

from datetime import date, timedelta

from flask import Flask, Response, request

from dashboard.office.desk import Desk, is_ours, known, language, outdated, page, to
from dashboard.office.matrix import matrix_csv
from dashboard.office.walls import reach_of
from data.accounts import grants, people, posts
from data.accounts.grants import Grant
from data.accounts.refused import ChangeRefused
from data.accounts.roles import BY_KEY, FOR_PEOPLE
from data.audit.chain import Entry
from data.days import epoch_of
from queries.posts import is_post
from queries.tag_classes import sensitive_classes

LONGEST_PURPOSE = 200


def add_admin(flask: Flask, desk: Desk) -> None:
    """`/admin` and below: every change is a form that is ours, and is noted."""

    def accounts() -> Response:
        return _accounts(desk)

    def create() -> Response:
        if not is_ours(desk):
            return outdated(desk)
        form = request.form
        given = (form.get("login", ""), form.get("name", ""), form.get("organisation", ""))
        try:
            made, password = people.create(desk.access, *given, known().login)
        except ChangeRefused as error:
            return _accounts(desk, 400, error)
        return _person(desk, made, password=password)

    def person(account_id: int) -> Response:
        return _person(desk, account_id)

    def change(account_id: int, how: str) -> Response:
        if not is_ours(desk):
            return outdated(desk)
        password, by = "", known().login
        try:
            if how == "disable":
                people.disable(desk.access, account_id, by)
            elif how == "enable":
                people.enable(desk.access, account_id, by)
            elif how == "renew":
                password = people.renew(desk.access, account_id, by)
            else:
                return page(desk, "message", 404, message="notice.not_found")
        except ChangeRefused as error:
            return _person(desk, account_id, 400, error)
        return _person(desk, account_id, password=password)

    def give(account_id: int) -> Response:
        if not is_ours(desk):
            return outdated(desk)
        try:
            grants.give(desk.access, account_id, _asked(desk), known().login)
        except ChangeRefused as error:
            return _person(desk, account_id, 400, error)
        return to(f"/admin/{account_id}")

    def withdraw(account_id: int, grant_id: int) -> Response:
        if not is_ours(desk):
            return outdated(desk)
        try:
            grants.withdraw(desk.access, grant_id, known().login)
        except ChangeRefused as error:
            return _person(desk, account_id, 400, error)
        return to(f"/admin/{account_id}")

    def post(account_id: int, how: str) -> Response:
        if not is_ours(desk):
            return outdated(desk)
        code = request.form.get("post", "").strip()
        try:
            if how == "free":
                posts.free(desk.access, account_id, code, known().login)
            elif is_post(desk.site, code):
                posts.bind(desk.access, account_id, code, known().login)
            else:
                raise ChangeRefused("post", code)
        except ChangeRefused as error:
            return _person(desk, account_id, 400, error)
        return to(f"/admin/{account_id}")

    def matrix() -> Response:
        by = known()
        note = Entry("export", by.login, object="matrix", reason="accounts")
        desk.access.log.note(note, desk.access.now())
        zone = desk.site.facts().zone
        answer = Response(matrix_csv(desk.access, zone, language(), by), mimetype="text/csv")
        answer.headers["Content-Disposition"] = 'attachment; filename="who-may-see-what.csv"'
        return answer

    rules = (
        ("", accounts, "GET"),
        ("", create, "POST"),
        ("/matrix.csv", matrix, "GET"),
        ("/<int:account_id>", person, "GET"),
        ("/<int:account_id>/<how>", change, "POST"),
        ("/<int:account_id>/posts/<any(bind, free):how>", post, "POST"),
        ("/<int:account_id>/grants", give, "POST"),
        ("/<int:account_id>/grants/<int:grant_id>/withdraw", withdraw, "POST"),
    )
    for path, answer, method in rules:
        name = f"admin_{answer.__name__}"
        flask.add_url_rule(f"/admin{path}", name, answer, methods=[method])


def _asked(desk: Desk) -> Grant:
    """The grant that the form describes; days are whole days of the site. Raises ChangeRefused."""
    form, role = request.form, request.form.get("role", "")
    if role not in FOR_PEOPLE:
        raise ChangeRefused("role", role)
    reach = form.get("reach") or BY_KEY[role].reaches[0]
    bare = reach_of(desk, {**form.to_dict(), "reach": reach}, role)
    begins = _day(form.get("from", ""))
    ends = _day(form.get("to", ""))
    zone = desk.site.facts().zone
    if begins is not None:
        bare = bare._replace(valid_from=epoch_of(f"{begins}T00:00", zone))
    duty = form.get("duty", "").strip()
    if duty and duty not in sensitive_classes(desk.site):
        raise ChangeRefused("duty", duty)
    bare = bare._replace(duty=duty, purpose=form.get("purpose", "").strip()[:LONGEST_PURPOSE])
    if ends is not None:
        after = ends + timedelta(days=1)
        bare = bare._replace(valid_to=epoch_of(f"{after}T00:00", zone))
    return bare


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ChangeRefused("day", text) from None


def _accounts(desk: Desk, status: int = 200, wrong: ChangeRefused | None = None) -> Response:
    return page(desk, "accounts", status, people=people.people(desk.access), wrong=wrong)


def _person(
    desk: Desk,
    account_id: int,
    status: int = 200,
    wrong: ChangeRefused | None = None,
    password: str = "",
) -> Response:
    found = [one for one in people.people(desk.access) if one.account_id == account_id]
    if not found:
        return page(desk, "message", 404, message="notice.not_found")
    rows = [row for row in grants.all_grants(desk.access) if row.login == found[0].login]
    return page(
        desk,
        "person",
        status,
        person=found[0],
        rows=[row for row in rows if row.grant_id],
        roles=FOR_PEOPLE,
        trees=desk.site.hierarchies(),
        departments=desk.site.departments(),
        duties=sensitive_classes(desk.site),
        bonds=posts.bonds_of(desk.access, account_id),
        password=password,
        wrong=wrong,
    )
