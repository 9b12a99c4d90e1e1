"""Making a bundle from a vault: into a folder, a zip, or an age file that holds that zip.

Written under a hidden name beside its place and moved there when it is whole and on the disk: what was interrupted
leaves nothing under the final name, and is cleared away by the next attempt. With unchanged heads and signers an
export reproduces the last one byte for byte, under its number; otherwise it takes the next number and names the seal
before. Memory is constant but for the list of files. An age file is written in two passes, so that nothing of it
ever lies on the disk in the clear.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from importlib.metadata import version
from pathlib import Path

from fieldkit.bundle import bag
from fieldkit.bundle.bag import ENTRIES_MISSING, ORIGINAL_LOST, ORIGINAL_MISSING
from fieldkit.bundle.consistency import Consistency, consistency_path, format_consistency, prove
from fieldkit.bundle.contents import (
    Omissions,
    claimed_time,
    disclosures,
    find_omissions,
    leaves,
    originals,
    signed_heads,
)
from fieldkit.bundle.opening import open_source
from fieldkit.bundle.partial import check_room, cleared, partial_beside
from fieldkit.bundle.person_keys import team_signers
from fieldkit.bundle.roster import ROSTER, SignerKey, format_roster, required_signatures, slug
from fieldkit.bundle.seal import SEAL_LIMIT, SEAL_NAME, Seal, SealedLog, format_seal, seal_digest
from fieldkit.bundle.targets import FolderTarget, Measure, Target, ZipPipe, ZipTarget
from fieldkit.bundle.transport import AgeWriter, Encryption
from fieldkit.bundle.verify import verify_bundle
from fieldkit.bundle.views import write_views
from fieldkit.bundle.writer import Meter, Progress, Writer
from fieldkit.bundle.zipform import Buffer
from fieldkit.errors import FieldkitError, SignaturesError, UnavailableError, UsageError
from fieldkit.journal import canonical
from fieldkit.journal.keys import verifier_key
from fieldkit.journal.merkle import verify_consistency
from fieldkit.vault.durable import reaching, sync_directory
from fieldkit.vault.gaps import Gap
from fieldkit.vault.laptop import Export
from fieldkit.vault.vault import Vault

_SEALED_NAME = "bundle"
_TEXTS = ("FORMAT.md", "VERIFY.txt")
_SOUND = (0, 1, SignaturesError.exit_code)


class Form(StrEnum):
    """How a bundle is handed over."""

    FOLDER = ""
    ZIP = ".zip"
    AGE = ".age"


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export. `repeated`: it had this number before; `present`: it lay there already, untouched."""

    path: Path
    bundle: str
    number: int
    seal: str
    omissions: Omissions
    repeated: bool
    present: bool


def export_bundle(
    vault: Vault,
    directory: Path,
    *,
    zipped: bool = False,
    encryption: Encryption | None = None,
    required: Sequence[SignerKey] = (),
    progress: Progress | None = None,
) -> Exported:
    """Make the bundle `<mission>-<n>` (`bundle-<n>.age` where it is encrypted) in `directory`, made if missing.

    `required` signers are named in the seal. With `encryption` the result is an age file. Raises `UnavailableError` (no room, a different file of that name), `AlteredError` (the vault is damaged).
    """
    _check_outside(vault, directory)
    known = team_signers(vault)
    form = Form.AGE if encryption else Form.ZIP if zipped else Form.FOLDER
    required_signatures(required)
    vault.begin_due_log()
    # The name of an encrypted file is read by anybody, so it does not tell the mission.
    name = _SEALED_NAME if form is Form.AGE else slug(_title(vault)) or "mission"
    partial = partial_beside(directory / f"{name}{form}")
    with reaching(directory):
        directory.mkdir(parents=True, exist_ok=True)
    with reaching(directory), cleared(partial):
        with _snapshot(vault):
            job = _Job(vault, required, known, progress)
            check_room(directory, job.omissions.size, "the originals alone need")
            _write(job, partial, form, encryption)
        if job.repeats is None:
            vault.remember_export(job.to_remember())
        final = directory / f"{name}-{job.number}{form}"
        present = final.exists() or final.is_symlink()
        if present:
            _check_same(final, job.seal, form)
        else:
            partial.rename(final)
            sync_directory(directory)
    repeated = job.repeats is not None
    return Exported(
        final,
        job.bundle,
        job.number,
        seal_digest(job.seal),
        job.omissions,
        repeated=repeated,
        present=present,
    )


def _check_outside(vault: Vault, directory: Path) -> None:
    """What leaves in the clear is not written beside what is kept encrypted."""
    if directory.resolve().is_relative_to(vault.folder.resolve()):
        raise UsageError(
            "this is inside the folder of the mission",
            where=str(directory),
            remedy="Name a folder outside it.",
        )


def _write(job: _Job, partial: Path, form: Form, encryption: Encryption | None) -> None:
    if encryption is not None:
        measure = Measure()
        job.write(measure)
        with AgeWriter(partial, encryption) as age:
            job.write(ZipPipe(age.write, measure.measured))
    elif form is Form.ZIP:
        job.write(ZipTarget(partial))
    else:
        job.write(FolderTarget(partial))


class _Job:
    """One export: what goes in is settled when it is made; `write` may be called for more than one target."""

    def __init__(
        self,
        vault: Vault,
        required: Sequence[SignerKey],
        known: Sequence[SignerKey],
        progress: Progress | None,
    ) -> None:
        self._vault = vault
        self._required = required_signatures(required)
        self._roster = format_roster([*required, *known])
        self._heads = signed_heads(vault)
        self.omissions = find_omissions(vault)
        self._meter = Meter(progress, self.omissions.size)
        self.repeats: Export | None = None
        self.number = 0
        self.seal = b""
        self._fingerprint = ""

    @property
    def bundle(self) -> str:
        """The bundle's id."""
        return f"{self._vault.mission_id}/{self._vault.own_log.log}/{self.number}"

    def to_remember(self) -> Export:
        """What the vault keeps of this export."""
        heads = {head.log: (head.size, head.root.hex()) for head in self._heads}
        return Export(self.number, self._fingerprint, heads, self.seal)

    def write(self, target: Target) -> None:
        """Write every file of the bundle, the seal last."""
        self._meter.start()
        writer = Writer(target)
        for head in self._heads:
            folder = f"data/log/{head.log}"
            writer.stream(f"{folder}/leaves.jsonl", lambda head=head: leaves(self._vault, head))  # type: ignore[misc]
            writer.stream(f"{folder}/disclosures.jsonl", lambda head=head: disclosures(self._vault, head))  # type: ignore[misc]
        with writer.crew():
            for path, size, doc in originals(self._vault, self.omissions):
                digest = path.rpartition("/")[2].partition(".")[0]
                writer.original(path, size, digest, self._meter.counted(self._vault.media.passing(doc)))
        write_views(
            self._vault,
            lambda path, blocks: writer.stream(f"data/views/{path}", _once(path, blocks)),
            self.omissions,
        )
        tags = self._tags(writer)
        for path in sorted(tags):
            writer.small(path, tags[path])
        tag_manifest = bag.tag_manifest(tags)
        self.seal = self._make_seal(hashlib.sha256(tag_manifest).hexdigest())
        writer.small(bag.TAG_MANIFEST, tag_manifest)
        writer.small(SEAL_NAME, self.seal)
        target.finish()

    def _tags(self, writer: Writer) -> dict[str, bytes]:
        """Every tag file but the tag manifest and the seal; settles the number."""
        tags = {f"checkpoints/{head.log}.note": head.note for head in self._heads}
        tags |= {
            name: resources.files("fieldkit.bundle").joinpath("texts", name).read_bytes() for name in _TEXTS
        }
        tags[bag.BAGIT] = bag.DECLARATION
        tags[bag.MANIFEST] = bag.manifest(writer.digests)
        tags[ROSTER] = self._roster
        self._settle(hashlib.sha256(bag.tag_manifest(tags)).hexdigest())
        tags |= self._consistency()
        tags[bag.BAG_INFO] = self._bag_info(writer)
        return tags

    def _settle(self, content: str) -> None:
        """The number of this export: that of the one with the same content, else the next."""
        required = [f"{one.role} {one.key}" for one in self._required]
        told: list[str] = [*self.omissions.withheld, *self.omissions.absent, *self._vault.marks()]
        settled = canonical.encode(
            [
                version("fieldkit"),
                content,
                [*required],
                [*told],
                [*self.omissions.lost],
                [*map(_range, self.omissions.entries)],
                self._vault.own_log.log,
                _title(self._vault),
            ]
        )
        self._fingerprint = hashlib.sha256(settled).hexdigest()
        exports = list(self._vault.exports())
        self.repeats = next((one for one in exports if one.fingerprint == self._fingerprint), None)
        last = exports[-1].n if exports else 0
        self.number = self.repeats.n if self.repeats else last + 1
        self._previous = next((one for one in reversed(exports) if one.n < self.number), None)

    def _consistency(self) -> dict[str, bytes]:
        files = {}
        for head in self._heads:
            if self._previous is None or head.log not in self._previous.heads:
                continue
            old_size, old = self._previous.heads[head.log]
            hashes = self._vault.database.stream(
                "SELECT hash FROM entries WHERE log = ? AND seq < ? ORDER BY seq", (head.log, head.size)
            )
            proof = prove((row[0] for row in hashes), old_size, head.size) if old_size < head.size else ()
            old_root = bytes.fromhex(old)
            verify_consistency(old_size, head.size, old_root, head.root, proof)
            files[consistency_path(head.log)] = format_consistency(
                Consistency(head.origin, old_size, old_root, head.size, head.root, proof)
            )
        return files

    def _bag_info(self, writer: Writer) -> bytes:
        return bag.bag_info([
            ("Bag-Software-Agent", f"fieldkit {version('fieldkit')}"),
            *((ENTRIES_MISSING, _range(gap)) for gap in self.omissions.entries),
            ("External-Description", _title(self._vault)),
            ("External-Identifier", self.bundle),
            *(("Handling-Mark", mark) for mark in self._vault.marks()),
            *((ORIGINAL_LOST, digest) for digest in self.omissions.lost),
            *((ORIGINAL_MISSING, digest) for digest in self.omissions.absent),
            ("Payload-Oxum", f"{writer.size}.{len(writer.digests)}"),
            *(("Photo-Withheld", number) for number in self.omissions.withheld),
        ])  # fmt: skip

    def _make_seal(self, tag_manifest: str) -> bytes:
        logs = (
            SealedLog(head.origin, verifier_key(head.origin, head.public_key), head.size, head.root)
            for head in self._heads
        )
        return format_seal(
            Seal(
                mission=self._vault.mission_id,
                log=self._vault.own_log.log,
                number=self.number,
                tagmanifest=tag_manifest,
                logs=tuple(logs),
                previous=seal_digest(self._previous.seal) if self._previous else None,
                required=self._required,
                claimed_time=claimed_time(self._vault, self._heads),
            )
        )


def _once(path: str, blocks: Iterable[Buffer]) -> Callable[[], Iterable[Buffer]]:
    """A source that can be asked for its blocks once only."""
    left = [blocks]

    def ask() -> Iterable[Buffer]:
        if not left:
            raise UnavailableError(
                "is larger than a zip takes in one go", where=path, remedy="Export to a folder instead."
            )
        return left.pop()

    return ask


def _range(gap: Gap) -> str:
    return f"{gap.log} {gap.first + 1}-{gap.last + 1}"


def _title(vault: Vault) -> str:
    mission = vault.peek(vault.mission_id)
    title = mission.doc.get("title") if mission else None
    return title if isinstance(title, str) else ""


@contextmanager
def _snapshot(vault: Vault) -> Iterator[None]:
    """Inside, the vault reads one state, whatever other programs record meanwhile, and nothing that a compartment seals."""
    vault.database.execute("BEGIN")
    try:
        with vault.only_open_records():
            yield
    finally:
        vault.database.execute("COMMIT")


def _check_same(final: Path, seal: bytes, form: Form) -> None:
    """A bundle that lies there already is left as it is, with its signatures, if it is this very one."""
    if form is not Form.AGE:
        with suppress(FieldkitError, OSError):
            same = open_source(final).read(SEAL_NAME, limit=SEAL_LIMIT) == seal
            if same and verify_bundle(final).exit_code in _SOUND:
                return
    raise UnavailableError(
        "something else lies there already under this name",
        where=str(final),
        remedy="Move it away, or export to another folder.",
    )
