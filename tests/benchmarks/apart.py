"""Work measured in a process of its own, so that its memory is its own: `apart("module:function", …)`.

The child runs this module, calls the function with the texts it was given, and prints what it spent as JSON.
Memory is the kernel's high-water mark where there is one; for processes started by the child, the largest of them, which
the kernel counts from before they became another program: never less than the child had when it started them. The sum of all is
sampled from outside, pages that several share counted once.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_STATUS = Path("/proc/self/status")


class Spent(NamedTuple):
    """Seconds on the wall; seconds of processor time, of all its processes; MB at most, its own and a child's."""

    seconds: float
    processor: float
    peak_mb: float
    child_mb: float
    all_mb: float = 0

    def rate(self, amount: float, unit: str) -> str:
        """How much a second, on the wall and by processor time."""
        wall, busy = amount / self.seconds, amount / self.processor
        return f"{wall:.0f} {unit}/s ({busy:.0f} a processor second)"

    @property
    def memory(self) -> str:
        """The peak in words."""
        if not self.child_mb:
            return f"{self.peak_mb:.0f} MB"
        summed = f", {self.all_mb:.0f} MB with its helpers" if self.all_mb else ""
        return f"{self.peak_mb:.0f} MB{summed}"


def apart(work: str, *texts: object) -> Spent:
    """Call `module:function` with texts in a new interpreter; an error there is an error here."""
    command = [sys.executable, "-m", "tests.benchmarks.apart", work, *map(str, texts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        watched = _Watched(child.pid)
        watched.start()
        out, _ = child.communicate()
    watched.join()
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command, out)
    return Spent(*json.loads(out.splitlines()[-1]), watched.most_mb)


class _Watched(threading.Thread):
    """Looks, until the process is gone, what it and all that it started hold together; 0 where the system does not say."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.most_mb = 0.0

    def run(self) -> None:
        """Look ten times a second."""
        while (held := sum(map(_proportional_mb, _with_children(self._process)))) > 0:
            self.most_mb = max(self.most_mb, held)
            time.sleep(0.1)


def _with_children(process: int) -> Iterator[int]:
    yield process
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _with_children(int(child))


def _proportional_mb(process: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e3
    return 0.0


def _main(work: str, *texts: str) -> None:
    module, _, function = work.partition(":")
    call = getattr(importlib.import_module(module), function)
    began, busy = time.perf_counter(), _processor()
    call(*texts)
    seconds, processor = time.perf_counter() - began, _processor() - busy
    print(json.dumps([seconds, processor, _peak(), _largest_child()]))


def _processor() -> float:
    return sum(os.times()[:4])


def _peak() -> float:
    """This process's own peak in MB. `getrusage` would count what the process was before it became this one."""
    if _STATUS.exists():
        lines = _STATUS.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _largest_child() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    _main(*sys.argv[1:])
