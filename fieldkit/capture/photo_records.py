"""From what a photo says of itself to records: `media`, `photo`, and a `camera` on first sight.

Capture time: the camera's own text is kept as `taken_raw`; `taken` interprets it with the offset that the camera states, else
with this laptop's zone, and `taken_zone_by` says which. Where the camera's clock was looked at before, `taken` is corrected by
it (`fieldkit.domain.photo_times`). A time that cannot be right is kept, with the doubt. A camera without a serial number is told apart by make, model and the
letters of its file names, and its record says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fieldkit.capture.containers import UTC_CLAIM
from fieldkit.capture.exif import Camera, Fix, Taken
from fieldkit.capture.pictures import PhotoFacts
from fieldkit.capture.plain import plain_line
from fieldkit.capture.scanning import Scanned
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.moments import as_json, moment
from fieldkit.domain.photo_times import clock_in, doubt, retimed, zone_in_words
from fieldkit.vault.recording import Add, uuid7
from fieldkit.vault.vault import Vault

NO_SERIAL = "No serial number in its files: told apart by make, model and the letters of its file names."
_LETTERS = re.compile(r"[A-Za-z_]{0,4}")
_LINE = 480


class Known(NamedTuple):
    """A photo that is kept already: its id, intake, camera (ids or empty) and what is damaged of it."""

    photo: str
    intake: str
    camera: str
    damage: str


def known_photos(vault: Vault) -> dict[str, Known]:
    """Every photo whose original is kept, by SHA-256 (hex)."""
    found: dict[str, Known] = {}
    for view in vault.list("photo"):
        digest = view.doc.get("sha256")
        if isinstance(digest, str) and view.doc.get("media"):
            intake, camera, damage = (_text(view.doc, name) for name in ("intake", "camera", "damaged"))
            found.setdefault(digest, Known(view.id, intake, camera, damage))
    return found


class Cameras:
    """The cameras met in one intake; each is looked up once."""

    def __init__(self, vault: Vault, common: Doc) -> None:
        self._vault = vault
        self._owner = common.get("camera_owner")
        self._ids: dict[tuple[str, ...], str] = {}
        self._docs: dict[str, Doc] = {}
        self.met: set[str] = set()

    def find(self, camera: Camera, file_name: str) -> tuple[str, Doc]:
        """The camera's id, or an empty one with the values of a new record; both empty if nothing is known of it."""
        if not camera:
            return "", {}
        values: Doc = {
            name: value
            for name, value in (("make", camera.make), ("model", camera.model), ("serial", camera.serial))
            if value
        }
        if camera.serial:
            values["serial_from"] = camera.source
        else:
            letters = _LETTERS.match(file_name)
            values["fingerprint"] = " / ".join(
                (camera.make, camera.model, letters[0].upper() if letters else "")
            )
            values["remark"] = NO_SERIAL
        if self._owner:
            values["owner"] = self._owner
        key = _camera_key(values)
        if key not in self._ids and (known := self._recorded(values)):
            self._ids[key] = known
        return self._ids.get(key, ""), values

    def corrected(self, camera: str, photo: Doc) -> Doc:
        """What the clock that the camera is known to have changes in the values of a new photo."""
        if camera not in self._docs:
            known = self._vault.peek(camera) if camera else None
            self._docs[camera] = known.doc if known else {}
        doc = self._docs[camera]
        return retimed(photo, doc, clock_in(doc)) if doc.get("clock_method") or doc.get("zone") else {}

    def recorded(self, cameras: dict[tuple[str, ...], str]) -> None:
        """Cameras that are durable now."""
        self._ids.update(cameras)

    def _recorded(self, values: Doc) -> str:
        field = "serial" if "serial" in values else "fingerprint"
        for view in self._vault.find("camera", field, values[field]):
            if not view.retracted and all(view.doc.get(n) == values.get(n) for n in ("make", "model")):
                return view.id
        return ""


class Group:
    """The changes for a few photos that become durable together; `small` has the parts of their thumbnails by SHA-256."""

    def __init__(self, vault: Vault, cameras: Cameras, common: Doc, small: Mapping[str, Doc]) -> None:
        self._vault = vault
        self._cameras = cameras
        self._common = common
        self._small = small
        self.changes: list[Add] = []
        self.cameras: dict[tuple[str, ...], str] = {}
        self.photos: list[tuple[Scanned, str, str]] = []

    def add(self, scanned: Scanned, *, bare: bool = False, because: str = "") -> None:
        """One kept file. With `bare` only the file and its digest, and `because` as what is wrong with it."""
        stored, facts = scanned.stored, scanned.facts
        if stored is None or facts is None:
            raise ValueError("only a file that was stored makes a photo")
        photo, camera = uuid7(), ""
        values: Doc = {
            **self._common,
            "state": "taken",
            "media": self._media(scanned, facts),
            "sha256": scanned.sha256,
            "file_name": plain_line(scanned.file.name, _LINE),
        }
        if bare:
            values["damaged"] = plain_line(because, _LINE) or "could not be described"
        else:
            camera = self._camera(facts)
            if camera:
                values["camera"] = camera
                self._cameras.met.add(camera)
            values.update(described(facts))
            values.update(self._cameras.corrected(camera, values))
        self.changes.append(Add("photo", values, id=photo))
        self.photos.append((scanned, photo, camera))

    def _media(self, scanned: Scanned, facts: PhotoFacts) -> str:
        for view in self._vault.find("media", "sha256", scanned.sha256):
            if not view.retracted:
                return view.id
        media = uuid7()
        values: Doc = {
            **(scanned.stored.to_doc() if scanned.stored else {}),
            "media_type": facts.media_type,
            "name": plain_line(scanned.file.path.name, _LINE) or "unnamed",
        }
        if scanned.sha256 in self._small:
            values["thumbnail"] = self._small[scanned.sha256]
        self.changes.append(Add("media", values, id=media))
        return media

    def _camera(self, facts: PhotoFacts) -> str:
        camera, values = self._cameras.find(facts.camera, facts.name)
        if camera or not values:
            return camera
        key = _camera_key(values)
        if key not in self.cameras:
            self.cameras[key] = uuid7()
            self.changes.append(Add("camera", values, id=self.cameras[key]))
        return self.cameras[key]


def described(facts: PhotoFacts) -> Doc:
    """The fields of a `photo` that come from the picture itself."""
    values: Doc = {}
    if facts.width and facts.height:
        values["width"], values["height"] = facts.width, facts.height
    if facts.dhash:
        values["perceptual_hash"] = facts.dhash
    if facts.damaged:
        values["damaged"] = plain_line(facts.damage, _LINE)
    if facts.notes:
        values["remark"] = "\n".join(facts.notes)
    if facts.recording:
        values["form"] = facts.recording.form
        if math.isfinite(facts.recording.duration):
            values["duration_s"] = f"{facts.recording.duration:.3f}"
    if facts.taken.raw:
        values["taken_raw"] = facts.taken.raw
    values.update(_moment(facts.taken))
    if "taken" in values and facts.recording and facts.recording.utc:
        values["taken_method"] = UTC_CLAIM
    if facts.fix:
        values["position"] = _position(facts.fix)
    return values


def _moment(taken: Taken) -> Doc:
    values: Doc = {}
    if taken.receiver and (found := _aware(taken.receiver + "+00:00")):
        values["gps_time"] = as_json(moment(found))
    if taken.local and (found := _aware(taken.local + taken.offset)):
        by = "camera" if taken.offset else "laptop"
        values["taken"] = as_json(moment(found))
        values["taken_zone_by"] = by
        now = datetime.now().astimezone().replace(tzinfo=None)
        if told := doubt(found.replace(tzinfo=None), now):
            values["taken_doubt"] = told
        values["taken_method"] = f"camera clock, in the zone {zone_in_words(by)}"
    return values


def _aware(text: str) -> datetime | None:
    """The moment, in this laptop's zone where it states none; None if no calendar has it."""
    try:
        when = datetime.fromisoformat(text)
        aware = when if when.tzinfo else when.astimezone()
        aware.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    if aware.year < 1900 or abs(aware.utcoffset() or timedelta()) > timedelta(hours=14):
        return None
    return aware


def _position(fix: Fix) -> Doc:
    position: Doc = {"lat": f"{fix.latitude:.7f}", "lon": f"{fix.longitude:.7f}", "source": "exif"}
    if math.isfinite(fix.error) and 0 <= fix.error < 1e9:
        position["error_m"] = f"{fix.error:.1f}"
    return position


def _camera_key(values: Doc) -> tuple[str, ...]:
    return tuple(str(values.get(name, "")) for name in ("make", "model", "serial", "fingerprint"))


def _text(doc: Doc, name: str) -> str:
    value = doc.get(name)
    return value if isinstance(value, str) else ""
