"""The key by which push services know that a message is this site's (VAPID, RFC 8292): made once, kept in a file.

A browser that wants to be told is bound to the key: with another one all have to ask for it anew.
"""

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from data.errors import InputError, SetupError


def make_key(path: Path) -> str:
    """Write a fresh key, readable by its owner only; its public half. Raises InputError where there is a file."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(
            f"{path} is there already. With another key every phone would have to ask anew; to begin "
            "anew all the same, put the file away first."
        ) from None
    with os.fdopen(made, "wb") as file:
        file.write(pem)
    return _public(key)


def public_key(path: Path) -> str:
    """The public half of the key in a file, as browsers take it: base64url. Raises SetupError."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise SetupError(
            f"PUSH_KEY_FILE: {path} cannot be read ({error.strerror}); `python -m data.linkage keys` makes it."
        ) from None
    except (ValueError, TypeError):
        raise SetupError(
            f"PUSH_KEY_FILE: {path} holds no key of `python -m data.linkage keys`."
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SetupError(f"PUSH_KEY_FILE: {path} holds a key of another kind than P-256.")
    return _public(key)


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
