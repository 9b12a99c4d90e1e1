"""Work measured in a process of its own, so that its memory is its own: `apart("module:function", …)`.

The child runs this module, calls the function with the texts it was given, and prints what it spent as JSON.
Memory is the kernel's high-water mark where there is one; for processes started by the child, the largest of them.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

_STATUS = Path("/proc/self/status")


class Spent(NamedTuple):
    """Seconds on the wall; seconds of processor time, of all its processes; MB at most, its own and a child's."""

    seconds: float
    processor: float
    peak_mb: float
    child_mb: float

    def rate(self, amount: float, unit: str) -> str:
        """How much a second, on the wall and by processor time."""
        wall, busy = amount / self.seconds, amount / self.processor
        return f"{wall:.0f} {unit}/s ({busy:.0f} a processor second)"

    @property
    def memory(self) -> str:
        """The peak in words."""
        return f"{self.peak_mb:.0f} MB" + (f", helpers {self.child_mb:.0f} MB each" if self.child_mb else "")


def apart(work: str, *texts: object) -> Spent:
    """Call `module:function` with texts in a new interpreter; an error there is an error here."""
    command = [sys.executable, "-m", "tests.benchmarks.apart", work, *map(str, texts)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Spent(*json.loads(done.stdout.splitlines()[-1]))


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
