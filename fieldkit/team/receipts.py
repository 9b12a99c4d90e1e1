"""Receipts: a laptop's signed word on what it holds, so that others know how many copies of a thing there are.

A receipt names the heads of the logs that its laptop has whole, the parts of originals that came since its last one, and
those that it gave up. It travels sealed like everything else. A local copy may be given up (shed) only where
headquarters has signed for it and a depot gives it back: the receipt of another laptop says what it held, and not that
it is not giving it up at this moment, counting on this one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.views import RecordView
from fieldkit.errors import AlteredError, RefusedError, UnreadableError
from fieldkit.journal import canonical, keys
from fieldkit.journal.checkpoint import open_checkpoint
from fieldkit.team import names
from fieldkit.team.depot import Depot
from fieldkit.team.names import ListedPart, Name
from fieldkit.team.segment import locked
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.parts import TAG_BYTES, open_part, part_data, seal_part
from fieldkit.vault.vault import Vault

KIND: Final = "receipt"
_MARK: Final = names.MARKS[names.RECEIPT]
_LABEL: Final = b"fieldkit/v1/receipt\n"
_HEADQUARTERS: Final = "headquarters"
_MOST_PARTS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one laptop says it holds: its `n`th word."""

    log: str
    n: int
    heads: Mapping[str, tuple[int, bytes]]
    parts: Sequence[str]
    dropped: Sequence[str]


@dataclass(frozen=True, slots=True)
class Copies:
    """Where something is besides here: letters of laptops, and whether headquarters is among them."""

    laptops: tuple[str, ...]
    headquarters: bool

    def __str__(self) -> str:
        if self.headquarters:
            return "headquarters has it"
        count = len(self.laptops)
        return f"on {count} other {'laptop' if count == 1 else 'laptops'}" if count else "only here"


class Part(NamedTuple):
    """A part as a record lists it, and whether it is a thumbnail."""

    listed: ListedPart
    thumbnail: bool


def give(vault: Vault) -> tuple[Name, bytes] | None:
    """A receipt for what this laptop holds now, kept; None where it has said so already."""
    exchange = Exchange(vault)
    log = vault.own_log.log
    told_heads, told_parts, n = exchange.told(log)
    heads = {
        one.log: (one.size, open_checkpoint(vault.checkpoint(one.log), one.public_key).root)
        for one in vault.logs()
    }
    small = exchange.small_names()
    held = {
        part.name
        for part, thumbnail in all_parts(vault)
        if (part.name in small if thumbnail else vault.media.holds(part.name))
    }
    new, dropped = sorted(held - told_parts)[:_MOST_PARTS], sorted(told_parts - held)[:_MOST_PARTS]
    grown = {one: head for one, head in heads.items() if told_heads.get(one, 0) < head[0]}
    if not (new or dropped or grown):
        return None
    doc: Doc = {
        "v": 1,
        "mission": vault.mission_id,
        "key": _b64(vault.device_key().public),
        "n": n + 1,
        "heads": {one: [size, _b64(root)] for one, (size, root) in sorted(grown.items())},
        "parts": [*new],
        "dropped": [*dropped],
    }
    doc["signature"] = _b64(vault.device_key().sign(_LABEL + canonical.encode(doc)))
    plain = canonical.encode(doc)
    digest, epoch = hashlib.sha256(plain).digest(), vault.epoch
    sealed = bytearray(len(plain) + TAG_BYTES)
    data = part_data(vault.mission_id, KIND, epoch, log=log)
    seal_part(vault.epoch_keys()[epoch], KIND, plain, digest, data, sealed)
    whole = _MARK + epoch.to_bytes(8, "big") + digest + bytes(sealed)
    name = names.named(vault.mission_id, names.RECEIPT, whole, log)
    take(vault, [(name, whole, Receipt(log, n + 1, grown, new, dropped))])
    return name, whole


def read_receipt(name: Name, data: bytes, secrets: Mapping[int, Sequence[bytes]]) -> Receipt:
    """A receipt, opened and its signature checked. Raises `UnreadableError`, `AlteredError`, `LockedError`."""
    where = str(name)
    start = len(_MARK) + 40
    if not data.startswith(_MARK) or len(data) <= start + TAG_BYTES:
        raise UnreadableError("not a receipt", where=where, remedy=names.FETCH_AGAIN)
    epoch, digest = int.from_bytes(data[len(_MARK) : start - 32], "big"), data[start - 32 : start]
    if not secrets.get(epoch):
        raise locked(epoch, where)
    plain = b""
    for secret in secrets[epoch]:
        try:
            bound = part_data(name.mission, KIND, epoch, log=name.log)
            plain = bytes(open_part(secret, KIND, digest, memoryview(data)[start:], bound, where=where))
            break
        except AlteredError:
            continue
    if not plain:
        raise AlteredError("no key of its epoch opens it", where=where, remedy=names.FETCH_AGAIN)
    doc = canonical.decode(plain, where=where)
    if not isinstance(doc, dict):
        raise UnreadableError("not a receipt", where=where, remedy=names.FETCH_AGAIN)
    match doc:
        case {
            "v": 1,
            "mission": str(mission),
            "key": str(key),
            "n": int(n),
            "heads": dict(heads),
            "parts": list(parts),
            "dropped": list(dropped),
            "signature": str(signature),
            **rest,
        } if not rest and mission == name.mission and n >= 1:
            del doc["signature"]
        case _:
            raise UnreadableError("not a receipt", where=where, remedy=names.FETCH_AGAIN)
    try:
        public, signed = base64.b64decode(key, validate=True), base64.b64decode(signature, validate=True)
        read = {one: _head(head) for one, head in heads.items()}
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("not a receipt", where=where, remedy=names.FETCH_AGAIN) from error
    if len(public) != keys.KEY_BYTES or keys.log_id(public) != name.log:
        raise AlteredError("a receipt in another laptop's name", where=where, remedy=names.FETCH_AGAIN)
    keys.verify(public, _LABEL + canonical.encode(doc), signed, where=where)
    return Receipt(name.log, n, read, _hashes(parts, where), _hashes(dropped, where))


def take(vault: Vault, receipts: Iterable[tuple[Name, bytes, Receipt]]) -> None:
    """Keep receipts, and what they say. A head that is not one of the log known here counts for nothing."""
    exchange = Exchange(vault)
    for name, data, receipt in receipts:
        heads = {
            log: size for log, (size, root) in receipt.heads.items() if exchange.is_head(log, size, root)
        }
        exchange.keep_receipt(name.hash, receipt.log, receipt.n, data, heads, receipt.parts, receipt.dropped)


def all_parts(vault: Vault) -> Iterator[Part]:
    """Every part that an original or an entry of a compartment lists, in the order in which they travel: thumbnails, flagged
    originals, the other originals, each the newest first."""
    urgent = flagged(vault)
    media = vault.list("media", retracted=True)
    ordered = sorted(media, key=lambda view: (view.id in urgent, view.recorded, view.seq), reverse=True)
    for view in ordered:
        for listed in names.listed_thumbnail(view.doc):
            yield Part(listed, True)
    for doc in (*(view.doc for view in ordered), *Exchange(vault).unopened()):
        for listed in names.listed_parts(doc):
            yield Part(listed, False)


def flagged(vault: Vault) -> set[str]:
    """The files (record ids) that somebody will ask for first: what a finding or an incident rests on, itself or by a record
    that it names, and photos that the host holds."""
    return {
        row[0]
        for row in vault.database.rows(
            "WITH rests (id) AS (SELECT l.target FROM links l JOIN records r ON r.id = l.source"
            " WHERE r.retracted = 0 AND r.kind IN ('finding', 'incident')"
            " UNION SELECT id FROM records WHERE kind = 'photo' AND doc ->> 'state' = 'held'),"
            " more (id) AS (SELECT id FROM rests UNION SELECT l.target FROM links l JOIN rests ON l.source = rests.id),"
            " files (id) AS (SELECT id FROM more UNION SELECT l.target FROM links l JOIN more ON l.source = more.id)"
            " SELECT r.id FROM records r JOIN files ON files.id = r.id WHERE r.kind = 'media'"
        )
    }


def copies_of_original(vault: Vault, doc: Doc) -> Copies:
    """Who else has every part of an original (the document of a `media` record)."""
    exchange = Exchange(vault)
    holders = [exchange.holders(part.name) for part in names.listed_parts(doc)]
    return _copies(vault, set.intersection(*holders) if holders else set())


def copies_of_record(vault: Vault, record: RecordView) -> Copies:
    """Who else has every entry about a record."""
    exchange = Exchange(vault)
    holders = [exchange.reached(entry.log, entry.seq) for entry in vault.entries_of(record.id)]
    return _copies(vault, set.intersection(*holders) if holders else set())


def shed(vault: Vault, media: RecordView, depot: Depot) -> int:
    """Give up the parts of an original here; the bytes that frees. `RefusedError` unless headquarters has signed for it
    and the depot gives back every part of it whole, now."""
    parts = [part.name for part in names.listed_parts(media.doc)]
    copies = copies_of_original(vault, media.doc)
    if not copies.headquarters:
        raise RefusedError(
            f"headquarters has not signed for {media.number}: {copies}",
            remedy="Keep it until a sync brings headquarters' receipt.",
        )
    for part in parts:
        try:
            depot.read(Name(vault.mission_id, names.BLOB, part))
        except UnreadableError:
            raise RefusedError(
                f"this depot has no whole copy of {media.number}, and another laptop's may be given up at this moment",
                where=depot.where,
                remedy="Sync with this depot first.",
            ) from None
    return Exchange(vault).give_up(parts)


def _copies(vault: Vault, holders: set[str]) -> Copies:
    letters = {log.log: log.letter for log in vault.logs()}
    found: dict[str, bool] = {}
    for log, standing in vault.standings().items():
        letter = letters.get(log, "")
        if log in holders and standing.role and standing.cut is None and letter not in ("", vault.letter):
            found[letter] = found.get(letter, False) or standing.role == _HEADQUARTERS
    return Copies(tuple(sorted(found)), any(found.values()))


def _head(head: JSON) -> tuple[int, bytes]:
    match head:
        case [int(size), str(root)] if size >= 1:
            return size, base64.b64decode(root, validate=True)
    raise ValueError("not a head")


def _hashes(values: list[JSON], where: str) -> list[str]:
    found = [value for value in values if isinstance(value, str) and names.is_hash(value)]
    if len(found) != len(values) or len(found) > _MOST_PARTS:
        raise UnreadableError("not a receipt", where=where, remedy=names.FETCH_AGAIN)
    return found


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
