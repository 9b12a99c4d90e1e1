"""The present position from gpsd, the daemon that speaks to satellite receivers, over a socket of this laptop.

One report of a fix (`TPV`, mode 2 or 3) is taken; what else comes is passed over. Answers are bounded in length and time.
"""

from __future__ import annotations

import json
import math
import socket
import time
from dataclasses import dataclass

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.tracks import RECEIVER_ERROR_M
from fieldkit.errors import UnavailableError

PORT = 2947
SECONDS = 10.0
_WATCH = b'?WATCH={"enable":true,"json":true};\n'
_LONGEST_LINE = 1 << 16


@dataclass(frozen=True, slots=True)
class PresentFix:
    """A position as recorded (`lat`, `lon`, `error_m`, `source`), the receiver's time as it gave it, and 2D or 3D."""

    position: Doc
    time: str
    mode: int


def present_fix(port: int | None = None, seconds: float = SECONDS) -> PresentFix:
    """The first fix that gpsd reports. Raises `UnavailableError` where there is no daemon, or no fix within `seconds`."""
    port, deadline = port or PORT, time.monotonic() + seconds
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
            connection.sendall(_WATCH)
            held = b""
            while (left := deadline - time.monotonic()) > 0:
                connection.settimeout(left)
                received = connection.recv(1 << 14)
                if not received:
                    break
                *lines, held = (held + received).split(b"\n")
                for line in lines:
                    if found := _fix(line):
                        return found
                if len(held) > _LONGEST_LINE:
                    break
    except TimeoutError:
        pass
    except OSError as error:
        raise UnavailableError(
            f"gpsd does not answer: {(error.strerror or type(error).__name__).lower()}",
            where=f"127.0.0.1:{port}",
            remedy="Start gpsd with the receiver plugged in, or type the position.",
        ) from None
    raise UnavailableError(
        f"no satellite fix within {seconds:.0f} s",
        where=f"127.0.0.1:{port}",
        remedy="Wait under the open sky and try again, or type the position.",
    )


def _fix(line: bytes) -> PresentFix | None:
    """The fix in one line of gpsd's JSON, or None."""
    try:
        report = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(report, dict) or report.get("class") != "TPV":
        return None
    mode, lat, lon = report.get("mode"), _number(report, "lat"), _number(report, "lon")
    if mode not in (2, 3) or not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
        return None
    error = _number(report, "eph")
    if not 0 < error < 1e6:
        error = math.hypot(_number(report, "epx"), _number(report, "epy"))
    if not 0 < error < 1e6:
        error = RECEIVER_ERROR_M
    stated = report.get("time")
    position: Doc = {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}", "error_m": f"{error:.1f}", "source": "gps"}
    return PresentFix(position, stated[:40] if isinstance(stated, str) else "", mode)


def _number(report: dict[str, object], name: str) -> float:
    value = report.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
