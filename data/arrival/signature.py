"""How a batch is signed: who sent it, when, and that nobody changed it on the way."""

import hashlib
import hmac

SOURCE_HEADER, TIME_HEADER = "X-Arrival-Source", "X-Arrival-Time"
SIGNATURE_HEADER = "X-Arrival-Signature"
OLDEST_SECONDS = 300
"""How far the sender's clock and this one's may be apart; what is older may be somebody's replay."""


def key_of(token: str) -> bytes:
    """What signs, and all that is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def signature(key: bytes, sent_at: str, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 of the time as it is sent, a full stop, and the body."""
    return hmac.new(key, sent_at.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(key: bytes, sent_at: str, body: bytes, given: str) -> bool:
    """Whether a signature is the one that the key gives."""
    return hmac.compare_digest(signature(key, sent_at, body).encode(), given.lower().encode())


def is_timely(sent_at: str, now: int) -> bool:
    """Whether a batch says that it was sent just now, in epoch seconds."""
    return (
        sent_at.isascii()
        and sent_at.isdigit()
        and len(sent_at) < 12
        and abs(int(sent_at) - now) <= OLDEST_SECONDS
    )
