"""The small language that brings grid codes to one spelling: ["digits", "pad 2"] makes Ward 3 → 03.

White space around a code is always dropped, and nothing is made out of an empty code.
"""

import re
from collections.abc import Callable

import pandas as pd

Rule = Callable[[pd.Series], pd.Series]

WORDS = "digits, upper, lower, pad N, first N, last N, prefix TEXT, remove PATTERN"


def parse_rules(rules: list[str]) -> list[Rule]:
    """Turn the words of the mapping into functions; raise ValueError naming the rule at fault."""
    return [_parse(rule) for rule in rules]


def normalise(codes: pd.Series, rules: list[str]) -> pd.Series:
    """Codes in one spelling; what is empty before or after the rules is missing."""
    result = codes.astype("str").fillna("").str.strip()
    for rule in parse_rules(rules):
        result = rule(result).where(result != "", "")
    return result.where(result != "", None)


def _parse(text: str) -> Rule:
    word, _, rest = text.strip().partition(" ")
    if word in ("digits", "upper", "lower") and not rest:
        return {"digits": _digits, "upper": _upper, "lower": _lower}[word]
    if word in ("pad", "first", "last") and rest.isdigit() and int(rest) > 0:
        n = int(rest)
        return {
            "pad": lambda codes: codes.str.zfill(n),
            "first": lambda codes: codes.str[:n],
            "last": lambda codes: codes.str[-n:],
        }[word]
    if word == "prefix" and rest:
        return lambda codes: rest + codes
    if word == "remove" and rest:
        try:
            pattern = re.compile(rest)
        except re.error as error:
            raise ValueError(f"rule {text!r} holds a bad pattern ({error}).") from None
        return lambda codes: codes.map(lambda code: pattern.sub("", code).strip())
    raise ValueError(f"unknown rule {text!r}; rules are: {WORDS}.")


def _digits(codes: pd.Series) -> pd.Series:
    return codes.str.replace(r"\D+", "", regex=True)


def _upper(codes: pd.Series) -> pd.Series:
    return codes.str.upper()


def _lower(codes: pd.Series) -> pd.Series:
    return codes.str.lower()
