"""What whoever holds a depot does to it: deletes, tears, alters, renames, plants, rolls back, copies without keys."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from fieldkit.team import names
from fieldkit.team.copying import copy_depot
from fieldkit.team.depot import Depot
from tests.trials.invariants import Invariant, hold
from tests.trials.play import Play
from tests.trials.play_work import new
from tests.trials.stage import FaultyStore


def objects(play: Play) -> list[Path]:
    """Every object of some depot."""
    root = Path(play.rng.choice(play.stores).where) / names.ROOT
    return sorted(path for path in root.rglob("*") if path.is_file())


def delete(play: Play, _: int) -> None:
    """Some objects are deleted."""
    for path in objects(play):
        if play.rng.random() < 0.2:
            path.unlink()


def keep_from(play: Play, number: int) -> None:
    """What one laptop brought, and another has seen, is taken away before a third comes."""
    others = [one for one in play.active if one != number]
    if len(others) < 2:
        return
    depot, (second, third) = play.rng.randrange(len(play.stores)), play.rng.sample(others, 2)
    root = Path(play.stores[depot].where)
    before = set(root.rglob("*.seg"))
    new(play, number)
    play.meet(number, depot)
    brought = set(root.rglob("*.seg")) - before
    play.meet(second, depot)
    for path in brought:
        path.unlink()
    play.meet(third, depot)


def keep_back(play: Play, _: int) -> None:
    """Everything of one kind, keys or a log's entries, that came since the depot was kept is taken out of it."""
    store = play.rng.choice(play.stores)
    root, kept = Path(store.where), Path(f"{store.where}-kept")
    known = {path.name for path in kept.rglob("*")}
    kind = play.rng.choice((names.KEYRING, names.KEYRING, names.LOG))
    for path in sorted(root.glob(f"{names.ROOT}/*/{kind}/**/*")):
        if path.is_file() and path.name not in known and (kind == names.KEYRING or play.rng.random() < 0.5):
            path.unlink()


def tear(play: Play, _: int) -> None:
    """Objects are cut short."""
    for path in objects(play):
        if play.rng.random() < 0.1:
            path.write_bytes(path.read_bytes()[: play.rng.randrange(10)])


def alter(play: Play, _: int) -> None:
    """Bits in objects are changed."""
    for path in objects(play):
        data = bytearray(path.read_bytes())
        if data and play.rng.random() < 0.1:
            data[play.rng.randrange(len(data))] ^= 1 << play.rng.randrange(8)
            path.write_bytes(data)


def rename(play: Play, _: int) -> None:
    """Objects are given other names: of other entries, another log, another object."""
    for path in objects(play):
        if path.suffix == ".seg" and play.rng.random() < 0.2:
            first, last, rest = path.name.split("-", 2)
            path.rename(path.with_name(f"{first}-{int(last) + play.rng.randint(1, 3)}-{rest}"))
        elif play.rng.random() < 0.05:
            path.rename(path.with_name(f"{path.name[:-4]}{play.rng.randrange(1 << 16):04x}"))


def plant(play: Play, _: int) -> None:
    """Random bytes under names that fit them, and another mission's objects under this one's."""
    root = Path(play.rng.choice(play.stores).where) / names.ROOT / play.stage.mission
    logs = sorted(path.name for path in (root / names.LOG).iterdir()) if (root / names.LOG).is_dir() else []
    for _once in range(3):
        data = play.rng.choice((b"", b"fieldkit-segment/1\n")) + play.rng.randbytes(
            play.rng.randrange(1, 300)
        )
        digest = hashlib.sha256(data).hexdigest()
        log = play.rng.choice([*logs, play.rng.randbytes(16).hex()])
        path = root / play.rng.choice(
            (
                f"{names.KEYRING}/{digest}",
                f"{names.LOG}/{log}/0-{play.rng.randrange(9)}-{digest}.seg",
                f"{names.RECEIPT}/{log}/{digest}",
                f"{names.BLOB}/{digest[:2]}/{digest}",
            )
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (foreign,) = (play.stage.now / "foreign-stick" / names.ROOT).iterdir()
    shutil.copytree(foreign, root, dirs_exist_ok=True)


def roll_back(play: Play, _: int) -> None:
    """A depot becomes what it was some time ago; then it is kept anew as it is."""
    store = play.rng.choice(play.stores)
    root, kept = Path(store.where), Path(f"{store.where}-kept")
    if kept.is_dir() and play.rng.random() < 0.6:
        shutil.rmtree(root)
        kept.rename(root)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(root, kept)


def copy(play: Play, _: int) -> None:
    """One depot is copied into the other by somebody who has no keys."""
    one, other = play.rng.sample(play.stores, 2)
    copied(one, other)


def copied(one: FaultyStore, other: FaultyStore) -> None:
    """Copy a depot, after which the other has every sound object of it."""
    source, target = Depot(one), Depot(other)
    copy_depot(source, target)
    unsound = {name for name, _ in source.check()}
    lacking = source.contents().objects.keys() - target.contents().objects.keys() - unsound
    hold(not lacking, Invariant.REACHES_ALL, f"the copy of a depot lacks {sorted(map(str, lacking))[:3]}")


def mend(store: FaultyStore) -> None:
    """Remove what is not what its name says, as `depot check --remove` does: the size alone does not betray it."""
    depot = Depot(store)
    for name, _ in list(depot.check()):
        depot.remove(name)


ACTS: dict[str, Callable[[Play, int], None]] = {
    act.__name__: act for act in (delete, keep_from, keep_back, tear, alter, rename, plant, roll_back, copy)
}
