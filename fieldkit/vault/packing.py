"""How an entry lies in store.db: what its disclosures say, deflated; its leaf is made again from that.

An entry sealed here is kept as its secret and the text of its fields (`journal.leaf.contents_of`): no salts, which come from
the secret again. Of an entry from elsewhere only the wrapping is left away: its disclosures lie as the JSON texts inside
them, one to a line. Either way `unpack` gives the disclosures back to the byte, in less than half of their
size, and writing pages is most of the cost of an import.
"""

from __future__ import annotations

import zlib
from binascii import a2b_base64, b2a_base64
from typing import Any, Final

import msgspec

from fieldkit.domain.jsontypes import JSON
from fieldkit.journal.leaf import FIELDS, disclose, read_fields

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"", b"==", b"=")
_AS_GIVEN = b"\x00"
_LINES = b"\x01"
_SEALED_HERE = b"\x02"
_BODY = 1 + 32
_LEVEL = 1


def pack(disclosures: bytes) -> bytes:
    """The stored form of an array of disclosures (the bytes of its JSON text)."""
    lines = _lines(disclosures)
    if lines is None or _disclosures(lines) != disclosures:
        return _AS_GIVEN + zlib.compress(disclosures, _LEVEL)
    return _LINES + zlib.compress(lines, _LEVEL)


def pack_sealed(contents: bytes, secret: bytes) -> bytes:
    """The stored form of an entry whose disclosures are `disclose(contents, secret)`."""
    return _SEALED_HERE + secret + zlib.compress(contents, _LEVEL)


def loosen(body: bytes) -> bytes:
    """A stored form without its deflation, for those who squeeze many entries together."""
    kept = _BODY if body[:1] == _SEALED_HERE else 1
    return body[:kept] + zlib.decompress(body[kept:])


def tighten(loose: bytes) -> bytes:
    """The stored form again."""
    kept = _BODY if loose[:1] == _SEALED_HERE else 1
    return loose[:kept] + zlib.compress(loose[kept:], _LEVEL)


def unpack(body: bytes) -> bytes:
    """The array of disclosures, as it was packed."""
    return unpack_loose(loosen(body))


def unpack_loose(loose: bytes) -> bytes:
    """The array of disclosures of a stored form without its deflation."""
    form = loose[:1]
    if form == _SEALED_HERE:
        return disclose(loose[_BODY:], loose[1:_BODY])
    return _disclosures(loose[1:]) if form == _LINES else loose[1:]


def read_packed(body: bytes) -> dict[str, JSON]:
    """The fields that a stored form says, as `read_fields` gives them, without making its salts again. Raises as that."""
    if body[:1] != _SEALED_HERE:
        return read_fields(unpack(body))
    said = _contents.decode(b"[%b]" % zlib.decompress(body[_BODY:]).replace(b"\n", b","))
    pairs = zip(said[::2], said[1::2], strict=True)
    return {name: value for name, value in pairs if name[:1] != "~" and name != FIELDS}


_contents: Final = msgspec.json.Decoder(list[Any])


def _lines(disclosures: bytes) -> bytes | None:
    pieces = disclosures[2:-2].translate(_FROM_URL).split(b'","')
    try:
        return b"\n".join([a2b_base64(piece + _PADDING[len(piece) & 3]) for piece in pieces])
    except ValueError:
        return None


def _disclosures(lines: bytes) -> bytes:
    pieces = [b2a_base64(line, newline=False).rstrip(b"=") for line in lines.split(b"\n")]
    return b'["%b"]' % b'","'.join(pieces).translate(_TO_URL)
