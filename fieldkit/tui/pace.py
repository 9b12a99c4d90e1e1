"""How fast pictures may go to the terminal, so that no key waits behind them: found out by how soon the terminal answers.

Behind every batch of pictures the terminal is asked what it is. Its answer says when it has drawn them, over whatever line:
until then nothing more is written. A batch is what was drawn in a tenth of a second before. A line that turns out to be slow
gets half blocks; now and then it is tried again, for it may have been the laptop that was busy.
"""

from __future__ import annotations

from typing import Final

MOST_PER_SECOND: Final = 1_000_000
"""Bytes of pictures that are written in a second at the most, on a terminal however fast."""
LEAST_PER_SECOND: Final = 20_000
"""A line that brings less is slow: half blocks suit it better."""
_BATCH_SECONDS: Final = 0.1
_PIECE_SECONDS: Final = 1.5
_NOTICED_SECONDS: Final = 0.5
"""What takes less is never slow, however few bytes it were."""
_FAR_TOO_LONG_SECONDS: Final = 1.5
_STRIKES: Final = 3
"""Answers that came too late one after the other, far too late ones counted twice: fewer may be the laptop's."""
_TRIED_AGAIN_SECONDS: Final = 60.0
PROBE: Final = "\x1b7\x1b8" * 500
"""Bytes that change nothing on any terminal, enough to tell a slow line before the first picture is sent."""


class Pace:
    """What is known of the line. Times are seconds of one clock that never goes back."""

    def __init__(self) -> None:
        self.slow = False
        """Whether pictures in pixels take too long here."""
        self.speed = 0.0
        """Bytes a second, as the last answer told; 0 where it has to be tried by `PROBE`."""
        self._noticed = False
        self._strikes = 0
        self._free_at = 0.0
        self._tried_at = 0.0

    def is_tried_again(self, now: float) -> bool:
        """Whether it is time to try a slow line again; says so once."""
        due = self.slow and now - self._tried_at > _TRIED_AGAIN_SECONDS
        if due:
            self._tried_at = now
        return due

    def is_slow(self, now: float) -> None:
        """Too much would be asked of it."""
        self.slow, self._tried_at, self.speed = True, now, 0.0

    def free_in(self, now: float) -> float:
        """How long until more may be written, for all that is known: seconds."""
        return max(0.0, self._free_at - now)

    def fits(self, length: int, batch: int) -> bool:
        """Whether a picture of so many bytes may follow a batch of so many. The first is only too large for what is known to
        be slow."""
        if batch == 0:
            return not self._noticed or length <= self.speed * _PIECE_SECONDS
        return batch + length <= self.speed * _BATCH_SECONDS

    def wrote(self, length: int, now: float) -> None:
        """So many bytes of pictures were written."""
        self._free_at = now + length / MOST_PER_SECOND

    def answered(self, length: int, seconds: float, now: float = 0.0) -> None:
        """So many bytes, and the question behind them, were answered after this time."""
        self.speed = length / max(seconds, 0.001)
        self._noticed = seconds >= _NOTICED_SECONDS
        if not self._noticed or self.speed >= LEAST_PER_SECOND:
            self._strikes, self.slow = 0, False
            return
        self.speed = 0.0
        self._strikes += 2 if seconds > _FAR_TOO_LONG_SECONDS else 1
        if self._strikes >= _STRIKES:
            self.is_slow(now)
