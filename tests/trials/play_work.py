"""What a play's laptops do to records, in meetings, and with their disks."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

from fieldkit.errors import UnavailableError
from fieldkit.team.depot import Depot
from fieldkit.team.syncing import Sync
from fieldkit.vault.recording import Add, Amend, Retract
from tests.trials.play import SET, Play
from tests.trials.stage import DEPOTS


def new(play: Play, number: int) -> None:
    """A new record."""
    text = play.word("observation")
    if made := play.record(number, Add("observation", {"basis": "seen", "text": text})):
        play.records.append(made.id)
        play.wrote(number, made.hash, made.id, "value", frozenset({text}))


def amend(play: Play, number: int) -> None:
    """Another text for a record."""
    record, text = play.pick(number), play.word("amendment")
    if record is None:
        return
    seen = frozenset(play.oracle.shown(play.place(number), record).values)
    if made := play.record(number, Amend(record, play.word("reason"), set={"text": text})):
        play.wrote(number, made.hash, record, "value", frozenset({text}), seen)


def put_in(play: Play, number: int) -> None:
    """A further element of a record's set: a link to another record."""
    record = play.pick(number)
    if record is None or record in play.enclosed:
        return
    there = play.oracle.shown(play.place(number), record).elements
    others = [one for one in play.known(number) if one not in {record, *there, *play.enclosed}]
    if not others:
        return
    other = play.rng.choice(others)
    if made := play.record(number, Amend(record, "it bears it out", add={SET: [other]})):
        play.wrote(number, made.hash, record, "add", frozenset({other}))


def take_out(play: Play, number: int) -> None:
    """An element is taken out of a record's set."""
    place = play.place(number)
    chosen = [
        (one, min(there))
        for one in play.known(number)
        if one not in play.enclosed and (there := play.oracle.shown(place, one).elements)
    ]
    if not chosen:
        return
    record, element = play.rng.choice(chosen)
    seen = play.oracle.adders(place, record)
    if made := play.record(number, Amend(record, "it does not", remove={SET: [element]})):
        play.wrote(number, made.hash, record, "remove", frozenset({element}), seen)


def retract(play: Play, number: int) -> None:
    """A record no longer stands."""
    known = play.known(number)[2:]
    if not known:
        return
    record = play.rng.choice(known)
    if made := play.record(number, Retract(record, "seen by nobody")):
        play.wrote(number, made.hash, record, "retract")


def attach(play: Play, number: int) -> None:
    """A file is attached to a record."""
    record = play.pick(number)
    if record is None or record in play.enclosed or play.oracle.is_struck(*[play.place(number)] * 2):
        return
    content = play.word("original").encode() * play.rng.choice((1, 1, 200))
    media, amended = play.vault(number).attach(io.BytesIO(content), "planted.txt", record)
    play.originals[media.id] = content
    play.wrote(number, media.hash, media.id, "other")
    play.wrote(number, amended.hash, record, "add", frozenset({media.id}))


def sync(play: Play, number: int) -> None:
    """A whole sync with some depot."""
    play.meet(number, play.rng.randrange(DEPOTS))


def fault(play: Play, number: int) -> None:
    """A sync that breaks off somewhere, or that does not see everything there; its process may end with it."""
    store = play.rng.choice(play.stores)
    play.forget(number, play.stores.index(store))
    store.left, store.lagging = play.rng.randrange(1, 30), play.rng.random() < 0.5
    with contextlib.suppress(UnavailableError), play.cutting(number):
        Sync(play.vault(number), Depot(store)).run()
    store.left, store.lagging = None, False
    if play.rng.random() < 0.5:
        play.shut(number)
    play.learn(number)


def restore(play: Play, number: int) -> None:
    """A laptop is put back from its backup, without the user's state; then a backup is made anew."""
    if play.rng.random() < 0.7 and number in play.backups:
        play.put_back(number, with_head=False)
    play.backup(number)


def rewind(play: Play, number: int) -> None:
    """A laptop's whole disk is put back, with the user's state: nothing on it tells."""
    if number in play.backups:
        play.put_back(number, with_head=True)


ACTS: dict[str, Callable[[Play, int], None]] = {
    act.__name__: act for act in (new, amend, put_in, take_out, retract, attach, sync, fault, restore, rewind)
}
