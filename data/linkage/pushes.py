"""Web Push: tells a phone of a 督办 though no page is open, where its browser and its owner want it.

What is told goes through a push service of the browser's maker, sealed for the browser (RFC 8291): that there is a
督办, of which number and unit, and by when an answer is due. Never names, titles or what was written. Off, and
nothing of it loaded, unless the site has a key (data.linkage.push_keys).
"""

import base64
import binascii
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Column, Connection, Table, insert, select, update

from data.accounts.access import Access
from data.accounts.refused import ChangeRefused
from data.accounts.sessions import key_of
from data.accounts.told_browsers import forget
from data.app_tables import push_post, push_subscription
from data.days import local_time
from data.errors import SetupError
from data.linkage.push_keys import public_key
from data.linkage.robots import LOOPBACK
from data.linkage.supervision import Supervision
from data.settings import Settings

TOLD = ("issued", "sent_back", "escalated")
"""The steps that whoever owes the answer is told of."""

HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
"""Where browsers are reached: hosts of their makers, and all below them. The server sends nowhere else."""

MOST_OF_ONE = 5
"""Browsers of an account; the one that asked first goes when a sixth asks."""
KEPT_SECONDS = 30 * 86_400
"""For which a browser is told after somebody last signed in on it or asked for it."""
TTL_SECONDS = 12 * 3600
"""For which a push service keeps what it cannot hand over."""
PATIENCE = 5.0
LONGEST = 1_000
KEY_BYTES, SECRET_BYTES = 65, 16
GONE = (404, 410)
"""What a push service answers when a browser wants nothing any more."""

log = logging.getLogger(__name__)


class Browser(NamedTuple):
    """A browser that wants to be told, as its PushSubscription says."""

    endpoint: str
    p256dh: str
    auth: str


Send = Callable[["Pushes", Browser, str], tuple[int, str]]
"""(site, browser, body) -> (status, answer); raises OSError when nobody answers."""


@dataclass(frozen=True)
class Pushes:
    """How a site pushes; without a key it does not.

    public: the key's public half. contact: of the site, for push services. zone: of the times that are told.
    """

    key_file: Path | None = None
    public: str = ""
    contact: str = ""
    hosts: tuple[str, ...] = HOSTS
    zone: str = "Asia/Shanghai"

    @property
    def are_on(self) -> bool:
        """Whether the site pushes at all."""
        return self.key_file is not None

    def tells(self, what: str) -> bool:
        """Whether anybody is told of a step."""
        return self.are_on and what in TOLD

    @property
    def dead_letters(self) -> Path:
        """Where what no browser took ends."""
        return (self.key_file or Path("var/push")).with_suffix(".dead.jsonl")

    def put_out(
        self,
        connection: Connection,
        what: str,
        held: Supervision,
        owing: Sequence[int],
        units: Mapping[str, str],
        now: int,
    ) -> None:
        """Have the browsers of those who owe the answer told of a step, if the transaction comes to its end.

        units: what the unit is called, by language.
        """
        if not self.tells(what) or not owing:
            return
        c = push_subscription.c
        theirs = select(c.push_id, c.language).where(
            c.account_id.in_(owing), c.made_at > now - KEPT_SECONDS
        )
        rows = []
        for one in connection.execute(theirs):
            told = {
                "what": what,
                "number": held.number,
                "unit": units.get(one.language, held.target.unit),
                "due": local_time(held.limit.due, self.zone).strftime("%m-%d %H:%M"),
                "language": one.language,
            }
            body = json.dumps(told, ensure_ascii=False)
            rows.append({"push_id": one.push_id, "body": body, "tries": 0})
        if rows:
            connection.execute(
                insert(push_post), [{**row, "made_at": now, "next_at": now} for row in rows]
            )

    def read(self, given: Mapping[str, str]) -> Browser:
        """The browser that is described. Raises ChangeRefused for one that cannot be told."""
        endpoint = given.get("endpoint", "")
        host = _host(endpoint)
        if not any(host == one or host.endswith(f".{one}") for one in self.hosts):
            raise ChangeRefused("push_host", host[:100])
        keys = (given.get("p256dh", ""), given.get("auth", ""))
        if not _is_key(_bytes(keys[0])) or len(_bytes(keys[1])) != SECRET_BYTES:
            raise ChangeRefused("push_keys")
        return Browser(endpoint, *keys)


def read_pushes(settings: Settings, zone: str) -> Pushes:
    """How the settings say that the site pushes. Raises SetupError."""
    if settings.push_key_file is None:
        return Pushes()
    if not settings.public_url.startswith("https://"):
        raise SetupError(
            "PUSH_KEY_FILE needs PUBLIC_URL with https://: browsers push to no other pages, and push services "
            "are told whose messages they carry."
        )
    hosts = tuple(settings.push_hosts.split()) or HOSTS
    contact = contact_of(settings.public_url)
    return Pushes(settings.push_key_file, public_key(settings.push_key_file), contact, hosts, zone)


def contact_of(public_url: str) -> str:
    """The site as push services are told of it: its host, of which they want no port. Raises SetupError."""
    host = urlsplit(public_url).hostname or ""
    if "." not in host:
        raise SetupError(
            f"PUSH_KEY_FILE: push services take no site by the name of {host!r}; PUBLIC_URL needs a whole name "
            "(dash.example.gov.cn) or a number."
        )
    return f"https://{host}"


def begin(access: Access, account_id: int, token: str, browser: Browser, language: str) -> None:
    """Tell a browser from now on, until its session is signed out of."""
    c, now = push_subscription.c, access.now()
    row = {
        "session_key": key_of(token),
        "account_id": account_id,
        "language": language,
        "made_at": now,
        **browser._asdict(),
    }
    mine = c.account_id == account_id
    with access.engine.begin() as connection:
        forget(connection, (c.endpoint == browser.endpoint) & ~mine)
        known = update(push_subscription).where(c.endpoint == browser.endpoint)
        if not connection.execute(known.values(row)).rowcount:
            connection.execute(insert(push_subscription).values(row))
        newest = select(c.push_id).where(mine).order_by(c.made_at.desc(), c.push_id.desc())
        older = connection.execute(newest).scalars().all()[MOST_OF_ONE:]
        forget(connection, c.push_id.in_(older))


def end(access: Access, account_id: int, endpoint: str) -> None:
    """Tell an account's browser no more."""
    c = push_subscription.c
    with access.engine.begin() as connection:
        forget(connection, (c.account_id == account_id) & (c.endpoint == endpoint))


def look(access: Access, account_id: int, token: str, endpoint: str) -> bool:
    """Whether an account's browser is told; then it ends with the session that asks, whichever was before.

    A browser that lost its session says so to nobody; its owner, who signs in anew, does.
    """
    c = push_subscription.c
    mine = (c.endpoint == endpoint) & (c.account_id == account_id)
    with access.engine.begin() as connection:
        found = update(push_subscription).where(mine).values(session_key=key_of(token))
        return connection.execute(found).rowcount > 0


@dataclass(frozen=True)
class PushCarrier:
    """Takes waiting posts to browsers; as data.linkage.outbox.Carrier."""

    access: Access
    pushes: Pushes
    send: Send
    table: ClassVar[Table] = push_post
    whom: ClassVar[Column[Any]] = push_post.c.push_id

    @property
    def dead_letters(self) -> Path:
        """As Carrier.dead_letters."""
        return self.pushes.dead_letters

    def name(self, whom: int) -> str:
        """As Carrier.name."""
        return f"push {whom}"

    def is_known(self, whom: int) -> bool:
        """As Carrier.is_known."""
        return self._browser(whom) is not None

    def carry(self, whom: int, body: str) -> str:
        """As Carrier.carry; a browser that is gone, or was signed out of, took it."""
        browser = self._browser(whom)
        if browser is None:
            return ""
        try:
            status, answer = self.send(self.pushes, browser, body)
        except OSError as error:
            log.warning("push %s: nobody answers: %s", whom, type(error).__name__)
            return type(error).__name__
        if status in GONE:
            with self.access.engine.begin() as connection:
                forget(connection, push_subscription.c.push_id == whom)
            return ""
        if 200 <= status < 300:
            return ""
        log.warning("push %s was not taken: %s", whom, status)
        return f"{status} {answer[:200]}"

    def _browser(self, whom: int) -> Browser | None:
        c = push_subscription.c
        found = select(c.endpoint, c.p256dh, c.auth).where(c.push_id == whom)
        with self.access.engine.connect() as connection:
            row = connection.execute(found).first()
        return None if row is None else Browser(*row)


def send(pushes: Pushes, browser: Browser, body: str) -> tuple[int, str]:
    """Seal a body for a browser, sign it as this site's and post it. Raises OSError when nobody answers."""
    # Sites that do not push do without it.
    import requests
    from pywebpush import WebPushException, webpush

    keys = {"p256dh": browser.p256dh, "auth": browser.auth}
    with requests.Session() as session:
        session.max_redirects = 0
        try:
            answer = webpush(
                {"endpoint": browser.endpoint, "keys": keys},
                body,
                vapid_private_key=str(pushes.key_file),
                vapid_claims={"sub": pushes.contact},
                timeout=PATIENCE,
                ttl=TTL_SECONDS,
                headers={"urgency": "high"},
                requests_session=session,
            )
        except WebPushException as error:
            if error.response is None:
                return 0, str(error)
            return error.response.status_code, error.response.text
    return answer.status_code, answer.text


def _host(endpoint: str) -> str:
    """The host that an endpoint names; '' for an address that is read in more than one way, or not by TLS."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    is_safe = (parts.scheme == "https" and port in (None, 443)) or host in LOOPBACK
    is_plain = endpoint.isascii() and endpoint.isprintable() and not set("\\ @") & set(parts.netloc)
    return host if is_safe and is_plain and len(endpoint) <= LONGEST else ""


def _bytes(text: str) -> bytes:
    """What base64url text stands for; nothing for what is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_key(point: bytes) -> bool:
    """Whether something can be sealed for it: 65 bytes may also be no point of the curve."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return len(point) == KEY_BYTES
