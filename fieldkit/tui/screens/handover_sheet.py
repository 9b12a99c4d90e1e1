"""What a check of a bundle found, in plain words, and the sheet that says what to give to whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from fieldkit.bundle.attestation import Position
from fieldkit.bundle.export import Exported
from fieldkit.bundle.last_export import Last
from fieldkit.bundle.verify import Report
from fieldkit.domain.words import spoken
from fieldkit.errors import SignaturesError

_FEW: Final = 6
_WIDTH: Final = 76
_INDENT: Final = 11
_FOUR: Final = 4
_POSITIONS: Final = {
    Position.ACCEPTS: "ACCEPTS",
    Position.WITH_REMARKS: "WITH REMARKS",
    Position.RECEIVED_ONLY: "RECEIVED, NO MORE",
    Position.REFUSES: "REFUSES",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check comes to: a word, a sentence, what to do, and whether that is good news."""

    word: str
    sentence: str
    next: str
    good: bool


def verdict(report: Report) -> Verdict:
    """The verdict over a bundle of one's own that has just been read back."""
    intact = "Every byte was read back and is what the journal and the seal say."
    match report.exit_code:
        case 0:
            return Verdict("INTACT", intact, "It can be handed over.", good=True)
        case 1:
            return Verdict("INTACT", f"{intact} Something is to be looked at: below.", "Read it.", good=True)
        case SignaturesError.exit_code if not report.signed:
            return Verdict(
                "INTACT, NOT SIGNED", f"{intact} Nobody has signed yet.", "s: sign in turn.", good=True
            )
        case SignaturesError.exit_code if report.missing:
            return Verdict(
                "INTACT, NOT SIGNED BY ALL",
                f"{intact} Not all have signed who have to.",
                "s: sign on.",
                good=True,
            )
        case SignaturesError.exit_code:
            return Verdict(
                "INTACT, SIGNED", f"{intact} Whose keys those are, only a list of your own can tell.",
                "v: check it with your list of signers.", good=True,
            )  # fmt: skip
        case _:
            return Verdict(
                "NOT TO BE HANDED OVER", report.result, "Export once more, to another stick. Keep this one as it is.",
                good=False,
            )  # fmt: skip


def seal_words(seal: str) -> tuple[str, ...]:
    """The SHA-256 of a seal (hex) in six words."""
    return spoken(bytes.fromhex(seal)) if seal else ()


def signatures(report: Report) -> list[str]:
    """Who has signed, and how; who has not."""
    lines = []
    for signer in report.signed:
        word = _POSITIONS.get(Position(signer.position), signer.position) if signer.valid else "DOES NOT HOLD"
        remark = f": {' '.join(signer.remark.split())}" if signer.remark else ""
        lines.append(f"{signer.role}: {word}{remark}")
        lines += [f"  on paper: {other}" for other in signer.recorded_for]
    lines += [f"{missing.partition(' ')[0]}: still to sign" for missing in report.missing]
    return lines or ["nobody yet"]


def sheet(known: Last, seal: str, report: Report | None, exported: Exported | None) -> list[str]:
    """The hand-over sheet: what this bundle is, what is not in it, who signed, what goes to whom. As wide as a page."""
    return [
        line
        for text in _sheet(known, seal, report, exported)
        for line in wrap(text, _WIDTH, subsequent_indent=" " * _INDENT, drop_whitespace=bool(text.strip()))
        or [""]
    ]


def _sheet(known: Last, seal: str, report: Report | None, exported: Exported | None) -> Iterator[str]:
    if seal:
        yield f"Words      {' · '.join(seal_words(seal))}"
        yield f"Seal       SHA-256 {grouped(seal)}"
    if report is not None:
        entries = sum(log.size for log in report.logs)
        yield (
            f"Holds      {entries:,} entries of {_counted(len(report.logs), 'laptop')}, {report.content.files:,} files,"
            f" {report.content.bytes:,} bytes"
        )
    if exported is not None:
        yield from _missing("Not in it", exported.omissions.withheld, "photo withheld", "photos withheld")
        yield from _missing(
            "Not in it", exported.omissions.held, "photo held by the host", "photos held by the host"
        )
        yield from _missing(
            "Not in it",
            [one[:12] for one in exported.omissions.absent],
            "original not here yet",
            "originals not here yet",
        )
        yield from _missing(
            "Not in it", [str(gap) for gap in exported.omissions.entries], "run of entries", "runs of entries"
        )
        yield from _missing(
            "LOST HERE",
            [one[:12] for one in exported.omissions.lost],
            "original recorded on this laptop",
            "originals recorded on this laptop",
        )
    if report is not None:
        yield from _titled("Signed", signatures(report))
        if report.exit_code not in (0, SignaturesError.exit_code):
            yield from _titled("Found", [str(fault) for fault in report.faults[:_FEW]])
    yield ""
    yield "WHAT GOES TO WHOM"
    if known.encrypted:
        yield "To headquarters: this file. Its key or passphrase goes another way."
        yield "To the host: nothing of this. A host gets a folder or a zip, to read and to sign."
    else:
        yield "To the host: a whole copy. VERIFY.txt in it says how to check it without fieldkit."
        yield "To headquarters: the same copy with all signatures; 'fieldkit wrap' encrypts it for the way."
    yield "To both, on paper or by telephone: the six words. They tell this bundle from any other."
    yield "Keep a copy with all signatures: one signed later is on that copy alone."
    yield "To nobody: the vault, its passphrase, the recovery words."


def grouped(digest: str) -> str:
    """A digest in groups of four, to be compared by eye."""
    return " ".join(digest[place : place + _FOUR] for place in range(0, len(digest), _FOUR))


def _missing(title: str, names: Sequence[str], one: str, several: str) -> Iterator[str]:
    if names:
        more = ", …" if len(names) > _FEW else ""
        yield from _titled(
            title, [f"{len(names)} {one if len(names) == 1 else several}: {', '.join(names[:_FEW])}{more}"]
        )


def _titled(title: str, lines: Sequence[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        yield f"{'' if place else title:<{_INDENT}}{line}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
