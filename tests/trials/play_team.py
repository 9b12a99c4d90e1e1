"""What plays do about the team: striking off, admitting late, compartments, giving up originals, newer software."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import RefusedError
from fieldkit.journal.checkpoint import Checkpoint, sign_checkpoint
from fieldkit.journal.leaf import contents_of, disclose, leaf_of
from fieldkit.journal.merkle import Frontier, leaf_hash
from fieldkit.team.keyring import Closed, Keyring
from fieldkit.team.members import give_history, member, members, new_key
from fieldkit.team.receipts import shed as give_up
from fieldkit.team.segment import Packed, seal_segment
from fieldkit.team.striking import readmit, revoke
from fieldkit.vault.belonging import WHOSE
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.merging import Merge, _said
from fieldkit.vault.packing import pack
from fieldkit.vault.recording import uuid7
from fieldkit.vault.vault import Vault
from tests.team.teams import forge as forge_entry
from tests.team.teams import joined
from tests.trials.invariants import Invariant, hold
from tests.trials.play import Play
from tests.trials.play_work import amend, new, rewind
from tests.trials.stage import DEPOTS, ROLES, depot_of, held, logs_of
from tests.trials.team_oracle import RANKS, Strike

LATE = len(ROLES)


def leads(play: Play, number: int) -> bool:
    """Whether a laptop admits and strikes off, as far as it knows."""
    place = play.place(number)
    return play.oracle.roles[place] in RANKS and not play.oracle.is_struck(place, place)


def strike(play: Play, number: int) -> None:
    """One who leads strikes another off, who goes on all the same."""
    if targets := _may_be_struck(play, number):
        _strike(play, number, play.rng.choice(targets))


def backdate(play: Play, number: int) -> None:
    """One who leads strikes off another, of whose disk somebody has a copy that knows nothing of the last days. He writes on
    from there."""
    if targets := _may_be_struck(play, number):
        target = play.rng.choice(targets)
        play.backup(target)
        for act in (new, amend):
            act(play, target)
        depot = play.rng.randrange(DEPOTS)
        for one in (target, number):
            play.meet(one, depot)
        if target in _may_be_struck(play, number):
            _strike(play, number, target)
        rewind(play, target)
        for act in (amend, new, amend):
            act(play, target)
        play.meet(target, play.rng.randrange(DEPOTS))


def _may_be_struck(play: Play, number: int) -> list[int]:
    """Whom a laptop strikes off: who is below it, and belongs to the team as far as it knows."""
    if not leads(play, number):
        return []
    place = play.place(number)
    ranks = {one: RANKS.get(play.oracle.roles[play.place(one)], 0) for one in play.active}
    return [
        one
        for one in play.active
        if ranks[one] < ranks[number]
        and one not in play.struck
        and not play.oracle.is_struck(play.place(one), place)
        and play.oracle.admissions.get(play.place(one), "") in {"", *play.oracle.known[place]}
    ]


def _strike(play: Play, number: int, target: int) -> None:
    place, vault = play.place(number), play.vault(number)
    letter, reason = play.vault(target).letter, play.word("reason")
    # Said before the objects are noticed, so that the oracle knows what lies in them.
    with play.cutting(number), said_of_members(play, number):
        try:
            revoke(vault, letter, reason, history="all")
        except RefusedError:
            # The other said who belongs to the team where this laptop had not seen it: that falls, or is said again.
            revoke(vault, letter, reason, history="all", falling=play.rng.choice(("renew", "let fall")))
    given = Keyring(vault).recipients().keys() & logs_of(play.vault(target))
    hold(not given, Invariant.MEMBERS_ONLY, f"{place} gives keys to whom it has struck off")
    play.learn(number)


@contextlib.contextmanager
def said_of_members(play: Play, number: int) -> Iterator[None]:
    """Tell the oracle of every striking-off that a laptop records meanwhile."""
    place, vault = play.place(number), play.vault(number)
    vault.begin_due_log()
    log, size = vault.own_log.log, vault.own_log.size
    yield
    letters = {one.log: str(one.record.doc.get("letter")) for one in members(vault)}
    by_letter = {play.vault(one).letter: one for one in play.active}
    struck: dict[int, tuple[str, str, set[str]]] = {}
    for leaf, record in vault.database.rows(
        "SELECT hash, record FROM entries WHERE log = ? AND seq >= ? ORDER BY seq", (log, size)
    ):
        (entry,) = [one for one in vault.entries_of(record) if one.hash == leaf.hex()]
        cut, cut_size = entry.values.get("cut_log"), entry.values.get("cut_size")
        if isinstance(cut, str) and isinstance(cut_size, int) and letters.get(cut) in by_letter:
            counted = {
                leaf_hash.hex()
                for table in ("entries", "branches")
                for (leaf_hash,) in vault.database.rows(
                    f"SELECT hash FROM {table} WHERE log = ? AND seq < ?", (cut, cut_size)
                )
            }
            counted |= {before for one in play.active for before in _before(play.vault(one), cut, counted)}
            target = by_letter[letters[cut]]
            struck[target] = (entry.hash, record, counted | struck.get(target, ("", "", set()))[2])
    for target, (entry_hash, record, counted) in struck.items():
        play.wrote(number, entry_hash, record, "other")
        play.oracle.struck(Strike(entry_hash, place, play.place(target), frozenset(counted)))
        play.struck.add(target)


def settle(play: Play, team: Sequence[int]) -> bool:
    """What laptops tell people to do by the end is done, by whoever leads most: who was struck off by an entry that does not count
    is given keys again; where the newest key came to nobody, there is a new one. Whether anything was done."""
    settled = False
    for number in sorted(team, key=lambda one: -RANKS.get(play.oracle.roles[play.place(one)], 0)):
        if leads(play, number):
            if not settled and Keyring(play.vault(number)).closed() is Closed.NEWER_ONE:
                new_key(play.vault(number), play.word("reason"))
                settled = True
            for one in members(play.vault(number)):
                # Readmitting a laptop settles every log that it left.
                standing = play.vault(number).standing(one.log)
                if standing.belongs and not standing.trusted:
                    with contextlib.suppress(RefusedError):
                        readmit(play.vault(number), one.log, play.word("reason"))
                        settled = True
    return settled


def _before(vault: Vault, log: str, known: set[str]) -> Iterator[str]:
    """The entries before these in the history of a log that is here without a gap: who strikes it off and has a later entry of it
    names the tree in which they are, though a host may have kept them back."""
    here = {
        seq: leaf_hash.hex()
        for seq, leaf_hash in vault.database.rows("SELECT seq, hash FROM entries WHERE log = ?", (log,))
    }
    last = max((seq for seq, leaf_hash in here.items() if leaf_hash in known), default=-1)
    if all(seq in here for seq in range(last)):
        yield from (here[seq] for seq in range(last))


def late(play: Play, number: int) -> None:
    """A laptop is admitted late, with or without what was recorded before."""
    if LATE in play.active or play.oracle.roles[play.place(number)] not in {"lead", "headquarters"}:
        return
    if not leads(play, number):
        return
    history = play.rng.random() < 0.5
    folder = play.stage.folder(LATE)
    with play.cutting(number):
        joined(folder, play.vault(number), "Late Comer", history=history).close()
    vault = play.vault(LATE)
    record = member(play.vault(number), vault.own_log.log).record.id
    entry = play.vault(number).entries_of(record)[0].hash
    play.wrote(number, entry, record, "other")
    play.oracle.begin(play.place(LATE), "inspector", entry)
    play.active.append(LATE)
    play.late[LATE] = history
    play.oracle.known[play.place(LATE)] = {entry}
    # What came with the grant can be handed on where its object came as well.
    play.vouched = held(vault) & play.oracle.writes.keys()
    play.handed = {
        leaf.hex()
        for one in Exchange(vault).segments()
        for table in ("entries", "branches")
        for (leaf,) in vault.database.rows(
            f"SELECT hash FROM {table} WHERE log = ? AND seq BETWEEN ? AND ?", one[1:4]
        )
    }
    play.learn(LATE)
    play.backup(LATE)


def give_all(play: Play, number: int) -> None:
    """A late laptop is given what was recorded before."""
    if LATE in play.active and leads(play, number):
        place = play.place(number)
        admitted = play.oracle.admissions[play.place(LATE)] in play.oracle.known[place] - play.oracle.out(
            place
        )
        if admitted and not play.oracle.is_struck(play.place(LATE), place):
            with contextlib.suppress(RefusedError):
                give_history(play.vault(number), play.vault(LATE).letter)


def shed(play: Play, number: int) -> None:
    """An original is given up here, if that is allowed."""
    here = [one for one in play.originals if play.vault(number).peek(one) and play.has(number, one)]
    if not here:
        return
    original = play.rng.choice(here)
    with contextlib.suppress(RefusedError):
        give_up(play.vault(number), play.vault(number).get(original), depot_of(play.rng.choice(play.stores)))
        play.shed.add((number, original))
        hold(original in play.signed, Invariant.TWO_COPIES, f"laptop{number} gave up {original}")


def newer(play: Play, number: int) -> None:
    """Newer software on a laptop records a kind, and a field of a known kind, that this one does not know."""
    place, vault = play.place(number), play.vault(number)
    if play.oracle.is_struck(place, place) or vault.begin_due_log():
        return
    kind = play.rng.choice(("hologram", "observation"))
    record, text = uuid7(), play.word("of a newer kind")
    values: Doc = {"aura": {"hue": text}, "text": text}
    at: JSON = {"at": "2031-01-01T00:00:00Z"}
    entry = _forged(
        vault, kind, "add", record, values, number=f"{vault.letter}-O-9{len(play.relayed):03}", recorded=at
    )
    play.wrote(number, entry, record, "other")
    play.relayed.add(record)
    play.newer[entry] = stored(vault, entry)


def forge(play: Play, number: int) -> None:
    """A laptop that holds the team's key puts an entry into another's log, and signs it as well as it can."""
    vault = play.vault(number)
    others = [log for log in vault.logs() if not log.own and log.size]
    if not others:
        return
    log = play.rng.choice(others)
    frontier = Frontier()
    for leaf in vault.leaf_hashes(log.log, log.size):
        frontier.append(leaf)
    before = frontier.copy()
    fields: dict[str, JSON] = {
        "act": "add",
        "author": vault.author,
        "id": uuid7(),
        "kind": "observation",
        "number": f"{log.letter}-O-7{play.rng.randrange(1000):03}",
        "recorded": {"at": "2026-01-01T00:00:00Z"},
        ".text": "forged",
    }
    disclosures = disclose(contents_of(fields), play.rng.randbytes(32))
    frontier.append(leaf_hash(leaf_of(disclosures, log.log, log.size)))
    note = sign_checkpoint(Checkpoint(log.origin, frontier.size, frontier.root()), vault.device_key())
    name, data = seal_segment(
        vault.mission_id, log.log, log.public_key, before, [Packed(pack(disclosures), None)], note, vault.epoch,
        vault.epoch_keys()[vault.epoch], vault.device_key().sign,
    )  # fmt: skip
    depot_of(play.rng.choice(play.stores)).write(name, data)


def meddle(play: Play, number: int) -> None:
    """Altered software on a laptop writes into records on which the team relies what nobody may say there, whoever he is."""
    place, vault = play.place(number), play.vault(number)
    if play.oracle.is_struck(place, place) or vault.begin_due_log():
        return
    own = member(vault, vault.own_log.log).record
    mine = {name: own.doc[name] for name in WHOSE & own.doc.keys()}
    others = [view.id for view in vault.list("member") if view.id != own.id]
    aims = [
        *(
            (one, kind, act, mine)
            for one in others
            for kind in ("member", "incident", "log")
            for act in ("add", "amend")
        ),
        *((vault.mission_id, kind, "add", {"title": "Another"}) for kind in ("mission", "gadget") if number),
        *((box, "incident", "amend", {"readers+": [own.id]}) for box in play.boxes),
        *((box, "compartment", "add", {"readers": [own.id], "name": "mine"}) for box in play.boxes),
    ]
    if not leads(play, number):
        aims += [(own.id, "member", "amend", {"epochs+": [1 << 45], "history": True})]
        aims += [(box, "compartment", "amend", {"readers+": [own.id]}) for box in play.boxes]
    record, kind, act, values = play.rng.choice(aims)
    play.overstepped.add(forge_there(play, number, record, kind, act, values))


def forge_there(play: Play, number: int, record: str, kind: str, act: str, values: Doc) -> str:
    vault, at = play.vault(number), {"at": "2026-01-01T00:00:00Z"}
    entry = _forged(
        vault, kind, act, record, values, number=f"{vault.letter}-M-900", reason="forged", recorded=at
    )
    play.wrote(number, entry, "", "other")
    return entry


def _forged(vault: Vault, kind: str, act: str, record: str, values: Doc, **more: JSON) -> str:
    """Append an entry that no rule was asked about to the vault's own log, and fold it there; its leaf hash."""
    entry = forge_entry(vault, kind, act, record, values, **more)
    with vault.database.write():
        merge = Merge(vault.database, vault)
        said = [
            _said(one, merge._look(one)) for one in merge._all(vault.own_log.log) if one.hash.hex() == entry
        ]
        merge._fresh[vault.own_log.log] = said
        merge._touched.add(record)
        merge.finish()
    return entry


def stored(vault: Vault, entry: str) -> tuple[bytes, bytes]:
    """Leaf and body of an entry as they lie in the store; nothing where it is not there."""
    for table in ("entries", "branches"):
        for leaf, body in vault.database.rows(
            f"SELECT leaf, body FROM {table} WHERE hash = ?", (bytes.fromhex(entry),)
        ):
            return bytes(leaf or b""), bytes(body)
    return b"", b""


def holds_key(vault: Vault, epoch: int) -> bool:
    """Whether a laptop could open what is sealed under an epoch."""
    return epoch in {**vault.epoch_keys(), **Keyring(vault).keys()}


ACTS: dict[str, Callable[[Play, int], None]] = {
    act.__name__: act for act in (strike, backdate, late, give_all, shed, newer, forge, meddle)
}
