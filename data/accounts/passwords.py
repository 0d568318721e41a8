"""Passwords: Argon2id hashes, and what a new one must be like (等保 2.0: 身份鉴别)."""

import re
import secrets
import string
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.accounts.rules import Rules

LONGEST = 200
"""Characters; a longer one is refused before it is hashed."""

_CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d]")
_COMMON = ("password", "passw0rd", "qwerty", "123456", "admin", "letmein", "woaini", "iloveyou")
"""Words that stand in most guessed passwords."""


class Passwords:
    """Hashes and checks passwords at the cost that the rules name."""

    def __init__(self, rules: Rules) -> None:
        self._hasher = PasswordHasher(
            time_cost=rules.argon_passes, memory_cost=rules.argon_memory, parallelism=1
        )
        self._least = rules.least_length
        self._nobody = self.hash(secrets.token_urlsafe(24))

    def hash(self, password: str) -> str:
        """The hash to keep, with its own salt."""
        return self._hasher.hash(_one_spelling(password))

    def fits(self, held: str | None, password: str) -> bool:
        """Whether it is the password; takes as long when there is none to compare with."""
        try:
            fits = self._hasher.verify(held or self._nobody, _one_spelling(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
        return fits and held is not None

    def is_old(self, held: str) -> bool:
        """Whether a hash was made at another cost than the rules name now."""
        return self._hasher.check_needs_rehash(held)

    def lacks(self, password: str, login: str) -> str:
        """What a new password lacks: a key of the catalogue's [new_password]; '' when it will do."""
        low = password.casefold()
        if len(password) < self._least:
            return "short"
        if len(password) > LONGEST:
            return "long"
        if sum(bool(re.search(kind, password)) for kind in _CLASSES) < 3:
            return "plain"
        if login.casefold() in low or any(word in low for word in _COMMON):
            return "guessable"
        if len(set(password)) < 6:
            return "guessable"
        return ""


def one_time_password() -> str:
    """A password for the first sign-in: four groups that can be read out."""
    letters = "".join(c for c in string.ascii_letters + string.digits if c not in "Il1O0o")
    while True:
        groups = ["".join(secrets.choice(letters) for _ in range(4)) for _ in range(4)]
        password = "-".join(groups)
        if all(re.search(kind, password) for kind in _CLASSES):
            return password


def _one_spelling(password: str) -> str:
    """The same characters however a keyboard composes them."""
    return unicodedata.normalize("NFC", password)
