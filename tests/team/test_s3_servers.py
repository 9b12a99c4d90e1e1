"""The servers that the tests start are gone afterwards, with everything that they put outside their own folder."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.team.s3_servers import SERVERS, S3Server, missing, program, s3_server

_PLACES = {Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")}


def _of(server: S3Server, processes: set[int]) -> Iterator[Path]:
    """What lies in the folders of temporary files and bears the name of the server's folder, a port or a process of it."""
    marks = {server.folder.name, *map(str, (*server.ports, *processes))}
    for place in {Path(tempfile.gettempdir()), *_PLACES}:
        yield from (one for one in place.iterdir() if marks & set(re.split("[-.]", one.name)))


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_leaves_nothing_behind(kind: str) -> None:
    if program(kind) is None:
        pytest.skip(missing(kind))
    processes = set()
    with s3_server(kind) as server:
        assert server.process is not None
        processes.add(server.process.pid)
        server.kill()
        server.start()
        assert server.folder in set(_of(server, processes))
    assert list(_of(server, processes)) == []
