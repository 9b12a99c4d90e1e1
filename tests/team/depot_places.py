"""Places for depots as they are met in the field, and what each of them cannot do."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from fieldkit.team.folder import FolderStore
from fieldkit.team.objects import ObjectStore
from fieldkit.team.store import Store
from tests.team.s3_servers import RCLONE, SERVERS, S3Server

LARGEST = (4 << 20) + 16
"""Bytes of a whole part of an original."""


class Place(NamedTuple):
    """A store, the address by which a depot there is opened, the most bytes that an object may have there, and whether what
    takes another's place does so in one step: FUSE's exFAT and rclone's S3 server have none of that name for a moment."""

    store: Store
    address: str
    room: int = LARGEST
    replaces: bool = True


PLACES = (
    "folder",
    "folder without links",
    "folder with a file limit",
    "FAT32 stick",
    "exFAT stick",
    "stick of 2 MiB",
    "memory",
    *SERVERS,
)


@contextlib.contextmanager
def file_limit(size: int) -> Iterator[None]:
    """No file written by this process may pass a size, as none may pass 4 GiB on FAT32."""
    resource = pytest.importorskip("resource", reason="limits of processes are POSIX's")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


MOUNTS = {
    "FAT32 stick": (("mkfs.vfat", "-F", "32"), ("mount", "-t", "vfat", "-o", "loop")),
    "exFAT stick": (
        ("mkfs.exfat",),
        ("mount", "-t", "exfat", "-o", "loop"),
        ("mount", "-t", "exfat-fuse", "-o", "loop"),
    ),
}
"""How a stick is formatted, and the ways to mount it: by the kernel, or where that has no such driver, by FUSE's.
FUSE's for FAT32 gives back nulls before the file is closed, and fieldkit rightly refuses such a disk."""


@contextlib.contextmanager
def _mounted(folder: Path, *ways: Sequence[str | Path]) -> Iterator[None]:
    """A disk mounted there in the first way that works; skips where tests may not mount, or nothing here can."""
    refused = ""
    for way in ways:
        try:
            done = subprocess.run([*way, folder], capture_output=True, text=True)
        except OSError:
            continue
        if done.returncode == 0 and os.path.ismount(folder):
            break
        refused = refused or (done.stderr.strip() or "it was refused").splitlines()[0]
    else:
        pytest.skip(f"no such disk can be mounted here: {refused}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _no_links(monkeypatch: pytest.MonkeyPatch, stick: Path) -> None:
    """Links fail as they do on exFAT, and so does syncing a folder of the stick, as on some shares."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    of_the_stick: dict[tuple[int, int], bool] = {}

    def sync(descriptor: int, synced: Callable[[int], None] = os.fsync) -> None:
        about = os.fstat(descriptor)
        place = about.st_dev, about.st_ino
        if stat.S_ISDIR(about.st_mode):
            if place not in of_the_stick:
                of_the_stick[place] = any(
                    os.path.samestat(about, Path(folder).stat()) for folder, _, _ in os.walk(stick)
                )
            if of_the_stick[place]:
                raise OSError(errno.EINVAL, "Invalid argument")
        synced(descriptor)

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "symlink", refuse)
    monkeypatch.setattr(os, "fsync", sync)


@contextlib.contextmanager
def place(
    kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch, server: Callable[[str], S3Server]
) -> Iterator[Place]:
    """An empty place of a kind; skips, and says why, where there is none on this machine."""
    stick = folder / "stick"
    stick.mkdir()
    with contextlib.ExitStack() as stack:
        if kind in SERVERS:
            for name, value in server(kind).environment.items():
                monkeypatch.setenv(name, value)
            address = f"s3://depot/{folder.name}"
            yield Place(ObjectStore(address), address, replaces=kind != RCLONE)
            return
        if kind == "memory":
            yield Place(ObjectStore("memory:///"), "")
            return
        room = LARGEST
        if kind == "folder without links":
            _no_links(monkeypatch, stick)
        elif kind == "folder with a file limit":
            stack.enter_context(file_limit(8 << 20))
        elif kind == "stick of 2 MiB":
            stack.enter_context(_mounted(stick, ("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs")))
            room = 100_000
        elif kind in MOUNTS:
            form, *ways = MOUNTS[kind]
            if shutil.which(form[0]) is None:
                pytest.skip(f"no {form[0]} here")
            image = folder / "image"
            with image.open("wb") as file:
                file.truncate(64 << 20)
            subprocess.run([*form, image], check=True, capture_output=True)
            stack.enter_context(_mounted(stick, *((*way, image) for way in ways)))
        yield Place(FolderStore(stick), str(stick), room, replaces=kind not in MOUNTS)
