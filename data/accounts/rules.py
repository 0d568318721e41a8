"""The rules of signing in: built in, or as the site's ACCESS_FILE says."""

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from data.accounts.roles import BY_KEY, FOR_PEOPLE
from data.errors import SetupError
from data.sites.shape import (
    Many,
    Section,
    flag,
    number,
    one_of,
    read_setting_file,
    some_of,
    text,
    whole,
)


@dataclass(frozen=True)
class GroupGrant:
    """What everybody in a group of the identity provider gets."""

    group: str
    role: str
    reach: str = "none"
    tree: str | None = None
    grid: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider: 政务微信, 钉钉 gateways or a district's own directory."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name_zh: str = "统一身份认证"
    name_en: str = "Single sign-on"
    login_claim: str = "preferred_username"
    name_claim: str = "name"
    organisation_claim: str = "organisation"
    groups_claim: str = "groups"
    scope: str = "openid profile"
    seconds: float = 5
    grants: tuple[GroupGrant, ...] = ()


@dataclass(frozen=True)
class Rules:
    """Limits of signing in and casting; seconds, KiB and counts.

    Defaults of signing in are those of 等保 2.0 level 2 and OWASP. Whoever holds a role of
    `second_factor_for` and has a password of ours gets to nothing without a second factor. A cast
    ends `cast_seconds` after its last move or renewal and `cast_longest` after it began; who leads
    has `ask_seconds` to keep the wall.
    """

    failures: int = 5
    lock_seconds: int = 300
    idle_seconds: int = 600
    session_seconds: int = 12 * 3600
    least_length: int = 10
    password_days: int = 0
    attempts_per_minute: int = 20
    pairing_seconds: int = 600
    look_ups_per_minute: int = 30
    streams_per_visitor: int = 20
    unmask_per_day: int = 20
    calls_per_day: int = 40
    second_factor_for: tuple[str, ...] = ()
    argon_memory: int = 19_456
    argon_passes: int = 2
    cast_seconds: int = 180
    cast_longest: int = 3600
    ask_seconds: int = 20
    provider: Provider | None = None


_SIGN_IN = Section(
    {
        "failures": whole(1, 20, required=False),
        "lock_seconds": whole(10, 86_400, required=False),
        "idle_seconds": whole(60, 7200, required=False),
        "session_seconds": whole(600, 7 * 86_400, required=False),
        "least_length": whole(8, 64, required=False),
        "password_days": whole(0, 3650, required=False),
        "attempts_per_minute": whole(1, 600, required=False),
        "pairing_seconds": whole(60, 3600, required=False),
        "look_ups_per_minute": whole(1, 600, required=False),
        "streams_per_visitor": whole(1, 100_000, required=False),
        "unmask_per_day": whole(0, 1000, required=False),
        "calls_per_day": whole(0, 1000, required=False),
        "second_factor_for": some_of(*FOR_PEOPLE, required=False),
        "argon_memory": whole(19_456, 1 << 21, required=False),
        "argon_passes": whole(2, 100, required=False),
    },
    required=False,
)
_LINKAGE = Section(
    {
        "cast_seconds": whole(30, 3600, required=False),
        "cast_longest": whole(60, 12 * 3600, required=False),
        "ask_seconds": whole(5, 300, required=False),
    },
    required=False,
)
_GRANT = Section(
    {
        "group": text(),
        "role": one_of(*FOR_PEOPLE),
        "reach": one_of("site", "grid", "department", "none", required=False),
        "tree": text(required=False),
        "grid": text(required=False),
        "department": text(required=False),
    }
)
_PROVIDER = Section(
    {
        "issuer": text(),
        "client_id": text(),
        "client_secret_file": text(),
        "name_zh": text(required=False),
        "name_en": text(required=False),
        "login_claim": text(required=False),
        "name_claim": text(required=False),
        "organisation_claim": text(required=False),
        "groups_claim": text(required=False),
        "scope": text(required=False),
        "seconds": number(0.5, 60, required=False),
        "allow_http": flag(required=False),
        "grants": Many(_GRANT, required=False),
    },
    required=False,
)
_FILE = Section({"sign_in": _SIGN_IN, "linkage": _LINKAGE, "provider": _PROVIDER})


def read_rules(path: Path | None) -> Rules:
    """The rules in a file, the built-in ones without; raises SetupError naming every slip."""
    if path is None:
        return Rules()
    held = read_setting_file(path, "ACCESS_FILE", "sign-in rules", _FILE)
    rules = replace(Rules(), **held.get("sign_in", {}), **held.get("linkage", {}))
    rules = replace(rules, second_factor_for=tuple(rules.second_factor_for))
    if "provider" in held:
        rules = replace(rules, provider=_provider(path, held["provider"]))
    return rules


def _provider(path: Path, held: dict[str, Any]) -> Provider:
    if not held["issuer"].startswith("https://") and not held.get("allow_http"):
        raise SetupError(
            f"ACCESS_FILE: {path.name}: provider.issuer must begin with https://: a password would "
            "travel in the open. For a provider on this machine, set allow_http = true."
        )
    secret_file = path.parent / held["client_secret_file"]
    try:
        secret = secret_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SetupError(
            f"ACCESS_FILE: provider.client_secret_file: {secret_file} cannot be read "
            f"({error.strerror})."
        ) from None
    known = {f.name for f in fields(Provider)}
    plain = {key: value for key, value in held.items() if key in known and key != "grants"}
    grants = tuple(_group_grant(path, one) for one in held.get("grants", []))
    return Provider(**plain, client_secret=secret, grants=grants)


def _group_grant(path: Path, held: dict[str, Any]) -> GroupGrant:
    grant = GroupGrant(**{"reach": BY_KEY[held["role"]].reaches[0], **held})
    wrong = wrong_reach(grant.role, grant.reach, grant.tree, grant.grid, grant.department)
    if wrong:
        raise SetupError(f"ACCESS_FILE: {path.name}: provider.grants, {grant.group!r}: {wrong}.")
    return grant


def wrong_reach(
    role: str, reach: str, tree: str | None, grid: str | None, department: str | None
) -> str:
    """What is wrong with a grant's reach; '' when nothing is."""
    form = BY_KEY.get(role)
    if form is None:
        return f"there is no role {role!r}"
    if reach not in form.reaches:
        return f"{role} is granted with reach {' or '.join(form.reaches)}, not {reach!r}"
    if (reach == "grid") != bool(tree and grid) or (reach != "grid" and (tree or grid)):
        return "reach grid, and no other, names a tree and a grid"
    if (reach == "department") != bool(department):
        return "reach department, and no other, names a department"
    return ""
