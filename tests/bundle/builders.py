"""A genuine bundle made by hand from the format's text, with nothing of fieldkit's exporter in it.

Files are kept in memory by path, so that hostile variants are made by changing a dictionary. Everything is
deterministic: same names, same keys, same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldkit.domain.jsontypes import JSON
from fieldkit.journal import merkle
from fieldkit.journal.checkpoint import Checkpoint, cosign, sign_checkpoint
from fieldkit.journal.keys import DeviceKey
from fieldkit.journal.leaf import seal
from fieldkit.journal.sshsig import sign

MISSION = "0198c0de-0000-7000-8000-000000000001"
LAPTOPS = ("A", "B")
NAMESPACE = "attest.v1@fieldkit"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"

Files = dict[str, bytes]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def record_id(name: str) -> str:
    text = digest(name.encode())
    return f"0198c0de-{text[:4]}-7{text[4:7]}-8{text[7:10]}-{text[10:22]}"


@dataclass
class Person:
    """Somebody with a signing key of their own."""

    name: str

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"person {self.name}".encode()).digest())

    @property
    def public(self) -> str:
        """`ssh-ed25519 AAAA…`"""
        return self.key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    @property
    def fingerprint(self) -> str:
        raw = base64.b64decode(self.public.split()[1])
        return "SHA256:" + b64(hashlib.sha256(raw).digest()).rstrip("=")


LEAD, HOST, STRANGER = Person("lead"), Person("host"), Person("stranger")


def allowed_signers(*people: tuple[str, Person]) -> str:
    return "".join(f"{role} {person.public} {person.name}\n" for role, person in people)


KEY_LIST = allowed_signers(("lead", LEAD), ("host", HOST))


@dataclass
class Laptop:
    """One log: its key and its entries as (leaf, disclosures)."""

    letter: str
    entries: list[tuple[bytes, bytes]] = field(default_factory=list)
    clock: int = 0

    @property
    def key(self) -> DeviceKey:
        return DeviceKey.from_bytes(hashlib.sha256(f"laptop {self.letter}".encode()).digest())

    @property
    def log(self) -> str:
        return self.key.log_id

    @property
    def origin(self) -> str:
        return f"fieldkit/{MISSION}/{self.log}"

    @property
    def hashes(self) -> list[bytes]:
        return [merkle.leaf_hash(leaf) for leaf, _ in self.entries]

    @property
    def root(self) -> bytes:
        return merkle.root_of(self.hashes)

    @property
    def verifier_key(self) -> str:
        typed = b"\x01" + self.key.public
        key_id = hashlib.sha256(self.origin.encode() + b"\n" + typed).hexdigest()[:8]
        return f"{self.origin}+{key_id}+{b64(typed)}"

    @property
    def now(self) -> str:
        return self._at(self.clock)

    @property
    def last(self) -> str:
        """When the last entry was recorded."""
        return self._at(self.clock - 1)

    def _at(self, clock: int) -> str:
        moment = datetime(2026, 2, 12, 8, tzinfo=UTC) + timedelta(seconds=clock)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.000000Z"

    def fields(self, kind: str, name: str, /, **values: JSON) -> dict[str, JSON]:
        """An entry's fields: envelope, and the record's values with a dot in front."""
        return {
            "kind": kind,
            "act": "add",
            "id": record_id(name),
            "number": f"{self.letter}-{len(self.entries) + 1:04d}",
            "author": record_id("inspector"),
            "recorded": {"at": self.now, "offset": "+02:00", "mono_ms": self.clock * 1000, "boot": "00ff"},
            **{f".{each}": value for each, value in values.items()},
        }

    def append(self, fields: Mapping[str, JSON]) -> None:
        seq = len(self.entries)
        entry = seal(self.log, seq, fields, hashlib.sha256(f"{self.letter} {seq}".encode()).digest())
        self.entries.append((entry.leaf, entry.disclosures))
        self.clock += 1

    def add(self, kind: str, name: str, /, **values: JSON) -> None:
        self.append(self.fields(kind, name, **values))

    def begin(self) -> None:
        self.add(
            "log",
            f"log {self.letter}",
            device=f"laptop {self.letter}",
            letter=self.letter,
            key=b64(self.key.public),
        )

    def witness(self, other: Laptop, size: int | None = None) -> None:
        """See and cosign the head of another log, as it is or as it was at an earlier size."""
        self.append(self.witness_fields(other, size))

    def witness_fields(
        self, other: Laptop, size: int | None = None, signer: Laptop | None = None
    ) -> dict[str, JSON]:
        """The entry that says so; `signer` signed the checkpoint in place of the other laptop."""
        size = len(other.entries) if size is None else size
        root = merkle.root_of(other.hashes[:size])
        note = sign_checkpoint(Checkpoint(other.origin, size, root), (signer or other).key)
        return self.fields(
            "witness",
            f"witness {self.letter} {len(self.entries)}",
            log=other.log,
            size=size,
            root=b64(root),
            checkpoint=note.decode().rstrip("\n"),
            cosignature=cosign(note, self.key, self.origin, 1_770_000_000).rstrip("\n"),
        )

    def copy(self) -> Laptop:
        return replace(self, entries=list(self.entries))


@dataclass
class Visit:
    """What a bundle is made from: logs, originals by content, and the views for people."""

    laptops: list[Laptop]
    originals: list[bytes]
    number: int = 1
    previous: bytes | None = None
    former_heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    required: tuple[tuple[str, Person], ...] = (("host", HOST), ("lead", LEAD))

    def copy(self) -> Visit:
        return replace(
            self, laptops=[laptop.copy() for laptop in self.laptops], originals=list(self.originals)
        )


def photograph(name: str, size: int = 300) -> bytes:
    """Bytes that begin like a JPEG, different for every name."""
    body = hashlib.shake_128(name.encode()).digest(size - len(JPEG))
    return JPEG + body


def small_visit() -> Visit:
    """Two laptops, three photographs of which one is withheld by the host, a handful of entries."""
    first, second = (Laptop(letter) for letter in LAPTOPS)
    first.begin()
    first.add("mission", "mission", title="Hall 2", type="visit")
    first.add("person", "inspector", name="Ľudmila Ó", party="team")
    originals = [photograph("a"), photograph("b")]
    for name, original in zip("ab", originals, strict=True):
        first.add(
            "media", f"media {name}", sha256=digest(original), size=len(original), media_type="image/jpeg"
        )
        first.add(
            "photo", f"photo {name}", state="taken", media=record_id(f"media {name}"), sha256=digest(original)
        )
    withheld = photograph("withheld")
    first.add("media", "media withheld", sha256=digest(withheld), size=len(withheld), media_type="image/jpeg")
    first.add(
        "photo", "photo withheld", state="withheld", media=record_id("media withheld"), state_reason="shroud"
    )
    second.begin()
    second.add("observation", "crates", text="Three crates, sealed.", basis="seen")
    return Visit([first, second], originals)


def manifest(files: Mapping[str, bytes], paths: Iterable[str]) -> bytes:
    return "".join(f"{digest(files[path])}  {path}\n" for path in sorted(paths)).encode()


def is_tag(path: str) -> bool:
    return not path.startswith(("data/", "signatures/", "timestamps/")) and path not in (
        "seal.txt",
        "tagmanifest-sha256.txt",
    )


def with_manifests(files: Files) -> Files:
    """Write both manifests anew over whatever is there."""
    files = dict(files)
    payload = [path for path in files if path.startswith("data/")]
    size = sum(len(files[path]) for path in payload)
    files["bag-info.txt"] = f"External-Identifier: x\nPayload-Oxum: {size}.{len(payload)}\n".encode()
    files["manifest-sha256.txt"] = manifest(files, payload)
    files["tagmanifest-sha256.txt"] = manifest(files, filter(is_tag, files))
    return files


def log_files(laptop: Laptop) -> Files:
    folder = f"data/log/{laptop.log}/"
    return {
        folder + "leaves.jsonl": b"".join(leaf + b"\n" for leaf, _ in laptop.entries),
        folder + "disclosures.jsonl": b"".join(disclosures + b"\n" for _, disclosures in laptop.entries),
        f"checkpoints/{laptop.log}.note": sign_checkpoint(
            Checkpoint(laptop.origin, len(laptop.entries), laptop.root), laptop.key
        ),
    }


def consistency(laptop: Laptop, size: int, root: bytes) -> bytes:
    proof = merkle.consistency_proof(laptop.hashes, size)
    lines = [
        "fieldkit-consistency/v1",
        f"log {laptop.origin}",
        f"from {size} {b64(root)}",
        f"to {len(laptop.entries)} {b64(laptop.root)}",
        *(f"proof {b64(node)}" for node in proof),
    ]
    return "".join(line + "\n" for line in lines).encode()


def seal_text(visit: Visit, files: Files) -> bytes:
    lines = [
        "fieldkit-seal/v1",
        f"bundle {MISSION}/{visit.laptops[0].log}/{visit.number}",
        f"tagmanifest-sha256 {digest(files['tagmanifest-sha256.txt'])}",
        *sorted(
            f"log {laptop.origin} {laptop.verifier_key} {len(laptop.entries)} {b64(laptop.root)}"
            for laptop in visit.laptops
        ),
        f"previous-seal {digest(visit.previous) if visit.previous else 'none'}",
        *sorted(f"required {role} {person.fingerprint}" for role, person in visit.required),
        f"claimed-time {max(laptop.last for laptop in visit.laptops)}",
    ]
    return "".join(line + "\n" for line in lines).encode()


def unsigned(visit: Visit) -> Files:
    """The bundle of a visit, sealed and not yet signed."""
    files: Files = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "VERIFY.txt": b"How to check this.\n",
        "FORMAT.md": b"# The format\n",
        "roster/allowed_signers": b"# For reading only.\n" + KEY_LIST.encode(),
        "data/views/report.html": b"<p>Hall 2</p>\n",
    }
    for laptop in visit.laptops:
        files |= log_files(laptop)
        if laptop.log in visit.former_heads:
            files[f"checkpoints/{laptop.log}.consistency"] = consistency(
                laptop, *visit.former_heads[laptop.log]
            )
    for original in visit.originals:
        files[f"data/media/{digest(original)}.jpg"] = original
    files = with_manifests(files)
    files["seal.txt"] = seal_text(visit, files)
    return files


def attestation(
    files: Files,
    role: str,
    person: Person,
    *,
    position: str = "accepts",
    remark: str = "",
    saw: list[str] | None = None,
) -> bytes:
    earlier = sorted(path for path in files if path.endswith(".att.sig"))
    lines = [
        "fieldkit-attestation/v1",
        f"seal-sha256 {digest(files['seal.txt'])}",
        f"role {role}",
        f"key {person.fingerprint}",
        f"position {position}",
        *([f'remark "{remark}"'] if remark else []),
        *(f"saw {each}" for each in (saw if saw is not None else [digest(files[path]) for path in earlier])),
        "claimed-time 2026-02-12T17:00:00Z",
    ]
    return "".join(line + "\n" for line in lines).encode()


def put_signature(files: Files, role: str, person: Person, text: bytes) -> Files:
    number = 1 + sum(path.endswith(".att") for path in files)
    path = f"signatures/{number:02d}-{role}.att"
    return files | {path: text, path + ".sig": sign(text, NAMESPACE, person.key).encode()}


def signed(files: Files, role: str, person: Person, *, position: str = "accepts", remark: str = "") -> Files:
    return put_signature(
        files, role, person, attestation(files, role, person, position=position, remark=remark)
    )


def complete(visit: Visit) -> Files:
    """The bundle signed by the host, with a remark, and then by the lead."""
    files = signed(unsigned(visit), "host", HOST, position="with-remarks", remark="Hall 3 was not shown.")
    return signed(files, "lead", LEAD)


def later_visit(visit: Visit, files: Files) -> Visit:
    """The same mission a day later: one more entry, exported after `files`."""
    later = visit.copy()
    later.number = visit.number + 1
    later.previous = files["seal.txt"]
    later.former_heads = {laptop.log: (len(laptop.entries), laptop.root) for laptop in visit.laptops}
    later.laptops[0].add("observation", "later", text="The door was open.", basis="seen")
    return later


def write_folder(files: Mapping[str, bytes], folder: Path) -> Path:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def member(path: str) -> zipfile.ZipInfo:
    """A zip member as the format has it, by the standard library's writer."""
    info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    return info


def write_zip(files: Mapping[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(member(name), files[name])
    return path


def reissued(files: Files, visit: Visit) -> Files:
    """Files as changed, under new manifests, a new seal and new signatures by everybody: a bad tool's bundle."""
    bare = {
        path: data
        for path, data in files.items()
        if not path.startswith("signatures/") and path != "seal.txt"
    }
    return sealed_anew(with_manifests(bare), visit)


def sealed_anew(files: Files, visit: Visit) -> Files:
    """The same files and manifests under a new seal, signed by everybody."""
    files = {path: data for path, data in files.items() if not path.startswith("signatures/")}
    files["seal.txt"] = seal_text(visit, files)
    return signed(signed(files, "host", HOST), "lead", LEAD)
