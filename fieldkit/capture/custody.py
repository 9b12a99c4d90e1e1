"""Who has which picture: held by the host, released, withheld, given away. The photo log has no gaps.

A frame that exists but was not handed over is a placeholder with a number of its own, so that whoever reads the log knows
that there is one. Every change of state says why, who decided and when; copies that were given are logged file by file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkit.capture.picture_kinds import PICTURE_TYPES
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.marks import scheme_of
from fieldkit.domain.moments import Moment, as_json
from fieldkit.domain.selection import missing_numbers, selected
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UnreadableError, UsageError
from fieldkit.vault.clock import SystemClock
from fieldkit.vault.recording import Add, Amend, Change, Recorded
from fieldkit.vault.vault import Vault

HELD: Final = "held"
RELEASED: Final = "released"
REDACTED: Final = "redacted"
WITHHELD: Final = "withheld"
MOST_PLACEHOLDERS: Final = 2000


@dataclass(frozen=True, slots=True)
class Given:
    """One file that was handed over: the photo's id, SHA-256 (hex) of that very file, its name."""

    photo: str
    sha256: str
    name: str


@dataclass(frozen=True, slots=True)
class LogState:
    """The photo log as a whole: frames, redacted copies, how many are in each state, and numbers that are missing."""

    frames: int
    copies: int
    states: dict[str, int]
    missing: tuple[str, ...]


def photos(vault: Vault, words: Iterable[str]) -> list[RecordView]:
    """The photos that the words name, each once, in their order: numbers, ids, runs `A-P-0112..0115`.

    Raises `UsageError` where one is not there or is no photo.
    """
    found: dict[str, RecordView] = {}
    for ref in selected(words):
        view = vault.get(ref)
        if view.kind != "photo":
            raise UsageError(f"{view.number} is a {view.kind}, not a photo", where=ref)
        found.setdefault(view.id, view)
    if not found:
        raise UsageError("no photo is named", remedy="Name numbers, or runs as A-P-0112..0115.")
    return list(found.values())


def one_photo(vault: Vault, ref: str) -> RecordView:
    """The one photo that is named."""
    named = photos(vault, [ref])
    if len(named) > 1:
        raise UsageError(f"{ref} names {len(named)} photos", remedy="One at a time here.")
    return named[0]


def original(vault: Vault, view: RecordView) -> bytes:
    """The bytes of a photo's own file. `RefusedError` for a frame without one."""
    return b"".join(vault.media.open(media_of(vault, view)))


def picture(vault: Vault, view: RecordView) -> bytes:
    """The bytes of a photo's own file, where its pixels are the photo; `UnreadableError` for films, and for raw files: what a
    decoder of pictures finds in them is the small picture that they bring along."""
    if media_of(vault, view).get("media_type") not in PICTURE_TYPES.values():
        raise UnreadableError(
            "there are no pixels to be had of this file",
            where=view.number,
            remedy="Raw files and films cannot be redacted or copied: develop it, and take in the picture.",
        )
    return original(vault, view)


def media_of(vault: Vault, view: RecordView) -> Doc:
    """The document of a photo's own file. `RefusedError` for a frame without one."""
    media = view.doc.get("media")
    found = vault.peek(media) if isinstance(media, str) else None
    if found is None:
        raise RefusedError(
            f"there is no file of {view.number} here: it is {view.doc.get('state')}",
            where=view.number,
            remedy="Take the file in when it is handed over.",
        )
    return found.doc


def decided(vault: Vault, by: str | None, at: Moment | None) -> Doc:
    """Who decided on a state and when, as the fields of a photo; now, where no time is given."""
    found: Doc = {"state_since": as_json(at) if at else SystemClock().read().occurred()}
    if by:
        found["state_by"] = vault.person(by)
    return found


def change_state(
    vault: Vault,
    views: Sequence[RecordView],
    state: str,
    reason: str,
    *,
    by: str | None = None,
    at: Moment | None = None,
    author: str | None = None,
) -> Sequence[Recorded]:
    """Hold, release or withhold photos, all or none. A redacted copy that is released is `redacted` again.

    `by` is who decided (a person, of either side), `at` when. Raises `RefusedError` where a frame without a file would be released.
    """
    decision = decided(vault, by, at)
    changes: list[Change] = []
    for view in views:
        became = REDACTED if state == RELEASED and view.doc.get("derivative_of") else state
        if state == RELEASED:
            media_of(vault, view)
        values: Doc = {"state": became, "state_reason": reason, **decision}
        if "state_by" in view.doc:
            values.setdefault("state_by", None)
        changes.append(Amend(view.id, reason, set=values))
    return vault.record(changes, author=author)


def placeholders(
    vault: Vault,
    count: int,
    reason: str,
    *,
    subject: str | None = None,
    common: Doc | None = None,
    by: str | None = None,
    at: Moment | None = None,
    author: str | None = None,
) -> Sequence[Recorded]:
    """Number frames of the host's camera that exist but were not handed over. `common` are further fields of each."""
    if not 1 <= count <= MOST_PLACEHOLDERS:
        raise UsageError(f"{count} frames at once", remedy=f"Give a number from 1 to {MOST_PLACEHOLDERS}.")
    values: Doc = {"camera_owner": "host", **(common or {}), **decided(vault, by, at)}
    values |= {"state": HELD, "state_reason": reason}
    if subject:
        values["subject"] = subject
    return vault.record([Add("photo", values) for _ in range(count)], author=author)


def log_copies(
    vault: Vault,
    files: Sequence[Given],
    to: str,
    *,
    medium: str | None = None,
    at: Moment | None = None,
    author: str | None = None,
) -> Recorded:
    """Record that copies were handed over: which files, to whom, when. Photos given to the host are marked as such.

    Raises `RefusedError` where one of the photos is held or withheld.
    """
    person = vault.get(vault.person(to))
    values: Doc = {
        "to_whom": person.id,
        "files": [{"photo": one.photo, "sha256": one.sha256, "name": one.name} for one in files],
        "occurred": as_json(at) if at else SystemClock().read().occurred(),
    }
    if medium:
        values["medium"] = medium
    marks = [vault.get(one.photo).mark for one in files]
    highest = scheme_of(vault.get(vault.mission_id).doc, marks).highest(mark or None for mark in marks)
    if highest:
        values["mark"] = highest
    changes: list[Change] = [Add("handout", values)]
    if person.doc.get("party") == "host":
        marked: Doc = {"copy_given_to_host": True}
        changes += [
            Amend(photo, f"copy given to {person.doc.get('name')}", set=marked)
            for photo in dict.fromkeys(one.photo for one in files)
            if vault.get(photo).doc.get("copy_given_to_host") is not True
        ]
    return vault.record(changes, author=author)[0]


def as_kept(vault: Vault, views: Iterable[RecordView]) -> list[Given]:
    """The photos as files to be given just as they are kept. `RefusedError` for a frame without one."""
    return [
        Given(view.id, str(media_of(vault, view)["sha256"]), str(view.doc.get("file_name", view.number)))
        for view in views
    ]


def log_state(vault: Vault) -> LogState:
    """The photo log as it stands; a number that is missing is told, never passed over."""
    states: Counter[str] = Counter()
    numbers: list[str] = []
    copies = 0
    for view in vault.list("photo", retracted=True):
        numbers.append(view.number)
        states[_text(view.doc.get("state"))] += 1
        copies += "derivative_of" in view.doc
    return LogState(
        len(numbers) - copies, copies, dict(sorted(states.items())), tuple(missing_numbers(numbers))
    )


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else "not stated"
