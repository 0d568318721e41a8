"""Signing in at a real OpenID Connect provider that runs on this machine."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from accounts_town import LIGHT, Office, office, with_rules
from conftest import ENGINES
from oidc_provider_mock import User, run_server_in_thread
from sqlalchemy import select

from data.accounts import grants, people, sessions
from data.accounts.provider import ProviderRefused, come_back, leave_for
from data.accounts.rules import GroupGrant, Provider
from data.app_tables import audit

BACK = "http://dashboard.example/sign-in/back"
BROWSER = "what the visit cookie of this browser holds"
PEOPLE = (
    User(
        sub="u1",
        claims={
            "preferred_username": "Chen.Yu",
            "name": "陈宇",
            "organisation": "街道办",
            "groups": ["leaders", "choir"],
        },
    ),
    User(sub="u2", claims={"preferred_username": "lin", "name": "林", "groups": "leaders"}),
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread(user_claims=PEOPLE, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path: Path, issuer: str) -> Iterator[Office]:
    provider = Provider(
        issuer=issuer,
        client_id="grid",
        client_secret="s3cret",
        grants=(
            GroupGrant("leaders", "leader", "site"),
            GroupGrant("chiefs", "station_chief", "grid", "area", "A"),
        ),
    )
    with office(request.param, tmp_path, replace(LIGHT, provider=provider)) as opened:
        # The provider's tokens bear the real time.
        opened.hand.at = int(time.time())
        yield opened


def at_provider(address: str, sub: str | None) -> dict[str, str]:
    """What the browser brings back after somebody agreed (or, with None, did not)."""
    form = {"action": "deny"} if sub is None else {"sub": sub}
    answer = requests.post(address, data=form, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    target = answer.headers["Location"]
    assert target.startswith(BACK)
    return dict(parse_qsl(urlsplit(target).query))


def signed_in(town: Office, sub: str) -> sessions.SignedIn:
    address = leave_for(town.access, BROWSER, BACK, "/phone/")
    arrived = come_back(town.access, BROWSER, BACK, at_provider(address, sub))
    assert arrived.goes_to == "/phone/"
    found = sessions.find(town.access, arrived.token, is_active=True)
    assert found is not None
    return found


def refusals(town: Office) -> list[str]:
    with town.access.engine.connect() as connection:
        rows = connection.execute(select(audit).where(audit.c.outcome == "refused"))
        return [row.reason for row in rows]


def test_claims_make_an_account_and_groups_its_grants(town: Office) -> None:
    found = signed_in(town, "u1")
    assert (found.login, found.name, found.organisation) == ("chen.yu", "陈宇", "街道办")
    assert not found.must_change
    held = town.grants_of(found.account_id)
    assert [(g.role, g.reach) for g in held] == [("leader", "site")]
    assert signed_in(town, "u1").account_id == found.account_id
    assert len(grants.all_grants(town.access)) == 1


def test_groups_that_are_no_list_give_nothing(town: Office) -> None:
    assert town.grants_of(signed_in(town, "u2").account_id) == ()


def test_leaving_a_group_withdraws_what_it_brought_and_no_more(town: Office) -> None:
    number = signed_in(town, "u1").account_id
    own = grants.Grant("discipline", "site", None, None, None, town.hand.at, None)
    grants.give(town.access, number, own, "admin")
    provider = town.access.rules.provider
    assert provider is not None
    changed = replace(provider, grants=(GroupGrant("choir", "auditor"),))
    signed_in(with_rules(town, provider=changed), "u1")
    held = town.grants_of(number)
    assert {g.role for g in held} == {"discipline", "auditor"}


def test_a_state_counts_once_and_in_its_own_browser_only(town: Office) -> None:
    answer = at_provider(leave_for(town.access, BROWSER, BACK, "/"), "u1")
    with pytest.raises(ProviderRefused):
        come_back(town.access, "another browser", BACK, answer)
    with pytest.raises(ProviderRefused):
        come_back(town.access, BROWSER, BACK, answer)
    answer = at_provider(leave_for(town.access, BROWSER, BACK, "/"), "u1")
    come_back(town.access, BROWSER, BACK, answer)
    with pytest.raises(ProviderRefused):
        come_back(town.access, BROWSER, BACK, answer)
    assert len(refusals(town)) == 3


def test_an_old_state_and_a_code_of_another_visit_are_refused(town: Office) -> None:
    answer = at_provider(leave_for(town.access, BROWSER, BACK, "/"), "u1")
    town.hand.at += 601
    with pytest.raises(ProviderRefused, match="old state"):
        come_back(town.access, BROWSER, BACK, answer)
    town.hand.at -= 601
    one = at_provider(leave_for(town.access, BROWSER, BACK, "/"), "u1")
    two = at_provider(leave_for(town.access, BROWSER, BACK, "/"), "u2")
    # Somebody else's code in my visit: its token bears another nonce.
    with pytest.raises(ProviderRefused, match="nonce"):
        come_back(town.access, BROWSER, BACK, {**one, "code": two["code"]})


def test_who_declines_is_not_signed_in(town: Office) -> None:
    answer = at_provider(leave_for(town.access, BROWSER, BACK, "/"), None)
    assert answer["error"] == "access_denied"
    with pytest.raises(ProviderRefused):
        come_back(town.access, BROWSER, BACK, answer)


def test_a_token_for_another_client_is_refused(town: Office) -> None:
    answer = at_provider(leave_for(town.access, BROWSER, BACK, "/"), "u1")
    provider = town.access.rules.provider
    assert provider is not None
    other = with_rules(town, provider=replace(provider, client_id="somebody-else"))
    with pytest.raises(ProviderRefused):
        come_back(other.access, BROWSER, BACK, answer)


def test_a_local_account_of_the_same_login_is_not_taken_over(town: Office) -> None:
    town.person("chen.yu")
    answer = at_provider(leave_for(town.access, BROWSER, BACK, "/"), "u1")
    with pytest.raises(ProviderRefused, match="taken"):
        come_back(town.access, BROWSER, BACK, answer)


def test_a_disabled_account_stays_out(town: Office) -> None:
    people.disable(town.access, signed_in(town, "u1").account_id, "admin")
    answer = at_provider(leave_for(town.access, BROWSER, BACK, "/"), "u1")
    with pytest.raises(ProviderRefused, match="disabled"):
        come_back(town.access, BROWSER, BACK, answer)


def test_a_provider_that_is_away_or_another_one_is_refused(town: Office, issuer: str) -> None:
    provider = town.access.rules.provider
    assert provider is not None
    for wrong in ("http://localhost:1", issuer.replace("localhost", "127.0.0.1") + "/"):
        other = with_rules(town, provider=replace(provider, issuer=wrong))
        with pytest.raises(ProviderRefused):
            leave_for(other.access, BROWSER, BACK, "/")
