"""Gaps in a camera's numbering: which frames are not on the card.

The names of digital cameras end in four digits that count up, from 9999 on to 0001 in the next folder (DCF, JEITA CP-3461:
folders `100ABCDE`, files `ABCD0001.JPG`; films and raw files share the count). A gap is a fact to ask about, not
a fault: frames may have been deleted in the camera before the card was handed over.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import PurePosixPath

LAST_NUMBER = 9999
_NEAR_THE_END = 9900
_FILE = re.compile(r"([A-Z0-9_]{4})([0-9]{4})\.[A-Z0-9]{2,4}", re.IGNORECASE)
_FOLDER = re.compile(r"[1-9][0-9]{2}([A-Z0-9_]{5})", re.IGNORECASE)


def gaps(names: Iterable[str]) -> list[str]:
    """Runs of missing numbers in card-relative file names, each in words, in order."""
    runs: dict[tuple[str, str], dict[str, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
    for name in names:
        path = PurePosixPath(name)
        if not (match := _FILE.fullmatch(path.name)) or int(match[2]) == 0:
            continue
        folder = path.parent
        if maker := _FOLDER.fullmatch(folder.name):  # one count for all, whatever the four letters say
            series, place = (str(folder.parent), maker[1].strip("0123456789").upper()), folder.name
        else:
            series, place = (str(folder), match[1].upper()), ""
        runs[series][place].setdefault(int(match[2]), path.stem)
    return [text for series in sorted(runs) for text in _gaps_in(runs[series])]


def _gaps_in(folders: dict[str, dict[int, str]]) -> list[str]:
    frames = [
        (number, folders[folder][number], folder)
        for folder in sorted(folders)
        for number in sorted(folders[folder])
    ]
    found = []
    for (number, before, folder), (following, after, next_folder) in pairwise(frames):
        if following <= number and folder != next_folder and number < _NEAR_THE_END:
            number = LAST_NUMBER  # this camera begins again with every folder
        missing = (following - number - 1) % LAST_NUMBER
        if missing:
            first, last = _after(number), _after(number + missing - 1)
            which = f"{first:04d}" if missing == 1 else f"{first:04d} to {last:04d}"
            plural = "frame" if missing == 1 else "frames"
            found.append(f"{missing} {plural} missing, {which}, between {before} and {after}")
    return found


def _after(number: int) -> int:
    return number % LAST_NUMBER + 1
