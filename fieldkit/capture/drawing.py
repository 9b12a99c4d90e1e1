"""Witnessed random selection with a mission's own lists: freeze, agree, give the seed, draw.

The frozen list is kept as a file whose SHA-256 is the digest that both sides agree to.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from fieldkit.capture.draw_lists import pieces
from fieldkit.capture.draw_records import agreements, draw_named, frozen_lines
from fieldkit.domain import draws
from fieldkit.domain.draw_order import given, seed_of
from fieldkit.domain.draws import PARTIES, VARIANT, Party
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import Moment, as_json
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add, Amend, Change, Recorded, uuid7
from fieldkit.vault.vault import Vault

LARGEST_DRAW = 10_000


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen list: the draw's id and number, the digest, lines, and how many of them will be drawn."""

    draw: Recorded
    digest: str
    population: int
    size: int


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
    view = draw_named(vault, draw)
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
    view = draw_named(vault, draw)
    one: Doc = {"party": party, "digest": commitment, "committed": as_json(at)}
    return _contribute(
        vault, view, [*given(view.doc), one | _by(vault, view, party, by)], "commit_reveal", author
    )


def reveal(
    vault: Vault, draw: str, party: Party, secret: str, *, at: Moment, author: str | None = None
) -> Recorded:
    """Record the secret that one side tells. Raises `AlteredError` where it is not the one committed to."""
    view = draw_named(vault, draw)
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
    view = draw_named(vault, draw)
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
    view = draw_named(vault, draw)
    if not given(view.doc):
        raise RefusedError(
            "there is no seed",
            where=view.number,
            remedy="Roll dice (--dice), or both sides commit and reveal.",
        )
    return _run(vault, view, {}, at, author)


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
        for each in agreements(vault, view)
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


def _only_declaration(vault: VaultReader) -> str:
    found = [view.id for view in vault.list("declaration")]
    if len(found) != 1:
        raise UsageError(
            f"there are {len(found)} declarations", remedy="Say which is drawn from: --declaration ID."
        )
    return found[0]
