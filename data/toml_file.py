"""Reads the TOML files that people write, and names what is wrong with them in one sentence."""

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.errors import InputError


def read_toml(path: Path, noun: str, *, which: str = "") -> dict[str, Any]:
    """What a file holds; `noun` says what it is for. Raises InputError."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError:
        raise InputError(f"There is no {which}{noun} file {path}.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: a {noun} must be UTF-8 text ({error.reason}).") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}.") from None


def nearest_key(key: str, known: Sequence[str]) -> str:
    """What somebody may have meant by a key that is not known."""
    near = difflib.get_close_matches(key, known, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
