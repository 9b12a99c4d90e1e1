"""The kinds of record that people make by hand, each with the letter that begins one."""

from __future__ import annotations

from typing import Final

LETTERS: Final = {
    "observation": "o",
    "access": "a",
    "count": "c",
    "seal": "s",
    "interview": "i",
    "measurement": "m",
    "person": "e",
    "location": "l",
    "meeting": "t",
    "sample": "x",
    "custody": "u",
    "document": "d",
    "commitment": "r",
    "comment": "h",
    "finding": "f",
    "incident": "n",
    "event": "q",
    "item": "v",
    "photo": "p",
    "crosswalk": "w",
    "plan": "g",
    "signoff": "y",
    "camera": "k",
}
"""Bookkeeping, declarations, intakes and draws come about by acts of their own."""
