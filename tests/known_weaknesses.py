"""Asks pip-audit for known weaknesses of what is pinned; says in words when nobody could be asked.

    python tests/known_weaknesses.py

A weakness that may stay is explained beside its pin: `name==1.2  # accepted GHSA-…: why`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PINS = ("requirements.txt", "requirements-dev.txt")
SECONDS = 240

_ACCEPTED = re.compile(r"^([\w.-]+).*==.*#.*\baccepted ((?:[\w-]+(?:, )?)+):", re.MULTILINE)


class Verdict(NamedTuple):
    """What is wrong, what was not asked, and of how many something was told."""

    wrong: list[str]
    unknown: list[str]
    asked: int


def accepted(pins: str) -> set[tuple[str, str]]:
    """(package, weakness) that a comment beside the pin explains."""
    return {
        (name.lower(), one.strip())
        for name, listed in _ACCEPTED.findall(pins)
        for one in listed.split(",")
    }


def verdict(told: Iterable[Mapping[str, Any]], allowed: set[tuple[str, str]]) -> Verdict:
    """What pip-audit's list of dependencies comes to."""
    wrong, unknown, asked = [], [], 0
    for one in told:
        if "skip_reason" in one:
            unknown.append(one["name"])
            continue
        asked += 1
        for weakness in one.get("vulns", []):
            names = {weakness["id"], *weakness.get("aliases", [])}
            if not any((one["name"].lower(), name) in allowed for name in names):
                fixed = ", ".join(weakness.get("fix_versions", [])) or "none yet"
                wrong.append(f"{one['name']} {one['version']}: {weakness['id']}, fixed in {fixed}")
    return Verdict(wrong, unknown, asked)


def ask() -> list[Mapping[str, Any]] | str:
    """pip-audit's list of dependencies, or in words why there is none."""
    files = [part for name in PINS for part in ("-r", name)]
    command = [sys.executable, "-m", "pip_audit", *files, "--no-deps", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} seconds"
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return (done.stderr.strip().splitlines() or ["it said nothing"])[-1]


def main() -> int:
    """Exit code 1 for a weakness that nobody explained; 0 also where nobody could be asked, which is said."""
    told = ask()
    if isinstance(told, str):
        print(f"NOT AUDITED: pip-audit did not get through to an advisory database ({told})")
        return 0
    pins = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in PINS)
    found = verdict(told, accepted(pins))
    if not found.asked:
        print(
            "NOT AUDITED: the advisory database that pip-audit reached knows none of the packages"
        )
        return 0
    if found.unknown:
        print(f"not audited, unknown to the database: {', '.join(sorted(found.unknown))}")
    print("\n".join([*found.wrong, f"{found.asked} packages audited, {len(found.wrong)} problems"]))
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
