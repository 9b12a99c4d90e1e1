"""What is known of each camera's clock, and the one act that derives the times of all its photos anew.

Nothing is decided by itself: the methods' figures stand side by side until a person uses one. Each act is a set of amends with
the reason, all or none; EXIF in the originals is never touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fieldkit.domain.clocks import (
    FINEST_S,
    METHODS,
    CameraClock,
    Method,
    Reading,
    from_points,
    from_receiver,
    zone_at,
)
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import Moment, as_json, instant
from fieldkit.domain.photo_times import (
    IN_WORDS,
    clock_in,
    clock_text,
    clock_values,
    moment_in,
    reading,
    retimed,
    wall_time,
)
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Amend
from fieldkit.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one camera's clock.

    `methods` are the clocks that the readings show, the most trustworthy method first; `used` is the one in use. `zones`
    counts who says in which zone its photos' times stand; `proposed` is a zone that their coordinates suggest, to be confirmed.
    `doubts` counts the photos whose times are doubted, by the reason.
    """

    camera: RecordView
    photos: int
    timed: int
    methods: tuple[CameraClock, ...]
    used: CameraClock | None
    zones: dict[str, int]
    proposed: str
    doubts: dict[str, int]


def cameras(vault: VaultReader, ref: str | None = None) -> list[RecordView]:
    """The camera that an id, a number or a serial names; all of them without one. Raises `UsageError`."""
    if ref is None:
        return list(vault.list("camera"))
    named = [view for view in vault.find("camera", "serial", ref) if not view.retracted]
    if len(named) == 1:
        return named
    view = vault.get(ref)
    if view.kind != "camera":
        raise UsageError(f"{ref} is a {view.kind}, not a camera", remedy="`fieldkit list camera` shows them.")
    return [view]


def known_of(vault: VaultReader, camera: RecordView) -> Known:
    """Everything known of a camera's clock."""
    photos = _photos(vault, camera)
    docs = [view.doc for view in photos]
    zones = Counter(str(doc.get("taken_zone_by")) for doc in docs if doc.get("taken_zone_by"))
    doubts = Counter(str(doc["taken_doubt"]) for doc in docs if doc.get("taken_doubt"))
    return Known(
        camera,
        len(docs),
        sum(wall_time(doc) is not None for doc in docs),
        tuple(found for method in METHODS if (found := _clock(method, docs, camera.doc))),
        clock_in(camera.doc),
        dict(sorted(zones.items())),
        _proposed(docs) if zones["laptop"] else "",
        dict(sorted(doubts.items())),
    )


def use(
    vault: Vault, camera: RecordView, method: Method, *, author: str | None = None
) -> tuple[CameraClock, int]:
    """Correct all photos of a camera by one method's clock; the clock, and how many photos changed.

    Raises `RefusedError` where the method has nothing to go by.
    """
    photos = _photos(vault, camera)
    found = _clock(method, [view.doc for view in photos], camera.doc)
    if found is None:
        raise RefusedError(
            f"nothing is known of this clock by {IN_WORDS[method]}",
            where=camera.number,
            remedy="`fieldkit photos clock` shows what is known.",
        )
    return found, _derive(vault, camera, photos, clock_values(found), author)


def state(
    vault: Vault,
    camera: RecordView,
    at: Moment,
    ahead_s: float,
    uncertainty_s: float,
    *,
    zone: str | None = None,
    author: str | None = None,
) -> tuple[CameraClock, int]:
    """Keep what a person states, that the clock was so many seconds ahead at a moment, and correct all photos by it.

    Two statements an hour or more apart give the drift. `zone` confirms the camera's zone too. The clock, and how many photos changed.
    """
    held = camera.doc.get("clock_checks")
    check: Doc = {"at": as_json(at), "ahead_s": f"{ahead_s:.3f}", "uncertainty_s": f"{uncertainty_s:.3f}"}
    checks: list[JSON] = [*(held if isinstance(held, list) else []), check]
    values: Doc = {"clock_checks": checks, **_confirmed(zone)}
    found = from_points("stated", _stated({**camera.doc, **values}))
    if found is None:
        raise UsageError("a clock needs a time at which it was looked at")
    changed = _derive(vault, camera, _photos(vault, camera), {**values, **clock_values(found)}, author)
    return found, changed


def confirm_zone(vault: Vault, camera: RecordView, zone: str, *, author: str | None = None) -> int:
    """Take a zone as the one that a camera's clock shows, where its photos state none; how many photos changed.

    A clock in use is estimated anew, because how far it is ahead depends on the zone.
    """
    photos = _photos(vault, camera)
    values = _confirmed(zone)
    used = clock_in(camera.doc)
    found = _clock(used.method, [view.doc for view in photos], {**camera.doc, **values}) if used else None
    if found:
        values |= clock_values(found)
    return _derive(vault, camera, photos, values, author)


def forget(vault: Vault, camera: RecordView, *, author: str | None = None) -> int:
    """Use no clock for a camera: its photos' times are as it wrote them; how many photos changed."""
    values: Doc = dict.fromkeys(
        (
            "clock_method",
            "clock_offset_s",
            "clock_uncertainty_s",
            "clock_drift_s_per_day",
            "clock_since",
            "clock_checked",
        )
    )
    if camera.doc.get("zone_by") == "readings":
        values |= {"zone": None, "zone_by": None}
    return _derive(vault, camera, _photos(vault, camera), values, author)


def _derive(
    vault: Vault, camera: RecordView, photos: Sequence[RecordView], values: Doc, author: str | None
) -> int:
    after = {**camera.doc, **values}
    clock = clock_in(after)
    told = (
        f"its camera's clock: {clock_text(clock)}, by {IN_WORDS[clock.method]}"
        if clock
        else "its camera's zone"
    )
    changes = [
        Amend(photo.id, f"time derived anew from {told}", set=anew)
        for photo in photos
        if (anew := retimed(photo.doc, after, clock))
    ]
    own = {name: value for name, value in values.items() if camera.doc.get(name) != value}
    kept = [Amend(camera.id, "what is known of its clock", set=own)] if own else []
    vault.record([*kept, *changes], author=author)
    return len(changes)


def _photos(vault: VaultReader, camera: RecordView) -> list[RecordView]:
    found = (view for view in vault.referring(camera.id, "camera") if view.kind == "photo")
    return [view for view in found if not view.retracted]


def _clock(method: Method, photos: Sequence[Doc], camera: Doc) -> CameraClock | None:
    match method:
        case "stated":
            return from_points("stated", _stated(camera))
        case "qr":
            return from_points("qr", _readings(photos, camera, "clock_shown"))
        case "gps":
            return from_receiver(_readings(photos, camera, "gps_time"))


def _readings(photos: Sequence[Doc], camera: Doc, right: str) -> list[Reading]:
    return [found for photo in photos if (found := reading(photo, camera, right, FINEST_S))]


def _stated(camera: Doc) -> list[Reading]:
    """A person states how far ahead the clock is, whatever its zone: readings whose zone is known to be UTC."""
    found: list[Reading] = []
    held = camera.get("clock_checks")
    for check in held if isinstance(held, list) else []:
        at = moment_in(check, "at") if isinstance(check, dict) else None
        if at and isinstance(check, dict):
            utc = instant(at.at).replace(tzinfo=None)
            ahead, uncertainty = float(str(check["ahead_s"])), float(str(check["uncertainty_s"]))
            found.append(Reading(utc + timedelta(seconds=ahead), utc, 0, uncertainty))
    return found


def _confirmed(zone: str | None) -> Doc:
    if zone is None:
        return {}
    zone_at(zone, datetime(2000, 1, 1))  # noqa: DTZ001 - only whether there is such a zone
    return {"zone": zone.strip(), "zone_by": "person"}


def _proposed(photos: Sequence[Doc]) -> str:
    """The zone in which most positions of photos lie that are read in this laptop's zone; empty without positions."""
    import tzfpy

    found: Counter[str] = Counter()
    for photo in photos:
        position = photo.get("position")
        if photo.get("taken_zone_by") == "laptop" and isinstance(position, dict):
            found[tzfpy.get_tz(float(str(position["lon"])), float(str(position["lat"])))] += 1
    return next((name for name, _ in found.most_common(1)), "")
