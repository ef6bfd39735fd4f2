"""What the files of results may hold: each field is checked once, where it is read, so that nothing later can fail.

A figure is a number from LEAST to MOST: then quotients, squares and products of a few of them are finite too.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

LEAST, MOST = 1e-50, 1e50
MOST_WHOLE = 10**15
# What Markdown, or the text of a picture, would take for more than a character, and what cannot be written.
MARKUP = re.compile(r"[\[\]|$`\\\x00-\x1f\ud800-\udfff]")

Kind = TypeVar("Kind")


class ResultError(Exception):
    """A file that cannot be read or written, or that does not hold what it should."""


def shown(value: object) -> str:
    return f"{value!r:.40}"


def number(value: object, what: str) -> float:
    """From -MOST to MOST. Throws ResultError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MOST:
        raise ResultError(f"{what} is {shown(value)}, not a finite number.")
    return float(value)


def positive(value: object, what: str) -> float:
    """From LEAST to MOST. Throws ResultError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not LEAST <= value <= MOST:
        raise ResultError(f"{what} is {shown(value)}, not a finite positive number ({LEAST:g} to {MOST:g}).")
    return float(value)


def whole(value: object, what: str, least: int = 1) -> int:
    """From `least` to MOST_WHOLE. Throws ResultError."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_WHOLE:
        raise ResultError(f"{what} is {shown(value)}, not a whole number from {least} to {MOST_WHOLE:g}.")
    return value


def plain(text: str) -> str:
    """Without markup: it can stand in a table, in a link and in a picture."""
    return MARKUP.sub("_", text)


def text(value: object, what: str) -> str:
    """As plain text. Throws ResultError."""
    if not isinstance(value, str):
        raise ResultError(f"{what} is {shown(value)}, not a text.")
    return plain(value)


def items(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ResultError(f"{what} is {shown(value)}, not a list.")
    return value


def fields(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ResultError(f"{what} is {shown(value)}, not an object with fields.")
    return value


def amounts(value: object, what: str) -> dict[str, float]:
    return {name: number(each, f"{what}: {name}") for name, each in fields(value, what).items()}


CHECKS: Mapping[str, Callable[[Any, str], Any]] = {
    "str": text,
    "int": whole,
    "float": positive,
    "dict[str, float]": amounts,
}


def record(kind: Callable[..., Kind], value: object, what: str, can_be_zero: Collection[str] = ()) -> Kind:
    """A dataclass from an object with its fields, and no others. Throws ResultError."""
    given = fields(value, what)
    wanted = {field.name: str(field.type) for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    different = sorted(given.keys() ^ wanted.keys())
    if different:
        raise ResultError(f"{what} should have the fields {', '.join(wanted)}: see {', '.join(map(plain, different))}.")
    found = {}
    for name, type_name in wanted.items():
        where = f"{what}: {name}"
        found[name] = whole(given[name], where, 0) if name in can_be_zero else CHECKS[type_name](given[name], where)
    return kind(**found)


def write(path: Path, content: str) -> None:
    """With its folder. Throws ResultError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise ResultError(f"{path} cannot be written: {error.strerror}.") from None
