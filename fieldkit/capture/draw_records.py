"""A witnessed draw as it stands in the records: its frozen list, who agreed, what happened in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from fieldkit.domain.draw_order import given
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.replaying import DrawRecord, Step
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.fold import AMEND
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault


def record_of(vault: Vault, draw: str) -> DrawRecord:
    """The whole draw as anybody can repeat it, without the vault."""
    view = draw_named(vault, draw)
    doc = view.doc
    lines = frozen_lines(vault, view)
    drawn = [number for number in cast("list[JSON]", doc.get("drawn") or []) if isinstance(number, int)]
    ordered = sorted(lines)
    return DrawRecord(
        draw=view.number,
        mission=str(vault.get(vault.mission_id).doc.get("title", "")),
        declaration=_number(vault, doc.get("declaration")),
        stratum=str(doc.get("stratum") or ""),
        lines=tuple(lines),
        list_sha256=str(doc.get("list_sha256") or ""),
        population=cast("int", doc["population"]),
        size=cast("int", doc["size"]),
        variant=str(doc["variant"]),
        seed_method=cast("str", doc.get("seed_method") or ""),  # type: ignore[arg-type]
        sides=cast("int", doc.get("sides") or 0),
        seed=str(doc.get("seed") or ""),
        drawn=tuple(drawn),
        chosen=tuple(ordered[number - 1] for number in drawn if 0 < number <= len(ordered)),
        steps=tuple(_steps(vault, view)),
    )


def frozen_lines(vault: Vault, view: RecordView) -> list[str]:
    """The lines of a draw's list, from the file that was kept when it was frozen."""
    file = vault.peek(str(view.doc.get("list_file") or ""))
    if file is None:
        raise UsageError(
            f"the list of {view.number} is not here", remedy="It is a file of its own: fieldkit list media."
        )
    return b"".join(vault.media.open(file.doc)).decode().splitlines()


def draw_named(vault: VaultReader, ref: str) -> RecordView:
    """The draw of a number, name or id. `UsageError` where that is another kind of record."""
    view = vault.get(ref)
    if view.kind != "draw":
        raise UsageError(
            f"{view.number} is of kind {view.kind}, not a draw", remedy="Name a draw: fieldkit list draw."
        )
    return view


def agreements(vault: VaultReader, view: RecordView) -> Iterator[RecordView]:
    """The sign-offs by which somebody agreed to the digest of a draw's list."""
    return (
        each
        for each in vault.referring(view.id, "target")
        if each.kind == "signoff" and not each.retracted and each.doc.get("position") == "agreed"
    )


def _steps(vault: VaultReader, view: RecordView) -> list[Step]:
    """What happened, in the order of the journal; where several laptops wrote it down, in that of their clocks."""
    found: list[tuple[str, int, str, Step]] = []
    before: list[Doc] = []
    for entry in vault.entries_of(view.id):
        stamp = (entry.log, entry.seq, str(entry.recorded.get("at", "")))
        if entry.act != AMEND:
            found.append((*stamp, _step("frozen", entry.values.get("occurred"))))
            continue
        after = given(entry.values) or before
        dice = (entry.values.get("seed_method") or view.doc.get("seed_method")) == "dice"
        found += [(*stamp, step) for step in _given(vault, before, after, dice)]
        before = after
        if entry.values.get("seed"):
            found.append((*stamp, _step("drawn", entry.values.get("drawn_at"))))
    for signoff in agreements(vault, view):
        for entry in vault.entries_of(signoff.id)[:1]:
            doc = signoff.doc
            step = _step(
                "agreed", doc.get("occurred"), str(doc.get("role") or ""), _name(vault, doc.get("signer")),
                digest=str(doc.get("digest") or ""),
            )  # fmt: skip
            found.append((entry.log, entry.seq, str(entry.recorded.get("at", "")), step))
    alone = len({log for log, *_ in found}) == 1
    found.sort(key=lambda each: (each[1], "") if alone else (0, each[2]))
    return [step for *_, step in found]


def _given(vault: VaultReader, before: Sequence[Doc], after: Sequence[Doc], dice: bool) -> Iterator[Step]:
    for position, each in enumerate(after):
        earlier = before[position] if position < len(before) else {}
        party, by = str(each.get("party") or ""), _name(vault, each.get("by"))
        if each.get("digest") and not earlier.get("digest"):
            yield _step("committed", each.get("committed"), party, by, digest=str(each["digest"]))
        if each.get("value") and not earlier.get("value"):
            yield _step(
                "rolled" if dice else "revealed", each.get("told"), party, by, value=str(each["value"])
            )


def _step(step: str, when: JSON, party: str = "", by: str = "", *, digest: str = "", value: str = "") -> Step:
    at, offset = (str(when["at"]), str(when["offset"])) if isinstance(when, dict) else ("", "")
    return Step(step=step, at=at, offset=offset, party=party, by=by, digest=digest, value=value)  # type: ignore[arg-type]


def _name(vault: VaultReader, person: JSON) -> str:
    view = vault.peek(person) if isinstance(person, str) else None
    return str(view.doc.get("transliteration") or view.doc.get("name") or view.number) if view else ""


def _number(vault: VaultReader, record: JSON) -> str:
    view = vault.peek(record) if isinstance(record, str) else None
    return view.number if view else ""
