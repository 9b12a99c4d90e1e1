"""What a verification found, as sections for people and as JSON.

Every text that came out of the bundle is made visible (`domain.hostile`) when it enters the report, so that neither
form can move a cursor or reorder a line. One fault is one place and one sentence; the exit code is that of the
gravest: unreadable (5) before altered (3), newer format (9), signatures (4), and something found (1).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fieldkit.bundle.attestation import Position
from fieldkit.bundle.verify.stated import Absent
from fieldkit.domain.hostile import visible
from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import (
    AlteredError,
    FieldkitError,
    NewerFormatError,
    SignaturesError,
    UnreadableError,
)

INTACT = 0
FOUND = 1
UNREADABLE, ALTERED, NEWER, SIGNATURES = (
    error.exit_code for error in (UnreadableError, AlteredError, NewerFormatError, SignaturesError)
)
_PRECEDENCE = (UNREADABLE, ALTERED, NEWER, SIGNATURES, FOUND)
_RESULTS = {
    INTACT: "INTACT. Nothing was changed since it was sealed, and everybody who had to sign has signed.",
    FOUND: "INTACT, BUT SOMETHING WAS FOUND. See above.",
    UNREADABLE: "UNREADABLE. This is not a bundle as fieldkit makes it; nothing in it is to be relied on.",
    ALTERED: "ALTERED. It is not what was sealed and signed, or contradicts what was exported or witnessed before.",
    NEWER: "NOT ALL CHECKED. A newer fieldkit wrote it, or entries in it: what they say was not checked here. Use that one.",
    SIGNATURES: "SIGNATURES INCOMPLETE. The files are what the seal says, but who stands for them is not established.",
}
_NONE_MISSING = "no signature that the seal requires"
_NO_SEAL = "not known: without a seal nothing says who has to sign"
_TITLE_WIDTH = 12
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: its exit code, the file or place, the problem in one sentence, and what to do."""

    code: int
    where: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        lead = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{lead}. {self.remedy}" if self.remedy else lead


@dataclass(slots=True)
class Content:
    """The bag: files and bytes that its manifests list, and the paths at fault."""

    files: int = 0
    bytes: int = 0
    bad: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Seen:
    """Another log, whose laptop saw and cosigned a head; `size` is that of the last one it saw."""

    log: str
    size: int


@dataclass(slots=True)
class Log:
    """One log: its id, how many entries and its root (hex) by the seal, and how it stands to an earlier seal.

    `intact` is None as long as it was not checked to the end. `newer` counts entries of a newer version, of whose fields
    not all need be opened: `opened` of `of` in the whole log are. `first_at` and `last_at` are the laptop's claims, UTC.
    `notes` are oddities that are no reason to refuse it. `letter` is the laptop's in human numbers.
    """

    log: str
    origin: str
    size: int
    root: str
    intact: bool | None = None
    extends: str = ""
    newer: int = 0
    opened: int = 0
    of: int = 0
    first_at: str = ""
    last_at: str = ""
    notes: list[str] = field(default_factory=list)
    letter: str = ""
    witnessed: list[Seen] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OnPaper:
    """What somebody without a key signed on paper, as a signer attests it. `paper` is the scan's SHA-256 (hex)."""

    role: str
    name: str
    position: str
    paper: str

    def __str__(self) -> str:
        return f"{self.role} {self.name}: {self.position}, paper SHA-256 {self.paper}"


@dataclass(slots=True)
class Signer:
    """One attestation. `principal` and `comment` are what the verifier's key list says of the key; None and empty
    where it does not know it.
    """

    file: str
    role: str
    key: str
    position: str
    remark: str
    claimed_time: str
    valid: bool
    principal: str | None = None
    comment: str = ""
    standing: str = ""
    recorded_for: list[OnPaper] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """The findings on one bundle. Filled by `checks`; read through `exit_code`, `to_text` and `to_json`."""

    name: str
    bundle: str = ""
    seal: str = ""
    key_list: str | None = None
    copy: str = "not established"
    content: Content = field(default_factory=Content)
    logs: list[Log] = field(default_factory=list)
    signed: list[Signer] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    entries_missing: list[Absent] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    not_proved: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _told: set[Fault | tuple[str, str]] = field(default_factory=set, init=False, repr=False)

    def fault(self, code: int, where: str, problem: str, remedy: str = "") -> None:
        """Add a fault, once."""
        new = Fault(code, visible(where, lines=False), visible(problem, lines=False), remedy)
        if new not in self._told:
            self._told.add(new)
            self.faults.append(new)

    def error(self, error: FieldkitError) -> None:
        """Add what an error says. Its exit code must be one that a verification can end with."""
        self.fault(error.exit_code, error.where, error.problem, error.remedy)

    def bad(self, path: str, problem: str, code: int = ALTERED) -> None:
        """A file of the bundle whose bytes are not right."""
        self._name(self.content.bad, path, "bad")
        self.fault(code, path, problem)

    def gone(self, path: str, problem: str, code: int = ALTERED) -> None:
        """A file that should be in the bundle and is not."""
        self._name(self.content.missing, path, "missing")
        self.fault(code, path, problem)

    def stray(self, path: str, problem: str) -> None:
        """Something in the bundle that nothing accounts for."""
        self._name(self.content.extra, path, "extra")
        self.fault(ALTERED, path, problem)

    def _name(self, paths: list[str], path: str, title: str) -> None:
        shown = visible(path, lines=False)
        if (title, shown) not in self._told:
            self._told.add((title, shown))
            paths.append(shown)

    @property
    def exit_code(self) -> int:
        """0 intact and signed by everybody required, by known keys; else the gravest fault's code."""
        codes = {fault.code for fault in self.faults}
        return next((code for code in _PRECEDENCE if code in codes), INTACT)

    def refusal(self, *kinds: type[FieldkitError]) -> FieldkitError | None:
        """The first of the gravest faults as an error of one of these `kinds`, for acts that need a sound copy."""
        error = next((kind for kind in kinds if kind.exit_code == self.exit_code), None)
        for fault in self.faults:
            if error and fault.code == error.exit_code:
                tells = f"'fieldkit verify {self.name}' tells everything that is wrong with it."
                return error(fault.problem, where=fault.where, remedy=fault.remedy or tells)
        return None

    @property
    def result(self) -> str:
        """The verdict in a sentence or two. That everybody signed is not that everybody agrees."""
        verdict = _RESULTS[self.exit_code]
        against = [signer.role for signer in self.signed if signer.position == Position.REFUSES]
        against += [
            f"{other.role} ({other.name}, on paper)"
            for signer in self.signed
            for other in signer.recorded_for
            if other.position == Position.REFUSES
        ]
        if self.exit_code in (INTACT, FOUND) and against:
            verdict += f" But {' and '.join(against)} refused to accept what it says."
        return verdict

    def sections(self) -> list[tuple[str, list[str]]]:
        """Title and lines of each section, in the order in which they are read."""
        found = [str(fault) for fault in self.faults[:_LISTED]]
        if len(self.faults) > _LISTED:
            found.append(f"and {len(self.faults) - _LISTED} more")
        sections = [
            ("BUNDLE", [self.name, *filter(None, [self.bundle, self.seal and f"seal SHA-256 {self.seal}"])]),
            ("COPY", [self.copy]),
            ("CONTENT", self._content()),
            ("LOGS", [line for log in self.logs for line in _log_lines(log)] or ["none could be checked"]),
            ("WITNESSED", self._witnessed()),
            ("SIGNED", [line for signer in self.signed for line in self._signer(signer)] or ["by nobody"]),
            (
                "MISSING",
                [*(self.missing or [_NONE_MISSING if self.bundle else _NO_SEAL]), *self._entries_missing()],
            ),
            ("TIME", [*self.claimed, *(self.proven or ["proven: nothing"])]),
            ("NOT PROVED", self.not_proved),
            ("FOUND", found),
            ("RESULT", [self.result]),
        ]
        return [(title, lines) for title, lines in sections if lines]

    def to_text(self) -> str:
        """All sections, each title in the left column."""
        return "".join(
            f"{title if first else '':<{_TITLE_WIDTH}}{line}\n"
            for title, lines in self.sections()
            for first, line in zip([True] + [False] * len(lines), lines, strict=False)
        )

    def to_json(self) -> Doc:
        """The same as a document: every path at fault, not only the first ones."""
        return {
            "bundle": self.name,
            "id": self.bundle or None,
            "seal_sha256": self.seal or None,
            "copy": self.copy,
            "content": {
                "files": self.content.files,
                "bytes": self.content.bytes,
                "bad": [*self.content.bad],
                "missing": [*self.content.missing],
                "extra": [*self.content.extra],
                "remarks": [*self.content.remarks],
            },
            "logs": [
                {
                    "log": log.log,
                    "origin": log.origin,
                    "size": log.size,
                    "root": log.root,
                    "intact": log.intact,
                    "extends": log.extends or None,
                    "newer_entries": log.newer,
                    "opened": log.opened,
                    "of": log.of,
                    "first_at": log.first_at or None,
                    "last_at": log.last_at or None,
                    "notes": [*log.notes],
                    "letter": log.letter or None,
                    "witnessed": [{"by": seen.log, "size": seen.size} for seen in log.witnessed],
                }
                for log in self.logs
            ],
            "keys": self.key_list,
            "signed": [
                {
                    "file": signer.file,
                    "role": signer.role,
                    "key": signer.key,
                    "position": signer.position,
                    "remark": signer.remark,
                    "claimed_time": signer.claimed_time,
                    "valid": signer.valid,
                    "principal": signer.principal,
                    "comment": signer.comment or None,
                    "standing": signer.standing,
                    "recorded_for": [
                        {
                            "role": other.role,
                            "name": other.name,
                            "position": other.position,
                            "paper_sha256": other.paper,
                        }
                        for other in signer.recorded_for
                    ],
                }
                for signer in self.signed
            ],
            "missing": [*self.missing],
            "entries_missing": [absent._asdict() for absent in self.entries_missing],
            "time": {"claimed": [*self.claimed], "proven": [*self.proven]},
            "not_proved": [*self.not_proved],
            "faults": [
                {
                    "code": fault.code,
                    "where": fault.where,
                    "problem": fault.problem,
                    "remedy": fault.remedy or None,
                }
                for fault in self.faults
            ],
            "result": self.result,
            "exit_code": self.exit_code,
        }

    def _content(self) -> list[str]:
        content = self.content
        faulty = f"bad {len(content.bad)}, missing {len(content.missing)}, extra {len(content.extra)}"
        lines = [f"{counted(content.files, 'file', 'files')}, {content.bytes:,} bytes; {faulty}"]
        for title, paths in (("bad", content.bad), ("missing", content.missing), ("extra", content.extra)):
            lines += [f"{title}: {path}" for path in paths[:_LISTED]]
            if len(paths) > _LISTED:
                lines.append(f"{title}: and {len(paths) - _LISTED} more")
        return lines + content.remarks

    def _entries_missing(self) -> list[str]:
        letters = {log.log: log.letter for log in self.logs}
        lines = [absent.told(letters.get(absent.log, "")) for absent in self.entries_missing[:_LISTED]]
        more = len(self.entries_missing) - len(lines)
        return [*lines, f"and {more} more stretches of entries"] if more else lines

    def _witnessed(self) -> list[str]:
        """For each of several logs, up to where other laptops saw it."""
        if len(self.logs) < 2:
            return []
        letters = [log.letter for log in self.logs]
        names = {
            log.log: log.letter if log.letter and letters.count(log.letter) == 1 else log.log
            for log in self.logs
        }
        return [
            f"log {names[log.log]} "
            + (
                ", ".join(
                    f"up to {size:,} of {log.size:,} by {' and '.join(by)}"
                    for size, by in _by_size(log, names)
                )
                or "by no other laptop"
            )
            for log in self.logs
        ]

    def _signer(self, signer: Signer) -> list[str]:
        who = f", {signer.comment}" if signer.comment else ""
        lines = [f"{signer.role}{who}: {signer.position} ({signer.key}), {signer.standing}"]
        lines += [f"  remark: {line}" for line in signer.remark.split("\n") if signer.remark]
        return lines + [f"  recorded for {other}" for other in signer.recorded_for]


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun: `1 entry`, `1,000 entries`."""
    return f"{number:,} {one if number == 1 else many}"


def _by_size(log: Log, names: dict[str, str]) -> list[tuple[int, list[str]]]:
    """The sizes up to which a log was seen, largest first, and the names of who saw it so far."""
    sizes = sorted({seen.size for seen in log.witnessed}, reverse=True)
    return [(size, sorted(names[seen.log] for seen in log.witnessed if seen.size == size)) for size in sizes]


def _log_lines(log: Log) -> list[str]:
    state = {True: "intact", False: "ALTERED", None: "not checked to the end"}[log.intact]
    newer = ""
    if log.newer:
        newer = f", {counted(log.newer, 'entry', 'entries')} of a newer version, {log.opened:,} of {log.of:,} fields opened"
    extends = f", {log.extends}" if log.extends else ""
    size = counted(log.size, "entry", "entries")
    who = f"{log.log} ({log.letter})" if log.letter else log.log
    return [f"{who}: {size}, {state}{newer}{extends}", *(f"  note: {n}" for n in log.notes)]
