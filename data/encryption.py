"""Seals telephone and identity numbers at rest, and finds one again without opening any.

A sealed value is `1.KEY.TEXT`: the format, the id of the key, and nonce + AES-256-GCM ciphertext + tag in
base64. What it belongs to (which column of which record) is authenticated with it, so a value cannot be
moved to another record. Beside it stands a keyed hash for exact look-up. The keys lie outside the
databases, in a file or a variable; both are derived from one secret per key (HKDF-SHA256).
"""

import base64
import binascii
import contextlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data.errors import SetupError

FORMAT = "1"
SECRET_BYTES, NONCE_BYTES, HASH_BYTES = 32, 12, 16
FILE_VARIABLE, VARIABLE = "SEAL_KEY_FILE", "SEAL_KEYS"
_LINE = re.compile(r"([0-9A-Za-z_-]{1,32})[ :]([0-9a-fA-F]{64})")
DEMO_KEY = "demo"
"""Id of the key of made-up numbers. Anybody can know it: nothing real is ever sealed by it."""


class CannotOpen(ValueError):
    """A sealed value was changed, moved to another record, or its key is not there."""


@dataclass(frozen=True)
class Key:
    """One key: its id, the cipher, and the secret of the look-up hashes."""

    key_id: str
    cipher: AESGCM
    hash_secret: bytes


def key_of(key_id: str, secret: bytes) -> Key:
    """The key that belongs to a secret of 32 bytes."""
    cipher, hashing = (
        HKDF(SHA256(), SECRET_BYTES, None, purpose).derive(secret) for purpose in (b"seal", b"hash")
    )
    return Key(key_id, AESGCM(cipher), hashing)


@dataclass(frozen=True)
class Keyring:
    """The keys by id; `current` seals, every one opens."""

    keys: Mapping[str, Key]
    current: str

    def seal(self, text: str, column: str, record: int) -> str:
        """The text sealed for one column (`person.phone`) of one record."""
        return _seal(self.keys[self.current], text, column, record)

    def open(self, sealed: str, column: str, record: int) -> str:
        """The text of a sealed value; raises CannotOpen, which never repeats any of it."""
        format_, key_id, body = ([*sealed.split(".", 2), "", ""])[:3]
        key = self.keys.get(key_id)
        if format_ != FORMAT or key is None:
            raise CannotOpen(f"{column} of record {record}: the key {key_id[:32]!r} is not known")
        try:
            raw = base64.urlsafe_b64decode(body.encode("ascii"))
            nonce, rest = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
            return key.cipher.decrypt(nonce, rest, _belongs(column, record)).decode("utf-8")
        except (InvalidTag, ValueError, binascii.Error, UnicodeError):
            raise CannotOpen(f"{column} of record {record} is not what was sealed") from None

    def find(self, text: str, column: str) -> tuple[str, ...]:
        """The look-up hashes of a value, one for each key that may have made it."""
        return tuple(_hashed(key, text, column) for key in self.keys.values())

    def hashed(self, text: str, column: str) -> str:
        """The look-up hash of a value by the current key, 32 hexadecimal digits."""
        return _hashed(self.keys[self.current], text, column)

    @property
    def current_mark(self) -> str:
        """What every value begins with that the current key sealed."""
        return f"{FORMAT}.{self.current}."


def _seal(key: Key, text: str, column: str, record: int) -> str:
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + key.cipher.encrypt(nonce, text.encode("utf-8"), _belongs(column, record))
    return f"{FORMAT}.{key.key_id}.{base64.urlsafe_b64encode(sealed).decode('ascii')}"


def _belongs(column: str, record: int) -> bytes:
    return f"{column}:{record}".encode()


def _hashed(key: Key, text: str, column: str) -> str:
    return hmac.digest(key.hash_secret, f"{column}:{text}".encode(), "sha256")[:HASH_BYTES].hex()


def demo_keyring() -> Keyring:
    """The keyring of made-up numbers: the demo city needs no key file."""
    key = key_of(DEMO_KEY, sha256(b"the demo city").digest())
    return Keyring({DEMO_KEY: key}, DEMO_KEY)


def read_keyring(path: Path, listed: str = "", *, make: bool = False) -> Keyring:
    """The keys of the variable SEAL_KEYS where that says anything, else of the file.

    One key in a line, or between commas: `ID SECRET` or `ID:SECRET`, 64 hexadecimal digits; the last seals.
    make: write a file with one fresh key where there is none. The demo's key opens as well. Raises
    SetupError, which never repeats a key.
    """
    if listed:
        return _parsed(listed.replace(",", "\n"), VARIABLE)
    if make and not path.exists():
        _write_first(path)
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SetupError(f"{FILE_VARIABLE}: {path} cannot be read ({reason}).") from None
    return _parsed(text, f"{FILE_VARIABLE}: {path}")


def _parsed(text: str, where: str) -> Keyring:
    keys: dict[str, Key] = {}
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        found = _LINE.fullmatch(line)
        if not found or found[1] in keys or found[1] == DEMO_KEY:
            raise SetupError(
                f"{where}: line {number} must be a key id of its own and 64 hexadecimal digits."
            )
        keys[found[1]] = key_of(found[1], bytes.fromhex(found[2]))
    if not keys:
        raise SetupError(f"{where} holds no key.")
    current = list(keys)[-1]
    return Keyring({**keys, **demo_keyring().keys}, current)


def fresh_line() -> str:
    """A line of a key file with a new key."""
    return f"k{secrets.token_hex(4)} {secrets.token_hex(SECRET_BYTES)}\n"


def _write_first(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    _write_private(fresh, fresh_line())
    # Whole or not at all, and whoever comes second takes the keys of the first.
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()


def add_key(path: Path) -> None:
    """Put a fresh key at the end of a key file: from now on that one seals."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    held = path.read_text(encoding="ascii")
    _write_private(fresh, held + ("" if held.endswith("\n") else "\n") + fresh_line())
    fresh.replace(path)


def _write_private(path: Path, text: str) -> None:
    owner_only = stat.S_IRUSR | stat.S_IWUSR
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, owner_only)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
