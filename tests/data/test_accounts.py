"""Signing in, sessions, second factor and grants."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from accounts_town import LIGHT, PASSWORD, START, Office, grant, office, with_rules
from conftest import ENGINES
from sqlalchemy import select

from data.accounts import grants, people, second_factor, sessions
from data.accounts.passwords import Passwords, one_time_password
from data.accounts.rules import Rules, read_rules
from data.accounts.sign_in import change_password, sign_in, sign_out
from data.app_tables import account, audit, session
from data.audit.verify import verify
from data.errors import InputError, SetupError


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(request.param, tmp_path) as opened:
        yield opened


def owner(town: Office, token: str | None, *, is_active: bool = True) -> str | None:
    found = sessions.find(town.access, token or "", is_active=is_active)
    return found.login if found else None


def noted(town: Office) -> list[tuple[str, str, str, str]]:
    with town.access.engine.connect() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.seq)).all()
    return [(r.what, r.actor, r.reason, r.outcome) for r in rows]


def test_the_right_password_and_no_other_opens_a_session(town: Office) -> None:
    town.person("li.wei")
    assert sign_in(town.access, "li.wei", "Lamp-post-48") is None
    token = sign_in(town.access, " LI.Wei ", PASSWORD)
    assert owner(town, token) == "li.wei"
    assert noted(town) == [
        ("sign_in", "li.wei", "password", "refused"),
        ("sign_in", "li.wei", "password", "done"),
    ]


def test_only_hashes_are_kept(town: Office) -> None:
    town.person("li")
    token = sign_in(town.access, "li", PASSWORD)
    assert token is not None
    with town.access.engine.connect() as connection:
        kept = str(connection.execute(select(account)).all()) + str(
            connection.execute(select(session)).all()
        )
    assert PASSWORD not in kept
    assert token not in kept
    assert "$argon2id$" in kept


def test_a_typed_password_in_the_wrong_field_is_not_noted(town: Office) -> None:
    assert sign_in(town.access, "My-secret-77", "x") is None
    assert noted(town) == [("sign_in", "-", "unknown login", "refused")]


def test_too_many_failures_lock_for_the_time_that_the_rules_say(town: Office) -> None:
    town.person("li")
    rules = town.access.rules
    for _ in range(rules.failures):
        assert sign_in(town.access, "li", "wrong") is None
    assert sign_in(town.access, "li", PASSWORD) is None
    town.hand.at += rules.lock_seconds - 1
    assert sign_in(town.access, "li", PASSWORD) is None
    town.hand.at += 1
    assert owner(town, sign_in(town.access, "li", PASSWORD)) == "li"
    reasons = [reason for _, _, reason, outcome in noted(town) if outcome == "refused"]
    assert reasons == ["password"] * rules.failures + ["locked"] * 2


def test_a_right_guess_among_many_at_once_comes_too_late(
    town: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one guess is hashed, others lock the account: the right one is refused all the same."""
    number = town.person("li")
    fits = town.access.passwords.fits

    def slow(held: str | None, password: str) -> bool:
        monkeypatch.setattr(town.access.passwords, "fits", fits)
        for _ in range(town.access.rules.failures):
            sign_in(town.access, "li", "wrong")
        return fits(held, password)

    monkeypatch.setattr(town.access.passwords, "fits", slow)
    assert sign_in(town.access, "li", PASSWORD) is None
    assert noted(town)[-1] == ("sign_in", "li", "locked", "refused")
    people.enable(town.access, number, "admin")
    assert sign_in(town.access, "li", PASSWORD) is not None


def test_a_success_in_between_starts_the_count_again(town: Office) -> None:
    town.person("li")
    for _ in range(3):
        for _ in range(town.access.rules.failures - 1):
            sign_in(town.access, "li", "wrong")
        assert sign_in(town.access, "li", PASSWORD) is not None


def test_a_session_idles_out_unless_a_person_is_there(town: Office) -> None:
    town.person("li")
    idle = town.access.rules.idle_seconds
    token = sign_in(town.access, "li", PASSWORD)
    for _ in range(3):
        town.hand.at += idle - 1
        assert owner(town, token) == "li"
    # The page's own timer asks on, and does not keep it alive.
    for _ in range(idle // 60 - 1):
        town.hand.at += 60
        assert owner(town, token, is_active=False) == "li"
    town.hand.at += 60
    assert owner(town, token, is_active=False) is None
    assert owner(town, token) is None


def test_a_session_ends_after_its_longest_time_however_busy(town: Office) -> None:
    town.person("li")
    token = sign_in(town.access, "li", PASSWORD)
    while town.hand.at < START + town.access.rules.session_seconds - 300:
        town.hand.at += 300
        assert owner(town, token) == "li"
    town.hand.at += 300
    assert owner(town, token) is None


def test_signing_out_ends_the_session_for_whoever_kept_its_token(town: Office) -> None:
    town.person("li")
    token = sign_in(town.access, "li", PASSWORD)
    other = sign_in(town.access, "li", PASSWORD)
    assert token and other
    sign_out(town.access, token, "li")
    assert owner(town, token) is None
    assert owner(town, other) == "li"


def test_signing_in_never_goes_on_with_a_session_the_browser_brought(town: Office) -> None:
    town.person("li")
    town.person("wang")
    planted = sign_in(town.access, "li", PASSWORD)
    for brought in (planted, "chosen-by-somebody-else"):
        fresh = sign_in(town.access, "wang", PASSWORD, replaces=brought)
        assert fresh != brought
        assert owner(town, fresh) == "wang"
        assert owner(town, brought) is None


def test_a_new_password_ends_every_session(town: Office) -> None:
    number = town.person("li", must_change=True)
    one, two = (sign_in(town.access, "li", PASSWORD) for _ in range(2))
    assert one and two
    found = sessions.find(town.access, one, is_active=True)
    assert found is not None and found.must_change
    assert change_password(town.access, one, number, "wrong", "Steel-bridge-9") == ("", "old")
    assert change_password(town.access, one, number, PASSWORD, PASSWORD) == ("", "same")
    assert change_password(town.access, one, number, PASSWORD, "short") == ("", "short")
    token, wrong = change_password(town.access, one, number, PASSWORD, "Steel-bridge-9")
    assert wrong == ""
    assert (owner(town, one), owner(town, two), owner(town, token)) == (None, None, "li")
    found = sessions.find(town.access, token, is_active=True)
    assert found is not None and not found.must_change
    assert sign_in(town.access, "li", PASSWORD) is None
    assert sign_in(town.access, "li", "Steel-bridge-9") is not None


def test_an_old_password_has_to_be_changed_where_the_rules_say_so(town: Office) -> None:
    number = town.person("li")
    strict = with_rules(town, password_days=90, session_seconds=7 * 86_400)

    def must_change() -> bool:
        token = sign_in(strict.access, "li", password)
        found = sessions.find(strict.access, token or "", is_active=True)
        assert found is not None
        return found.must_change

    password = PASSWORD
    town.hand.at += 90 * 86_400 - 1
    assert not must_change()
    town.hand.at += 1
    assert must_change()
    token = sign_in(strict.access, "li", PASSWORD)
    password = "Steel-bridge-9"
    assert change_password(strict.access, token or "", number, PASSWORD, password)[1] == ""
    assert not must_change()


def test_a_disabled_account_is_out_at_once(town: Office) -> None:
    number = town.person("li")
    token = sign_in(town.access, "li", PASSWORD)
    people.disable(town.access, number, "admin")
    assert owner(town, token) is None
    assert sign_in(town.access, "li", PASSWORD) is None
    people.enable(town.access, number, "admin")
    assert owner(town, token) is None
    assert sign_in(town.access, "li", PASSWORD) is not None


@pytest.mark.parametrize(
    ("password", "lacks"),
    [
        ("Ab1-efg", "short"),
        ("lamppostlamp", "plain"),
        ("lamppost4711", "plain"),
        ("Li.wei-4711-x", "guessable"),
        ("Password-4711", "guessable"),
        ("Aa1-Aa1-Aa1-", "guessable"),
        ("A1-" + "xyzuvw" * 40, "long"),
        ("Lamp-post-47", ""),
        ("路灯-Post-4711", ""),
    ],
)
def test_what_a_new_password_must_be_like(password: str, lacks: str) -> None:
    assert Passwords(LIGHT).lacks(password, "li.wei") == lacks


def test_one_time_passwords_pass_the_rules_and_differ() -> None:
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert {Passwords(LIGHT).lacks(password, "admin") for password in made} <= {""}


def test_the_first_start_makes_one_administrator_and_the_second_none(town: Office) -> None:
    password = people.first_administrator(town.access)
    assert password is not None
    assert people.first_administrator(town.access) is None
    token = sign_in(town.access, "admin", password)
    found = sessions.find(town.access, token or "", is_active=True)
    assert found is not None and found.must_change
    assert [g.role for g in town.grants_of(found.account_id)] == ["administrator"]


def test_a_second_factor_counts_each_code_once(town: Office) -> None:
    number = town.person("li")
    token = sign_in(town.access, "li", PASSWORD)
    assert token is not None
    secret = second_factor.new_secret(town.access, token)
    code = pyotp.TOTP(secret).at(town.hand.at)
    assert not second_factor.confirm(town.access, token, number, "li", "000000")
    assert second_factor.confirm(town.access, token, number, "li", code)
    for tried in ("", "123", code, "１２３４５６"):
        assert sign_in(town.access, "li", PASSWORD, tried) is None
    town.hand.at += 30
    code = pyotp.TOTP(secret).at(town.hand.at)
    assert sign_in(town.access, "li", "wrong", code) is None
    town.hand.at += town.access.rules.lock_seconds
    code = pyotp.TOTP(secret).at(town.hand.at)
    assert sign_in(town.access, "li", PASSWORD, code) is not None
    assert sign_in(town.access, "li", PASSWORD, code) is None


def test_a_new_one_time_password_takes_the_place_of_everything(town: Office) -> None:
    number = town.person("li")
    token = sign_in(town.access, "li", PASSWORD)
    password = people.renew(town.access, number, "admin")
    assert owner(town, token) is None
    assert sign_in(town.access, "li", PASSWORD) is None
    assert sign_in(town.access, "li", password) is not None


def test_grants_hold_from_their_first_to_their_last_instant(town: Office) -> None:
    wanted = grant("leader", valid_from=START + 100, valid_to=START + 200)
    number = town.person("li", wanted)
    seen = []
    for at in (START, START + 99, START + 100, START + 199, START + 200):
        town.hand.at = at
        seen.append(len(town.grants_of(number)))
    assert seen == [0, 0, 1, 1, 0]


def test_a_withdrawn_grant_gives_nothing_and_stays_on_the_list(town: Office) -> None:
    number = town.person("li")
    made = grants.give(town.access, number, grant("leader"), "admin")
    assert len(town.grants_of(number)) == 1
    grants.withdraw(town.access, made, "admin2")
    grants.withdraw(town.access, made, "admin3")
    assert town.grants_of(number) == ()
    (row,) = grants.all_grants(town.access)
    assert (row.login, row.granted_by, row.withdrawn_by) == ("li", "admin", "admin2")
    assert [n[0] for n in noted(town)] == ["grant", "grant"]
    assert verify(town.access.log).problems == []


@pytest.mark.parametrize(
    "wrong",
    [
        grant("nobody"),
        grant("wall"),
        grant("auditor", "site"),
        grant("station_chief", "site"),
        grant("leader", "grid", tree="area"),
        grant("leader", "site", tree="area", grid="A"),
        grant("department", "department"),
        grant("leader", valid_from=START, valid_to=START),
    ],
)
def test_a_reach_that_a_role_cannot_have_is_refused(town: Office, wrong: grants.Grant) -> None:
    number = town.person("li")
    with pytest.raises(InputError):
        grants.give(town.access, number, wrong, "admin")
    assert town.grants_of(number) == ()


@pytest.mark.parametrize("login", ["", "x", "a b", "a'b", "<b>", "x" * 65])
def test_a_login_is_plain(town: Office, login: str) -> None:
    with pytest.raises(InputError):
        people.create(town.access, login, "n", "o", "admin")


def test_an_unknown_login_takes_as_long_as_a_wrong_password(tmp_path: Path) -> None:
    """Medians of interleaved attempts, at a cost that outweighs the database."""
    heavy = Rules(argon_memory=4096, argon_passes=2, failures=1000)
    with office("sqlite", tmp_path, heavy) as town:
        town.person("li")
        town.person("locked")
        quick = with_rules(town, failures=1)
        assert sign_in(quick.access, "locked", "wrong") is None
        taken: dict[str, list[float]] = {"li": [], "nobody": [], "locked": []}
        for _ in range(40):
            for login, times in taken.items():
                began = time.process_time()
                assert sign_in(town.access, login, "Wrong-guess-1") is None
                times.append(time.process_time() - began)
    middle = {login: statistics.median(times) for login, times in taken.items()}
    assert max(middle.values()) < 1.4 * min(middle.values()), middle


def test_rules_are_read_and_every_slip_is_named(tmp_path: Path) -> None:
    file = tmp_path / "access.toml"
    file.write_text(
        '[sign_in]\nfailures = 3\nidle_secs = 5\n[provider]\nissuer = "https://id.example"\n'
    )
    with pytest.raises(SetupError) as caught:
        read_rules(file)
    for part in ("idle_secs", "idle_seconds", "client_id", "client_secret_file"):
        assert part in str(caught.value)
    (tmp_path / "secret").write_text("s3cret\n")
    file.write_text(
        '[sign_in]\nfailures = 3\n[provider]\nissuer = "https://id.example"\nclient_id = "grid"\n'
        'client_secret_file = "secret"\n'
        '[[provider.grants]]\ngroup = "leaders"\nrole = "leader"\n'
    )
    rules = read_rules(file)
    assert (rules.failures, rules.provider and rules.provider.client_secret) == (3, "s3cret")
    assert "s3cret" not in repr(rules)
    assert rules.provider and rules.provider.grants[0].reach == "site"
    file.write_text(file.read_text().replace("https", "http"))
    with pytest.raises(SetupError, match="https"):
        read_rules(file)
    file.write_text(file.read_text().replace("http:", "https:") + 'reach = "department"\n')
    with pytest.raises(SetupError, match="leader is granted with reach"):
        read_rules(file)
