"""Everything that is wrong in the folder of a site, all at once (`python -m data.sites check`)."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from data.errors import InputError, SetupError
from data.sites.folder import SITE_FILE
from data.sites.keys import RULE_KEYS, RULES, SITE
from data.sites.ladder_checks import ladder_problems
from data.sites.rule_checks import rule_problems, site_problems
from data.sites.shape import Problem, Section, check_shape
from data.sites.table_checks import table_problems
from data.toml_file import read_toml


def check_folder(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """What the site.toml of a folder holds, and the problems of it and of its tables."""
    site, problems = _read(folder, SITE)
    if problems:
        # What the keys hold cannot be looked into before they are of the right form.
        return site, problems
    trees = {tree["code"]: len(tree["levels"]) - 1 for tree in site["hierarchy"]}
    problems = [
        *ladder_problems(site),
        *site_problems(site),
        *rule_problems(site, trees, [site["period"]["key"]]),
        *table_problems(folder, site),
    ]
    return site, problems


def check_rules(
    folder: Path, trees: Mapping[str, int], periods: Iterable[str]
) -> tuple[dict[str, Any], list[Problem]]:
    """The rules in the site.toml of a folder that may hold nothing else, and their problems.

    trees: levels below the top by hierarchy, the default one first; periods: keys of those that the
    site names elsewhere. What they name of categories and sources is not looked up.
    """
    site, problems = _read(folder, RULES)
    rules = {key: site[key] for key in RULE_KEYS if key in site}
    if not problems:
        period = rules.get("period", {})
        # Without its days a period only has a name.
        known = [*periods, *([period["key"]] if "from" in period else [])]
        problems = list(rule_problems(rules, trees, known))
    return rules, problems


def _read(folder: Path, wanted: Section) -> tuple[dict[str, Any], list[Problem]]:
    try:
        site = read_toml(folder / SITE_FILE, "site")
    except InputError as error:
        return {}, [Problem(SITE_FILE, "-", str(error).rstrip("."), "correct it")]
    return site, check_shape(SITE_FILE, site, wanted)


def read_checked(folder: Path) -> dict[str, Any]:
    """What a site.toml holds; raises SetupError with all problems when there is any."""
    site, problems = check_folder(folder)
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise SetupError(f"The site in {folder} cannot be used:\n{lines}")
    return site
