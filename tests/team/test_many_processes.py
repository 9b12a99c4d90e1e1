"""Several laptops, each a process, sync with several depots at once while a server of one of them is killed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldkit.team.copying import copy_depot
from fieldkit.team.depot import open_depot
from fieldkit.vault.doctor import examine
from fieldkit.vault.vault import Vault
from tests.team.s3_servers import RCLONE, SEAWEEDFS, missing, program, s3_server
from tests.team.syncing_laptop import AWAY, RECORDED, SYNCED
from tests.team.teams import joined, meet, new_depot, tables
from tests.vault.missions import PASSPHRASE, new_mission

_TOP = Path(__file__).resolve().parents[2]
_ROUNDS = 8


@pytest.mark.parametrize("kind", [SEAWEEDFS, RCLONE])
def test_every_laptop_and_every_depot_ends_with_the_same(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program(kind) is None:
        pytest.skip(missing(kind))
    with s3_server(kind) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        places = ["s3://depot/team", "s3://depot/spare", str(tmp_path / "share")]
        Path(places[-1]).mkdir()
        depots = [new_depot(place) for place in places]
        laptops = [tmp_path / name for name in "abcd"]
        with new_mission(laptops[0]) as lead:
            for laptop in laptops[1:]:
                joined(laptop, lead, f"Owner of {laptop.name}").close()
            meet(depots[0], lead)
        with contextlib.ExitStack() as stack:
            running = [stack.enter_context(_running(laptop, places)) for laptop in laptops]
            _until(lambda: sum(word == SYNCED for word, _ in _told(laptops)) >= 4)
            server.kill()
            _until(lambda: any(word == AWAY for word, _ in _told(laptops)))
            server.start()
            assert [one.wait(120) for one in running] == [0] * len(laptops)

        with contextlib.ExitStack() as stack:
            vaults = [stack.enter_context(Vault.open(laptop, PASSPHRASE)) for laptop in laptops]
            for depot in depots:
                meet(depot, *vaults)
            for source in depots:
                for target in depots:
                    copy_depot(source, target)
            first = depots[0].contents().objects
            assert all(depot.contents().objects == first for depot in depots)
            assert all(list(open_depot(place).check()) == [] for place in places)
            acknowledged = {text for word, text in _told(laptops) if word == RECORDED}
            assert len(acknowledged) == len(laptops) * _ROUNDS
            for vault in vaults:
                assert {view.doc["text"] for view in vault.list("observation")} == acknowledged
                assert tables(vault) == tables(vaults[0])
                assert [one for one in examine(vault, refold=True) if not one.good] == []


@contextlib.contextmanager
def _running(laptop: Path, places: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.team.syncing_laptop", laptop, laptop.name, str(_ROUNDS), *places]
    with (
        laptop.with_suffix(".told").open("wb") as told,
        subprocess.Popen(command, stdout=told, cwd=_TOP) as one,
    ):
        try:
            yield one
        finally:
            one.kill()


def _told(laptops: list[Path]) -> list[tuple[str, str]]:
    """What the laptops printed so far: a word and what it is about."""
    lines = [line for laptop in laptops for line in laptop.with_suffix(".told").read_text().splitlines()]
    return [(word, about) for word, _, about in (line.partition(" ") for line in lines)]


def _until(held: Callable[[], bool], within_s: float = 60) -> None:
    """Wait until it holds."""
    end = time.monotonic() + within_s
    while not held():
        assert time.monotonic() < end
        time.sleep(0.05)
