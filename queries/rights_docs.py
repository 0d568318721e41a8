"""Writes docs/rights.md from the table of rights: `python -m queries.rights_docs [--check]`."""

import sys

from data.accounts.roles import BY_KEY
from queries.made_page import write_page
from queries.rights import (
    DEPTH_WORDS,
    KINDS,
    LIMITS,
    MATRIX,
    REACHES,
    ROLES,
    SCREENS,
    Depth,
    Right,
    right,
    screens_of,
)

HEAD = """# Who may see what 权限矩阵

Made by `python -m queries.rights_docs` from `queries/rights.py`; do not edit. What is not written here is not
allowed. Somebody with several roles has, at each place, the deepest right that any of them brings there.
本页由权限表生成；未列出的一律禁止。一人多职时，在每一处取其各职务中最高的一项。

A right holds within the scope of the grant that brings it, from its first to its last day, and below its grid
along its own hierarchy only. On the wall a person sees no more than the wall itself.

"""

DONE = (
    *("cast", "cast_force", "supervise", "supervision"),
    *("pairing", "accounts", "audit_log"),
)
"""Kinds that are something to do rather than to see: allowed or not."""


def main(arguments: list[str] | None = None) -> int:
    """Write the page; with --check only say whether it is what the table gives."""
    return write_page("rights.md", render(), "queries.rights_docs", __doc__, arguments)


def render() -> str:
    """The page as text."""
    return HEAD + _roles() + "".join(_section(screen) for screen in SCREENS)


def _roles() -> str:
    lines = ["## Roles 角色", "", "| Role | Scope of a grant | Screens |", "|---|---|---|"]
    for key, words in ROLES.items():
        reaches = ", ".join(BY_KEY[key].reaches)
        lines.append(
            f"| {words.zh} {words.en} `{key}` | {reaches} | {', '.join(screens_of(key))} |"
        )
    return "\n".join(lines) + "\n"


def _section(screen: str) -> str:
    roles = [role for role in ROLES if (role, screen) in MATRIX]
    head = " | ".join(f"{ROLES[role].zh} {ROLES[role].en}" for role in roles)
    lines = [f"\n## {screen}\n", f"| Kind of data | {head} |", "|---" * (len(roles) + 1) + "|"]
    for kind, words in KINDS.items():
        cells = [right(role, screen, kind) for role in roles]
        if any(cell.depth for cell in cells):
            told = " | ".join(_cell(kind, cell) for cell in cells)
            lines.append(f"| {words.zh} {words.en} `{kind}` | {told} |")
    return "\n".join(lines) + "\n"


def _cell(kind: str, cell: Right) -> str:
    if not cell.depth:
        return "✗"
    if kind in DONE:
        words = f" {LIMITS[cell.limit].zh} {LIMITS[cell.limit].en}" if cell.limit else ""
        return f"✓{words}"
    depth = DEPTH_WORDS[Depth(cell.depth)]
    parts = [f"{depth.zh} {depth.en}"]
    if cell.reach != "grant":
        parts.append(f"{REACHES[cell.reach].zh} {REACHES[cell.reach].en}")
    if cell.limit:
        parts.append(f"{LIMITS[cell.limit].zh} {LIMITS[cell.limit].en}")
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
