"""Where the folder of a site is, and from which folder each of its tables comes."""

from pathlib import Path
from typing import Any

from data.errors import SetupError

SITES = Path(__file__).parent
DEFAULT_SITE = "demo"
SITE_FILE = "site.toml"
TABLES = (
    "sources.csv",
    "categories.csv",
    "departments.csv",
    "places.csv",
    "industries.csv",
    "tags.csv",
    "rhythm.toml",
    "calendar.toml",
)
"""What every site needs beside its site.toml, of its own or from the folder it names as `tables`."""


def site_names() -> list[str]:
    """The sites that come with the program."""
    return sorted(path.parent.name for path in SITES.glob(f"*/{SITE_FILE}"))


def site_folder(site: str) -> Path:
    """The folder of a site, by its name or by a path; raises SetupError when there is none."""
    named = SITES / site
    folder = named if (named / SITE_FILE).is_file() else Path(site)
    if not (folder / SITE_FILE).is_file():
        known = ", ".join(site_names())
        raise SetupError(f"There is no site {site!r}: choose one of {known}, or name a folder.")
    return folder.resolve()


def site_key(site: str) -> str:
    """The name of a site given by name or path: that of its folder."""
    return site_folder(site).name


def database_folder(site: str) -> str:
    """What the folder of a site's databases adds to that of the default site, which adds nothing."""
    key = site_key(site)
    return "" if key == DEFAULT_SITE else key


def table_path(folder: Path, site: dict[str, Any], name: str) -> Path | None:
    """The table of the folder itself or else of the one it borrows from; None when neither has it."""
    folders = [folder]
    if isinstance(site.get("tables"), str):
        folders.append(folder / site["tables"])
    return next((place / name for place in folders if (place / name).is_file()), None)
