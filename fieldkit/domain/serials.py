"""Serial numbers as they are read off metal: what may be the same number, and why.

A serial is kept as read. `normal_form` brings together everything that may be one number, for an indexed look-up;
`near` then says in words what parts two readings, or that they are not near. A near match is offered to a person, never
taken. Near are: spacing and separators, case, accents, digits of other scripts, Latin, Cyrillic and Greek look-alikes,
O and 0, I, l and 1, zeros before a number of digits alone (a spreadsheet drops them), and readings in which marks were
illegible (`?` for one, `…`, `...` or `*` for some). Numbers that differ in a plain letter or digit otherwise are not near:
serials run on, and every neighbour would be offered. `one_wrong` is for
the moment at which a person holds the thing and asks: it says which one character would have to be wrong.

Look-alikes are the letters whose capitals agree in shape between the three scripts, and a few that look like digits
(chosen from the Unicode confusables).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

FEWEST_READ = 3
"""A partial reading with fewer legible marks than this says too little to be near anything."""

MOST_MARKS = 200
"""Longer texts are no serials; they are near nothing but themselves."""

MOST_ZEROS = 12
"""Zeros before a number that one of two near readings may have and the other not."""

FEWEST_FOR_ONE_WRONG, MOST_FOR_ONE_WRONG = 4, 40
"""Marks between which a reading is held against numbers with one other mark: of a shorter one too much would be left
open, a longer one is a text."""

_ONE = "?"
_SOME = "*"
_LEGIBLE = re.compile(r"[^\W_]")
_ILLEGIBLE = (_ONE, _SOME)

_LATIN = dict(zip("АВЕЅІӀЈКМНОРСТУҮХԚԜЗ", "ABESIIJKMHOPCTYYXQW3", strict=True)) | dict(
    zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "ABEZHIKMNOPTYXC", strict=True)
)
"""Cyrillic and Greek capitals to the Latin letter or digit of the same shape."""

_ALWAYS_MERGED = {"O": "0", "I": "1"}
_SMALL_ONLY = {"l": frozenset("L1"), "б": frozenset("Б6")}
"""Small letters that look like a digit although their capitals do not, with all that they may be."""

_INDEX = _ALWAYS_MERGED | {"L": "1", "Б": "6"}
_PLAIN = frozenset(_INDEX.get(letter, letter) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_ASCII = {
    code: _INDEX.get(chr(code).upper(), chr(code).upper()) if chr(code).isalnum() else None
    for code in range(128)
}


class Nearness(StrEnum):
    """How near two readings are."""

    SAME = "same"
    LOOKALIKE = "look-alike"
    PARTIAL = "partial"
    ONE_WRONG = "one wrong"


@dataclass(frozen=True, slots=True)
class Near:
    """Why two readings may be one number; `reasons` in words: `O→0`, `Cyrillic А→A`, `case`, `spacing`."""

    nearness: Nearness
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.reasons) or "the same"


@dataclass(frozen=True, slots=True)
class _Mark:
    """One letter, digit or illegible place: as written, what it may be, its class in the index."""

    written: str
    readings: frozenset[str]
    index: str


def as_read(text: str) -> str:
    """The reading itself: NFC, ends trimmed, runs of white space as one space. Two equal ones are the same serial."""
    return " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())


def normal_form(text: str) -> str:
    """What every reading of one number has in common: capitals and digits, look-alikes merged, all else left out.

    Equal for any two readings that are `near` and not partial, but for zeros before a number (`forms_near`). Empty where
    nothing legible is left.
    """
    if text.isascii():
        return text.translate(_ASCII)
    return "".join(mark.index for mark in _marks(text)[0] if mark.index not in _ILLEGIBLE)


def without_zeros(form: str) -> str:
    """A normal form without the zeros before a number: equal for any two readings that are `near` and not partial."""
    return form.lstrip("0") or form[-1:] if form[:1] == "0" and form.isascii() and form.isdigit() else form


def forms_near(text: str) -> frozenset[str]:
    """The normal forms of every reading that is `near` and not partial, for an indexed look-up."""
    form = normal_form(text)
    if not (form.isascii() and form.isdigit()) or len(form) > MOST_MARKS:
        return frozenset((form,) if form else ())
    number = form.lstrip("0")
    most = len(form) - len(number) + MOST_ZEROS
    return frozenset("0" * zeros + number for zeros in range(not number, most + 1))


def is_serial(text: str) -> bool:
    """Whether anything legible is left: a dash in the column for serials is none."""
    return _LEGIBLE.search(text) is not None


def is_partial(text: str) -> bool:
    """Whether some mark of the reading was illegible."""
    return _ONE in text or _SOME in text or "…" in text or "..." in text


def glob(text: str) -> str:
    """A GLOB pattern over normal forms for a partial reading: `AB-?2…` gives `AB?2*`."""
    return "".join(mark.index for mark in _marks(text)[0])


def near(a: str, b: str) -> Near | None:
    """Why the readings `a` and `b` may be the same number, told from `a` to `b`; None where they are not near."""
    a, b = as_read(a), as_read(b)
    if a == b:
        return Near(Nearness.SAME, ()) if a else None
    if is_partial(a) or is_partial(b):
        return _partial(_marks(a)[0], _marks(b)[0])
    forms = normal_form(a), normal_form(b)
    if forms[0] != forms[1] and without_zeros(forms[0]) != without_zeros(forms[1]):
        return None
    (left, gaps_left), (right, gaps_right) = _marks(a), _marks(b)
    if not left or max(len(left), len(right)) > MOST_MARKS:
        return None
    reasons: dict[str, None] = {}
    if more := len(left) - len(right):
        longer = left if more > 0 else right
        if abs(more) > MOST_ZEROS or any(
            unicodedata.decimal(mark.written, 1) for mark in longer[: abs(more)]
        ):
            return None
        left, gaps_left = left[max(0, more) :], gaps_left[max(0, more) :]
        right, gaps_right = right[max(0, -more) :], gaps_right[max(0, -more) :]
        reasons["zeros before it"] = None
    for one, other in zip(left, right, strict=True):
        if one.written != other.written:
            if not one.readings & other.readings:
                return None
            reasons[_difference(one.written, other.written)] = None
    if gaps_left != gaps_right:
        only_space = [gap.strip() for gap in gaps_left] == [gap.strip() for gap in gaps_right]
        reasons["spacing" if only_space else "separators"] = None
    return Near(Nearness.LOOKALIKE, tuple(reasons) or ("form of the characters",))


def one_wrong(a: str, b: str) -> Near | None:
    """Which one character has to be wrong for the readings `a` and `b` to be the same number; None if none will do.

    One is another, too many or left out, or two neighbours changed places. Look-alikes beside it are told as well.
    """
    left, right = _marks(as_read(a))[0], _marks(as_read(b))[0]
    if not FEWEST_FOR_ONE_WRONG <= min(len(left), len(right)) <= MOST_FOR_ONE_WRONG:
        return None
    if any(mark.index in _ILLEGIBLE for mark in (*left, *right)):
        return None
    start = 0
    while start < min(len(left), len(right)) and left[start].readings & right[start].readings:
        start += 1
    rest_left, rest_right = left[start:], right[start:]
    wrong = _one_edit(rest_left, rest_right, start + 1)
    if wrong is None:
        return None
    said, after_left, after_right = wrong
    pairs = [*zip(left[:start], right[:start], strict=True), *zip(after_left, after_right, strict=True)]
    alike = dict.fromkeys(
        _difference(one.written, other.written) for one, other in pairs if one.written != other.written
    )
    return Near(Nearness.ONE_WRONG, (said, *alike))


def forms_one_wrong(text: str) -> frozenset[str]:
    """The normal forms of every number for which `one_wrong` can hold, for an indexed look-up.

    Characters put in are Latin letters, digits and those of the reading itself.
    """
    form = normal_form(text)
    if is_partial(text) or not FEWEST_FOR_ONE_WRONG <= len(form) <= MOST_FOR_ONE_WRONG:
        return frozenset()
    letters = _PLAIN | set(form)
    found = {form}
    for place in range(len(form) + 1):
        before, after = form[:place], form[place:]
        found.update(before + letter + after for letter in letters)
        if after:
            found.add(before + after[1:])
            found.update(before + letter + after[1:] for letter in letters)
        if len(after) > 1:
            found.add(before + after[1] + after[0] + after[2:])
    return frozenset(found)


def _one_edit(
    left: Sequence[_Mark], right: Sequence[_Mark], place: int
) -> tuple[str, Sequence[_Mark], Sequence[_Mark]] | None:
    """What is wrong at the first mark in which the readings part, and what follows it on both sides."""
    one, other = (side[0].written if side else "" for side in (left, right))
    tried = (
        (f"character {place}: {_named(one)}→{_named(other)}", left[1:], right[1:], left and right),
        (f"character {place}, {_named(one)}, is too many", left[1:], right, left),
        (f"{_named(other)} is left out before character {place}", left, right[1:], right),
    )
    for said, after_left, after_right, there in tried:
        if there and _agree(after_left, after_right):
            return said, after_left, after_right
    if len(left) > 1 and len(right) > 1 and _agree(left[:2], right[1::-1]) and _agree(left[2:], right[2:]):
        return f"characters {place} and {place + 1} changed places", left[2:], right[2:]
    return None


def _agree(left: Sequence[_Mark], right: Sequence[_Mark]) -> bool:
    return len(left) == len(right) and all(
        one.readings & other.readings for one, other in zip(left, right, strict=True)
    )


def _marks(text: str) -> tuple[list[_Mark], list[str]]:
    """The marks of a reading, and what stands before each of them and after the last."""
    marks: list[_Mark] = []
    gaps = [""]
    for written in text.replace("...", "…"):
        if written in ("?", "*", "…"):
            sign = _ONE if written == "?" else _SOME
            marks.append(_Mark(sign, frozenset(), sign))
            gaps.append("")
            continue
        for mark in written if written.isascii() else unicodedata.normalize("NFKC", written):
            if mark.isalnum():
                marks.append(_mark(mark))
                gaps.append("")
            elif not unicodedata.combining(mark):
                gaps[-1] += mark
    return marks, gaps


@lru_cache(maxsize=2048)
def _mark(written: str) -> _Mark:
    base = _without_accent(written)
    digit = unicodedata.decimal(base, None)
    capital = base.upper()
    letter = str(digit) if digit is not None else capital if len(capital) == 1 else base
    letter = _LATIN.get(letter, letter)
    readings = _SMALL_ONLY.get(base) or frozenset(_ALWAYS_MERGED.get(letter, letter))
    return _Mark(written, readings, _INDEX.get(letter, letter))


def _without_accent(mark: str) -> str:
    parts = unicodedata.normalize("NFD", mark)
    return parts[0] if all(unicodedata.combining(accent) for accent in parts[1:]) else mark


def _difference(one: str, other: str) -> str:
    if one.upper() == other.upper():
        return "case"
    plain_one, plain_other = _without_accent(one), _without_accent(other)
    if plain_one.upper() == plain_other.upper():
        return "accent"
    digits = unicodedata.decimal(one, None), unicodedata.decimal(other, None)
    if digits[0] is not None and digits[0] == digits[1]:
        return "digits of another script"
    return f"{_named(one)}→{_named(other)}"


def _named(mark: str) -> str:
    return (
        mark
        if not mark or mark.isascii()
        else f"{unicodedata.name(mark, 'unnamed').split()[0].capitalize()} {mark}"
    )


def _partial(left: Sequence[_Mark], right: Sequence[_Mark]) -> Near | None:
    """Whether two readings, of which at least one has illegible places, can be of one number."""
    legible = min(sum(mark.index not in _ILLEGIBLE for mark in side) for side in (left, right))
    if legible < FEWEST_READ or max(len(left), len(right)) > MOST_MARKS:
        return None
    # fits[j]: the left marks up to here fit the first j right marks.
    fits = [True] + [False] * len(right)
    for j, other in enumerate(right, start=1):
        fits[j] = fits[j - 1] and other.index == _SOME
    for one in left:
        row = [fits[0] and one.index == _SOME]
        for j, other in enumerate(right, start=1):
            if _SOME in (one.index, other.index):
                row.append(fits[j] or row[j - 1])
            else:
                either = _ONE in (one.index, other.index) or bool(one.readings & other.readings)
                row.append(fits[j - 1] and either)
        fits = row
    return Near(Nearness.PARTIAL, ("partly illegible",)) if fits[-1] else None
