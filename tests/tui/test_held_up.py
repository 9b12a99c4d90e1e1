"""Nobody who types waits for the store, to which a card, a sync or another program may be writing for seconds, nor for a processor."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from fieldkit.tui.drafts import read_drafts
from fieldkit.tui.priority import STEPS, take_short_turns
from fieldkit.tui.store import Store
from fieldkit.vault.vault import Vault
from tests.tui.screens import a_mission
from tests.vault.missions import PASSPHRASE

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

from tests.tui.live import live

_TYPED = "crate seven"
_IN_USE = "the vault is in use"
"""What is told once the writing of a draft was given up."""


@pytest.fixture
def computing() -> Iterator[float]:
    """Two threads that compute in Python itself. Yields how long a turn of each takes (seconds)."""
    ended, interval = threading.Event(), sys.getswitchinterval()

    def compute() -> None:
        while not ended.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=compute) for _ in range(2)]
    for each in threads:
        each.start()
    yield interval
    ended.set()
    for each in threads:
        each.join()
    sys.setswitchinterval(interval)


def test_keys_go_on_while_somebody_else_writes(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    with live(folder) as seen, Vault.open(folder, PASSPHRASE) as other:
        seen.send("o")
        seen.sees("NEW OBSERVATION")
        with other._database.write():
            for place, letter in enumerate(_TYPED, start=1):
                seen.send(letter)
                seen.sees(_TYPED[:place].strip())
            seen.send("\x1bOQ")
            seen.sees("OPEN", "TODAY")
            assert _IN_USE not in seen.painted
            assert "draft kept" not in seen.painted
        seen.sees(f"draft {_TYPED}")
        assert [draft.texts["text"] for draft in read_drafts(other)] == [_TYPED]
        with other._database.write():
            seen.send("\x10colours: light")
            seen.until(lambda: "colours: light colours: light" in seen.words)
            seen.send("\r")
            seen.sees("OPEN", "TODAY")
            seen.send("a")
            seen.sees("NEW ACCESS")
            assert _IN_USE not in seen.painted


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere a thread takes over the priority of its process"
)
def test_a_long_act_and_all_that_it_starts_gives_way_to_the_keys() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def of_all() -> list[int]:
        with ThreadPoolExecutor(1) as pool:
            helper = [sys.executable, "-c", "import os; print(os.nice(0))"]
            told = subprocess.run(helper, capture_output=True, check=True, text=True)
            return [niceness(), pool.submit(niceness).result(), int(told.stdout)]

    async def story() -> list[int]:
        store = Store()
        try:
            return await store.apart(of_all)
        finally:
            store.shut_down()

    before = niceness()
    assert asyncio.run(story()) == [min(19, before + STEPS)] * 3
    assert niceness() == before


def test_the_loop_gets_its_turns_while_two_threads_compute(computing: float) -> None:
    async def turns() -> int:
        until, found = monotonic() + 0.1, 0
        while monotonic() < until:
            await asyncio.sleep(0.001)
            found += 1
        return found

    before = after = 0
    for _ in range(6):  # in turn, whatever else goes on on this machine
        sys.setswitchinterval(computing)
        before += asyncio.run(turns())
        take_short_turns()
        after += asyncio.run(turns())
    assert after > 1.3 * before


_HELPED = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from fieldkit.tui.entry import allow_processes
from textual.app import _PrintCapture
allow_processes()
sys.stderr = _PrintCapture(None, stderr=True)
with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
    print(pool.submit(abs, -7).result())
"""


def test_processes_help_behind_the_screens_which_have_taken_standard_error() -> None:
    done = subprocess.run([sys.executable, "-c", _HELPED], capture_output=True, text=True, timeout=60)
    assert done.stdout == "7\n"
