"""Compartments in a play: who reads them, what is recorded in them, and who lets himself in."""

from __future__ import annotations

from collections.abc import Callable

from fieldkit.team import compartments
from fieldkit.team.members import member
from fieldkit.vault.recording import Add
from tests.trials.invariants import Invariant, hold
from tests.trials.play import Play
from tests.trials.play_team import LATE, forge_there, leads


def enclose(play: Play, number: int) -> None:
    """A compartment is made for two laptops, or one of its readers records something in it."""
    place = play.place(number)
    if not play.boxes:
        if not leads(play, number):
            return
        other = play.rng.choice([one for one in play.active if one != number])
        if play.oracle.is_struck(play.place(other), place) or other == LATE:
            return
        if not member(play.vault(number), play.vault(other).letter).standing.trusted:
            return
        letter = play.vault(other).letter
        box = compartments.create(play.vault(number), "sources", [letter]).record.id
        play.boxes[box] = place
        entry = play.vault(number).entries_of(box)[0].hash
        play.wrote(number, entry, box, "add", frozenset({place, play.place(other)}))
        return
    box = min(play.boxes)
    begun = play.begun(box) in play.oracle.known[place] - play.oracle.out(place)
    if not begun or place not in play.oracle.shown(place, box).elements:
        return
    text = play.word("whisper")
    change = Add("observation", {"basis": "seen", "text": text}, compartment=box)
    if made := play.record(number, change):
        play.records.append(made.id)
        play.enclosed[made.id] = box
        play.wrote(number, made.hash, made.id, "value", frozenset({text}))


def readers(play: Play, number: int) -> None:
    """A compartment gets a reader, or loses one."""
    place, vault = play.place(number), play.vault(number)
    if not play.boxes or play.boxes[min(play.boxes)] != place or not leads(play, number):
        return
    box = min(play.boxes)
    there = play.oracle.shown(place, box).elements
    others = [one for one in play.active if one not in {number, LATE} | play.struck]
    if not others or play.oracle.said(place, box) is False:
        return
    other = play.rng.choice(others)
    letter = play.vault(other).letter
    if play.place(other) in there:
        seen = play.oracle.adders(place, box)
        compartments.remove_reader(vault, "sources", letter, play.word("reason"))
        entry = vault.entries_of(box)[-1].hash
        play.wrote(number, entry, box, "remove", frozenset({play.place(other)}), seen)
    elif member(vault, letter).standing.trusted:
        reads = {one.record.doc["letter"] for one in compartments.compartment(vault, "sources").readers}
        hold(
            letter not in reads,
            Invariant.SEALED,
            f"laptop{number} counts {letter} among the readers of {box}",
        )
        compartments.add_reader(vault, "sources", letter)
        entry = vault.entries_of(box)[-1].hash
        play.wrote(number, entry, box, "add", frozenset({play.place(other)}))
        # With what is in it so far.
        play.let_in[play.place(other)] = entry
        play.may_read |= {
            (play.place(other), one.hash)
            for one in play.oracle.writes.values()
            if one.record in play.enclosed
        }


def intrude(play: Play, number: int) -> None:
    """Whoever leads may say who reads a compartment; altered software names its own laptop, and must not read for that."""
    place, vault = play.place(number), play.vault(number)
    closed = [box for box in play.boxes if _may_not_read(play, place, box)]
    if not closed or not leads(play, number) or play.oracle.is_struck(place, place) or vault.begin_due_log():
        return
    own = member(vault, vault.own_log.log).record
    forge_there(play, number, play.rng.choice(closed), "compartment", "amend", {"readers+": [own.id]})


def _may_not_read(play: Play, place: str, box: str) -> bool:
    return place not in play.oracle.shown(place, box).elements


ACTS: dict[str, Callable[[Play, int], None]] = {act.__name__: act for act in (enclose, readers, intrude)}
