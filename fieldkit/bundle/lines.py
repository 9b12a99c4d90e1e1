"""Strict reading of the small signed text files: one `name value` a line, in a fixed order, nothing else.

What is signed must have one reading: UTF-8 without a byte order mark, every line ended by one LF, no blank lines,
no unknown lines, nothing after the last one. Text by people stands between quotes at the end of its line; in it a
backslash and every character that could hide or reorder text is written `\\u{hex}`.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import NoReturn

from fieldkit.errors import NewerFormatError, UnreadableError

DIGEST = re.compile(r"[0-9a-f]{64}")
ROLE = re.compile(r"[a-z][a-z0-9-]{0,30}")
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)

# Controls, format characters that hide or reorder text, separators, noncharacters, tags, private use. Fixed by the
# format, not by a Unicode version. The two joiners stay: Persian and the Indic scripts are misspelt without them.
_HIDDEN = re.compile(
    "[\\\\\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000effff\U000f0000-\U0010ffff]"
)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]{1,6})\}|\\")


def quote(text: str) -> str:
    """One line of text by people, between quotes, exact and without hidden characters."""
    return '"' + _HIDDEN.sub(lambda hidden: f"\\u{{{ord(hidden[0]):x}}}", text) + '"'


def unquote(quoted: str) -> str:
    """The text that `quote` made this of; ValueError where `quote` would have written it otherwise."""

    def char(escape: re.Match[str]) -> str:
        if escape[1] is None or int(escape[1], 16) > 0x10FFFF:
            raise ValueError(f"unknown escape at {escape[0]}")
        return chr(int(escape[1], 16))

    if len(quoted) < 2 or not quoted.startswith('"') or not quoted.endswith('"'):
        raise ValueError("text without quotes around it")
    text = _ESCAPE.sub(char, quoted[1:-1])
    if quote(text) != quoted:
        raise ValueError("a hidden character that is not escaped, or an escape that is not needed")
    return text


def is_utc_time(text: str) -> bool:
    """Whether this is an instant that exists, as `2026-02-12T08:41:07.123456Z`."""
    if not UTC_TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def decode_base64(text: str, *, length: int) -> bytes:
    """`length` bytes from base64 with padding; ValueError for anything but their one spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as cause:
        raise ValueError("not base64") from cause
    if len(raw) != length or base64.b64encode(raw).decode() != text:
        raise ValueError("not the one spelling of its bytes in base64")
    return raw


def is_fingerprint(text: str) -> bool:
    """Whether this is a key fingerprint as ssh-keygen prints it: `SHA256:` and 32 bytes in base64 unpadded."""
    if not FINGERPRINT.fullmatch(text):
        return False
    try:
        decode_base64(text.removeprefix("SHA256:") + "=", length=32)
    except ValueError:
        return False
    return True


class Lines:
    """The lines of one small signed file, taken in order. Every refusal names the file and the line."""

    def __init__(self, data: bytes, *, where: str, header: str, limit: int) -> None:
        """Check encoding, line ends and the first line. A header of another version is a `NewerFormatError`."""
        self._where = where
        self._at = 0
        if len(data) > limit:
            self.refuse(f"is larger than {limit} bytes")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as cause:
            raise UnreadableError("is not UTF-8", where=where) from cause
        if not text.endswith("\n"):
            self.refuse("does not end with a line feed")
        self._lines = text[:-1].split("\n")
        first, _, version = header.rpartition("/v")
        given = re.fullmatch(re.escape(first) + r"/v([1-9]\d{0,3})", self._lines[0], re.ASCII)
        if given and int(given[1]) > int(version):
            raise NewerFormatError(
                f"has the format {self._lines[0]}; this fieldkit reads {header}",
                where=where,
                remedy="Use a newer fieldkit to check it.",
            )
        if self._lines[0] != header:
            self.refuse(f"does not begin with the line {header}")
        self._at = 1

    def take(self, name: str) -> str:
        """The value of the next line, which must be `name value`."""
        value = self.take_if(name)
        if value is None:
            self.refuse(f"the line '{name} …' is missing here")
        return value

    def take_if(self, name: str) -> str | None:
        """The value of the next line if it is `name value`, else None and the line stays."""
        if self._at >= len(self._lines):
            return None
        given, space, value = self._lines[self._at].partition(" ")
        if given != name or not space:
            return None
        self._at += 1
        return value

    def take_all(self, name: str) -> list[str]:
        """The values of the next lines as long as they are `name value`."""
        values: list[str] = []
        while (value := self.take_if(name)) is not None:
            values.append(value)
        return values

    def end(self) -> None:
        """Refuse whatever is left."""
        if self._at < len(self._lines):
            self._at += 1
            self.refuse("a line that has no place here")

    def refuse(self, problem: str) -> NoReturn:
        """Raise the error for the line taken last."""
        place = f"{self._where}, line {self._at}" if self._at else self._where
        raise UnreadableError(
            problem, where=place, remedy="The file was not written by fieldkit, or was changed."
        )
