"""How a text reads to a person, for finding numbers in it: every sign that can pass for a digit is one.

Pure. Readings have one sign for each sign of the cleaned text, so a place in one is a place in the other.
"""

import unicodedata
from functools import cache

KEPT_CONTROLS = "\n\t"
HAN_DIGITS = dict(
    zip("〇零○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖", "00012345678912123456789", strict=True)
)
"""Numerals that are read out one by one in a telephone number."""
SEPARATOR = " "
"""Stands for all that is neither letter nor digit."""
LETTER = "字"
"""Stands for a letter or Chinese character that tells nothing here."""


class _Clean(dict[int, int | None]):
    """Drops what is not seen: direction marks, zero-width signs, controls, halves of characters."""

    def __missing__(self, code: int) -> int | None:
        sign = chr(code)
        hidden = unicodedata.category(sign) in ("Cf", "Cs", "Cc") and sign not in KEPT_CONTROLS
        self[code] = None if hidden or 0xFE00 <= code <= 0xFE0F else code
        return self[code]


class _Read(dict[int, str]):
    """Digits of every script, circled and full-width ones as 0-9; Latin letters as capitals."""

    def __init__(self, *, han: bool) -> None:
        self._han = HAN_DIGITS if han else {}

    def __missing__(self, code: int) -> str:
        self[code] = self._read(chr(code))
        return self[code]

    def _read(self, sign: str) -> str:
        if sign in self._han:
            return self._han[sign]
        plain = unicodedata.normalize("NFKC", sign)
        digits = [
            unicodedata.digit(one) for one in plain if unicodedata.digit(one, None) is not None
        ]
        if digits:
            return str(digits[-1])
        if sign in "×✕ХхΧχⅩⅹ":
            return "X"
        if len(plain) == 1 and plain.isascii() and plain.isalpha():
            return plain.upper()
        return LETTER if any(unicodedata.category(one)[0] == "L" for one in plain) else SEPARATOR


@cache
def _clean() -> _Clean:
    """Looked up once for every sign: a list of cases is a thousand of the same few hundred."""
    return _Clean()


@cache
def _read(han: bool) -> _Read:
    return _Read(han=han)


def cleaned(text: str) -> str:
    """The text without what nobody sees; line ends and tabs stay."""
    return text.translate(_clean())


def read_digits(text: str, *, han: bool = False) -> str:
    """A reading of cleaned text, sign for sign: 0-9, A-Z, LETTER, SEPARATOR. han: 一三八 is 138."""
    return text.translate(_read(han))
