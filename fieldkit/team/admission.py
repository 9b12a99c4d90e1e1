"""How a laptop joins without a network: a request file, a grant file, and words read aloud for each.

The words of a request are those of the SHA-256 of its bytes; they are compared before any key is sealed. The words of
a grant are those of SHA-256(founding entry || admitter's key || request); they are compared before anything is
recorded. A request names its owner; a grant's content is sealed to the laptop that asked. Among it is the admission as it
travels, signed, with its keys: whoever was admitted can show it to all, even if the admitter's laptop is put back or lost.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.words import spoken
from fieldkit.errors import AlteredError, UnreadableError, UsageError
from fieldkit.journal import canonical, keys
from fieldkit.journal.keys import DeviceKey
from fieldkit.journal.leaf import leaf_of, open_entry
from fieldkit.team.names import KEYRING, LOG, Name, parse
from fieldkit.team.segment import open_segment
from fieldkit.vault import envelopes
from fieldkit.vault.belonging import encryption_text
from fieldkit.vault.envelopes import ENVELOPE, EnvelopeKey, seal_to
from fieldkit.vault.exchange import Exchange, HeldSegment
from fieldkit.vault.merging import Incoming, Stretch
from fieldkit.vault.packing import loosen, tighten, unpack
from fieldkit.vault.sealed_keys import read_key
from fieldkit.vault.vault import Terms, Vault

MOST_REQUEST = 64 << 10
MOST_GRANT = 16 << 20
_AGAIN = "Have the file made and handed over anew: it was cut short or altered, or it is another file."
_REQUEST = "fieldkit-request/v1"
_GRANT = "fieldkit-grant/v1"
_KEY = "joining/key"
_ASKED = "joining/request"
_ROSTER = ("log", "mission", "person", "member")


@dataclass(frozen=True, slots=True)
class Request:
    """What a laptop asks with: its owner's name, its own, its two public keys, the first one's signature over the second
    (base64), and the bytes that were signed."""

    name: str
    device: str
    public_key: bytes
    encryption_key: str
    encryption_signature: str
    data: bytes

    @property
    def log(self) -> str:
        """The id of the log that it will write."""
        return keys.log_id(self.public_key)

    @property
    def words(self) -> tuple[str, ...]:
        """What both sides read aloud before it is granted."""
        return spoken(hashlib.sha256(self.data).digest())


@dataclass(frozen=True, slots=True)
class Grant:
    """What a laptop is given, opened: its terms, the entries that say who the team is, the admitter's words; `carried` are
    objects of a depot, by name."""

    terms: Terms
    title: str
    roster: tuple[Stretch, ...]
    words: tuple[str, ...]
    carried: Mapping[Name, bytes]


def make_request(vault: Vault, name: str, device: str) -> Request:
    """The request of a prepared vault; asked again, the same."""
    asked = vault.secret(_ASKED)
    if asked is None:
        key = DeviceKey.generate()
        envelope = EnvelopeKey.from_bytes(vault.secret(ENVELOPE) or b"")
        doc: Doc = {
            "format": _REQUEST,
            "name": name,
            "device": device,
            "public_key": _b64(key.public),
            "encryption_key": envelope.public,
            "encryption_signature": _b64(key.sign(encryption_text(envelope.public))),
        }
        doc["signature"] = _b64(key.sign(canonical.encode(doc)))
        asked = canonical.encode(doc) + b"\n"
        vault.store_secret(_KEY, key.seed)
        vault.store_secret(_ASKED, asked)
    return read_request(asked)


def request_again(vault: Vault) -> Request:
    """The request by which a laptop that belongs to a mission once asked: whoever leads may admit it by it again."""
    asked = vault.secret(_ASKED)
    if asked is None:
        raise UsageError(
            "this laptop made the mission: it never asked to join it",
            where=str(vault.folder),
            remedy="To join another mission, name an empty folder with -m.",
        )
    return read_request(asked)


def read_request(data: bytes, *, where: str = "request") -> Request:
    """A request, its signature checked. Raises `UnreadableError`, `AlteredError`."""
    match _document(data, MOST_REQUEST, _REQUEST, where):
        case {
            "format": str(),
            "name": str(name),
            "device": str(device),
            "public_key": str(key),
            "encryption_key": str(envelope),
            "encryption_signature": str(vouched),
            "signature": str(signature),
            **rest,
        } if not rest and name.strip() and device.strip() and max(len(name), len(device)) <= 200:
            pass
        case _:
            raise UnreadableError("not a request to join a mission", where=where, remedy=_AGAIN)
    envelopes.check_public(envelope, where=where)
    public = _raw(key, where)
    _check(data, public, signature, where)
    keys.verify(public, encryption_text(envelope), _bytes(vouched, where), where=where)
    return Request(name, device, public, envelope, vouched, data)


def make_grant(
    vault: Vault, request: Request, terms: Terms, carried: Mapping[Name, bytes]
) -> tuple[bytes, tuple[str, ...]]:
    """The grant file for a request that was admitted with these terms, and the words to read aloud; `carried` are the objects
    of a depot that show the admission."""
    key = vault.device_key()
    founding = _founding(vault, terms.founder)
    mission = vault.peek(vault.mission_id)
    inside: Doc = {
        "founder": terms.founder,
        "author": terms.author,
        "letter": terms.letter,
        "device": terms.device,
        "role": terms.role,
        "title": str(mission.doc.get("title", "")) if mission else "",
        "epochs": {str(epoch): secret.hex() for epoch, secret in terms.epochs.items()},
        "roster": list(_roster(vault)),
        "carried": {str(name): _b64(data) for name, data in carried.items()},
    }
    sealed = seal_to(request.encryption_key, canonical.encode(inside), _info(terms.mission, request.data))
    doc: Doc = {
        "format": _GRANT,
        "mission": terms.mission,
        "by": _b64(key.public),
        "founding": founding.hex(),
        "request": hashlib.sha256(request.data).hexdigest(),
        "sealed": _b64(sealed),
    }
    doc["signature"] = _b64(key.sign(canonical.encode(doc)))
    return canonical.encode(doc) + b"\n", _words(founding, key.public, request.data)


def open_grant(vault: Vault, data: bytes, *, where: str = "grant") -> Grant:
    """The grant for the request of this prepared vault, checked in every part but its words."""
    asked = vault.secret(_ASKED)
    if asked is None:
        raise UsageError(
            "this vault has not asked to join", remedy="Ask first: fieldkit members request FILE."
        )
    match _document(data, MOST_GRANT, _GRANT, where):
        case {
            "format": str(),
            "mission": str(mission),
            "by": str(by),
            "founding": str(founding),
            "request": str(request),
            "sealed": str(sealed),
            "signature": str(signature),
            **rest,
        } if not rest:
            pass
        case _:
            raise UnreadableError("not a grant", where=where, remedy=_AGAIN)
    admitter = _raw(by, where)
    _check(data, admitter, signature, where)
    if request != hashlib.sha256(asked).hexdigest():
        raise AlteredError(
            "this grant answers another request",
            where=where,
            remedy="Ask for the grant that answers this laptop's request.",
        )
    envelope = EnvelopeKey.from_bytes(vault.secret(ENVELOPE) or b"")
    inside = envelope.open(_bytes(sealed, where), _info(mission, asked), where=where)
    terms, title, roster, carried = _read_inside(mission, canonical.decode(inside, where=where), where)
    first = next((s.entries[0].opened.hash for s in roster if (s.log, s.first) == (terms.founder, 0)), b"")
    if first.hex() != founding:
        raise AlteredError("the grant does not show the mission's founding entry", where=where, remedy=_AGAIN)
    return Grant(terms, title, roster, _words(first, admitter, asked), carried)


def join(vault: Vault, grant: Grant) -> None:
    """Make the prepared vault one of the mission. Raises `AlteredError` where the team does not bear the grant out."""
    seed = vault.secret(_KEY)
    if seed is None:
        raise UsageError(
            "this vault has not asked to join", remedy="Ask first: fieldkit members request FILE."
        )
    vault.join(grant.terms, DeviceKey.from_bytes(seed), grant.roster)
    exchange = Exchange(vault)
    exchange.keep_keys([(name.hash, data) for name, data in grant.carried.items() if name.kind == KEYRING])
    exchange.keep_segments(
        (HeldSegment(name.hash, name.log, name.first, name.last, folded=False, size=len(data)), data)
        for name, data in grant.carried.items()
        if name.kind == LOG
    )


def same_words(words: tuple[str, ...], heard: str) -> bool:
    """Whether the words that were heard are these; the first four letters of each are enough."""
    said = heard.lower().replace("-", " ").replace(",", " ").split()
    return [word[:4] for word in said] == [word[:4] for word in words]


def _roster(vault: Vault) -> Iterator[JSON]:
    """The entries that say what the mission is and who the team is, each by itself."""
    for log, key, seq, leaf, body in Exchange(vault).roster(_ROSTER):
        yield [log, _b64(key), seq, _b64(leaf), _b64(loosen(body))]


def _read_inside(
    mission: str, doc: JSON, where: str
) -> tuple[Terms, str, tuple[Stretch, ...], Mapping[Name, bytes]]:
    match doc:
        case {
            "founder": str(founder),
            "author": str(author),
            "letter": str(letter),
            "device": str(device),
            "role": str(role),
            "title": str(title),
            "epochs": dict(epochs),
            "roster": list(roster),
            "carried": dict(carried),
        } if epochs:
            pass
        case _:
            raise UnreadableError("not the content of a grant", where=where, remedy=_AGAIN)
    try:
        secrets = {int(epoch): bytes.fromhex(str(secret)) for epoch, secret in epochs.items()}
    except ValueError as error:
        raise UnreadableError("not the keys of a mission", where=where, remedy=_AGAIN) from error
    terms = Terms(mission, founder, author, letter, device, role, secrets)
    objects = dict(_sound(mission, carried, secrets, where))
    return terms, title, tuple(_vouched(one, where) for one in roster), objects


def _sound(
    mission: str, carried: Mapping[str, JSON], secrets: Mapping[int, bytes], where: str
) -> Iterator[tuple[Name, bytes]]:
    """The objects of a depot that a grant carries, each checked as if it came from there."""
    held = {epoch: [secret] for epoch, secret in secrets.items()}
    for text, encoded in carried.items():
        name, data = parse(text), _bytes(str(encoded), where)
        if name is None or name.mission != mission or not name.fits(data):
            raise AlteredError("what the grant carries is not what its name says", where=where, remedy=_AGAIN)
        if name.kind == LOG:
            open_segment(name, data, held)
        elif name.kind == KEYRING:
            read_key(mission, data, where)
        yield name, data


def _vouched(one: JSON, where: str) -> Stretch:
    """One entry of the roster: whole in itself, vouched for by the admitter until its segment arrives."""
    match one:
        case [str(log), str(key), int(seq), str(leaf), str(loose)]:
            pass
        case _:
            raise UnreadableError("not an entry of the team's roster", where=where, remedy=_AGAIN)
    public, body = _raw(key, where), tighten(_bytes(loose, where))
    disclosures = unpack(body)
    given = _bytes(leaf, where) or None
    opened = open_entry(given or leaf_of(disclosures, log, seq), disclosures, where=where)
    if (opened.log, opened.seq, keys.log_id(public)) != (log, seq, log):
        raise AlteredError(
            "an entry of the team's roster is of another log than is said", where=where, remedy=_AGAIN
        )
    return Stretch(log, public, seq, b"", [Incoming(opened, given, body)], b"")


def _founding(vault: Vault, founder: str) -> bytes:
    found = Exchange(vault).founding(founder)
    if found is None:
        raise UsageError("the mission's first entry is not here yet", remedy="Sync with a depot first.")
    return found


def _words(founding: bytes, admitter: bytes, request: bytes) -> tuple[str, ...]:
    return spoken(hashlib.sha256(founding + admitter + request).digest())


def _info(mission: str, request: bytes) -> bytes:
    return canonical.encode(
        {"use": _GRANT, "mission": mission, "request": hashlib.sha256(request).hexdigest()}
    )


def _document(data: bytes, limit: int, form: str, where: str) -> JSON:
    if len(data) > limit:
        raise UnreadableError(f"longer than {limit} bytes", where=where, remedy=_AGAIN)
    try:
        doc = canonical.decode(data, where=where)
    except UnreadableError as error:
        raise UnreadableError(error.problem, where=where, remedy=_AGAIN) from error
    if not isinstance(doc, dict) or doc.get("format") != form or canonical.encode(doc) + b"\n" != data:
        raise UnreadableError(f"not a file of the form {form}", where=where, remedy=_AGAIN)
    return doc


def _check(data: bytes, public: bytes, signature: str, where: str) -> None:
    doc = canonical.decode(data)
    if isinstance(doc, dict):
        text = canonical.encode({name: value for name, value in doc.items() if name != "signature"})
        keys.verify(public, text, _bytes(signature, where), where=where)


def _raw(key: str, where: str) -> bytes:
    raw = _bytes(key, where)
    keys.check_public_key(raw, where=where)
    return raw


def _bytes(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("something in it is not base64", where=where, remedy=_AGAIN) from error


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
