"""Turns the caller column of a case file into keys, and keeps the plain numbers out of all that is written."""

import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection

from data.caller_keys import SECRET_BYTES, caller_key, fingerprint, normalise, secret_of
from data.case_tables import site_setting
from data.errors import InputError
from data.load.file_scan import CROWDED_COUNT, CROWDED_SHARE
from data.load.mapping import Cases
from data.stored_settings import read_setting, write_setting

VARIABLE = "CALLER_KEY_FILE"
CHECK = "caller_secret"
"""Setting that remembers with which secret the callers of a database are hashed: not the secret itself."""
TOKEN = "key:"
"""Before a key that stands in a rejects file where the number was; it loads as the number would."""
STRUCK = "***"
SHORT, WORD = 3, 7
"""Shorter than this nobody is told by a text; shorter than that it is struck out as a whole word only."""

_BETWEEN = re.compile(r"[\s().-]+")
_TOKEN = re.compile(TOKEN + r"([0-9a-f]{32})")


@dataclass
class Callers:
    """The caller column of one load; counts the keys it has given, to notice a shared number."""

    column: str
    secret: bytes
    nobody: frozenset[str]
    seen: Counter[str] = field(default_factory=Counter)

    def keys(self, texts: pd.Series, anonymous: pd.Series) -> pd.Series:
        """The key of each caller; missing where nobody is named or the case is anonymous."""
        found = texts.map({text: self._key(text) for text in texts.unique()}).astype("object")
        found = found.where(found.notna() & (anonymous == 0), None)
        self.seen.update(found.dropna())
        return found

    def _key(self, text: str) -> str | None:
        if token := _TOKEN.fullmatch(text.strip()):
            return token[1]
        return None if normalise(text) in self.nobody else caller_key(self.secret, text)

    def struck(self, texts: pd.Series, called: pd.Series) -> pd.Series:
        """The texts without the number or account of their row's caller, however it is spelt."""
        if texts.isna().all():
            return texts
        pairs = zip(texts, called, strict=True)
        clean = [_strike(text, by) if isinstance(text, str) else text for text, by in pairs]
        return pd.Series(clean, index=texts.index, dtype="object")

    def veiled(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of the file as they may be written: with keys in place of numbers, in no cell plain."""
        called = rows[self.column]
        veiled = rows.apply(lambda column: self.struck(column, called))
        keys = [self._key(text) for text in called]
        veiled[self.column] = [f"{TOKEN}{key}" if key else "" for key in keys]
        return veiled

    def crowded(self) -> Iterator[str]:
        """What there is to say of keys that a great many cases share; no number is named."""
        total = self.seen.total()
        for key, number in self.seen.most_common(3):
            if number >= max(CROWDED_COUNT, CROWDED_SHARE * total):
                yield (
                    f"{number:,} of {total:,} cases with a caller have the same one, {TOKEN}{key}: "
                    "if that is a switchboard, list its number in caller_none of [cases]."
                )


def _strike(text: str, called: str) -> str:
    name = normalise(called)
    plain = unicodedata.normalize("NFKC", text)
    # Nearly all texts are let go by here: a pattern for each caller would take minutes of a million.
    bare = _BETWEEN.sub("", name)
    if len(bare) < SHORT or bare not in _BETWEEN.sub("", plain).casefold():
        return text
    pattern = rf"(?:{_BETWEEN.pattern})?".join(map(re.escape, bare))
    if len(bare) < WORD:
        pattern = rf"(?<![0-9A-Za-z]){pattern}(?![0-9A-Za-z])"
    return re.sub(pattern, STRUCK, plain, flags=re.IGNORECASE)


def read_callers(
    connection: Connection, cases: Cases, path: Path, *, dry_run: bool
) -> Callers | None:
    """The callers of a load, None where the mapping names no column.

    Raises SetupError for a file without a secret, InputError for another secret than that by which
    the database's callers are hashed: they would not be known again.
    """
    if cases.caller is None:
        return None
    held = read_setting(connection, site_setting, CHECK)
    # A dry run leaves nothing behind, and in place of a secret that is lost none is made unasked.
    throw_away = (dry_run or held is not None) and not path.exists()
    secret = secrets.token_bytes(SECRET_BYTES) if throw_away else secret_of(path, VARIABLE)
    if held is not None and held != fingerprint(secret):
        raise InputError(
            f"{VARIABLE}: {path} is not the secret by which the callers of this database are hashed; "
            "put the file of then back. If it is lost, remove the row "
            f"{CHECK!r} of site_setting and load all case files again."
        )
    write_setting(connection, site_setting, CHECK, fingerprint(secret))
    nobody = frozenset(["", *map(normalise, cases.caller_none)])
    return Callers(cases.caller, secret, nobody)
