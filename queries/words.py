"""A phrase in both languages of the product."""

from typing import NamedTuple


class Words(NamedTuple):
    """Chinese is the source text, English stands beside it."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The phrase in 'zh' or 'en'."""
        return self.en if language == "en" else self.zh
