"""Every environment variable the program reads: name, default and one sentence."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from data.errors import SetupError


class Setting(NamedTuple):
    """One environment variable: its name, its default and what it is for."""

    name: str
    default: str
    meaning: str


DEMO_FOLDER = "var/demo"

SETTINGS = (
    Setting(
        "CASE_DATABASE_URL",
        f"sqlite:///{DEMO_FOLDER}/case.sqlite",
        "SQLAlchemy address of the case database (SQLite file, PostgreSQL or ClickHouse).",
    ),
    Setting(
        "POPULATION_DATABASE_URL",
        f"sqlite:///{DEMO_FOLDER}/population.sqlite",
        "SQLAlchemy address of the population database.",
    ),
    Setting(
        "APP_DATABASE_URL",
        f"sqlite:///{DEMO_FOLDER}/app.sqlite",
        "SQLAlchemy address of the app's own database: accounts, grants, walls, audit log.",
    ),
    Setting(
        "AUDIT_FOLDER",
        f"{DEMO_FOLDER}/audit",
        "Folder of the audit log's key and newest hash; to be kept and backed up apart from the "
        "database, which they check.",
    ),
    Setting(
        "ACCESS_FILE",
        "",
        "TOML file with the rules of signing in and the identity provider (docs/accounts.md); "
        "empty means the built-in rules and local accounts only.",
    ),
    Setting(
        "ROBOT_FILE",
        "",
        "TOML file with the group robots of 政务微信 or 钉钉 that are told of 督办 (docs/linkage.md); "
        "empty means none.",
    ),
    Setting(
        "PUSH_KEY_FILE",
        "",
        "Key by which phones are told of 督办 through Web Push, made by `python -m data.linkage keys`; "
        "empty means that nothing is pushed. Needs PUBLIC_URL with https://.",
    ),
    Setting(
        "PUSH_HOSTS",
        "",
        "Hosts of push services, with spaces between, instead of those of the browsers' makers.",
    ),
    Setting(
        "PUBLIC_URL",
        "",
        "Address by which people reach the server, such as https://grid.example.org; https:// "
        "makes cookies Secure. Empty means whatever address a request names.",
    ),
    Setting(
        "AS_OF",
        "",
        "Replay clock: an ISO time such as 2011-12-31T18:00 (site time zone unless an offset is "
        "given) at which the clock starts; empty means the real clock.",
    ),
    Setting("HOST", "127.0.0.1", "Address the server listens on; 0.0.0.0 opens it to the network."),
    Setting("PORT", "8050", "Port the server listens on."),
    Setting(
        "REFRESH_SECONDS",
        "15",
        "How often a screen asks for new figures that nobody told it of, 5 to 600; a quarter as often "
        "while it is told.",
    ),
    Setting(
        "WORKERS", "1", "Processes that serve, 1 to 16; more than one need a BUS between them."
    ),
    Setting(
        "BUS",
        "memory",
        "What carries word of news between the processes: memory (for one), "
        "postgresql://USER:PASSWORD@HOST/NAME or redis://HOST:6379/0.",
    ),
    Setting(
        "CALLER_KEY_FILE",
        "var/caller.key",
        "Secret by which data.load hashes who reported a case; made on first use, to be kept and "
        "backed up apart from the databases. Screens do not need it.",
    ),
    Setting(
        "FOLLOW_URL",
        "",
        "Address of the customer's database whose table `data.load --follow` follows; its user need only "
        "read.",
    ),
    Setting(
        "SEAL_KEY_FILE",
        "var/seal.keys",
        "Keys by which telephone and identity numbers are sealed, one `ID SECRET` a line, the last "
        "seals; to be kept and backed up apart from the databases. The demo needs none.",
    ),
    Setting("SEAL_KEYS", "", "The same keys, with commas between, instead of the file."),
)


@dataclass(frozen=True)
class Settings:
    """The settings in force, read once at start and handed down."""

    case_database_url: str
    population_database_url: str
    as_of: str
    host: str
    port: int
    refresh_seconds: int
    caller_key_file: Path
    app_database_url: str
    audit_folder: Path
    access_file: Path | None
    public_url: str
    seal_key_file: Path
    seal_keys: str
    robot_file: Path | None = None
    push_key_file: Path | None = None
    push_hosts: str = ""
    workers: int = 1
    bus: str = "memory"
    follow_url: str = ""


def read_settings(environment: Mapping[str, str] | None = None, *, site: str = "") -> Settings:
    """Read the settings from the environment; raise SetupError naming the one that is wrong.

    site: the demo site whose databases are the default, '' = the one directly in var/demo.
    """
    source = os.environ if environment is None else environment
    defaults = {s.name: s.default.replace(DEMO_FOLDER, demo_folder(site)) for s in SETTINGS}
    raw = {name: (source.get(name) or default).strip() for name, default in defaults.items()}
    return Settings(
        case_database_url=raw["CASE_DATABASE_URL"],
        population_database_url=raw["POPULATION_DATABASE_URL"],
        as_of=raw["AS_OF"],
        host=raw["HOST"],
        port=_whole_number("PORT", raw["PORT"], 1, 65535),
        refresh_seconds=_whole_number("REFRESH_SECONDS", raw["REFRESH_SECONDS"], 5, 600),
        caller_key_file=project_folder() / raw["CALLER_KEY_FILE"],
        app_database_url=raw["APP_DATABASE_URL"],
        audit_folder=project_folder() / raw["AUDIT_FOLDER"],
        access_file=project_folder() / raw["ACCESS_FILE"] if raw["ACCESS_FILE"] else None,
        public_url=_public_url(raw["PUBLIC_URL"]),
        seal_key_file=project_folder() / raw["SEAL_KEY_FILE"],
        seal_keys=raw["SEAL_KEYS"],
        robot_file=project_folder() / raw["ROBOT_FILE"] if raw["ROBOT_FILE"] else None,
        push_key_file=project_folder() / raw["PUSH_KEY_FILE"] if raw["PUSH_KEY_FILE"] else None,
        push_hosts=raw["PUSH_HOSTS"],
        workers=_whole_number("WORKERS", raw["WORKERS"], 1, 16),
        bus=raw["BUS"],
        follow_url=raw["FOLLOW_URL"],
    )


def demo_folder(site: str) -> str:
    """Where the databases of a demo site are, from the folder that holds app.py."""
    return f"{DEMO_FOLDER}/{site}" if site else DEMO_FOLDER


def _whole_number(name: str, text: str, low: int, high: int) -> int:
    if not text.isdigit() or not low <= int(text) <= high:
        raise SetupError(f"{name}={text!r} must be a whole number from {low} to {high}.")
    return int(text)


def _public_url(text: str) -> str:
    """Scheme and host, without a slash at the end; '' for none."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query):
        raise SetupError(f"PUBLIC_URL={text!r} must be like https://grid.example.org.")
    if parts.path.strip("/"):
        raise SetupError(f"PUBLIC_URL={text!r} must have no path: the screens are at /wall/ ….")
    return f"{parts.scheme}://{parts.netloc}" if text else ""


def project_folder() -> Path:
    """The folder that holds app.py; relative SQLite paths start here."""
    return Path(__file__).resolve().parent.parent
