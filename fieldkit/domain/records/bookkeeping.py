"""What fieldkit records of itself: files, logs, members, heads that were seen."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from fieldkit.domain.fields import About, FieldType
from fieldkit.domain.records.base import Part, Record
from fieldkit.domain.values import (
    GREATEST_INTEGER,
    PART_LIMIT,
    Count,
    Digest,
    EncodedLine,
    EncodedText,
    Letter,
    Line,
    Lines,
    LogId,
    Positive,
    PublicKey,
    RecordId,
    RecordIds,
    Text,
)

_PERSON = ("person",)
_EPOCH_LIMIT = 80


class MediaPart(Part, frozen=True, kw_only=True):
    """One encrypted part of a file: its epoch of keys, the digests of plaintext and ciphertext, its length."""

    epoch: Annotated[
        Annotated[int, Meta(ge=0, le=GREATEST_INTEGER)]
        | Annotated[str, Meta(min_length=1, max_length=_EPOCH_LIMIT)],
        FieldType.LINE,
        About("Epoch", "Which key it is encrypted under."),
    ]
    plain: Annotated[Digest, About("Plaintext", "SHA-256 of the plaintext.")]
    cipher: Annotated[Digest, About("Ciphertext", "SHA-256 of the ciphertext, its name.")]
    length: Annotated[Count, About("Length", "Bytes of plaintext.")]


class Media(Record, frozen=True, kw_only=True):
    """A file, by its content."""

    sha256: Annotated[Digest, About("SHA-256", "Of the whole file.")]
    size: Annotated[Count, About("Size", "In bytes.")]
    media_type: Annotated[Line | None, About("Media type", "As image/jpeg.")] = None
    name: Annotated[Line | None, About("Name", "As it was called.")] = None
    parts: Annotated[
        tuple[MediaPart, ...], Meta(max_length=PART_LIMIT), About("Parts", "Where its bytes are, in order.")
    ] = ()
    thumbnail: Annotated[
        MediaPart | None, About("Thumbnail", "A small JPEG of it, as a part that travels ahead of it.")
    ] = None


class Log(Record, frozen=True, kw_only=True):
    """The first entry of a laptop's log."""

    device: Annotated[Line, About("Device", "Name of the laptop.")]
    letter: Annotated[Letter, About("Letter", "Which begins its records' numbers.")]
    key: Annotated[PublicKey, About("Key", "Base64 of the raw Ed25519 public key.")]
    previous: Annotated[LogId | None, About("Previous log", "The log this one continues.")] = None
    previous_key: Annotated[PublicKey | None, About("Previous key", "The key of that log.")] = None
    succession: Annotated[
        EncodedLine | None, About("Succession", "Base64: that key's signature over this one's succession.")
    ] = None
    previous_head: Annotated[
        EncodedText | None, About("Previous head", "The last checkpoint known of it.")
    ] = None
    reason: Annotated[Text | None, About("Reason", "Why a new log was begun.")] = None


class Member(Record, frozen=True, kw_only=True):
    """A laptop and its owner, admitted to the mission or struck off."""

    person: Annotated[RecordId, About("Person", targets=_PERSON)]
    device: Annotated[Line | None, About("Device", "Name of the laptop.")] = None
    log: Annotated[LogId | None, About("Log", "Id of its log.")] = None
    letter: Annotated[Letter | None, About("Letter", "Granted at admission.")] = None
    role: Annotated[
        Literal["lead", "deputy", "inspector", "assistant", "interpreter", "observer", "headquarters"] | None,
        About("Role", "Lead, deputy and headquarters may admit."),
    ] = None
    public_key: Annotated[PublicKey | None, About("Signing key", "Base64 of the raw Ed25519 public key.")] = (
        None
    )
    encryption_key: Annotated[
        EncodedText | None, About("Encryption key", "Base64; keys of an epoch are sealed to it.")
    ] = None
    encryption_signature: Annotated[
        EncodedLine | None,
        About("Encryption signature", "Base64: the signing key's signature over that key."),
    ] = None
    status: Annotated[
        Literal["invited", "admitted", "revoked"] | None, About("Status", "Where admission stands.")
    ] = None
    history: Annotated[
        bool | None, About("History", "Whether it was given the keys of what was recorded before.")
    ] = None
    cut_log: Annotated[LogId | None, About("Cut log", "The log that is cut when it is struck off.")] = None
    cut_size: Annotated[Count | None, About("Cut size", "How many of its entries still count.")] = None
    cut_heads: Annotated[
        tuple[Digest, ...],
        Meta(max_length=1000),
        About("Cut heads", "Roots of its tree known then, and leaf hashes of entries known singly."),
    ] = ()
    epochs: Annotated[
        frozenset[Positive],
        Meta(max_length=1000),
        About("Epochs", "Numbers of keys under which everything is sealed from this act on."),
    ] = frozenset()
    admitted_by: Annotated[RecordId | None, About("Admitted by", targets=_PERSON)] = None
    reason: Annotated[Text | None, About("Reason", "Why it was struck off.")] = None
    set_aside: Annotated[
        frozenset[Digest],
        Meta(max_length=1000),
        About("Set aside", "Entries that struck it off, do not count, and are not to be minded."),
    ] = frozenset()


class Compartment(Record, frozen=True, kw_only=True):
    """Records that only some laptops of the team read."""

    name: Annotated[Line, About("Name", "What it is called.")]
    readers: Annotated[RecordIds, About("Readers", "Laptops that read it.", targets=("member",))] = (
        frozenset()
    )
    kinds: Annotated[Lines, About("Kinds", "Kinds of record that go into it unless said otherwise.")] = (
        frozenset()
    )


class Witness(Record, frozen=True, kw_only=True):
    """The head of another log, seen and cosigned."""

    log: Annotated[LogId, About("Log", "Whose head it is.")]
    size: Annotated[Count, About("Size", "Entries in it.")]
    root: Annotated[PublicKey, About("Root", "Base64 of the tree's root.")]
    cosignature: Annotated[EncodedText | None, About("Cosignature", "The signature line over it.")] = None
    checkpoint: Annotated[EncodedText | None, About("Checkpoint", "The signed note that was seen.")] = None


class Differing(Record, frozen=True, kw_only=True):
    """Values that differ and are left standing, as differing observations."""

    target: Annotated[RecordId, About("Record", "In which they stand.")]
    field: Annotated[Line, About("Field", "Name of the field.")]
    entries: Annotated[
        frozenset[Digest],
        Meta(max_length=1000),
        About("Entries", "Leaf hashes of those values."),
    ]
    reason: Annotated[Text, About("Reason", "Why they are left standing.")]
