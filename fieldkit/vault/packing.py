"""How disclosures lie in store.db: the JSON texts inside them, one to a line, deflated.

Only the wrapping is left away: `unpack(pack(d)) == d` to the byte, because every disclosure is the canonical base64url
of its text and no JSON text holds a newline. A leaf is made again from its disclosures. That makes an entry a
third of its size, and writing pages is most of the cost of an import.
"""

from __future__ import annotations

import zlib
from binascii import a2b_base64, b2a_base64

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"", b"==", b"=")
_AS_GIVEN = b"\x00"
_LINES = b"\x01"
_LEVEL = 1


def pack(disclosures: bytes) -> bytes:
    """The stored form of an array of disclosures (the bytes of its JSON text)."""
    lines = _lines(disclosures)
    if lines is None or _disclosures(lines) != disclosures:
        return _AS_GIVEN + zlib.compress(disclosures, _LEVEL)
    return _LINES + zlib.compress(lines, _LEVEL)


def unpack(body: bytes) -> bytes:
    """The array of disclosures, as it was packed."""
    form, content = body[:1], zlib.decompress(body[1:])
    return _disclosures(content) if form == _LINES else content


def _lines(disclosures: bytes) -> bytes | None:
    pieces = disclosures[2:-2].translate(_FROM_URL).split(b'","')
    try:
        return b"\n".join([a2b_base64(piece + _PADDING[len(piece) & 3]) for piece in pieces])
    except ValueError:
        return None


def _disclosures(lines: bytes) -> bytes:
    pieces = [b2a_base64(line, newline=False).rstrip(b"=") for line in lines.split(b"\n")]
    return b'["%b"]' % b'","'.join(pieces).translate(_TO_URL)
