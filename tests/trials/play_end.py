"""How a play ends: everybody who belongs to the team meets until nobody has anything new, and all promises are checked."""

from __future__ import annotations

from pathlib import Path

from fieldkit.team import names
from fieldkit.team.depot import Depot
from fieldkit.team.keyring import Keyring
from fieldkit.team.syncing import Sync
from fieldkit.vault.doctor import examine
from tests.team.teams import joined, tables
from tests.trials.invariants import Invariant, hold
from tests.trials.play import PLANTED, Play
from tests.trials.play_host import copied, mend
from tests.trials.play_team import LATE, holds_key, leads, settle, stored
from tests.trials.stage import FOREIGN_WORD, held, logs_of

REBUILDS, EXAMINES = 0.1, 0.2
"""In what share of plays a laptop is made again from a depot alone, and the doctor is asked."""
_ROUNDS = 8
_SETTLED = 2
"""How often people do what they are told: what settles one thing may bring another to light."""
_WORDS = (
    PLANTED,
    FOREIGN_WORD.encode(),
    b"Inspector",
    b"Amira Nasser",
    b"Late Comer",
    b"TRIPOLI",
    b"observation",
)
"""Words that a host must not see, each too long to stand in keys and signatures by chance."""


def everybody_meets(play: Play) -> None:
    """The last meeting, at one depot, into which the other was copied; then every promise."""
    for store in play.stores:
        mend(store)
    copied(play.stores[1], play.stores[0])
    if play.oracle.strikes:
        # A striking-off that its laptop forgot, put back from a backup, may lie in a depot.
        for one in play.active:
            play.meet(one, 0)
    gone = _gone(play)
    team = [one for one in play.active if one not in gone]
    surviving = _surviving(play, team)
    _meet_until_rest(play, team)
    for _ in range(_SETTLED):
        if settle(play, team):
            _meet_until_rest(play, team)
    for one in gone:
        play.meet(one, 0)
    _everything_reached(play, team, surviving)
    _same_tables(play, team)
    _relayed(play, team)
    _overstepped(play, team)
    _originals(play, team)
    _members_only(play, team, gone)
    if play.rng.random() < EXAMINES:
        _sound(play, play.rng.choice(team))
    copied(play.stores[0], play.stores[1])
    if play.rng.random() < REBUILDS:
        _rebuilt(play, team)
    for store in play.stores:
        _nothing_readable(Path(store.where))


def _gone(play: Play) -> set[int]:
    """The laptops that count as struck off once everybody knows everything, or that nobody who counts admitted."""
    union = "everybody"
    # A striking-off may lie in a depot alone, where the disk of whoever said it was put back.
    play.oracle.known[union] = _surviving(play, play.active)
    out = play.oracle.out(union)
    gone = {one for one in play.active if play.oracle.is_struck(play.place(one), union)}
    late = play.oracle.admissions.get(play.place(LATE))
    del play.oracle.known[union]
    return gone | ({LATE} if late in out else set())


def _surviving(play: Play, team: list[int]) -> set[str]:
    """What laptops that belong to the team hold, and what a depot gives them."""
    known = {write for one in team for write in _handed_on(play, one)}
    keys = {epoch for one in team for epoch in play.vault(one).epoch_keys()}
    for store in play.stores:
        known |= play.oracle.carried(Path(store.where), keys)
    return known


def _handed_on(play: Play, number: int) -> set[str]:
    """What a laptop knows and can hand on: not what came with its grant without the object in which it lies."""
    known = play.oracle.known[play.place(number)]
    return known - (play.vouched - play.handed) if number == LATE else known


def _meet_until_rest(play: Play, team: list[int]) -> None:
    """One after the other, until nobody has had anything new since everybody's last turn."""
    quiet = 0
    for one in team * _ROUNDS:
        quiet = 0 if play.meet(one, 0) else quiet + 1
        if quiet == len(team):
            return
    hold(False, Invariant.REACHES_ALL, "they never come to rest")


def _everything_reached(play: Play, team: list[int], surviving: set[str]) -> None:
    for one in team:
        if play.late.get(one) is not False:
            missing = surviving - play.oracle.known[play.place(one)] - _kept_from(play, one, team)
            hold(not missing, Invariant.REACHES_ALL, f"laptop{one} lacks {play.told(missing)}")
    for record, box in play.enclosed.items():
        for one in team:
            _whispered(play, one, record, box)


def _kept_from(play: Play, number: int, team: list[int]) -> set[str]:
    """What lies in a depot only under keys that were made when the laptop was struck off, by an entry that nobody has any more,
    and that nobody who leads has, so as to give them."""
    root, held = Path(play.stores[0].where), play.vault(number).epoch_keys().keys()
    given = {epoch for one in team if leads(play, one) for epoch in play.vault(one).epoch_keys()}
    kept = play.kept_from.get(number, set()) - held - given
    return play.oracle.carried(root, kept) - play.oracle.carried(root, held)


def _whispered(play: Play, number: int, record: str, box: str) -> None:
    """Who reads a compartment, and did so when it was recorded, is shown what is in it."""
    place = play.place(number)
    if place not in play.oracle.shown(place, box).elements:
        return
    for entry, value in play.oracle.shown(place, record).values.items():
        if place not in play.oracle.writes[entry].hidden_from:
            said = {str(one.values.get("text")) for one in play.vault(number).entries_of(record)}
            hold(value in said, Invariant.VISIBLE, f"{place} is not shown {value}")


def _same_tables(play: Play, team: list[int]) -> None:
    """Laptops that hold the same entries, and read the same of them, have the same tables."""
    seen: dict[tuple[frozenset[str], frozenset[bytes]], tuple[int, object]] = {}
    for one in team:
        vault = play.vault(one)
        opened = vault.database.rows("SELECT hash FROM sealed WHERE opened IS NOT NULL")
        key = frozenset(held(vault)), frozenset(bytes(row[0]) for row in opened)
        found = tables(vault)
        other, known = seen.setdefault(key, (one, found))
        hold(
            known == found,
            Invariant.SAME_TABLES,
            f"laptop{one} and laptop{other} differ over the same entries",
        )


def _relayed(play: Play, team: list[int]) -> None:
    for entry, origin in play.newer.items():
        for one in team:
            if entry in play.oracle.known[play.place(one)]:
                there = stored(play.vault(one), entry)
                hold(there == origin, Invariant.RELAYED, f"laptop{one} keeps something else than was signed")


def _overstepped(play: Play, team: list[int]) -> None:
    for one in team:
        vault = play.vault(one)
        apart = {bytes(row[0]).hex() for row in vault.database.rows("SELECT hash FROM quarantine")}
        counting = (play.overstepped & held(vault)) - apart
        hold(not counting, Invariant.NOBODY_OVERSTEPS, f"laptop{one} lets count {play.told(counting)}")


def _originals(play: Play, team: list[int]) -> None:
    for original, content in play.originals.items():
        having = [one for one in team if play.late.get(one) is not False and play.has(one, original)]
        owner = _owner(play, original)
        if owner in team and owner not in play.forgetful and (owner, original) not in play.shed:
            hold(
                play.has(owner, original), Invariant.NOTHING_CHANGES, f"laptop{owner} lost what was attached"
            )
        for one in team:
            view = play.vault(one).peek(original)
            if play.late.get(one) is False:
                # It may have the parts, and not the key.
                continue
            if one in having and view is not None:
                hold(
                    b"".join(play.vault(one).media.open(view.doc)) == content,
                    Invariant.NOTHING_CHANGES,
                    f"laptop{one} gives other bytes than were attached",
                )
            elif having and view is not None and (one, original) not in play.shed:
                hold(
                    False, Invariant.REACHES_ALL, f"laptop{one} lacks an original that laptop{having[0]} has"
                )


def _members_only(play: Play, team: list[int], gone: set[int]) -> None:
    """Nobody struck off holds the key under which the team seals now, and no foreign record shows."""
    own = {log for one in play.active for log in logs_of(play.vault(one))} | play.left_logs
    for one in team:
        vault = play.vault(one)
        strangers = {
            row[0] for row in vault.database.rows("SELECT DISTINCT log FROM entries") if row[0] not in own
        } - {row[0] for row in vault.database.rows("SELECT log FROM standings")}
        hold(not strangers, Invariant.MEMBERS_ONLY, f"laptop{one} took in what {strangers} wrote")
        texts = {str(view.doc.get("text")) for view in vault.list("observation", retracted=True)}
        hold(FOREIGN_WORD not in texts, Invariant.MEMBERS_ONLY, f"laptop{one} shows another mission's record")
        for other in gone:
            hold(
                not holds_key(play.vault(other), vault.epoch),
                Invariant.MEMBERS_ONLY,
                f"laptop{other} was struck off and holds the key that laptop{one} seals under",
            )
    for one in team:
        given = set(Keyring(play.vault(one)).recipients()) if leads(play, one) else set()
        theirs = {log for other in gone for log in logs_of(play.vault(other))}
        hold(not given & theirs, Invariant.MEMBERS_ONLY, f"laptop{one} gives keys to who was struck off")


def _sound(play: Play, number: int) -> None:
    vault = play.vault(number)
    # What it recorded, and its disk forgot before anybody had the file: the doctor rightly says that it is not here.
    lost = tuple(f"{view.number}," for one in _lost(play, number) if (view := vault.peek(one)))
    # Gaps are held against what is here after every sync, and against what anybody has by the end.
    told_elsewhere = ("head", "gaps")
    bad = [one.text for one in examine(vault, refold=True) if not one.good and one.area not in told_elsewhere]
    bad = [text for text in bad if not text.startswith(lost)]
    hold(not bad, Invariant.NOTHING_CHANGES, f"the doctor finds {bad}")


def _lost(play: Play, number: int) -> set[str]:
    """The originals of a laptop that nobody has any more, because its disk was put back."""
    if number not in play.forgetful:
        return set()
    return {
        one
        for one in play.originals
        if _owner(play, one) == number and not any(play.has(other, one) for other in play.active)
    }


def _owner(play: Play, original: str) -> int:
    """The laptop that attached an original."""
    (place,) = {one.place for one in play.oracle.writes.values() if one.record == original}
    return next(one for one in play.active if play.place(one) == place)


def _rebuilt(play: Play, team: list[int]) -> None:
    """A new laptop gets everything from one depot alone, itself a copy."""
    leading = [one for one in team if leads(play, one) and play.oracle.roles[play.place(one)] != "deputy"]
    if not leading:
        return
    lead, depot = play.vault(leading[0]), Depot(play.stores[1])
    with joined(play.stage.now / "fresh", lead, "Late Comer") as fresh:
        for vault in (lead, fresh, lead, fresh, lead):
            Sync(vault, depot).run()
        hold(held(fresh) == held(lead), Invariant.REBUILT, "a laptop made from a depot alone lacks entries")
        if not play.boxes:
            hold(tables(fresh) == tables(lead), Invariant.REBUILT, "its tables are others")


def _nothing_readable(root: Path) -> None:
    """No word of the mission stands in what the host sees, and every name is one of fieldkit's form."""
    for path in (root / names.ROOT).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for word in _WORDS:
                hold(
                    word not in data and word.decode() not in path.name,
                    Invariant.SEALED,
                    f"{word!r} in {path}",
                )
