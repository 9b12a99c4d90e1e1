"""Strict reading of the TOML data that ships with fieldkit or that a mission edits.

A key that is not known, is missing or has the wrong form is refused with the table and key it stands in, so that a
slip in a hand-edited list is never taken for "no such rule". Decimal numbers stay decimal.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from importlib import resources
from typing import Any, TypeVar

import msgspec

from fieldkit.domain.nearness import suggestion
from fieldkit.errors import UnreadableError, UsageError

MOST_CHARACTERS = 4_000_000
MOST_DIGITS = 30

T = TypeVar("T", bound=msgspec.Struct)

_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]")
_TYPES = {
    "array": "a list",
    "object": "a table",
    "str": "text in quotation marks",
    "bool": "true or false",
    "int": "a whole number",
    "decimal": "a number",
}
_TYPE = re.compile(r"`(\w+)( \| null)?`")
_KEYS = {
    "Object contains unknown field": "key that is not known:",
    "Object missing required field": "key that is missing:",
}


def read_table(text: str, form: type[T], where: str) -> T:
    """`text` as one value of the struct `form`; `where` names the source in errors.

    Raises `UnreadableError` with the table and key for TOML that does not parse or does not have the form.
    """
    if len(text) > MOST_CHARACTERS:
        raise UnreadableError(
            f"more than {MOST_CHARACTERS} characters", where=where, remedy="Give a smaller list."
        )
    try:
        table = tomllib.loads(text, parse_float=_finite)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise UnreadableError(
            f"not TOML: {error}",
            where=where,
            remedy="Mend the line named, or start again from the shipped list.",
        ) from None
    try:
        return msgspec.convert(table, form)
    except msgspec.ValidationError as error:
        problem, place = _explain(str(error), table)
        raise UnreadableError(
            problem, where=f"{where}: {place}" if place else where, remedy="Compare with the shipped list."
        ) from None


def shipped_names(folder: str) -> tuple[str, ...]:
    """The names of the TOML files shipped in `data/<folder>`, sorted."""
    files = (resources.files("fieldkit.domain") / "data" / folder).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def shipped_text(folder: str, name: str) -> str:
    """The text of `data/<folder>/<name>.toml`; `UsageError` names what there is instead."""
    names = shipped_names(folder)
    if name not in names:
        raise UsageError(
            f"no such name: {name!r}",
            where=folder,
            remedy=f"{suggestion(name, names)}There are: {', '.join(names)}.",
        )
    source = resources.files("fieldkit.domain") / "data" / folder / f"{name}.toml"
    return source.read_text(encoding="utf-8")


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError(f"{text[:60]} is not a number of at most {MOST_DIGITS} digits")
    return number


def _explain(message: str, table: dict[str, Any]) -> tuple[str, str]:
    """msgspec's message and path, in words: the problem, and `[[entry]] 3 (9.A.6), key title`."""
    problem, _, path = message.partition(" - at `$")
    for known, words in _KEYS.items():
        problem = problem.replace(known, words)
    problem = _TYPE.sub(lambda match: _TYPES.get(match[1], f"'{match[1]}'"), problem)
    place: list[str] = []
    value: Any = table
    for name, index in _STEP.findall(path.rstrip("`")):
        if name:
            value = value.get(name) if isinstance(value, dict) else None
            place.append(f"[[{name}]]" if isinstance(value, list) and _tables(value) else name)
        elif index != "...":
            value = value[int(index)] if isinstance(value, list) else None
            own = (
                next((value[k] for k in ("id", "name", "term") if k in value), "")
                if isinstance(value, dict)
                else ""
            )
            place[-1] += f" {int(index) + 1}" + (f" ({own})" if own else "")
    return problem, ", ".join(place)


def _tables(value: list[Any]) -> bool:
    return bool(value) and isinstance(value[0], dict)
