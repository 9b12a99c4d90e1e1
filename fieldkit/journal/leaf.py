"""Salted leaves: every field of an entry behind its own digest, in the manner of SD-JWT (RFC 9901).

A leaf, version 1, is exactly `{"_sd":[sorted digests],"_sd_alg":"sha-256","log":"...","seq":n,"v":1}` in
RFC 8785 form. disclosure = base64url(JCS([salt, name, value])), digest = base64url(SHA-256(disclosure)), both
without padding. Decoys `~0`... fill the digests up to a multiple of 8. The field `fields` names every field, so
that a complete copy can be told from one with parts withheld, and no field can have two versions in one leaf.
"""

from __future__ import annotations

import hashlib
import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final, NamedTuple, cast

import msgspec

from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import AlteredError, UnreadableError, UsageError
from fieldkit.journal import canonical

VERSION: Final = 1
SALT_LABEL: Final = b"fieldkit/v1/salt\x00"
PADDED_TO: Final = 8
MAX_FIELDS: Final = 1024
MAX_LEAF: Final = 64 * 1024
MAX_DISCLOSURES: Final = canonical.MAX_BYTES

DECOYS: Final = tuple(f"~{i}" for i in range(PADDED_TO - 1))
FIELDS: Final = "fields"
_RESERVED: Final = frozenset({"", "_sd", "_sd_alg", "...", "log", "seq", "v"})

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_SALT_TEXT = 22
_PADDING = (b"", b"", b"==", b"=")
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
_HEAD = b'{"_sd":["'
_MIDDLE = b'"],"_sd_alg":"sha-256","log":"'
_TAIL = re.compile(rb'([0-9a-f]{32})","seq":(0|[1-9][0-9]{0,15}),"v":1\}')
_LOG_ID = re.compile(r"[0-9a-f]{32}")
_PLAIN = r'[^"\\\x00-\x1f]'
_LINE = re.compile(rf'^(?:\["{_PLAIN}{{{_SALT_TEXT}}}","({_PLAIN}*)","({_PLAIN}*)"\]|(.+))$', re.MULTILINE)
_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_sha256 = hashlib.sha256


class SealedEntry(NamedTuple):
    """What the journal stores of an entry.

    `leaf`: the bytes that are hashed. `disclosures`: one JSON array of disclosure strings, in the order of the
    field names with the decoys, no newline. `hash`: the RFC 6962 leaf hash, 32 bytes.
    """

    leaf: bytes
    disclosures: bytes
    hash: bytes


class OpenedEntry(NamedTuple):
    """What a leaf and its disclosures say.

    `fields`: the opened fields without decoys and without `fields`. `hash`: the leaf hash, 32 bytes. `opened` of
    `of` digests are opened. `version`: of the leaf; above `VERSION` only what this fieldkit understands is given.
    """

    log: str
    seq: int
    fields: dict[str, JSON]
    hash: bytes
    opened: int
    of: int
    version: int


def seal(log: str, seq: int, fields: Mapping[str, JSON], secret: bytes) -> SealedEntry:
    """Make the leaf of `fields` as number `seq` of `log` (32 hex digits); `fields` itself is added.

    `secret` is 32 random bytes of this entry alone, from which its salts come, so that sealing again gives the same
    bytes. UsageError for reserved names, UnreadableError for values that may not be in an entry.
    """
    disclosures = disclose(contents_of(fields), secret)
    leaf = leaf_of(disclosures, log, seq)
    return SealedEntry(leaf, disclosures, _sha256(b"\x00" + leaf).digest())


def contents_of(fields: Mapping[str, JSON]) -> bytes:
    """What the disclosures of `fields`, of the list of their names and of the decoys say: `"name",value` in canonical JSON,
    one to a line, ordered by name. No line holds a line feed. Raises as `seal` does."""
    lines = []
    try:
        for name, start in _plan(tuple(fields)):
            if name is None:
                lines.append(start)
                continue
            value = fields[name]
            text = encode_basestring(value) if type(value) is str else canonical.text_of(value, 1)
            lines.append(start + text)
        contents = "\n".join(lines).encode()
    except UnicodeEncodeError as error:
        raise UnreadableError("text holds half a surrogate pair, which is no character") from error
    if len(contents) * 4 // 3 > MAX_DISCLOSURES - 64 * MAX_FIELDS:
        raise UsageError(
            f"an entry holds at most {MAX_DISCLOSURES} bytes",
            remedy="Attach long texts as files of their own.",
        )
    return contents


@lru_cache(maxsize=512)
def _plan(given: tuple[str, ...]) -> tuple[tuple[str | None, str], ...]:
    """For fields of these names, the lines of `contents_of`: a name whose value is to follow and the text before it, or
    None and the whole line."""
    for name in given:
        if name in _RESERVED or name == FIELDS or name.startswith("~"):
            raise UsageError(f"the field name {name[:80]!r} is reserved")
    names = sorted((*given, FIELDS))
    if len(names) > MAX_FIELDS:
        raise UsageError(f"an entry has at most {MAX_FIELDS} fields")
    whole = {FIELDS: canonical.text_of(names), **dict.fromkeys(DECOYS[: -len(names) % PADDED_TO], '""')}
    heads = [(name, f"{encode_basestring(name)},") for name in sorted({*names, *whole})]
    return tuple((None, head + whole[name]) if name in whole else (name, head) for name, head in heads)


def disclose(contents: bytes, secret: bytes) -> bytes:
    """The array of disclosures (see `SealedEntry`) that say `contents`, under the salts that come from `secret`."""
    if len(secret) != 32:
        raise UsageError("the secret of an entry has 32 bytes")
    lines = contents.split(b"\n")
    salts = _salts(secret, len(lines))
    pieces = [b2a_base64(b'["%b",%b]' % salted, newline=False) for salted in zip(salts, lines, strict=True)]
    return b'["%b"]' % b'","'.join(pieces).translate(_TO_URL, b"=")


def _salts(secret: bytes, count: int) -> list[bytes]:
    """Salts of 16 bytes, as base64url: SHAKE256(label || secret) in pieces, so that none tells anything of another."""
    stream = hashlib.shake_256(SALT_LABEL + secret).digest(16 * count)
    spread = b"\x00\x00".join([stream[i : i + 16] for i in range(0, len(stream), 16)]) + b"\x00\x00"
    joined = b2a_base64(spread, newline=False).translate(_TO_URL)
    return [joined[i : i + _SALT_TEXT] for i in range(0, len(joined), 24)]


def _digests(pieces: list[bytes]) -> list[bytes]:
    """The base64url digest of each disclosure; one zero byte after each makes them fall on base64's own steps."""
    joined = b2a_base64(b"\x00".join([_sha256(piece).digest() for piece in pieces]) + b"\x00", newline=False)
    joined = joined.translate(_TO_URL)
    return [joined[i : i + 43] for i in range(0, len(joined) - 43, 44)]


def _leaf_bytes(ordered: list[bytes], log: bytes, seq: bytes) -> bytes:
    """The version 1 leaf of these digests, which are given in order."""
    return b'%b%b%b%b","seq":%b,"v":1}' % (_HEAD, b'","'.join(ordered), _MIDDLE, log, seq)


def leaf_of(disclosures: bytes, log: str, seq: int) -> bytes:
    """The version 1 leaf that these disclosures, all of them, make; what they say is not looked at."""
    if not _LOG_ID.fullmatch(log):
        raise UsageError(f"not a log id: {log!r}")
    if not 0 <= seq <= canonical.MAX_INTEGER:
        raise UsageError(f"not a place in a log: {seq}")
    return _leaf_bytes(sorted(_digests(disclosures[2:-2].split(b'","'))), log.encode(), b"%d" % seq)


def open_entry(leaf: bytes, disclosures: bytes, *, where: str = "", complete: bool = True) -> OpenedEntry:
    """Open a leaf with its disclosures, checking every digest.

    With `complete`, every digest must be opened and `fields` must name exactly what was opened; without it, some
    may be withheld. AlteredError for what does not fit together, UnreadableError for what is not of the format.
    A leaf of a newer version is never refused for what is new in it: whatever opens is given.
    """
    if len(leaf) > MAX_LEAF or len(disclosures) > MAX_DISCLOSURES:
        raise UnreadableError(f"an entry is longer than {MAX_DISCLOSURES} bytes", where=where)
    front, middle, back = leaf.rpartition(_MIDDLE)
    tail = _TAIL.fullmatch(back)
    if not middle or tail is None or not front.startswith(_HEAD):
        return _open_unusual(leaf, disclosures, where)
    log, seq = tail.groups()
    pieces = _split(disclosures, where)
    digests = sorted(_digests(pieces))
    if digests and _leaf_bytes(digests, log, seq) == leaf:
        of = len(pieces)
    elif complete:
        raise _difference(leaf, digests, where)
    else:
        of = _count(leaf, digests, where)
    return OpenedEntry(
        log.decode(),
        int(seq),
        _fields(pieces, of, complete, where),
        _sha256(b"\x00" + leaf).digest(),
        len(pieces),
        of,
        VERSION,
    )


def _split(disclosures: bytes, where: str) -> list[bytes]:
    """The disclosures of a line, which is exactly a JSON array of base64url strings."""
    if disclosures == b"[]":
        return []
    pieces = disclosures[2:-2].split(b'","')
    marks = b'["%b"]' % (b'","' * (len(pieces) - 1))
    framed = disclosures.startswith(b'["') and disclosures.endswith(b'"]')
    if not framed or disclosures.translate(None, _LETTERS) != marks:
        raise UnreadableError("the disclosures are not one array of base64url strings", where=where)
    if len(pieces) > MAX_FIELDS + PADDED_TO:
        raise UnreadableError(f"more than {MAX_FIELDS} fields in one entry", where=where)
    return pieces


def _said(pieces: list[bytes], where: str) -> list[tuple[str, JSON]]:
    """Name and value of each disclosure.

    Most values are strings that need no escape: one pattern finds those of a whole entry, and the rest is read as JSON.
    """
    if not pieces:
        return []
    for piece in pieces:
        left = len(piece) & 3
        if left and piece[-1] not in _LAST[left]:
            raise UnreadableError("a disclosure ends in stray bits", where=where)
    padded = b",".join([piece + _PADDING[len(piece) & 3] for piece in pieces]).translate(_FROM_URL)
    try:
        plain = [a2b_base64(piece) for piece in padded.split(b",")]
        found: list[tuple[str, str, str]] = _LINE.findall(b"\n".join(plain).decode())
    except (Base64Error, UnicodeDecodeError) as error:
        raise UnreadableError("a disclosure is not base64url of UTF-8", where=where) from error
    if len(found) != len(plain):
        return [_disclosed(text.decode(), where) for text in plain]
    return [_disclosed(text, where) if text else (name, value) for name, value, text in found]


def _disclosed(text: str, where: str) -> tuple[str, JSON]:
    """Name and value of one disclosure."""
    item, end = canonical.scan(text, where=where)
    if end != len(text) or type(item) is not list or len(item) != 3:
        raise UnreadableError("a disclosure is not [salt, name, value]", where=where)
    salt, name, value = item
    if type(salt) is not str or len(salt) != _SALT_TEXT or type(name) is not str:
        raise UnreadableError("a disclosure is not [salt of 16 bytes, name, value]", where=where)
    return name, value


def _fields(pieces: list[bytes], of: int, complete: bool, where: str) -> dict[str, JSON]:
    """The opened fields, after the rules on names."""
    said = _said(pieces, where)
    members = dict(said)
    if len(members) != len(said):
        names = [name for name, _ in said]
        twice = next(name for name in names if names.count(name) > 1)
        raise AlteredError(f"the field {twice[:80]!r} is opened twice", where=where)
    if not _RESERVED.isdisjoint(members):
        odd = ", ".join(sorted(_RESERVED.intersection(members)))
        raise AlteredError(f"the field name {odd!r} is reserved", where=where)
    decoys = [name for name in members if name[0] == "~"]
    for name in decoys:
        if name not in DECOYS or members[name] != "":
            raise AlteredError(f"{name[:80]!r} is no field and no decoy of fieldkit", where=where)
    if FIELDS not in members:
        if complete:
            raise AlteredError("the entry does not name its fields", where=where)
    else:
        _check_listed(members, of, complete, where)
        del members[FIELDS]
    for name in decoys:
        del members[name]
    return members


def _check_listed(members: dict[str, JSON], of: int, complete: bool, where: str) -> None:
    """The field `fields` names what is opened, fits the number of digests, and is in order."""
    listed = members[FIELDS]
    if type(listed) is not list or not all(type(name) is str for name in listed):
        raise AlteredError("the list of the entry's fields is no list of names", where=where)
    allowed = _allowed(tuple(cast("list[str]", listed)))
    if len(allowed) != of:
        raise AlteredError("the entry's list of fields does not fit its digests", where=where)
    if (complete and members.keys() != allowed) or not members.keys() <= allowed:
        odd = ", ".join(sorted(members.keys() ^ allowed if complete else members.keys() - allowed))
        raise AlteredError(f"the entry's list of fields is not what it opens: {odd[:200]!r}", where=where)


@lru_cache(maxsize=512)
def _allowed(names: tuple[str, ...]) -> frozenset[str]:
    """What an entry that lists these fields may open: they and its decoys. Empty where no entry could list them so."""
    distinct = set(names)
    if len(distinct) != len(names) or sorted(distinct) != list(names) or not distinct.isdisjoint(DECOYS):
        return frozenset()
    return frozenset([*names, *DECOYS[: -len(names) % PADDED_TO]])


def _count(leaf: bytes, digests: list[bytes], where: str) -> int:
    """How many digests the leaf has; every disclosure must belong to one of them."""
    listed = leaf[len(_HEAD) : leaf.rindex(_MIDDLE)].decode("latin-1").split('","')
    if any(not _DIGEST.fullmatch(digest) for digest in listed):
        raise UnreadableError("the leaf lists something that is no digest", where=where)
    if sorted(set(listed)) != listed:
        raise AlteredError("the leaf lists a digest twice, or not in order", where=where)
    if len(listed) % PADDED_TO or len(listed) > MAX_FIELDS + PADDED_TO:
        raise UnreadableError(
            f"the leaf lists {len(listed)} digests, no multiple of {PADDED_TO}", where=where
        )
    used = {digest.decode() for digest in digests}
    if not used <= set(listed):
        raise AlteredError("a disclosure belongs to no digest of the leaf", where=where)
    return len(listed)


def _difference(leaf: bytes, digests: list[bytes], where: str) -> AlteredError:
    """Why these disclosures do not open this leaf completely."""
    of = _count(leaf, digests, where)
    return AlteredError(
        f"only {len(digests)} of {of} digests are opened in what should be a complete copy", where=where
    )


def _open_unusual(leaf: bytes, disclosures: bytes, where: str) -> OpenedEntry:
    """Open a leaf that is not of the exact version 1 form: of a newer version, or refused with the reason."""
    document = canonical.decode(leaf, where=where)
    if not isinstance(document, dict):
        raise UnreadableError("a leaf is a JSON object", where=where)
    version, log, seq, listed = (document.get(name) for name in ("v", "log", "seq", "_sd"))
    if type(version) is not int or version < VERSION:
        raise UnreadableError("the leaf has no version", where=where)
    if type(log) is not str or not _LOG_ID.fullmatch(log) or type(seq) is not int or seq < 0:
        raise UnreadableError("the leaf does not say its log and its place in it", where=where)
    if version == VERSION:
        raise UnreadableError("the leaf is not in the exact form of version 1", where=where)
    fields: dict[str, JSON] = {}
    opened = 0
    digests = {digest for digest in listed if type(digest) is str} if isinstance(listed, list) else set()
    for disclosure in _strings(disclosures):
        if _digests([disclosure.encode()])[0].decode() not in digests:
            continue
        opened += 1
        try:
            ((name, value),) = _said([disclosure.encode()], where)
        except UnreadableError:
            continue
        if name not in fields and name not in _RESERVED and name != FIELDS and name[0] != "~":
            fields[name] = value
    of = len(listed) if isinstance(listed, list) else 0
    return OpenedEntry(log, seq, fields, _sha256(b"\x00" + leaf).digest(), opened, of, version)


def _strings(disclosures: bytes) -> list[str]:
    try:
        items = canonical.decode(disclosures)
    except UnreadableError:
        return []
    return [item for item in items if type(item) is str and item.isascii()] if isinstance(items, list) else []


def read_fields(disclosures: bytes) -> dict[str, JSON]:
    """The fields of a disclosures line that was checked before it was stored: quick, and checks no digest.

    UnreadableError for a line of a newer version that this fieldkit cannot take apart; `open_entry` can.
    """
    pieces = disclosures[2:-2].translate(_FROM_URL).split(b'","')
    try:
        contents = b",".join([a2b_base64(piece + _PADDING[len(piece) & 3]) for piece in pieces])
        items: list[list[Any]] = _trusted.decode(b"[%b]" % contents)
        return {name: value for _, name, value in items if name[:1] != "~" and name != FIELDS}
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        raise UnreadableError("the stored disclosures are not those of this version") from error


_trusted = msgspec.json.Decoder(list[list[Any]])
