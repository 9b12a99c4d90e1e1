"""Photos, the cameras that took them and the cards they came on."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from fieldkit.domain.fields import About
from fieldkit.domain.moments import Moment
from fieldkit.domain.places import Position
from fieldkit.domain.records.base import Part, Record, refuse_without
from fieldkit.domain.values import (
    PART_LIMIT,
    SET_LIMIT,
    Count,
    DecimalText,
    Digest,
    Line,
    Lines,
    Positive,
    RecordId,
    RecordIds,
    Text,
)

_PERSON = ("person",)
Owner = Literal["team", "host"]
ZoneBy = Literal["camera", "readings", "person", "laptop"]


class Box(Part, frozen=True, kw_only=True):
    """A rectangle blacked out in a redacted copy, in pixels from the upper left."""

    x: Annotated[Count, About("Left")]
    y: Annotated[Count, About("Top")]
    width: Annotated[Positive, About("Width")]
    height: Annotated[Positive, About("Height")]


class Tiles(Part, frozen=True, kw_only=True):
    """The commitment to the pixels of an original: the root over its salted tiles, row by row from the upper left."""

    root: Annotated[Digest, About("Root", "Of the Merkle tree over the salted tiles.")]
    edge: Annotated[
        Positive, About("Edge", "Of a tile, in pixels; those at the right and below may be smaller.")
    ]
    width: Annotated[Positive, About("Width", "Of the upright picture, in pixels.")]
    height: Annotated[Positive, About("Height", "Of the upright picture, in pixels.")]
    decoder: Annotated[
        Line, About("Decoder", "What made pixels of the file: other decoders may round otherwise.")
    ]
    epoch: Annotated[Line, About("Epoch", "The epoch of keys from which the salts come.")]


class Photo(Record, frozen=True, kw_only=True):
    """One frame. Its original never changes; a withheld one keeps its number and says why.

    Where a redacted copy is what travels, the copy is a photo of its own, and its original is withheld.
    """

    state: Annotated[
        Literal["taken", "held", "released", "redacted", "withheld"],
        About("State", "Held by the host, released to the team, redacted, or withheld."),
    ]
    state_reason: Annotated[Text | None, About("Reason", "Why it is in this state.")] = None
    state_by: Annotated[
        RecordId | None, About("Decided by", "Who decided on its state.", targets=_PERSON)
    ] = None
    state_since: Annotated[Moment | None, About("Decided", "When its state was decided on.")] = None
    media: Annotated[
        RecordId | None, About("File", "The original, where the team has it.", targets=("media",))
    ] = None
    sha256: Annotated[Digest | None, About("SHA-256", "Of the original file.")] = None
    operator: Annotated[RecordId | None, About("Operator", "Who took it.", targets=_PERSON)] = None
    camera_owner: Annotated[Owner | None, About("Camera of", "Team or host.")] = None
    camera: Annotated[RecordId | None, About("Camera", "Which camera.", targets=("camera",))] = None
    requester: Annotated[RecordId | None, About("Requested by", "Who asked for it.", targets=_PERSON)] = None
    subject: Annotated[Line | None, About("Subject", "What it shows.")] = None
    caption: Annotated[Text | None, About("Caption", "As printed under it.")] = None
    scale_bar: Annotated[bool | None, About("Scale bar", "Is a scale in the picture?")] = None
    taken: Annotated[Moment | None, About("Taken", "Time of the exposure, corrected.")] = None
    taken_raw: Annotated[Line | None, About("Camera time", "As the camera wrote it.")] = None
    taken_zone_by: Annotated[
        ZoneBy | None,
        About("Zone by", "Who says in which offset from UTC the camera time stands."),
    ] = None
    taken_offset_s: Annotated[
        DecimalText | None, About("Clock offset", "Seconds its camera's clock was taken to be ahead.")
    ] = None
    taken_method: Annotated[Line | None, About("Time by", "How the time was corrected.")] = None
    taken_uncertainty_s: Annotated[DecimalText | None, About("Time uncertainty", "In seconds.")] = None
    taken_doubt: Annotated[Line | None, About("Time doubted", "Why the camera's own time is doubted.")] = None
    gps_time: Annotated[
        Moment | None, About("GPS time", "As the camera's receiver gave it; it may be stale.")
    ] = None
    clock_shown: Annotated[Moment | None, About("Clock shown", "Time on a clock that the picture shows.")] = (
        None
    )
    form: Annotated[
        Literal["picture", "film", "sound"] | None, About("Form", "A picture unless said otherwise.")
    ] = None
    duration_s: Annotated[DecimalText | None, About("Duration", "Of a film or a sound, in seconds.")] = None
    position: Annotated[Position | None, About("Position", "Where it was taken.")] = None
    file_name: Annotated[Line | None, About("File name", "As on the card.")] = None
    width: Annotated[Count | None, About("Width", "In pixels.")] = None
    height: Annotated[Count | None, About("Height", "In pixels.")] = None
    perceptual_hash: Annotated[Line | None, About("Perceptual hash", "Of the picture, for near copies.")] = (
        None
    )
    damaged: Annotated[Line | None, About("Damaged", "What could not be read of it.")] = None
    derivative_of: Annotated[
        RecordId | None, About("Made from", "The photo it is a copy of.", targets=("photo",))
    ] = None
    boxes: Annotated[
        tuple[Box, ...], Meta(max_length=SET_LIMIT), About("Boxes", "What was blacked out of it.")
    ] = ()
    decoder: Annotated[
        Line | None, About("Decoder", "What read the original and wrote the redacted copy, with versions.")
    ] = None
    tiles: Annotated[
        Tiles | None, About("Tiles", "Commitment to its pixels, by which untouched parts can be proven.")
    ] = None
    copy_given_to_host: Annotated[bool | None, About("Copy to host", "Has the host a copy?")] = None
    intake: Annotated[RecordId | None, About("Intake", "The card it came on.", targets=("intake",))] = None
    items: Annotated[RecordIds, About("Items", "Inventory lines it shows.", targets=("item",))] = frozenset()
    observations: Annotated[
        RecordIds, About("Observations", "Observations it belongs to.", targets=("observation",))
    ] = frozenset()

    def constrain(self) -> None:
        if self.state in ("held", "withheld"):
            refuse_without(
                self.state_reason,
                f"a photo {'held by the host' if self.state == 'held' else 'withheld'} needs the reason",
                where="photo.state_reason",
                remedy="Say why, in the words of whoever decided.",
            )
        else:
            refuse_without(
                self.media,
                f"a photo without a file cannot be {self.state}",
                where="photo.media",
                remedy="Take the file in, or record the frame as held or withheld with its reason.",
            )
        if self.state == "redacted":
            refuse_without(
                self.derivative_of,
                "a redacted photo is a copy of another one",
                where="photo.derivative_of",
                remedy="Make the copy with `fieldkit photos redact`; the original itself never changes.",
            )


class HandedFile(Part, frozen=True, kw_only=True):
    """One copy of a photo as it was handed over."""

    photo: Annotated[RecordId, About("Photo", targets=("photo",))]
    sha256: Annotated[Digest, About("SHA-256", "Of the file that was handed over.")]
    name: Annotated[Line | None, About("Name", "Of that file.")] = None


class Handout(Record, frozen=True, kw_only=True):
    """Copies of photos handed over: which files, to whom, and when it occurred."""

    to_whom: Annotated[RecordId, About("To", "Who received them.", targets=_PERSON)]
    files: Annotated[
        tuple[HandedFile, ...], Meta(max_length=SET_LIMIT), About("Files", "Each copy, as it was given.")
    ]
    medium: Annotated[Line | None, About("Medium", "USB stick, paper…")] = None

    def constrain(self) -> None:
        refuse_without(
            self.files,
            "nothing was handed over",
            where="handout.files",
            remedy="Name the photos of which copies were given.",
        )


class ClockCheck(Part, frozen=True, kw_only=True):
    """How far a camera's clock was ahead at one moment, as a person stated it."""

    at: Annotated[Moment, About("When", "The right time at that moment.")]
    ahead_s: Annotated[DecimalText, About("Ahead", "Seconds its clock was ahead.")]
    uncertainty_s: Annotated[DecimalText, About("Uncertainty", "In seconds.")]


class Camera(Record, frozen=True, kw_only=True):
    """A camera, and what is known of its clock."""

    make: Annotated[Line | None, About("Make")] = None
    model: Annotated[Line | None, About("Model")] = None
    serial: Annotated[Line | None, About("Serial", "As read, or from its files.")] = None
    serial_from: Annotated[Line | None, About("Serial from", "Where the serial number stood.")] = None
    owner: Annotated[Owner | None, About("Owner", "Team or host.")] = None
    fingerprint: Annotated[Line | None, About("Fingerprint", "Stands for a missing serial number.")] = None
    clock_offset_s: Annotated[DecimalText | None, About("Clock offset", "Seconds its clock is ahead.")] = None
    clock_uncertainty_s: Annotated[DecimalText | None, About("Clock uncertainty", "In seconds.")] = None
    clock_drift_s_per_day: Annotated[DecimalText | None, About("Clock drift", "Seconds a day.")] = None
    clock_method: Annotated[Line | None, About("Clock by", "How the offset was found: qr, gps, stated.")] = (
        None
    )
    clock_checked: Annotated[
        Moment | None, About("Clock checked", "When it was read last; the offset holds for then.")
    ] = None
    clock_since: Annotated[Moment | None, About("Clock since", "When it was read first.")] = None
    clock_checks: Annotated[
        tuple[ClockCheck, ...], Meta(max_length=SET_LIMIT), About("Clock checks", "What people stated of it.")
    ] = ()
    zone: Annotated[
        Line | None, About("Zone", "Offset or zone that its clock shows: +02:00 or Africa/Tripoli.")
    ] = None
    zone_by: Annotated[ZoneBy | None, About("Zone by", "Who says so.")] = None

    def constrain(self) -> None:
        refuse_without(
            self.make or self.model or self.serial or self.fingerprint,
            "nothing tells this camera from another",
            where="camera.serial",
            remedy="Give make, model or serial.",
        )


class Duplicate(Part, frozen=True, kw_only=True):
    """A file that was there already."""

    name: Annotated[Line, About("File name")]
    sha256: Annotated[Digest, About("SHA-256")]
    same_as: Annotated[RecordId | None, About("Same as", "The photo it equals.")] = None


class Damage(Part, frozen=True, kw_only=True):
    """A file that could not be read whole."""

    name: Annotated[Line, About("File name")]
    problem: Annotated[Line, About("Problem")]
    sha256: Annotated[Digest | None, About("SHA-256", "Where it could be read at all.")] = None


class Intake(Record, frozen=True, kw_only=True):
    """The receipt of one card: what was on it, what was kept."""

    source: Annotated[Line, About("Source", "Label of the card or folder.")]
    files: Annotated[Count | None, About("Files", "Files met.")] = None
    kept: Annotated[Count | None, About("Kept", "Files kept as new.")] = None
    size: Annotated[Count | None, About("Size", "Bytes kept.")] = None
    duplicates: Annotated[
        tuple[Duplicate, ...],
        Meta(max_length=PART_LIMIT),
        About("Duplicates", "Files that were there already."),
    ] = ()
    damaged: Annotated[
        tuple[Damage, ...],
        Meta(max_length=PART_LIMIT),
        About("Damaged", "Files that could not be read whole."),
    ] = ()
    gaps: Annotated[Lines, About("Gaps", "Numbers missing in the camera's numbering.")] = frozenset()
    cameras: Annotated[RecordIds, About("Cameras", "Cameras met on it.", targets=("camera",))] = frozenset()
    operator: Annotated[RecordId | None, About("Operator", "Who took the photos.", targets=_PERSON)] = None
    owner: Annotated[Owner | None, About("Camera of", "Team or host.")] = None
    finished: Annotated[Moment | None, About("Finished", "When the last file was durable.")] = None
    receipt_sha256: Annotated[
        Digest | None, About("Receipt", "SHA-256 over the sorted hashes of all files.")
    ] = None
