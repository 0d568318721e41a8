"""The newest hash of the audit log, kept in a file outside the database: what was cut off shows."""

import fcntl
import json
import os
from pathlib import Path
from typing import NamedTuple


class Head(NamedTuple):
    """The newest row of a log: its place and its hash."""

    chain: str
    seq: int
    hash: bytes


def file_of(folder: Path, chain: str) -> Path:
    """Where the newest hash of a log is kept."""
    return folder / f"head-{chain}.json"


def keep(folder: Path, head: Head) -> None:
    """Keep the newest hash, unless a newer one is there already: several processes append."""
    folder.mkdir(parents=True, exist_ok=True)
    path = file_of(folder, head.chain)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        held = read(folder, head.chain)
        if held is not None and held.seq >= head.seq:
            return
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="ascii") as stream:
            json.dump({"chain": head.chain, "seq": head.seq, "hash": head.hash.hex()}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)


def read(folder: Path, chain: str) -> Head | None:
    """The hash that was kept of a log; None when there is none or it cannot be read."""
    try:
        held = json.loads(file_of(folder, chain).read_text(encoding="ascii"))
        return Head(str(held["chain"]), int(held["seq"]), bytes.fromhex(held["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def others(folder: Path, chain: str) -> list[str]:
    """Logs that were kept here before or beside this one."""
    names = [path.stem.removeprefix("head-") for path in folder.glob("head-*.json")]
    return sorted(name for name in names if name != chain)
