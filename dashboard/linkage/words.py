"""What the parts of the stage hand over: pieces of page by template, words by key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dashboard.text import Language, text
from queries.words import Words


class Refused(PermissionError):
    """The visitor may not do this: it is noted as a denial."""


class Key(NamedTuple):
    """A string of the catalogue and what it is filled with; values may be Words."""

    key: str
    values: Mapping[str, object] = {}


@dataclass(frozen=True)
class Said:
    """A piece of page.

    next_at: when it changes by itself, in epoch seconds. told: what the script is told beside it.
    """

    template: str
    values: Mapping[str, Any]
    next_at: int | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


def say(language: Language, words: Key) -> str:
    """A key in a language."""
    values = {
        name: value.in_language(language) if isinstance(value, Words) else value
        for name, value in words.values.items()
    }
    return text(language, words.key, **values)
