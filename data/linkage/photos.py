"""Pictures that come with an answer: JPEG of a modest size, without where, when and by what they were taken."""

import base64
import binascii

from data.accounts.refused import ChangeRefused

MOST_BYTES = 160_000
"""assets/stage.js makes pictures smaller before it sends them."""

START, END = b"\xff\xd8", b"\xff\xd9"
SCAN, COMMENT = 0xDA, 0xFE
APPLICATION = range(0xE1, 0xF0)
"""Segments in which cameras write place, time and device; APP0 says how large a pixel is."""


def photo_of(text: str) -> bytes | None:
    """The picture in base64 text, None for no text. Raises ChangeRefused for what is no JPEG."""
    if not text:
        return None
    try:
        given = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise ChangeRefused("photo") from None
    if len(given) > MOST_BYTES:
        raise ChangeRefused("photo_large", MOST_BYTES // 1000)
    return plain_jpeg(given)


def plain_jpeg(given: bytes) -> bytes:
    """A JPEG without comments and what applications wrote into it. Raises ChangeRefused for no JPEG."""
    kept, at = bytearray(START), len(START)
    if not given.startswith(START):
        raise ChangeRefused("photo")
    while True:
        head = given[at : at + 4]
        if len(head) < 4 or head[0] != 0xFF:
            raise ChangeRefused("photo")
        marker, length = head[1], int.from_bytes(head[2:])
        if marker == SCAN:
            break
        after = at + 2 + length
        if length < 2 or after > len(given):
            raise ChangeRefused("photo")
        if marker not in APPLICATION and marker != COMMENT:
            kept += given[at:after]
        at = after
    # The compressed picture holds no such pair of bytes; whatever follows it is none of the picture.
    end = given.find(END, at)
    if end < 0:
        raise ChangeRefused("photo")
    return bytes(kept + given[at : end + len(END)])
