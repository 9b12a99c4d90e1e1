"""Witnessed random selection with a mission's own lists: freeze, agree, seed, draw, and the record of it all.

A drawn-from list has one line a piece: the item's number with the serial, or with `piece 2 of 4` where pieces have none.
The frozen list is kept as a file whose SHA-256 is the digest that both sides agree to.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from fieldkit.capture.matching import place, serials_in, within
from fieldkit.domain import draws
from fieldkit.domain.draw_order import given, seed_of
from fieldkit.domain.draws import MOST_LINES, PARTIES, VARIANT, Party
from fieldkit.domain.duplicates import folded
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import Moment, as_json
from fieldkit.domain.replaying import DrawRecord, Step
from fieldkit.domain.serials import as_read
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.fold import AMEND
from fieldkit.vault.inventory_lists import lines_of
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add, Amend, Change, Recorded, uuid7
from fieldkit.vault.vault import Vault

STRATUM_FIELDS = ("type", "nomenclature", "maker", "location", "control_entry")
LARGEST_DRAW = 10_000
_JOIN = "; "


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen list: the draw's id and number, the digest, lines, and how many of them will be drawn."""

    draw: Recorded
    digest: str
    population: int
    size: int


def stratum_of(words: Iterable[str]) -> str:
    """`FIELD=VALUE` words as they are recorded; `UsageError` for another field."""
    found = []
    for word in words:
        field, sign, value = (part.strip() for part in word.partition("="))
        if not sign or not value or field not in STRATUM_FIELDS:
            raise UsageError(
                f"{word!r} is no part of an inventory",
                where="stratum",
                remedy=f"Write FIELD=VALUE with one of {', '.join(STRATUM_FIELDS)}.",
            )
        found.append(f"{field}={value}")
    return _JOIN.join(found)


def pieces(vault: VaultReader, declaration: str, stratum: str = "") -> list[str]:
    """The lines that are drawn from: every piece of a declaration (record id), or of a part of it, in no order."""
    chosen = _filter(vault, stratum)
    lines: list[str] = []
    for number, doc in lines_of(vault, declaration):
        if chosen(doc):
            lines.extend(_lines(number, doc))
            if len(lines) > MOST_LINES:
                raise UsageError(
                    f"more than {MOST_LINES} pieces", remedy="Draw from a part: --stratum FIELD=VALUE."
                )
    return lines


def strata(vault: VaultReader, declaration: str, field: str) -> dict[str, int]:
    """The parts into which a field divides a declaration, as `FIELD=VALUE`, with the pieces in each."""
    stratum_of([f"{field}=any"])
    found: dict[str, int] = {}
    for number, doc in lines_of(vault, declaration):
        value = doc.get(field)
        held = vault.peek(str(value)) if field == "location" and value else None
        name = str(held.doc.get("name", held.number) if held else value or "")
        if not name:
            raise UsageError(
                f"{number} has no {field}",
                where="--by",
                remedy="Divide by a field that every line has.",
            )
        part = stratum_of([f"{field}={name}"])
        found[part] = found.get(part, 0) + len(_lines(number, doc))
    return dict(sorted(found.items()))


def freeze(
    vault: Vault,
    *,
    plan: str = "",
    declaration: str = "",
    stratum: str = "",
    size: int | None = None,
    at: Moment | None = None,
    author: str | None = None,
) -> Frozen:
    """Freeze the list of a plan, or of a declaration or a part of it; `plan` and `declaration` are numbers or ids.

    Raises `RefusedError` where the plan was made for another number of pieces.
    """
    planned = vault.get(plan) if plan else None
    if planned is not None:
        if planned.kind != "plan":
            raise UsageError(f"{planned.number} is of kind {planned.kind}, not a plan")
        declaration = declaration or str(planned.doc.get("declaration") or "")
        stratum = stratum or (str(planned.doc.get("stratum") or "") if planned.doc.get("declaration") else "")
        size = size or cast("int", planned.doc["size"])
    if size is None:
        raise UsageError("how many are to be drawn?", remedy="Name a plan, or --size N.")
    source = vault.get(declaration or _only_declaration(vault))
    if source.kind != "declaration":
        raise UsageError(f"{source.number} is of kind {source.kind}, not a declaration")
    frozen = draws.freeze(pieces(vault, source.id, stratum))
    population = len(frozen.lines)
    if planned is not None and planned.doc.get("population") != population:
        raise RefusedError(
            f"the plan is for {planned.doc.get('population')} pieces, but the list has {population}",
            where=planned.number,
            remedy="Plan anew for the list as it is.",
        )
    if not 1 <= size <= min(population, LARGEST_DRAW):
        raise UsageError(
            f"{size} of {population} cannot be drawn", remedy=f"Draw 1 to {min(population, LARGEST_DRAW)}."
        )
    stored = vault.media.put(io.BytesIO("".join(f"{line}\n" for line in frozen.lines).encode()))
    media: Doc = {
        "name": f"list {frozen.digest[:16]}.txt",
        "sha256": stored.sha256,
        "size": stored.size,
        "media_type": "text/plain",
        "parts": list(stored.parts),
    }
    file = uuid7()
    values: Doc = {
        "declaration": source.id,
        "list_file": file,
        "list_sha256": frozen.digest,
        "population": population,
        "size": size,
        "variant": VARIANT,
    }
    values |= {"plan": planned.id} if planned else {}
    values |= {"stratum": stratum} if stratum else {}
    values |= {"occurred": as_json(at)} if at else {}
    _, draw = vault.record([Add("media", media, id=file), Add("draw", values)], author=author)
    return Frozen(draw, frozen.digest, population, size)


def agree(
    vault: Vault,
    draw: str,
    persons: Mapping[Party, str],
    *,
    at: Moment | None = None,
    author: str | None = None,
) -> Sequence[Recorded]:
    """Record that persons of both sides, or of one, agree to the digest of the frozen list. Raises `RefusedError` where a
    person is of another side."""
    view = _draw(vault, draw)
    changes: list[Change] = []
    for party, person in persons.items():
        _of_party(vault, person, party)
        values: Doc = {
            "digest": view.doc["list_sha256"],
            "position": "agreed",
            "role": party,
            "signer": person,
            "target": view.id,
        }
        changes.append(Add("signoff", values | ({"occurred": as_json(at)} if at else {})))
    return vault.record(changes, author=author)


def commit(
    vault: Vault,
    draw: str,
    party: Party,
    commitment: str,
    *,
    by: str = "",
    at: Moment,
    author: str | None = None,
) -> Recorded:
    """Record one side's commitment (hex SHA-256, see `draws.commitment`)."""
    view = _draw(vault, draw)
    one: Doc = {"party": party, "digest": commitment, "committed": as_json(at)}
    return _contribute(
        vault, view, [*given(view.doc), one | _by(vault, view, party, by)], "commit_reveal", author
    )


def reveal(
    vault: Vault, draw: str, party: Party, secret: str, *, at: Moment, author: str | None = None
) -> Recorded:
    """Record the secret that one side tells. Raises `AlteredError` where it is not the one committed to."""
    view = _draw(vault, draw)
    held = given(view.doc)
    if all(each.get("party") != party for each in held):
        raise RefusedError(f"the {party} has not committed to anything", remedy="Both sides commit first.")
    told = [
        each | {"value": secret, "told": as_json(at)} if each.get("party") == party else each for each in held
    ]
    return _contribute(vault, view, told, "commit_reveal", author)


def roll(
    vault: Vault,
    draw: str,
    values: Sequence[int],
    *,
    sides: int = 10,
    first: Party = "team",
    by: Mapping[Party, str] | None = None,
    at: Moment,
    author: str | None = None,
) -> Recorded:
    """Record dice as they fell, both sides in turn, and draw. Who rolled are those who agreed unless `by` names others."""
    view = _draw(vault, draw)
    order = PARTIES if first == "team" else PARTIES[::-1]
    persons = {party: _by(vault, view, party, (by or {}).get(party, "")) for party in PARTIES}
    rolled: list[JSON] = []
    for position, value in enumerate(values):
        party = order[position % 2]
        rolled.append({"party": party, "value": str(value), "told": as_json(at), **persons[party]})
    made: Doc = {"contributions": rolled, "seed_method": "dice", "sides": sides}
    return _run(vault, view, made, at, author)


def run(vault: Vault, draw: str, *, at: Moment, author: str | None = None) -> Recorded:
    """Draw with the secrets that both sides have told."""
    view = _draw(vault, draw)
    if not given(view.doc):
        raise RefusedError(
            "there is no seed",
            where=view.number,
            remedy="Roll dice (--dice), or both sides commit and reveal.",
        )
    return _run(vault, view, {}, at, author)


def record_of(vault: Vault, draw: str) -> DrawRecord:
    """The whole draw as anybody can repeat it, without the vault."""
    view = _draw(vault, draw)
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


def _run(vault: Vault, view: RecordView, further: Doc, at: Moment, author: str | None) -> Recorded:
    seed = seed_of({**view.doc, **further})
    population, size = cast("int", view.doc["population"]), cast("int", view.doc["size"])
    drawn = draws.positions(population, size, seed)
    lines = sorted(frozen_lines(vault, view))
    numbers = {lines[number - 1].partition(" ")[0] for number in drawn if number <= len(lines)}
    done: Doc = {"seed": seed, "drawn": list(drawn), "drawn_at": as_json(at)}
    change = Amend(
        view.id,
        "drawn",
        set=further | done,
        add={"items": sorted(vault.resolve(number) for number in numbers)},
    )
    return vault.record([change], author=author)[0]


def _contribute(
    vault: Vault, view: RecordView, contributions: Sequence[Doc], method: str, author: str | None
) -> Recorded:
    values: Doc = {"contributions": list(contributions), "seed_method": method}
    return vault.record([Amend(view.id, "given for the seed", set=values)], author=author)[0]


def _by(vault: Vault, view: RecordView, party: Party, person: str) -> Doc:
    """Who acts for a side: the person named, else the one who agreed for it."""
    if person:
        _of_party(vault, person, party)
        return {"by": person}
    signers = [
        each.doc.get("signer")
        for each in _signoffs(vault, view)
        if each.doc.get("role") == party and each.doc.get("signer")
    ]
    return {"by": signers[-1]} if signers else {}


def _of_party(vault: VaultReader, person: str, party: Party) -> None:
    view = vault.peek(person)
    if view is None or view.doc.get("party") != party:
        raise RefusedError(
            f"{view.doc.get('name') if view else person} is not of the {party}",
            remedy=f"Name somebody of the {party}: fieldkit list person.",
        )


def _signoffs(vault: VaultReader, view: RecordView) -> Iterator[RecordView]:
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
    for signoff in _signoffs(vault, view):
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


def _draw(vault: VaultReader, ref: str) -> RecordView:
    view = vault.get(ref)
    if view.kind != "draw":
        raise UsageError(
            f"{view.number} is of kind {view.kind}, not a draw", remedy="Name a draw: fieldkit list draw."
        )
    return view


def _only_declaration(vault: VaultReader) -> str:
    found = [view.id for view in vault.list("declaration")]
    if len(found) != 1:
        raise UsageError(
            f"there are {len(found)} declarations", remedy="Say which is drawn from: --declaration ID."
        )
    return found[0]


def _filter(vault: VaultReader, stratum: str) -> Callable[[Doc], bool]:
    """Whether an item belongs to a part of the inventory, as `stratum_of` wrote it."""
    wanted: list[tuple[str, str]] = []
    places: frozenset[str] = frozenset()
    for word in stratum.split(_JOIN) if stratum else ():
        field, _, value = stratum_of([word]).partition("=")
        if field == "location":
            places = within(vault, place(vault, value))
        wanted.append((field, folded(value)))

    def belongs(doc: Doc) -> bool:
        return all(
            doc.get(field) in places if field == "location" else folded(str(doc.get(field, ""))) == value
            for field, value in wanted
        )

    return belongs


def _lines(number: str, doc: Doc) -> list[str]:
    """One line a piece: those with a serial by it, the others by their place in the count."""
    named = list(dict.fromkeys(map(_printable, serials_in(doc))))
    declared = doc.get("declared")
    total = max(declared if isinstance(declared, int) else 1, len(named))
    if total > MOST_LINES:
        raise UsageError(f"{number} declares {total} pieces", remedy="Bulk goods are weighed, not drawn.")
    without = (f"{number} piece {position} of {total}" for position in range(len(named) + 1, total + 1))
    return [*(f"{number} {serial}" for serial in named), *without]


def _printable(serial: str) -> str:
    read = as_read(serial)
    if read.isprintable():
        return read
    return "".join(each if each.isprintable() else f"⟨U+{ord(each):04X}⟩" for each in read)


def _name(vault: VaultReader, person: JSON) -> str:
    view = vault.peek(person) if isinstance(person, str) else None
    return str(view.doc.get("transliteration") or view.doc.get("name") or view.number) if view else ""


def _number(vault: VaultReader, record: JSON) -> str:
    view = vault.peek(record) if isinstance(record, str) else None
    return view.number if view else ""
