"""What is written under a hidden name beside its place, and moved there only when it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fieldkit.errors import UnavailableError

SUFFIX = ".fieldkit-partial"


def partial_beside(final: Path) -> Path:
    """The hidden name under which `final` is written; what a killed attempt left there is cleared by the next one."""
    return final.with_name(f".{final.name}{SUFFIX}")


@contextmanager
def cleared(partial: Path) -> Iterator[None]:
    """Nothing lies at `partial` before and after, unless it was moved away."""
    _clear(partial)
    try:
        yield
    finally:
        _clear(partial)


def check_room(directory: Path, needed: int, what: str) -> None:
    """`UnavailableError` where fewer than `needed` bytes are free; `what` needs them."""
    room = shutil.disk_usage(directory).free
    if room < needed:
        raise UnavailableError(
            f"{what} {needed:,} bytes, and {room:,} are free",
            where=str(directory),
            remedy="Free some space, or name a folder on another disk.",
        )


def _clear(partial: Path) -> None:
    if partial.is_dir() and not partial.is_symlink():
        shutil.rmtree(partial)
    else:
        partial.unlink(missing_ok=True)
