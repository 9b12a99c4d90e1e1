"""The order of a witnessed draw, held while it is being recorded: list, agreement of both sides, seed, numbers.

Nothing of the seed exists before both sides have agreed to the digest of the list. A commitment comes before any secret
is told, a told secret fits its commitment, and what has been given is never changed. Seed and numbers are those that
come out of what both sides gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NoReturn, cast

from fieldkit.domain import draws
from fieldkit.domain.acts import Change
from fieldkit.domain.draws import PARTIES, Party, Promise, Roll
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import AlteredError, UsageError

_OF_THE_SEED: Final = ("contributions", "seed", "drawn", "drawn_at", "items", "seed_method", "sides")
_ANEW: Final = "Retract this draw with the reason, and freeze the list anew."


def draw_goes_in_order(change: Change) -> None:
    """RefusedError or AlteredError if the act puts a step of a draw before another that it needs."""
    doc = change.after
    if change.act == "add":
        if any(doc.get(name) for name in _OF_THE_SEED):
            _refuse(
                change, "a seed before the list is frozen", "First record the frozen list, then the seed."
            )
        return
    if doc.get("contributions") or doc.get("seed") or doc.get("drawn"):
        _agreed(change)
        _after_freezing(change)
        _contributed(change)
    if doc.get("drawn") and not doc.get("seed"):
        _refuse(change, "numbers are drawn by a seed", "Record what both sides give for it first.")
    if doc.get("seed") and {"seed", "drawn", "contributions"} & change.changed:
        _follows(change)


def given(doc: Doc) -> list[Doc]:
    """What both sides gave so far, in order."""
    held = doc.get("contributions")
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def rolls(contributions: Sequence[Doc]) -> list[Roll]:
    """Contributions as rolls of dice. `UsageError` for what is no number."""
    found = []
    for each in contributions:
        value = str(each.get("value"))
        if not (value.isascii() and value.isdecimal() and len(value) <= 2):
            raise UsageError(f"{value!r} is no roll of a die", where="draw")
        found.append(Roll(cast("Party", each.get("party")), int(value)))
    return found


def promises(contributions: Sequence[Doc]) -> list[Promise]:
    """Contributions as commitments with the secrets told so far."""
    return [
        Promise(cast("Party", each.get("party")), str(each.get("digest") or ""), str(each.get("value") or ""))
        for each in contributions
    ]


def seed_of(doc: Doc) -> str:
    """The seed that comes out of what both sides gave. `UsageError` or `AlteredError` where none does."""
    contributions = given(doc)
    if doc.get("seed_method") == "dice":
        return draws.seed_from_dice(rolls(contributions), cast("int", doc.get("sides") or 10))
    if any(not each.get("value") for each in contributions):
        raise UsageError("a secret is still to be told", where="draw", remedy="Both sides reveal first.")
    return draws.seed_from_reveals(str(doc.get("list_sha256")), promises(contributions))


def agreements(change: Change) -> Iterator[tuple[str, str]]:
    """(party, digest) of every agreement to this draw that stands."""
    for view in change.lookup.referring(change.id, "target"):
        if view.kind == "signoff" and not view.retracted and view.doc.get("position") == "agreed":
            yield str(view.doc.get("role")), str(view.doc.get("digest"))


def _agreed(change: Change) -> None:
    digest = change.after.get("list_sha256")
    parties = {party for party, signed in agreements(change) if signed == digest}
    missing = [party for party in PARTIES if party not in parties]
    if missing:
        _refuse(
            change,
            f"a seed before the {' and the '.join(missing)} agreed to the digest of the list",
            "Both sides read the digest and agree first: fieldkit inventory draw agree.",
        )


def _after_freezing(change: Change) -> None:
    frozen = _at(change.after.get("occurred"))
    moments = [each.get(name) for each in given(change.after) for name in ("committed", "told")]
    if any(moment and _at(moment) < frozen for moment in (*moments, change.after.get("drawn_at"))):
        _refuse(
            change, "a seed from before the list was frozen", "Correct the time, or freeze the list anew."
        )


def _at(moment: JSON) -> str:
    return str(moment.get("at")) if isinstance(moment, dict) else ""


def _contributed(change: Change) -> None:
    """What was given stays, and no side commits once the other has told its secret."""
    before, after = given(change.before), given(change.after)
    method = change.after.get("seed_method")
    for earlier, later in zip(before, after, strict=False):
        kept = {name: value for name, value in later.items() if name not in ("value", "told")}
        if kept != {name: value for name, value in earlier.items() if name not in ("value", "told")} or (
            earlier.get("value") and earlier.get("value") != later.get("value")
        ):
            _refuse(change, "what a side gave for the seed is not changed afterwards", _ANEW)
    if len(after) < len(before):
        _refuse(change, "what a side gave for the seed is not taken away", _ANEW)
    if change.before.get("seed") and before != after:
        _refuse(change, "the seed is made already", _ANEW)
    if method == "commit_reveal":
        _committed(change, before, after)


def _committed(change: Change, before: Sequence[Doc], after: Sequence[Doc]) -> None:
    told = next((each for each in after if each.get("value")), None)
    parties = [each.get("party") for each in after]
    for each in after[len(before) :]:
        if told is not None:
            _refuse(
                change,
                f"a late commitment: the {told['party']} has told its secret already",
                _ANEW,
            )
        if parties.count(each.get("party")) > 1:
            _refuse(change, f"the {each.get('party')} has committed already", "A side commits once.")
    digest = str(change.after.get("list_sha256"))
    for each in after:
        if not each.get("digest"):
            _refuse(
                change, f"the {each.get('party')} told a secret without a commitment", "It commits first."
            )
        if each.get("value"):
            if set(parties) != set(PARTIES):
                _refuse(
                    change, "a secret is told before both sides have committed", "Both sides commit first."
                )
            party = cast("Party", each["party"])
            if draws.commitment(digest, party, str(each["value"])) != each["digest"]:
                raise AlteredError(
                    f"the secret told by the {party} is not the one it committed to",
                    where="draw.contributions",
                    remedy="Record that as an incident. " + _ANEW,
                )


def _follows(change: Change) -> None:
    doc = change.after
    if seed_of(doc) != doc["seed"]:
        _refuse(change, "the seed is not what both sides gave", "It is made of their dice or secrets alone.")
    size, population = cast("int", doc["size"]), cast("int", doc["population"])
    drawn: JSON = doc.get("drawn")
    if not isinstance(drawn, list) or tuple(drawn) != draws.positions(population, size, str(doc["seed"])):
        _refuse(
            change, "the numbers are not those that the seed draws", "fieldkit inventory draw run does it."
        )


def _refuse(change: Change, problem: str, remedy: str) -> NoReturn:
    change.refuse(problem, field="contributions", remedy=remedy)
