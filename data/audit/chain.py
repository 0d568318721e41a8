"""How rows of the audit log hang together: each hash covers its row and the hash before it.

The hash is an HMAC: whoever can write to the database but does not hold the key cannot make a row, change
one or close the gap that a removed one leaves.
"""

import hmac
import json
from typing import NamedTuple

LONGEST = 500
"""Characters of a text that are kept."""

START = bytes(32)
"""Stands for the hash before the first row."""


class Entry(NamedTuple):
    """What is noted: who did what to what, why, and how it ended."""

    what: str
    actor: str
    scope: str = ""
    object: str = ""
    reason: str = ""
    outcome: str = "done"


class Row(NamedTuple):
    """An entry at its place in the log."""

    seq: int
    at: int
    entry: Entry
    previous: bytes
    hash: bytes


def plain(text: str) -> str:
    """A text that every database can hold: no lone surrogates, no NUL, not endless."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8").replace("\x00", "�")


def row_hash(secret: bytes, chain: str, seq: int, at: int, entry: Entry, previous: bytes) -> bytes:
    """What the row's hash must be."""
    said = json.dumps([chain, seq, at, *entry], ensure_ascii=True, separators=(",", ":"))
    return hmac.digest(secret, previous + said.encode(), "sha256")


def seal_of(secret: bytes, chain: str, first: int, before: bytes) -> bytes:
    """Seals where the log begins, so that rows at its start cannot be cut off unseen."""
    return hmac.digest(secret, f"begins {chain} {first} ".encode() + before, "sha256")
