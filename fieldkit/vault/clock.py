"""What this laptop's clocks say. Clocks are claims: all of them are kept, none decides an order."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from fieldkit.domain.jsontypes import Doc

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Stamp:
    """One reading: UTC with microseconds, the local offset, milliseconds since boot, and which boot."""

    at: str
    offset: str
    mono_ms: int
    boot: str

    def recorded(self) -> Doc:
        """As the `recorded` field of an entry."""
        return {"at": self.at, "offset": self.offset, "mono_ms": self.mono_ms, "boot": self.boot}

    def occurred(self) -> Doc:
        """As the `occurred` field of a record for which no time was typed."""
        return {"at": self.at, "offset": self.offset, "source": "clock"}


class Clock(Protocol):
    """Anything that can be read for a stamp."""

    def read(self) -> Stamp: ...


class SystemClock:
    """The laptop's own clocks."""

    def read(self) -> Stamp:
        """The time now, as this laptop believes it to be."""
        now = datetime.now(UTC)
        local = now.astimezone().strftime("%z")
        return Stamp(
            at=now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            offset=f"{local[:3]}:{local[3:5]}",
            mono_ms=time.monotonic_ns() // 1_000_000,
            boot=_boot(),
        )


@cache
def _boot() -> str:
    """The system's boot id as 32 hex digits; where it has none, the time of boot rounded to a minute."""
    try:
        return _BOOT_ID.read_text("ascii").strip().replace("-", "")
    except OSError:
        return f"boot-{round((time.time() - time.monotonic()) / 60)}"
