"""Signing in and out at a real OpenID Connect provider, through the pages."""

import html
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from accounts_town import LIGHT
from guarded import Browser, ground, guarded
from oidc_provider_mock import User, run_server_in_thread

from data.accounts.rules import GroupGrant, Provider
from queries.site import Site


@pytest.fixture(scope="module")
def ground_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ground(tmp_path_factory.mktemp("ground")) as opened:
        yield opened


def test_signing_in_at_the_provider_through_the_pages(ground_site: Site, tmp_path: Path) -> None:
    claims = {"preferred_username": "yu", "name": "于", "groups": ["leaders"]}
    with run_server_in_thread(user_claims=[User(sub="u1", claims=claims)]) as running:
        provider = Provider(
            issuer=f"http://localhost:{running.server_port}",
            client_id="grid",
            client_secret="s",
            grants=(GroupGrant("leaders", "leader", "site"),),
        )
        rules = replace(LIGHT, provider=provider)
        with guarded(ground_site, tmp_path, rules) as (office, server):
            office.hand.at = int(time.time())
            tab = Browser(server)
            tab.client.cookies.set("session", "planted", domain="grid.test")
            tab.get("/sign-in")
            leaving = tab.get("/sign-in/provider", params={"next": "/phone/"})
            assert leaving.status_code == 303
            address = leaving.headers["location"]
            assert address.startswith(provider.issuer)
            back = requests.post(address, data={"sub": "u1"}, allow_redirects=False, timeout=5)
            arriving = back.headers["Location"].removeprefix(tab.base)
            # Somebody else cannot come back in this one's place.
            assert Browser(server).get(arriving).status_code == 401
            leaving = tab.get("/sign-in/provider", params={"next": "//evil.example"})
            back = requests.post(
                leaving.headers["location"], data={"sub": "u1"}, allow_redirects=False, timeout=5
            )
            arriving = back.headers["Location"].removeprefix(tab.base)
            answer = tab.get(arriving)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            assert tab.get("/phone/").status_code == 200
            assert tab.get("/wall/").status_code == 403
            # Signing out ends there too.
            leaving = tab.submit("/account", {}, "/sign-out")
            assert leaving.headers["location"] == "/sign-in/provider/out"
            told = html.unescape(tab.get("/sign-in/provider/out").text)
            (way,) = re.findall(r'content="0;url=([^"]+)"', told)
            assert way == (
                f"{provider.issuer}/oauth2/end_session?client_id=grid"
                "&post_logout_redirect_uri=http%3A%2F%2Fgrid.test%2Fsign-in"
            )
            assert requests.get(way, timeout=5).status_code == 200
            assert tab.get("/phone/").status_code == 302
            running.shutdown()
            told = tab.get("/sign-in/provider/out")
            assert "仍处于登录状态" in told.text and "http-equiv" not in told.text
