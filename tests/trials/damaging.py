"""A vault on disk that can be damaged and put back, and what it takes for damage to count as told."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from fieldkit import paths
from fieldkit.errors import FieldkitError
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.trials.writers import PASSPHRASES, new_mission

TOLD_BY_CODE = {3: "altered", 5: "unreadable", 6: "wrong passphrase"}
FRAME_BYTES, WAL_HEADER_BYTES, PAGE_BYTES = 24 + 4096, 32, 4096


class Patient:
    """A mission with a journal, attached files and local state; `put_back` undoes every damage.

    `wal` gives it as a writer leaves it that died before its log was folded into store.db: the last eight transactions
    are in the log alone.
    """

    def __init__(self, folder: Path, *, wal: bool = False) -> None:
        self.folder = folder
        vault, _ = new_mission(folder)
        with vault:
            vault.record(
                [Add("item", {"nomenclature": f"Valve {n}", "serials": [f"V-{n}"]}) for n in range(80)]
            )
            for size in (20, 4_300_000):
                vault.attach(io.BytesIO(random.Random(size).randbytes(size)), f"{size}.bin", "A-I-0001")
            vault.put_thumbnails([("ab" * 32, bytes(3000))])
        with Vault.open(folder, PASSPHRASES[0]) as vault:
            for n in range(1, 9):
                vault.record([Amend(f"A-I-{n:04d}", "read again", set={"declared": n})])
            self.size = vault.own_log.size
            whole = self._files() if wal else {}
        self.keep(whole)
        self.put_back()

    def _files(self) -> dict[Path, bytes]:
        """What a vault writes more than once, by path."""
        places = (self.folder, paths.state_dir() / "heads")
        return {path: path.read_bytes() for place in places for path in place.iterdir() if path.is_file()}

    def keep(self, files: dict[Path, bytes] | None = None) -> None:
        """From now on this state, by default the one on disk, is what is put back."""
        self._whole = files or self._files()
        self._whole.pop(self.folder / "store.db-shm", None)

    @property
    def parts(self) -> list[Path]:
        """The encrypted parts of the attached files."""
        return sorted(path for path in (self.folder / "media").rglob("*") if path.is_file())

    def put_back(self) -> None:
        """Everything that a vault writes more than once as it was, and nothing besides."""
        now = self._files()
        for path in now.keys() - self._whole.keys():
            path.unlink()
        for path, data in self._whole.items():
            if now.get(path) != data:
                path.write_bytes(data)

    def told(self) -> str:
        """What opening and the doctor say of it; empty if all is well. Anything but plain words is let through."""
        try:
            vault = Vault.open(self.folder, PASSPHRASES[0])
        except FieldkitError as error:
            return TOLD_BY_CODE[error.exit_code] if error.problem and error.remedy else ""
        with vault:
            if vault.notices:
                return str(vault.notices[0].verdict)
            with contextlib.suppress(FieldkitError):
                return ", ".join(sorted({one.area for one in examine(vault, refold=True) if not one.good}))
            return "no doctor"

    @contextlib.contextmanager
    def damaged(self, path: Path, data: bytes | None) -> Iterator[None]:
        """Inside, the file has this content, or is gone; afterwards everything is as it was."""
        original = path.read_bytes() if path.exists() else None
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)
        try:
            yield
        finally:
            if original is not None:
                path.write_bytes(original)
            self.put_back()

    def untold(self, path: Path, contents: Iterable[tuple[str, bytes | None]]) -> list[str]:
        """The names of those contents in place of the file's own that are not told, or told once and then no more."""
        silent = []
        for name, content in contents:
            with self.damaged(path, content):
                first = self.told()
                if not first:
                    silent.append(name)
                elif not self.told():
                    silent.append(f"{name}: {first} at first, nothing when opened again")
        return silent


def flipped(data: bytes, places: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """The data with one bit of one byte turned over, for every place."""
    for place in places:
        content = bytearray(data)
        content[place] ^= 1 << (place * 7 % 8)
        yield f"flip at {place}", bytes(content)


def cut(data: bytes, sizes: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """The data cut short."""
    for size in sizes:
        yield f"cut to {size}", data[:size]
