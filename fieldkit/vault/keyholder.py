"""The keys that a laptop holds: its own, those of the mission's epochs and of compartments, and the originals under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import UsageError
from fieldkit.journal.keys import DeviceKey
from fieldkit.vault.laptop import Laptop
from fieldkit.vault.locks import Locks
from fieldkit.vault.media import MediaStore
from fieldkit.vault.merging import Merge


class KeyHolder(Laptop):
    """A laptop's store with what its keys open."""

    _media: MediaStore | None = None
    _media_keys = 0

    def device_key(self) -> DeviceKey:
        """The key of the log that this laptop writes."""
        return self._own.recorder().key

    def add_epoch(self, epoch: int, secret: bytes, *, current: bool) -> None:
        """Keep the key of an epoch; with `current`, seal under it from now on."""
        with self._database.write():
            self._put_secret(f"epoch/{epoch}", secret)
            if current:
                self._set_meta("epoch", str(epoch))

    def epoch_keys(self) -> dict[int, bytes]:
        """The key of every epoch that this laptop holds."""
        rows = self._rows("SELECT name, value FROM secrets WHERE name LIKE 'epoch/%'")
        return {int(name.removeprefix("epoch/")): bytes(value) for name, value in rows}

    @property
    def media(self) -> MediaStore:
        """The encrypted originals, under every key that is here by now; the store may be used from several threads."""
        ((held,),) = self._rows(
            "SELECT count(*) FROM secrets WHERE name LIKE 'epoch/%' OR name LIKE 'compartment/%'"
        )
        if self._media is None or self._media.current_epoch != self.epoch or held > self._media_keys:
            self._media, self._media_keys = self._media_store(self.epoch), held
        return self._media

    def keep_thumbnails(self, thumbnails: Iterable[tuple[str, bytes]]) -> dict[str, Doc]:
        """Keep thumbnails, as `put_thumbnails` does, and seal each as a part that travels ahead of its original: what the
        `media` record says of it, by the original's SHA-256 (hex)."""
        pairs = list(thumbnails)
        parts = {digest: self.media.seal(jpeg) for digest, jpeg in pairs}
        with self._database.write():
            many = self._database.connection.executemany
            many("INSERT OR REPLACE INTO thumbnails (sha256, jpeg) VALUES (?,?)", pairs)
            many(
                "INSERT OR IGNORE INTO small (cipher, sealed) VALUES (?,?)",
                [(part["cipher"], sealed) for part, sealed in parts.values()],
            )
        return {digest: part for digest, (part, _) in parts.items()}

    def _media_of(self, compartment: str) -> MediaStore:
        """Where originals go of records that are in this compartment (empty: in none)."""
        if not compartment:
            return self.media
        key = self.device_key()
        with self._database.write():
            epoch, _ = Locks(self._database, self).sealing(compartment, key)
        return self._media_store(epoch)

    def _media_store(self, epoch: int) -> MediaStore:
        keys = self.epoch_keys()
        for (_, number), secrets in Locks(self._database, self).secrets().items():
            keys.setdefault(number, secrets[0])
        return MediaStore(self.folder, self.mission_id, partial(_epoch_key, keys), epoch)

    def open_compartments(self) -> None:
        """Take in the keys of compartments that were sealed to this laptop, and open what they open."""
        with self._database.write():
            if not Locks(self._database, self).take_in():
                return
            Merge(self._database, self).finish()

    def give_compartment(self, compartment: str, recipients: Mapping[str, str]) -> None:
        """Seal every key of a compartment that is here to further laptops (log -> encryption key)."""
        key = self.device_key()
        with self._database.write():
            locks = Locks(self._database, self)
            locks.sealing(compartment, key)
            for (name, epoch), secrets in sorted(locks.secrets().items()):
                for secret in secrets if name == compartment else ():
                    locks.give(compartment, epoch, secret, key, recipients)

    def renew_compartment(self, compartment: str) -> None:
        """Seal what is recorded in a compartment from now on under a new key, for those who read it now."""
        key = self.device_key()
        with self._database.write():
            Locks(self._database, self).renew(compartment, key)


def _epoch_key(keys: Mapping[int, bytes], epoch: int) -> bytes:
    if epoch not in keys:
        raise UsageError(
            f"this laptop does not hold the mission's key of epoch {epoch}",
            remedy="Ask a member who holds it to grant it.",
        )
    return keys[epoch]
