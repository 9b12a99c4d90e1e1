"""What tests of the team share with those of the store, and the S3 servers that they share with each other."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.team.s3_servers import S3Server, missing, program, s3_server
from tests.vault.conftest import small_disk

__all__ = ["s3", "small_disk"]


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], S3Server]]:
    """A running server of a kind, started when it is first asked for; skips where its program is not here."""
    running: dict[str, S3Server] = {}
    folder = tmp_path_factory.mktemp("servers")
    with contextlib.ExitStack() as stack:

        def start(kind: str) -> S3Server:
            if program(kind) is None:
                pytest.skip(missing(kind))
            if kind not in running:
                running[kind] = stack.enter_context(s3_server(kind, folder))
            return running[kind]

        yield start
