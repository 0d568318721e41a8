"""The one catalogue of strings: `text.toml` and `text_*.toml`, Chinese and English side by side."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every string by dotted key, each with its languages."""
    files = sorted(Path(__file__).parent.glob("text*.toml"))
    held = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    return {
        f"{section}.{key}": words
        for sections in held
        for section, entries in sections.items()
        for key, words in entries.items()
    }


def section(name: str) -> dict[Language, dict[str, str]]:
    """All strings of a section as they are, by language and key: for what a page says by itself."""
    held = {
        key.removeprefix(f"{name}."): words
        for key, words in catalogue().items()
        if key.startswith(f"{name}.")
    }
    return {tongue: {key: words[tongue] for key, words in held.items()} for tongue in LANGUAGES}


def text(language: Language, key: str, **values: object) -> str:
    """The string of this key with its values filled in; KeyError for a key that is not there."""
    return catalogue()[key][language].format(**values)


def word(language: Language, section: str, value: str) -> str:
    """A word that comes from the data, in the visitor's language where the catalogue has it."""
    held = catalogue().get(f"{section}.{value}")
    return value if held is None else held[language]
