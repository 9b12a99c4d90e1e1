"""Canonical JSON out, strict JSON in.

What is hashed is written as RFC 8785 (JCS). What is read is taken only where every reader must agree on its
meaning (RFC 7493, I-JSON, and stricter): no repeated names, no fractions or exponents, integers within 2^53,
no NaN, no lone surrogates, no byte order mark, no deep nesting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any, Never

from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import UnreadableError

MAX_INTEGER = 2**53
MAX_DEPTH = 64
MAX_BYTES = 16 * 1024 * 1024

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_QUOTE_REMEDY = "Decimals are written as strings, so that no reader rounds them."


def encode(value: JSON) -> bytes:
    """The RFC 8785 form of `value`, UTF-8.

    Raises UnreadableError for what may not be in an entry: floats, integers beyond 2^53, lone surrogates,
    names that are not strings, nesting beyond `MAX_DEPTH`.
    """
    try:
        return text_of(value).encode()
    except UnicodeEncodeError as error:
        raise UnreadableError("text holds half a surrogate pair, which is no character") from error


def text_of(value: Any, depth: int = 0) -> str:
    """The text whose UTF-8 form is `encode(value)`; lone surrogates are left for that step to refuse."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise UnreadableError("an integer lies beyond 2^53", remedy=_QUOTE_REMEDY)
        return int.__repr__(value)
    if depth >= MAX_DEPTH:
        raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str):
                raise UnreadableError(f"a name is not text but {type(name).__name__}")
        members = (
            f"{encode_basestring(n)}:{text_of(v, depth + 1)}" for n, v in sorted(value.items(), key=_utf16)
        )
        return f"{{{','.join(members)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join([text_of(item, depth + 1) for item in value])}]"
    raise UnreadableError(
        f"a value of type {type(value).__name__} cannot be in an entry", remedy=_QUOTE_REMEDY
    )


def _utf16(member: tuple[str, Any]) -> bytes:
    """RFC 8785 section 3.2.3: names are ordered by their UTF-16 code units."""
    return member[0].encode("utf-16-be")


def decode(data: bytes, *, where: str = "") -> JSON:
    """Read one JSON text strictly. Raises UnreadableError, saying what is wrong and at which byte or name."""
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"longer than {MAX_BYTES} bytes", where=where)
    if data.startswith(b"\xef\xbb\xbf"):
        raise UnreadableError("begins with a byte order mark", where=where)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8 at byte {error.start}", where=where) from error
    stripped = text.strip(" \t\n\r")
    value, end = scan(stripped, where=where)
    if end != len(stripped):
        raise UnreadableError("something follows the JSON value", where=where)
    return value


def scan(text: str, *, where: str = "") -> tuple[JSON, int]:
    """Read the JSON value that begins `text` as strictly as `decode`; give it and where it ends."""
    if len(text) > 2 * MAX_DEPTH and text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(text, where)
    try:
        value, end = _raw_decode(text, 0)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnreadableError as error:
        raise UnreadableError(error.problem, where=where, remedy=error.remedy) from error
    except json.JSONDecodeError as error:
        raise UnreadableError(
            f"not JSON: {error.msg.removesuffix(' at')} at character {error.pos}", where=where
        ) from error
    except UnicodeEncodeError as error:
        raise UnreadableError(
            "text holds half a surrogate pair, which is no character", where=where
        ) from error
    return value, end


def _check_depth(text: str, where: str) -> None:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels", where=where)


def _members(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise UnreadableError(f"the name {repeated[:80]!r} occurs twice in one object")
    return members


def _integer(digits: str) -> int:
    if len(digits) > 17 or digits == "-0" or not -MAX_INTEGER <= int(digits) <= MAX_INTEGER:
        raise UnreadableError(f"the number {digits[:24]} is not an integer within 2^53", remedy=_QUOTE_REMEDY)
    return int(digits)


def _no_fraction(digits: str) -> Never:
    raise UnreadableError(f"the number {digits[:24]} has a fraction or an exponent", remedy=_QUOTE_REMEDY)


def _no_constant(name: str) -> Never:
    raise UnreadableError(f"{name} is not JSON")


_raw_decode: Callable[[str, int], tuple[JSON, int]] = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_no_fraction, parse_constant=_no_constant
).raw_decode
