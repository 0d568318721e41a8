"""Checks what a TOML file holds against a description of it, and names everything that is not right."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from data.errors import InputError, SetupError
from data.toml_file import nearest_key, read_toml


class Problem(NamedTuple):
    """What is wrong in a file, at which key or row, and how to put it right."""

    file: str
    key: str
    wrong: str
    fix: str

    def __str__(self) -> str:
        """One line for the person who has to act on it."""
        return f"{self.file}: {self.key}: {self.wrong}; {self.fix}"


@dataclass(frozen=True)
class Value:
    """A single value: `fits` says whether it can be taken, `form` how to write it."""

    fits: Callable[[Any], bool]
    form: str
    required: bool = True


@dataclass(frozen=True)
class Section:
    """A table with its keys; `anything` = what values under keys of the site's own must be like."""

    keys: Mapping[str, "Value | Section | Many"]
    required: bool = True
    anything: Value | None = None


@dataclass(frozen=True)
class Many:
    """A list of tables that are all alike."""

    each: Section
    required: bool = True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_pair(value: Any) -> bool:
    texts = isinstance(value, list) and len(value) == 2
    return texts and all(isinstance(text, str) and text.strip() for text in value)


def text(*, required: bool = True) -> Value:
    """A text that is not empty."""
    return Value(lambda v: isinstance(v, str) and bool(v.strip()), 'write a text, "…"', required)


def one_of(*words: str, required: bool = True) -> Value:
    """One of some words."""
    return Value(lambda v: v in words, f"choose from {', '.join(words)}", required)


def words(*, required: bool = True) -> Value:
    """A name in both languages."""
    return Value(_is_pair, 'write ["中文", "English"]', required)


def pairs(*, required: bool = True) -> Value:
    """A list of names in both languages."""
    return Value(
        lambda v: isinstance(v, list) and bool(v) and all(map(_is_pair, v)),
        'write [["中文", "English"], …]',
        required,
    )


def texts(*, required: bool = True) -> Value:
    """A list of texts."""
    return Value(
        lambda v: isinstance(v, list) and bool(v) and all(isinstance(t, str) and t for t in v),
        'write ["…", "…"]',
        required,
    )


def some_of(*words: str, required: bool = True) -> Value:
    """A list of some words, maybe of none."""
    return Value(
        lambda v: isinstance(v, list) and all(one in words for one in v),
        f"write a list of {', '.join(words)}",
        required,
    )


def whole(low: int, high: int, *, required: bool = True) -> Value:
    """A whole number within bounds."""
    return Value(
        lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high,
        f"write a whole number from {low} to {high}",
        required,
    )


def number(low: float, high: float, *, required: bool = True) -> Value:
    """A number within bounds, both included."""
    return Value(
        lambda v: _is_number(v) and low <= v <= high,
        f"write a number from {low:g} to {high:g}",
        required,
    )


def flag(*, required: bool = True) -> Value:
    """True or false."""
    return Value(lambda v: isinstance(v, bool), "write true or false", required)


def list_of(length: int | None, low: float, high: float, *, required: bool = True) -> Value:
    """A list of numbers within bounds."""
    return Value(
        lambda v: (
            isinstance(v, list)
            and (length is None or len(v) == length)
            and all(_is_number(n) and low <= n <= high for n in v)
        ),
        f"write a list of {length or 'some'} numbers from {low:g} to {high:g}",
        required,
    )


def read_setting_file(path: Path, variable: str, noun: str, wanted: Section) -> dict[str, Any]:
    """What the TOML file of an environment variable holds; raises SetupError naming it and every slip."""
    try:
        held = read_toml(path, noun)
    except InputError as error:
        raise SetupError(f"{variable}: {error}") from None
    problems = check_shape(path.name, held, wanted)
    if problems:
        raise SetupError("\n".join([f"{variable}:", *map(str, problems)]))
    return held


def check_shape(file: str, held: Mapping[str, Any], wanted: Section) -> list[Problem]:
    """Every unknown, missing or unfitting key."""
    return list(_section(file, "", held, wanted))


def _section(file: str, at: str, held: Mapping[str, Any], wanted: Section) -> Iterator[Problem]:
    for key, value in held.items():
        place = f"{at}.{key}" if at else key
        rule = wanted.keys.get(key, wanted.anything)
        if rule is None:
            near = nearest_key(key, list(wanted.keys)).rstrip(".")
            yield Problem(file, place, "is not a known key", near)
        else:
            yield from _entry(file, place, value, rule)
    for key, rule in wanted.keys.items():
        if rule.required and key not in held:
            place = f"{at}.{key}" if at else key
            yield Problem(file, place, "is missing", _form(rule))


def _entry(file: str, at: str, held: Any, rule: Value | Section | Many) -> Iterator[Problem]:
    if isinstance(rule, Value):
        if not rule.fits(held):
            yield Problem(file, at, f"{held!r} cannot be taken", rule.form)
    elif isinstance(rule, Section):
        if isinstance(held, dict):
            yield from _section(file, at, held, rule)
        else:
            yield Problem(file, at, "must be a table", f"write [{at}] and its keys below")
    elif isinstance(held, list) and all(isinstance(one, dict) for one in held):
        for place, one in enumerate(held, 1):
            yield from _section(file, f"{at}[{place}]", one, rule.each)
    else:
        yield Problem(file, at, "must be a list of tables", f"write [[{at}]] once for each")


def _form(rule: Value | Section | Many) -> str:
    if isinstance(rule, Value):
        return rule.form
    keys = rule.keys if isinstance(rule, Section) else rule.each.keys
    return f"add it with {', '.join(keys) or 'its keys'}"
