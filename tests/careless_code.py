"""Runs bandit over the program; every finding must be explained in pyproject.toml, and every explanation needed.

python tests/careless_code.py
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LOOKED_AT = ("app.py", "data", "queries", "dashboard", "benchmarks", "docs")

Explained = Mapping[str, Mapping[str, str]]
"""File: number of the check: why it may stay."""


class Finding(NamedTuple):
    """Something that bandit does not like."""

    file: str
    check: str
    line: int
    words: str


def explained() -> Explained:
    """What pyproject.toml explains."""
    held = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return held["tool"]["careless"]["explained"]


def found() -> list[Finding]:
    """What bandit finds; raises RuntimeError when it could not look at everything."""
    command = [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-f", "json", "-r"]
    done = subprocess.run([*command, *LOOKED_AT], cwd=ROOT, capture_output=True, text=True)
    told = json.loads(done.stdout) if done.stdout.strip() else {"errors": [done.stderr.strip()]}
    if told["errors"]:
        raise RuntimeError(f"bandit: {told['errors']}")
    return [_finding(one) for one in told["results"]]


def _finding(one: Mapping[str, Any]) -> Finding:
    name = str(Path(one["filename"]))
    return Finding(name, one["test_id"], one["line_number"], one["issue_text"])


def problems(findings: list[Finding], reasons: Explained) -> list[str]:
    """Findings that nobody explained, and explanations of what is no longer there."""
    wrong = [
        f"{one.file}:{one.line}: {one.check}: {one.words} Put it right, or say in pyproject.toml, "
        "[tool.careless.explained], why it may stay."
        for one in findings
        if one.check not in reasons.get(one.file, {})
    ]
    there = {(one.file, one.check) for one in findings}
    wrong += [
        f"pyproject.toml explains {check} in {file}, where it is not found any more: take it out."
        for file, held in reasons.items()
        for check in held
        if (file, check) not in there
    ]
    return wrong


def main() -> int:
    """Exit code 1 for anything unexplained."""
    findings, reasons = found(), explained()
    wrong = problems(findings, reasons)
    print("\n".join([*wrong, f"{len(findings)} findings, {len(wrong)} problems"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
