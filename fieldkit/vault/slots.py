"""vault.json: the store's id and the key slots that wrap its random master key.

One slot each for a passphrase and for the recovery words. Argon2id (parameters stored, bounds checked before
use) gives the key that unwraps the master with AES-256-GCM; the associated data are the format version, the
store's id and the slot's own parameters. HKDF-SHA256 of the master gives the database and the backup key. The
file is canonical JSON with a checksum, so that a damaged file is told apart from a wrong passphrase. Every
later format keeps the members `format` and `checksum` and the rule of the checksum as they are here.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldkit.domain import words
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import (
    AlteredError,
    NewerFormatError,
    PassphraseError,
    UnreadableError,
    UsageError,
)
from fieldkit.journal import canonical
from fieldkit.vault.durable import reaching, replace_file

FORMAT: Final = 1
FILE_NAME: Final = "vault.json"
MOST_BYTES: Final = 64 * 1024
SLOT_KINDS: Final = ("passphrase", "recovery")
_PASSPHRASE, _RECOVERY = SLOT_KINDS

_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12
_TAG_BYTES = 16
_MOST_SLOTS = 16
_MOST_MEMORY_KIB = 1024 * 1024
_MOST_ITERATIONS = 64
_MOST_LANES = 16
_MOST_WORK_KIB = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KdfParameters:
    """Cost of Argon2id: memory in KiB, passes over it, parallel lanes. The default takes about 0.15 s."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4

    @property
    def sound(self) -> bool:
        """Whether an honest vault may cost this much; asked before any memory is."""
        return (
            1 <= self.lanes <= _MOST_LANES
            and 8 * self.lanes <= self.memory_kib <= _MOST_MEMORY_KIB
            and 1 <= self.iterations <= _MOST_ITERATIONS
            and self.memory_kib * self.iterations <= _MOST_WORK_KIB
        )


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The unwrapped master of one store. Its secrets never show in a `repr`."""

    store_id: str
    secret: bytes = field(repr=False)

    def database_key(self) -> bytes:
        """The 32-byte raw key of store.db."""
        return self._derive(b"fieldkit/v1/database")

    def backup_key(self) -> bytes:
        """The 32-byte key that authenticates backups."""
        return self._derive(b"fieldkit/v1/backup")

    def _derive(self, info: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(self.secret)


@dataclass(frozen=True, slots=True)
class _Slot:
    kind: str
    kdf: KdfParameters
    salt: bytes
    nonce: bytes
    wrapped: bytes

    def parameters(self) -> Doc:
        return {
            "kind": self.kind,
            "kdf": "argon2id",
            "memory_kib": self.kdf.memory_kib,
            "iterations": self.kdf.iterations,
            "lanes": self.kdf.lanes,
            "salt": self.salt.hex(),
        }

    def to_json(self) -> Doc:
        return {**self.parameters(), "nonce": self.nonce.hex(), "wrapped": self.wrapped.hex()}

    def associated_data(self, store_id: str) -> bytes:
        return canonical.encode({"format": FORMAT, "store": store_id, "slot": self.parameters()})

    def cipher(self, secret: bytes) -> AESGCM:
        derivation = Argon2id(
            salt=self.salt,
            length=_KEY_BYTES,
            iterations=self.kdf.iterations,
            lanes=self.kdf.lanes,
            memory_cost=self.kdf.memory_kib,
        )
        return AESGCM(derivation.derive(secret))


@dataclass(frozen=True, slots=True)
class KeySlots:
    """The content of vault.json. Immutable: changing a slot gives a new value, which `write` puts on disk."""

    store_id: str
    _slots: tuple[_Slot, ...]

    @classmethod
    def create(
        cls, passphrase: str, kdf: KdfParameters | None = None
    ) -> tuple[KeySlots, MasterKey, tuple[str, ...]]:
        """A new store: its slots, its random master and the twelve recovery words, which are kept nowhere."""
        slots, master = cls.without_recovery(passphrase, kdf)
        slots, recovery = slots.with_recovery(master, kdf)
        return slots, master, recovery

    @classmethod
    def without_recovery(
        cls, passphrase: str, kdf: KdfParameters | None = None
    ) -> tuple[KeySlots, MasterKey]:
        """A new store that only the passphrase opens: its slots and its random master."""
        master = MasterKey(str(uuid.uuid4()), secrets.token_bytes(_KEY_BYTES))
        return cls(master.store_id, ()).with_passphrase(master, passphrase, kdf), master

    @classmethod
    def read(cls, path: Path) -> KeySlots:
        """The slots in the file at `path`. Raises as `parse`, and `UnreadableError` where there is no such file."""
        if not path.is_file():
            raise UnreadableError(
                "there is no such file",
                where=str(path),
                remedy="Name the folder of a mission; a vault without its vault.json cannot be opened.",
            )
        with reaching(path), path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        return cls.parse(data, where=str(path))

    @classmethod
    def parse(cls, data: bytes, *, where: str) -> KeySlots:
        """Read the bytes of a vault.json.

        Raises `UnreadableError` (not such a file, costs out of bounds), `AlteredError` (a single changed byte is
        enough), `NewerFormatError`.
        """
        return _parse(data, where)

    def to_bytes(self) -> bytes:
        """The bytes of vault.json: canonical JSON, its checksum among the members, and one newline."""
        content: Doc = {
            "format": FORMAT,
            "store": self.store_id,
            "slots": [slot.to_json() for slot in self._slots],
        }
        return _with_checksum(content)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file's bytes: kept in store.db and compared after unlocking."""
        return hashlib.sha256(self.to_bytes()).digest()

    @property
    def has_recovery(self) -> bool:
        """Whether there are recovery words."""
        return any(slot.kind == _RECOVERY for slot in self._slots)

    def write(self, path: Path) -> None:
        """Put the slots at `path`, durably: the old or the new file is there, never half of one."""
        replace_file(path, self.to_bytes())

    def unlock(self, passphrase: str) -> MasterKey:
        """The master, by a passphrase. Raises `PassphraseError`."""
        return self._open(_PASSPHRASE, _normal(passphrase), "the passphrase does not open this vault")

    def recover(self, recovery_words: str | Iterable[str]) -> MasterKey:
        """The master, by the twelve recovery words (four letters of each are enough). Raises `PassphraseError`."""
        entropy = words.recovery_entropy(recovery_words)
        return self._open(_RECOVERY, entropy, "the recovery words do not open this vault")

    def with_passphrase(
        self, master: MasterKey, passphrase: str, kdf: KdfParameters | None = None, *, replacing: bool = True
    ) -> KeySlots:
        """Slots in which `passphrase` opens the vault; the earlier passphrases no longer do unless kept."""
        return self._with(_PASSPHRASE, master, _normal(passphrase), kdf, replacing=replacing)

    def with_recovery(
        self, master: MasterKey, kdf: KdfParameters | None = None
    ) -> tuple[KeySlots, tuple[str, ...]]:
        """Slots with new recovery words in the place of the earlier ones, and those words."""
        entropy = secrets.token_bytes(words.ENTROPY_BYTES)
        slots = self._with(_RECOVERY, master, entropy, kdf, replacing=True)
        return slots, words.recovery_words(entropy)

    def _open(self, kind: str, secret: bytes, problem: str) -> MasterKey:
        for slot in self._slots:
            if slot.kind != kind:
                continue
            try:
                opened = slot.cipher(secret).decrypt(
                    slot.nonce, slot.wrapped, slot.associated_data(self.store_id)
                )
            except InvalidTag:
                continue
            return MasterKey(self.store_id, opened)
        raise PassphraseError(
            problem, where=FILE_NAME, remedy="Try again: capitals, keyboard layout and spaces all count."
        )

    def _with(
        self, kind: str, master: MasterKey, secret: bytes, kdf: KdfParameters | None, *, replacing: bool
    ) -> KeySlots:
        cost = kdf or KdfParameters()
        if not cost.sound:
            raise UsageError(
                f"a vault may not cost this much: {cost}", remedy="Leave the cost as it is by default."
            )
        salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
        blank = _Slot(kind, cost, salt, nonce, b"")
        wrapped = blank.cipher(secret).encrypt(nonce, master.secret, blank.associated_data(self.store_id))
        kept = tuple(slot for slot in self._slots if not (replacing and slot.kind == kind))
        if len(kept) >= _MOST_SLOTS:
            raise UsageError(
                f"a vault has at most {_MOST_SLOTS} key slots",
                where=FILE_NAME,
                remedy="Replace a passphrase instead of adding one.",
            )
        return KeySlots(self.store_id, (*kept, replace(blank, wrapped=wrapped)))


def _normal(passphrase: str) -> bytes:
    if not passphrase:
        raise UsageError("an empty passphrase protects nothing", remedy="Give at least one word.")
    try:
        return unicodedata.normalize("NFC", passphrase).encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("the passphrase is not text", remedy="Give it as UTF-8.") from None


def _with_checksum(content: Doc) -> bytes:
    checksum = hashlib.sha256(canonical.encode(content)).hexdigest()
    return canonical.encode({**content, "checksum": checksum}) + b"\n"


def _parse(data: bytes, where: str) -> KeySlots:
    if len(data) > MOST_BYTES:
        raise _unreadable("too long", where)
    try:
        content = canonical.decode(data.removesuffix(b"\n"), where=where)
    except UnreadableError as error:
        raise _unreadable(error.problem, where) from None
    if not isinstance(content, dict) or not isinstance(content.get("checksum"), str):
        raise _unreadable("no checksum in it", where)
    rest = {name: value for name, value in content.items() if name != "checksum"}
    if _with_checksum(rest) != data:
        raise AlteredError(
            "the file is damaged: its checksum does not fit",
            where=where,
            remedy="Take vault.json from a backup; the passphrase was not tried.",
        )
    version = rest.get("format")
    if type(version) is not int or version < 1:
        raise _unreadable("no format version in it", where)
    if version > FORMAT:
        raise NewerFormatError(
            f"format {version} is newer than this fieldkit (format {FORMAT})",
            where=where,
            remedy="Open it with a newer fieldkit; nothing was changed.",
        )
    if set(rest) != {"format", "store", "slots"}:
        raise _unreadable("unknown or missing members", where)
    return KeySlots(_store_id(rest["store"], where), _slots(rest["slots"], where))


def _store_id(value: JSON, where: str) -> str:
    try:
        if isinstance(value, str) and str(uuid.UUID(value)) == value:
            return value
    except ValueError:
        pass
    raise _unreadable("the store's id is not a UUID", where)


def _slots(value: JSON, where: str) -> tuple[_Slot, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_SLOTS:
        raise _unreadable(f"not between 1 and {_MOST_SLOTS} key slots", where)
    return tuple(_slot(one, where) for one in value)


def _slot(value: JSON, where: str) -> _Slot:
    names = {"kind", "kdf", "memory_kib", "iterations", "lanes", "salt", "nonce", "wrapped"}
    if not isinstance(value, dict) or set(value) != names or value["kdf"] != "argon2id":
        raise _unreadable("a key slot of unknown form", where)
    if value["kind"] not in SLOT_KINDS:
        raise _unreadable("a key slot of unknown kind", where)
    kdf = KdfParameters(*(_integer(value[name], where) for name in ("memory_kib", "iterations", "lanes")))
    if not kdf.sound:
        raise _unreadable(f"a key slot asks for what fieldkit never uses, {kdf}", where)
    return _Slot(
        kind=str(value["kind"]),
        kdf=kdf,
        salt=_hex(value["salt"], _SALT_BYTES, where),
        nonce=_hex(value["nonce"], _NONCE_BYTES, where),
        wrapped=_hex(value["wrapped"], _KEY_BYTES + _TAG_BYTES, where),
    )


def _integer(value: JSON, where: str) -> int:
    if type(value) is not int:
        raise _unreadable("a cost that is no whole number", where)
    return value


def _hex(value: JSON, size: int, where: str) -> bytes:
    if isinstance(value, str) and len(value) == 2 * size:
        try:
            return bytes.fromhex(value)
        except ValueError:
            pass
    raise _unreadable(f"a value that is not {size} bytes in hexadecimal", where)


def _unreadable(problem: str, where: str) -> UnreadableError:
    return UnreadableError(
        f"not a readable vault.json: {problem}", where=where, remedy="Take vault.json from a backup."
    )
