"""What a laptop keeps of what travels: segments and keys as they lie in depots, receipts, copies, what was shed.

None of this is folded; losing it costs another journey and no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from fieldkit.domain.jsontypes import Doc
from fieldkit.journal.checkpoint import unverified_checkpoint
from fieldkit.journal.leaf import read_fields
from fieldkit.journal.merkle import root_of
from fieldkit.vault.durable import reaching
from fieldkit.vault.packing import unpack
from fieldkit.vault.vault import Vault


class HeldSegment(NamedTuple):
    """A segment as it is kept: the parts of its name (`hash` is that of its bytes), whether it is folded, its size."""

    hash: str
    log: str
    first: int
    last: int
    folded: bool
    size: int


class Exchange:
    """Reads and writes it through the vault's writing connection."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._store = vault.database

    def keyring(self) -> dict[str, bytes]:
        """Every object of the keyring by its hash."""
        return {name: bytes(body) for name, body in self._store.rows("SELECT name, body FROM keyring")}

    def keep_keys(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Keep objects of the keyring."""
        with self._store.write():
            self._store.connection.executemany("INSERT OR IGNORE INTO keyring VALUES (?,?)", objects)

    def segments(self) -> list[HeldSegment]:
        """Every segment that is here."""
        rows = self._store.rows("SELECT name, log, first, last, folded, length(sealed) FROM segments")
        return [
            HeldSegment(name, log, first, last, bool(folded), size)
            for name, log, first, last, folded, size in rows
        ]

    def segment(self, name: str) -> bytes:
        """The bytes of a segment."""
        return bytes(self._store.value("SELECT sealed FROM segments WHERE name = ?", (name,)))

    def keep_segments(self, segments: Iterable[tuple[HeldSegment, bytes]]) -> None:
        """Keep segments as they travel; one that is folded already was cut here."""
        with self._store.write():
            self.add_segments(segments)

    def add_segments(self, segments: Iterable[tuple[HeldSegment, bytes]]) -> None:
        """`keep_segments` within the caller's transaction."""
        self._store.connection.executemany(
            "INSERT INTO segments (name, log, first, last, folded, cut, sealed) VALUES (?,?,?,?,?,?,?)"
            " ON CONFLICT (name) DO UPDATE SET folded = max(folded, excluded.folded), cut = max(cut, excluded.cut)",
            [(*held[:4], int(held.folded), int(held.folded), sealed) for held, sealed in segments],
        )

    def singly(self, log: str) -> list[bytes]:
        """Leaf hashes of entries of a log that count, but came without their segment."""
        rows = self._store.rows(
            "SELECT hash FROM entries WHERE log = ? AND span IS NULL AND hash NOT IN (SELECT hash FROM spanned)"
            " AND hash NOT IN (SELECT hash FROM quarantine) ORDER BY seq",
            (log,),
        )
        return [bytes(leaf_hash) for (leaf_hash,) in rows]

    def drop_segments(self, names: Iterable[str]) -> None:
        """Forget segments that turned out to be unsound; nothing of them was folded."""
        with self._store.write():
            self._store.connection.executemany(
                "DELETE FROM segments WHERE folded = 0 AND name = ?", [(name,) for name in names]
            )

    def own_logs(self) -> list[str]:
        """Every log whose key is here: the one that is written and those that were left."""
        rows = self._store.rows(
            "SELECT l.log FROM secrets s JOIN logs l ON l.log = substr(s.name, 8)"
            " WHERE s.name LIKE 'device/%' AND l.size > 0 ORDER BY l.log"
        )
        return [row[0] for row in rows]

    def quarantine(self) -> list[tuple[str, int, str, str]]:
        """Every entry that does not count: log, number, leaf hash (hex) and the reason."""
        return [
            (log, seq, leaf_hash.hex(), reason)
            for table in ("entries", "branches")
            for log, seq, leaf_hash, reason in self._store.rows(
                f"SELECT log, seq, hash, reason FROM quarantine JOIN {table} USING (hash) ORDER BY log, seq"
            )
        ]

    def forks(self) -> list[tuple[str, int]]:
        """Every log of which two histories are here, and the first number at which they part."""
        rows = self._store.rows("SELECT log, min(seq) FROM branches GROUP BY log ORDER BY log")
        return [(log, seq) for log, seq in rows]

    def quarantined(self) -> int:
        """How many entries are kept that do not count."""
        return int(self._store.value("SELECT count(*) FROM quarantine"))

    def held(self, log: str) -> int:
        """How many entries of a log are here, beyond gaps as well."""
        return int(self._store.value("SELECT count(*) FROM entries WHERE log = ?", (log,)))

    def roster(self, kinds: Sequence[str]) -> Iterator[tuple[str, bytes, int, bytes, bytes]]:
        """Every entry about records of these kinds that counts: log, its key, number, leaf (where kept), body."""
        for log, key, seq, leaf, body in self._store.rows(
            "SELECT e.log, l.public_key, e.seq, e.leaf, e.body FROM entries e JOIN logs l ON l.log = e.log"
            " JOIN records r ON r.id = e.record WHERE e.hash NOT IN (SELECT hash FROM quarantine)"
            f" AND r.kind IN ({','.join('?' * len(kinds))}) ORDER BY e.log, e.seq",
            tuple(kinds),
        ):
            yield log, bytes(key), seq, bytes(leaf or b""), bytes(body)

    def unopened(self) -> Iterator[Doc]:
        """What everybody sees of each entry of a compartment that this laptop does not read."""
        for table in ("entries", "branches"):
            for (body,) in self._store.rows(
                f"SELECT body FROM {table} WHERE hash IN (SELECT hash FROM sealed WHERE opened IS NULL)"
                " AND hash NOT IN (SELECT hash FROM quarantine) ORDER BY log, seq"
            ):
                yield read_fields(unpack(bytes(body)))

    def sealed_counts(self) -> dict[str, tuple[int, int]]:
        """Of each compartment, how many of its entries are here and how many of them this laptop reads."""
        rows = self._store.rows(
            "SELECT compartment, count(*), count(opened) FROM sealed GROUP BY compartment"
        )
        return {compartment: (count, read) for compartment, count, read in rows}

    def founding(self, founder: str) -> bytes | None:
        """The leaf hash of the mission's first entry, if it is here."""
        found = self._store.value("SELECT hash FROM entries WHERE log = ? AND seq = 0", (founder,))
        return None if found is None else bytes(found)

    def receipts(self) -> dict[str, tuple[str, bytes]]:
        """Every receipt by its hash: who gives it, and its bytes."""
        rows = self._store.rows("SELECT name, log, body FROM receipts")
        return {name: (log, bytes(body)) for name, log, body in rows}

    def keep_receipt(
        self,
        name: str,
        holder: str,
        n: int,
        data: bytes,
        heads: Mapping[str, int],
        parts: Sequence[str],
        dropped: Sequence[str],
    ) -> None:
        """Keep a receipt and what it says; of two of one laptop, the one with the greater number is right."""
        told = [
            (part, holder, n, int(held)) for held, some in ((True, parts), (False, dropped)) for part in some
        ]
        with self._store.write():
            insert = self._store.connection.executemany
            insert("INSERT OR IGNORE INTO receipts VALUES (?,?,?,?)", [(name, holder, n, data)])
            insert(
                "INSERT INTO copies VALUES (?,?,?,?) ON CONFLICT (part, holder)"
                " DO UPDATE SET n = excluded.n, held = excluded.held WHERE excluded.n > n",
                told,
            )
            insert(
                "INSERT INTO reached VALUES (?,?,?) ON CONFLICT (log, holder)"
                " DO UPDATE SET size = max(size, excluded.size)",
                [(log, holder, size) for log, size in heads.items()],
            )

    def told(self, holder: str) -> tuple[dict[str, int], set[str], int]:
        """What a laptop has given receipts for: sizes of logs, parts, and the number of its last receipt."""
        heads = dict(self._store.rows("SELECT log, size FROM reached WHERE holder = ?", (holder,)))
        parts = {
            row[0] for row in self._store.rows("SELECT part FROM copies WHERE holder = ? AND held", (holder,))
        }
        last = self._store.value("SELECT max(n) FROM receipts WHERE log = ?", (holder,))
        return heads, parts, last or 0

    def is_head(self, log: str, size: int, root: bytes) -> bool:
        """Whether a log known here, taken that far, has this root."""
        known = self._store.value("SELECT size FROM logs WHERE log = ?", (log,))
        if known is None or size > known:
            return False
        note = self._store.value("SELECT note FROM checkpoints WHERE log = ? AND size = ?", (log, size))
        if note is not None:
            return unverified_checkpoint(bytes(note)).root == root
        hashes = [
            row[0]
            for row in self._store.rows(
                "SELECT hash FROM entries WHERE log = ? AND seq < ? ORDER BY seq", (log, size)
            )
        ]
        return len(hashes) == size and root_of(hashes) == root

    def locked(self, held: Collection[int]) -> set[str]:
        """Names of objects in depots that were found to be sealed under an epoch whose key is not here, now that the keys of
        these are."""
        with self._store.write():
            self._store.connection.executemany(
                "DELETE FROM locked WHERE epoch = ?", [(epoch,) for epoch in held]
            )
        return {row[0] for row in self._store.rows("SELECT name FROM locked")}

    def lock(self, name: str, log: str, first: int, last: int, epoch: int, *, signed: bool) -> None:
        """Remember an object whose key is not here; `last` is -1 where it holds no entries, `signed` says that its log says
        itself under which epoch it is sealed."""
        with self._store.write():
            self._store.execute(
                "INSERT OR IGNORE INTO locked VALUES (?,?,?,?,?,?)", (name, log, first, last, epoch, signed)
            )

    def not_given(self) -> list[tuple[str, int]]:
        """Logs, and epochs that they say they seal under, of which the key is not here."""
        return self._store.rows("SELECT DISTINCT log, epoch FROM locked WHERE signed")

    def lay(self, identity: str) -> set[str]:
        """The names of what a depot held at the last sync with it."""
        return {
            row[0]
            for row in self._store.rows(
                "SELECT name FROM lying JOIN depots ON n = depot WHERE identity = ?", (identity,)
            )
        }

    def remember_depot(self, identity: str, place: str, came: Iterable[str], went: Iterable[str]) -> str:
        """Keep what came to a depot since, and forget what went; the identity of the depot that lay at this place before,
        where it was another one (else empty)."""
        before = self._store.value(
            "SELECT identity FROM depots WHERE place = ? AND identity <> ? ORDER BY n DESC", (place, identity)
        )
        with self._store.write():
            self._store.execute(
                "UPDATE depots SET place = '' WHERE place = ? AND identity <> ?", (place, identity)
            )
            self._store.execute(
                "INSERT INTO depots (identity, place) VALUES (?,?) ON CONFLICT (identity) DO UPDATE SET place = excluded.place",
                (identity, place),
            )
            number = self._store.value("SELECT n FROM depots WHERE identity = ?", (identity,))
            many = self._store.connection.executemany
            many("INSERT OR IGNORE INTO lying VALUES (?,?)", [(number, name) for name in came])
            many("DELETE FROM lying WHERE depot = ? AND name = ?", [(number, name) for name in went])
        return str(before or "")

    def holders(self, part: str) -> set[str]:
        """The laptops (logs) that gave a receipt for a part and have not given it up."""
        rows = self._store.rows("SELECT holder FROM copies WHERE part = ? AND held", (part,))
        return {row[0] for row in rows}

    def reached(self, log: str, seq: int) -> set[str]:
        """The laptops (logs) that gave a receipt for a log up to an entry and beyond."""
        rows = self._store.rows("SELECT holder FROM reached WHERE log = ? AND size > ?", (log, seq))
        return {row[0] for row in rows}

    def small_names(self) -> set[str]:
        """The names of the encrypted thumbnails that are here."""
        return {row[0] for row in self._store.rows("SELECT cipher FROM small")}

    def small(self, names: Sequence[str]) -> dict[str, bytes]:
        """Those of these names, by name."""
        return {
            cipher: bytes(sealed)
            for cipher, sealed in self._store.rows(
                f"SELECT cipher, sealed FROM small WHERE cipher IN ({','.join('?' * len(names))})",
                tuple(names),
            )
        }

    def keep_small(self, parts: Iterable[tuple[str, bytes]]) -> None:
        """Keep encrypted thumbnails: name and ciphertext of each."""
        with self._store.write():
            self._store.connection.executemany("INSERT OR IGNORE INTO small VALUES (?,?)", parts)

    def shed(self) -> set[str]:
        """Parts that were given up here, because others have them."""
        return {row[0] for row in self._store.rows("SELECT part FROM shed")}

    def give_up(self, parts: Sequence[str]) -> int:
        """Remove parts of originals here, for good; the bytes that frees."""
        with self._store.write():
            self._store.connection.executemany(
                "INSERT OR IGNORE INTO shed VALUES (?)", [(part,) for part in parts]
            )
        freed = 0
        for part in parts:
            path = self._vault.media.part_path(part)
            with reaching(path):
                if path.is_file():
                    freed += path.stat().st_size
                    path.unlink()
        return freed
