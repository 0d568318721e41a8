"""Who reported a case, as a keyed hash: enough to see that two are the same, never who it is.

The telephone number or account is brought to one spelling and hashed (HMAC-SHA256) with a secret that
lies in a file of its own, outside the databases: without it nobody can try numbers out.
"""

import contextlib
import hmac
import os
import re
import secrets
import stat
import unicodedata
from pathlib import Path

from data.errors import SetupError

SIZE = 16
"""Bytes of a hash that are kept; two of a billion callers then hardly ever share one."""
SECRET_BYTES = 32
LEAST = 16
"""Bytes below which a secret can be guessed."""

_CALL = re.compile(r"[+]?[\d\s()./-]+")
_MOBILE = re.compile(r"0?(1[3-9]\d{9})")
NOBODY = ("无", "匿名", "未知", "不详", "保密", "none", "null", "unknown", "anonymous", "n/a")
"""Words that say that nobody is known."""


def normalise(text: str) -> str:
    """One spelling of a number or account; "" where nobody is named.

    +86 138-0013-8000 and 013800138000 are 13800138000, +86 21 6437 1234 is 02164371234. Accounts
    lose blanks and capitals. A number that is one digit over and over stands for none.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    if not any(sign.isalnum() for sign in plain) or plain in NOBODY:
        return ""
    if not _CALL.fullmatch(plain):
        return plain
    digits = re.sub(r"\D", "", plain)
    if len(set(digits)) == 1:
        return ""
    abroad = plain.startswith("+86") or digits.startswith("0086")
    if abroad:
        digits = digits.removeprefix("00").removeprefix("86")
    elif len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if mobile := _MOBILE.fullmatch(digits):
        return mobile[1]
    return f"0{digits}" if abroad and not digits.startswith("0") else digits


def caller_key(secret: bytes, text: str) -> str | None:
    """The keyed hash of a number or account, 32 hexadecimal digits; None where nobody is named."""
    name = normalise(text)
    if not name:
        return None
    return hmac.digest(secret, name.encode(), "sha256")[:SIZE].hex()


def fingerprint(secret: bytes) -> str:
    """What tells one secret from another without telling anything of it; no caller is called so."""
    return hmac.digest(secret, b"which secret", "sha256")[:SIZE].hex()


def read_secret(path: Path, variable: str) -> bytes:
    """The secret in a file; raises SetupError where that holds none, naming file and setting."""
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, UnicodeDecodeError):
        secret = b""
    except OSError as error:
        raise SetupError(f"{variable}: {path} cannot be read ({error.strerror}).") from None
    if len(secret) < LEAST:
        raise SetupError(
            f"{variable}: {path} must hold at least {2 * LEAST} hexadecimal digits; put the file of "
            "before back, or remove it where no callers have been loaded yet."
        )
    return secret


def secret_of(path: Path, variable: str) -> bytes:
    """The secret in a file, which is made (readable by its owner only) where there is none yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        owner_only = stat.S_IRUSR | stat.S_IWUSR
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, owner_only)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(f"{secrets.token_hex(SECRET_BYTES)}\n")
        # Whole or not at all, and whoever comes second takes the secret of the first.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return read_secret(path, variable)
