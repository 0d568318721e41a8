"""Everything that is wrong in the folder of a site, all at once (`python -m data.sites check`)."""

from pathlib import Path
from typing import Any

from data.errors import InputError, SetupError
from data.sites.folder import SITE_FILE
from data.sites.keys import SITE
from data.sites.ladder_checks import ladder_problems
from data.sites.rule_checks import rule_problems
from data.sites.shape import Problem, check_shape
from data.sites.table_checks import table_problems
from data.toml_file import read_toml


def check_folder(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """What the site.toml of a folder holds, and the problems of it and of its tables."""
    try:
        site = read_toml(folder / SITE_FILE, "site")
    except InputError as error:
        return {}, [Problem(SITE_FILE, "-", str(error).rstrip("."), "correct it")]
    problems = check_shape(SITE_FILE, site, SITE)
    if problems:
        # What the keys hold cannot be looked into before they are of the right form.
        return site, problems
    for find in (ladder_problems, rule_problems):
        problems += find(site)
    return site, [*problems, *table_problems(folder, site)]


def read_checked(folder: Path) -> dict[str, Any]:
    """What a site.toml holds; raises SetupError with all problems when there is any."""
    site, problems = check_folder(folder)
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise SetupError(f"The site in {folder} cannot be used:\n{lines}")
    return site
