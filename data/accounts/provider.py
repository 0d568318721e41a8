"""Signing in at an OpenID Connect provider: code flow with PKCE, state bound to the browser, nonce.

Whose groups the provider tells get the grants that the rules map them to, anew at every sign-in.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import delete, insert, select, update

from data.accounts import grants, people, sessions
from data.accounts.access import Access
from data.accounts.grants import Grant
from data.accounts.rules import Provider
from data.app_tables import account, provider_visit, role_grant
from data.audit.chain import Entry
from data.audit.log import Recorded
from data.errors import InputError

VISIT_SECONDS = 600
"""How long somebody may be at the provider."""

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signed with a key that the provider alone holds: neither `none` nor a shared secret."""

LEEWAY = 60
"""Seconds by which the two clocks may differ."""


class Arrived(NamedTuple):
    """A session begun at the provider, and the page it was begun for."""

    token: str
    goes_to: str


class ProviderRefused(Exception):
    """Nobody is signed in; the text is for the audit log, not for the visitor."""


def leave_for(access: Access, browser: str, back: str, goes_to: str) -> str:
    """The address at the provider to send a browser to; raises ProviderRefused when it is away."""
    provider = _provider(access)
    nonce, verifier, now = generate_token(32), generate_token(64), access.now()
    try:
        with _client(provider, back) as client:
            about = _about(client, provider)
            address, state = client.create_authorization_url(
                about["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
    except (requests.RequestException, KeyError, ValueError) as error:
        raise ProviderRefused(f"provider: {error}") from error
    row = {
        "key": sessions.key_of(state),
        "browser": sessions.key_of(browser),
        "nonce": nonce,
        "verifier": verifier,
        "goes_to": goes_to,
        "ends_at": now + VISIT_SECONDS,
    }
    with access.engine.begin() as connection:
        connection.execute(delete(provider_visit).where(provider_visit.c.ends_at <= now))
        connection.execute(insert(provider_visit).values(row))
    return str(address)


def come_back(
    access: Access,
    browser: str,
    back: str,
    answer: Mapping[str, str],
    *,
    replaces: str | None = None,
) -> Arrived:
    """Take what the provider says of who came back; raises ProviderRefused, having noted why."""
    now = access.now()
    try:
        visit = _visit(access, browser, answer.get("state", ""), now)
        claims = _claims(_provider(access), back, answer, visit)
        with access.log.recorded(now) as record:
            token = _admit(access, record, claims, replaces)
    except (ProviderRefused, InputError) as error:
        access.log.note(Entry("sign_in", "-", reason=str(error), outcome="refused"), now)
        raise ProviderRefused(str(error)) from None
    return Arrived(token, str(visit["goes_to"]))


def is_of_provider(access: Access, account_id: int) -> bool:
    """Whether an account signs in at the provider."""
    subject = select(account.c.subject).where(account.c.account_id == account_id)
    with access.engine.connect() as connection:
        return connection.execute(subject).scalar() is not None


def way_out(access: Access, back: str) -> str:
    """The address at which the provider ends its own session and sends the browser `back`.

    Raises ProviderRefused when it is away or announces none (OpenID Connect RP-Initiated Logout). No token of the
    person is kept for it: a provider may therefore ask whether they mean it.
    """
    provider = _provider(access)
    try:
        with _client(provider, back) as client:
            address = str(_about(client, provider).get("end_session_endpoint", ""))
    except (requests.RequestException, ValueError) as error:
        raise ProviderRefused(f"provider: {error}") from error
    scheme = urlsplit(provider.issuer).scheme
    if urlsplit(address).scheme not in {"https", scheme}:
        raise ProviderRefused("provider: no end_session_endpoint")
    asked = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": back})
    return f"{address}{'&' if '?' in address else '?'}{asked}"


def _provider(access: Access) -> Provider:
    if access.rules.provider is None:
        raise ProviderRefused("no identity provider is set up")
    return access.rules.provider


def _client(provider: Provider, back: str) -> OAuth2Session:
    client = OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope=provider.scope,
        redirect_uri=back,
        code_challenge_method="S256",
    )
    client.trust_env = False
    return client


def _about(client: OAuth2Session, provider: Provider) -> dict[str, Any]:
    """What the provider says of itself; it must be the one that the rules name."""
    address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    about = _json(client, address, provider)
    if about.get("issuer") != provider.issuer:
        raise ValueError(f"{address} names another issuer: {about.get('issuer')!r}")
    return about


def _json(client: OAuth2Session, address: str, provider: Provider) -> dict[str, Any]:
    answer = client.get(address, withhold_token=True, timeout=provider.seconds)
    answer.raise_for_status()
    held = answer.json()
    if not isinstance(held, dict):
        raise ValueError(f"{address} does not answer with a JSON object")
    return held


def _visit(access: Access, browser: str, state: str, now: int) -> dict[str, Any]:
    """The visit that a state belongs to, used up by this; it must have begun in this browser."""
    key = provider_visit.c.key == sessions.key_of(state)
    with access.engine.begin() as connection:
        row = connection.execute(select(provider_visit).where(key)).mappings().first()
        gone = connection.execute(delete(provider_visit).where(key)).rowcount
    if row is None or not gone or row["ends_at"] <= now:
        raise ProviderRefused("provider: unknown or old state")
    if bytes(row["browser"]) != sessions.key_of(browser):
        raise ProviderRefused("provider: the state was begun in another browser")
    return dict(row)


def _claims(
    provider: Provider, back: str, answer: Mapping[str, str], visit: Mapping[str, Any]
) -> dict[str, Any]:
    """The checked claims of who came back: those of the id token, and of userinfo for the same sub."""
    if "code" not in answer:
        raise ProviderRefused(f"provider: {answer.get('error', 'no code')}")
    try:
        with _client(provider, back) as client:
            about = _about(client, provider)
            token = client.fetch_token(
                about["token_endpoint"],
                code=answer["code"],
                code_verifier=visit["verifier"],
                timeout=provider.seconds,
            )
            keys = KeySet.import_key_set(cast(Any, _json(client, about["jwks_uri"], provider)))
            signed = jwt.decode(token["id_token"], keys, algorithms=list(ALGORITHMS))
            wanted = {
                "iss": {"essential": True, "value": provider.issuer},
                "sub": {"essential": True},
                "aud": {"essential": True, "value": provider.client_id},
                "exp": {"essential": True},
                "nonce": {"essential": True, "value": visit["nonce"]},
            }
            held = {"nonce": visit["nonce"], "client_id": provider.client_id}
            CodeIDToken(signed.claims, signed.header, wanted, held).validate(leeway=LEEWAY)
            claims = dict(signed.claims)
            if "userinfo_endpoint" in about:
                told = client.get(about["userinfo_endpoint"], timeout=provider.seconds)
                told.raise_for_status()
                more = told.json()
                if more.get("sub") != claims["sub"]:
                    raise ProviderRefused("provider: userinfo is about somebody else")
                claims = {**more, **claims}
    except (requests.RequestException, OAuthError, JoseError, KeyError, ValueError) as error:
        raise ProviderRefused(f"provider: {type(error).__name__}: {error}") from error
    return claims


def _admit(
    access: Access, record: Recorded, claims: Mapping[str, Any], replaces: str | None
) -> str:
    """Find or make the account, put its grants right and begin a session."""
    provider, now, connection = _provider(access), access.now(), record.connection
    subject = f"{provider.issuer} {claims['sub']}"
    row = connection.execute(select(account).where(account.c.subject == subject)).first()
    told = {
        "name": str(claims.get(provider.name_claim) or claims["sub"])[:100],
        "organisation": str(claims.get(provider.organisation_claim) or "")[:100],
    }
    if row is None:
        # A local account of the same login is somebody else's until an administrator says otherwise.
        login = str(claims.get(provider.login_claim) or claims["sub"])
        who = (login, told["name"], told["organisation"])
        account_id = people.add(access, connection, *who, password=None, subject=subject)
        login = people.spelling(login)
        record.note(Entry("account", "provider", object=login, reason="created"))
    elif row.disabled_at is not None:
        raise ProviderRefused(f"disabled: {row.login}")
    else:
        account_id, login = row.account_id, row.login
        mine = account.c.account_id == account_id
        connection.execute(update(account).where(mine).values(told))
    groups = claims.get(provider.groups_claim)
    names = set(map(str, groups)) if isinstance(groups, list) else set()
    _renew_grants(access, record, account_id, login, names)
    record.note(Entry("sign_in", login, reason="provider"))
    sessions.end(connection, replaces, "replaced", now)
    token = sessions.begin(access, connection, account_id, now)
    sessions.hand_on(connection, replaces, token, account_id, now)
    return token


def _renew_grants(
    access: Access, record: Recorded, account_id: int, login: str, groups: set[str]
) -> None:
    """Give what the groups bring and the account lacks, withdraw what they bring no more."""
    wanted = {
        (g.role, g.reach, g.tree, g.grid, g.department)
        for g in _provider(access).grants
        if g.group in groups
    }
    theirs = (
        (role_grant.c.account_id == account_id)
        & (role_grant.c.origin == "provider")
        & role_grant.c.withdrawn_at.is_(None)
    )
    held = record.connection.execute(select(role_grant).where(theirs)).all()
    now = access.now()
    for row in held:
        grant = grants.grant_of(row)
        if grant[:5] in wanted:
            wanted.discard(grant[:5])
            continue
        mine = role_grant.c.grant_id == row.grant_id
        ended = {"withdrawn_at": now, "withdrawn_by": "provider"}
        record.connection.execute(update(role_grant).where(mine).values(ended))
        words = grant.words()
        record.note(Entry("grant", "provider", scope=words, object=login, reason="withdrawn"))
    for reach in sorted(wanted, key=str):
        grant = Grant(*reach, valid_from=now, valid_to=None)
        grants.add(access, record.connection, account_id, grant, "provider", "provider")
        words = grant.words()
        record.note(Entry("grant", "provider", scope=words, object=login, reason="given"))
