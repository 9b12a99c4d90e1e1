"""Measuring: the same work several times, medians and percentiles, one printed row a figure. Never a verdict."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def times(work: Callable[[], object], runs: int) -> list[float]:
    """Seconds of each run, in order."""
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median_ms(values: Sequence[float]) -> float:
    """The median in milliseconds."""
    return statistics.median(values) * 1e3


def row(what: str, figure: str, reach: str) -> None:
    """Print one figure beside what is to be reached."""
    print(f"  {what:<46} {figure:<34} to reach: {reach}", flush=True)
