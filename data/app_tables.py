"""Tables of the app's own database: who may sign in, what each was granted, and what was done.

The only database that the server writes to. Instants are epoch seconds. Of passwords, session ids,
device tokens and codes only hashes are kept.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

app_metadata = MetaData()

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up by itself in an INTEGER key only."""

account = Table(
    "account",
    app_metadata,
    Column("account_id", NUMBER, primary_key=True),
    Column("login", Text, nullable=False, unique=True, comment="one spelling: NFKC, no capitals"),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("subject", Text, unique=True, comment="issuer and sub at the identity provider"),
    Column("password_hash", Text, comment="Argon2id; null = signs in elsewhere"),
    Column("must_change", SmallInteger, nullable=False, comment="1 = a new password comes first"),
    Column("password_at", BigInteger, comment="when it was set"),
    Column("totp_secret", Text, comment="base32; null = no second factor"),
    Column("totp_step", BigInteger, comment="newest step used: a code counts once"),
    Column("failures", Integer, nullable=False, comment="in a row, since the last success or lock"),
    Column("locked_until", BigInteger),
    Column("disabled_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
)

session = Table(
    "session",
    app_metadata,
    Column("key", LargeBinary, primary_key=True, comment="SHA-256 of the id in the cookie"),
    Column("account_id", BigInteger, nullable=False, index=True),
    Column("began_at", BigInteger, nullable=False),
    Column(
        "active_at", BigInteger, nullable=False, comment="last sign of a person, not of a timer"
    ),
    Column("ends_at", BigInteger, nullable=False, comment="whatever happens"),
    Column("new_totp", Text, comment="a second factor that is being set up"),
    Column("ended_at", BigInteger),
    Column("ended_by", Text, comment="sign_out | password | disabled | replaced"),
)

provider_visit = Table(
    "provider_visit",
    app_metadata,
    Column("key", LargeBinary, primary_key=True, comment="SHA-256 of `state`"),
    Column("browser", LargeBinary, nullable=False, comment="SHA-256 of the visit cookie"),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False, comment="PKCE"),
    Column("goes_to", Text, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)
"""People who are at the identity provider just now."""

role_grant = Table(
    "role_grant",
    app_metadata,
    Column("grant_id", NUMBER, primary_key=True),
    Column("account_id", BigInteger, nullable=False, index=True),
    Column("role", Text, nullable=False, comment="queries.rights.ROLES"),
    Column("reach", Text, nullable=False, comment="site | grid | department | none"),
    Column("tree_code", Text, comment="of reach grid"),
    Column("grid_code", Text, comment="of reach grid: it and all below it"),
    Column("department", Text, comment="of reach department"),
    Column("valid_from", BigInteger, nullable=False),
    Column(
        "valid_to", BigInteger, comment="first instant it holds no more; null = until withdrawn"
    ),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("origin", Text, nullable=False, comment="local | provider"),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", BigInteger),
    Column("duty", Text, comment="class of tags that it is about"),
    Column("purpose", Text, comment="what it was given for"),
)

account_post = Table(
    "account_post",
    app_metadata,
    Column("bond_id", NUMBER, primary_key=True),
    Column("account_id", BigInteger, nullable=False, index=True),
    Column("post", Text, nullable=False, comment="code of staff, or of a seat in the event log"),
    Column("bound_by", Text, nullable=False),
    Column("bound_at", BigInteger, nullable=False),
    Column("freed_by", Text),
    Column("freed_at", BigInteger),
)

device = Table(
    "device",
    app_metadata,
    Column("device_id", NUMBER, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("screen", Text, nullable=False, comment="wall"),
    Column("key", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the token"),
    Column("reach", Text, nullable=False, comment="as role_grant"),
    Column("tree_code", Text),
    Column("grid_code", Text),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    Column("network", Text, comment="CIDR; null = anywhere"),
    Column("revoked_by", Text),
    Column("revoked_at", BigInteger),
)

pairing = Table(
    "pairing",
    app_metadata,
    Column("code", Text, primary_key=True, comment="what the wall shows"),
    Column("key", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the wall's secret"),
    Column("asked_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("device_id", BigInteger, comment="null until somebody approves"),
)

cast = Table(
    "cast",
    app_metadata,
    Column("device_id", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, comment="grows with every change, for ever"),
    Column("account_id", BigInteger, comment="who leads the wall; null = nobody"),
    Column("screen", Text, comment="tablet | phone: from which it is led"),
    Column("fragment", Text, nullable=False, comment="address parts, checked for the leader"),
    Column("began_at", BigInteger),
    Column("ends_at", BigInteger, comment="first instant at which the wall is free again"),
    Column("asked_by", BigInteger, comment="account that wants to take over"),
    Column("asked_screen", Text),
    Column("asked_fragment", Text),
    Column("asked_until", BigInteger, comment="silence until then hands the wall over"),
    Column("told_account", BigInteger, comment="whom the newest end or refusal concerns"),
    Column("told_what", Text, comment="taken | kept | expired"),
    Column("told_at", BigInteger),
)
"""投屏联动: who leads which wall. One row for each wall that was ever led; the audit log has the history."""

supervision = Table(
    "supervision",
    app_metadata,
    Column("supervision_id", NUMBER, primary_key=True),
    Column("issuer_id", BigInteger, nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="case | grid: what it is about"),
    Column("code", Text, nullable=False, comment="of the case or grid"),
    Column("title", Text, nullable=False, comment="the case's title or the grid's name"),
    Column("places", JSON, nullable=False, comment="[[hierarchy, grid], …]: whose grants cover it"),
    Column("department", Text, comment="code of the case's department"),
    Column("unit", Text, nullable=False, comment="by which it is counted: its department or grid"),
    Column("posts", JSON, comment="codes of those who took a step of the case; null = before 0009"),
    Column("words", Text, nullable=False),
    Column("clock", Text, nullable=False, comment="data.working_time.CLOCKS"),
    Column("amount", Integer, nullable=False, comment="hours or days by that clock"),
    Column("issued_at", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False, comment="instant of the figures it was issued on"),
    Column("reply_due", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("answered_at", BigInteger, comment="newest answer; null once it was sent back"),
    Column("late_at", BigInteger, comment="when it was escalated"),
    Column("closed_at", BigInteger, index=True),
)
"""督办 issued here. Not to be confused with the case event `supervised`, which comes with the cases."""

supervision_step = Table(
    "supervision_step",
    app_metadata,
    Column("step_id", NUMBER, primary_key=True),
    Column("supervision_id", BigInteger, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("account_id", BigInteger, comment="null = the clock"),
    Column("what", Text, nullable=False, comment="data.linkage.supervisions.STEPS"),
    Column("words", Text, nullable=False),
)

supervision_photo = Table(
    "supervision_photo",
    app_metadata,
    Column("photo_id", NUMBER, primary_key=True),
    Column("supervision_id", BigInteger, nullable=False),
    Column("step_id", BigInteger, nullable=False, index=True),
    Column(
        "image", LargeBinary, nullable=False, comment="JPEG without anything beside the picture"
    ),
)


def _posts(name: str, whom: Column[Any]) -> Table:
    """Posts that wait for somebody; gone once they were taken or given up (data.linkage.outbox)."""
    return Table(
        name,
        app_metadata,
        Column("post_id", NUMBER, primary_key=True),
        whom,
        Column("body", Text, nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("next_at", BigInteger, nullable=False, index=True),
    )


robot_post = _posts(
    "robot_post", Column("robot", Text, nullable=False, comment="name in ROBOT_FILE")
)
"""What waits to be posted to the group robots."""

push_subscription = Table(
    "push_subscription",
    app_metadata,
    Column("push_id", NUMBER, primary_key=True),
    Column("session_key", LargeBinary, nullable=False, index=True, comment="it ends with it"),
    Column("account_id", BigInteger, nullable=False, index=True),
    Column("endpoint", Text, nullable=False, unique=True, comment="where the browser is reached"),
    Column("p256dh", Text, nullable=False, comment="the browser's key, base64url"),
    Column("auth", Text, nullable=False, comment="the browser's secret, base64url"),
    Column("language", Text, nullable=False, comment="zh | en"),
    Column("made_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
"""Browsers that want to be told of 督办 though no page is open (data.linkage.pushes)."""

push_post = _posts("push_post", Column("push_id", BigInteger, nullable=False, index=True))
"""What waits to be pushed, for one browser each."""

audit = Table(
    "audit",
    app_metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("what", Text, nullable=False, comment="data.audit.log.WHAT"),
    Column("actor", Text, nullable=False, comment="login, device name or -"),
    Column("scope", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("outcome", Text, nullable=False, comment="done | refused | failed"),
    Column("previous", LargeBinary, nullable=False, comment="hash of the row before"),
    Column("hash", LargeBinary, nullable=False, comment="HMAC-SHA256 of this row and `previous`"),
    Index("ix_audit_actor", "actor", "seq"),
    Index("ix_audit_at", "at"),
)

audit_head = Table(
    "audit_head",
    app_metadata,
    Column("one", SmallInteger, primary_key=True, comment="always 1: who appends holds this row"),
    Column("chain", Text, nullable=False, comment="tells this log from any other"),
    Column("seq", BigInteger, nullable=False, comment="of the newest row, 0 before the first"),
    Column("hash", LargeBinary, nullable=False),
    Column("first", BigInteger, nullable=False, comment="seq of the oldest row that is kept"),
    Column("before", LargeBinary, nullable=False, comment="hash of the row before the oldest"),
    Column("seal", LargeBinary, nullable=False, comment="HMAC of chain, first and before"),
)

recent_try = Table(
    "recent_try",
    app_metadata,
    Column("kind", Text, nullable=False, comment="what is tried: sign_in, look_up, open, pair"),
    Column("who", Text, nullable=False, comment="login or address"),
    Column("at", BigInteger, nullable=False, comment="epoch second"),
    Column("n", Integer, nullable=False, comment="tries in it"),
    PrimaryKeyConstraint("kind", "who", "at"),
    Index("ix_recent_try_at", "at"),
)

app_setting = Table(
    "app_setting",
    app_metadata,
    Column("key", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)

arrival_token = Table(
    "arrival_token",
    app_metadata,
    Column("token_id", NUMBER, primary_key=True),
    Column("source", Text, nullable=False, index=True, comment="code of the source of cases"),
    Column("prefix", Text, nullable=False, comment="goes before the source's own case ids"),
    Column(
        "key", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the token: it signs"
    ),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("revoked_at", BigInteger),
)
"""Who may send cases (data.arrival)."""

arrival_seen = Table(
    "arrival_seen",
    app_metadata,
    Column("signature", LargeBinary, primary_key=True, comment="SHA-256 of one that came"),
    Column("at", BigInteger, nullable=False, index=True),
)
"""Signatures of the last minutes: none is taken twice."""
