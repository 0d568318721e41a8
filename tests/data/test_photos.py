"""Pictures with an answer: nothing but the picture is kept, and what is no JPEG is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.accounts.refused import ChangeRefused
from data.linkage.photos import MOST_BYTES, photo_of, plain_jpeg


def segment(marker: int, inside: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(inside) + 2).to_bytes(2) + inside


FRAME = segment(0xE0, b"JFIF\0") + segment(0xDB, bytes(65)) + segment(0xC0, bytes(15))
SCAN = segment(0xDA, bytes(10)) + b"picture\xff\x00picture\xff\xd9"
PLAIN = b"\xff\xd8" + FRAME + SCAN


def test_place_time_and_device_are_taken_out() -> None:
    exif = segment(0xE1, b"Exif\0\0GPS 31.2,121.4") + segment(0xFE, b"taken by Wu")
    assert plain_jpeg(b"\xff\xd8" + exif + FRAME + exif + SCAN + b"and more") == PLAIN
    assert plain_jpeg(PLAIN) == PLAIN


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"\x89PNG\r\n",
        b"<svg onload=alert(1)>",
        PLAIN[:2],
        PLAIN[:30],
        PLAIN[:-2],
        b"\xff\xd8\xff\xe1\x00\x00" + PLAIN,
        b"\xff\xd8\xff\xe1\xff\xff",
    ],
)
def test_what_is_no_jpeg_is_refused(given: bytes) -> None:
    with pytest.raises(ChangeRefused) as refused:
        plain_jpeg(given)
    assert refused.value.key == "photo"


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_picture_or_refused(given: bytes) -> None:
    for text in (base64.b64encode(given).decode(), given.decode("latin-1")):
        try:
            found = photo_of(text)
        except ChangeRefused:
            continue
        assert found is None or found.startswith(b"\xff\xd8")


def test_a_picture_that_is_too_large_is_refused() -> None:
    large = base64.b64encode(PLAIN + bytes(MOST_BYTES)).decode()
    with pytest.raises(ChangeRefused) as refused:
        photo_of(large)
    assert refused.value.key == "photo_large"
