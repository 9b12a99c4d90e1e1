"""`places.geojson` (RFC 7946): locations, photos, counts with a position, and measurements at the place they were made."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from fieldkit.bundle.views.markup import encoded
from fieldkit.bundle.views.source import Source, text
from fieldkit.domain.hostile import visible
from fieldkit.domain.jsontypes import JSON
from fieldkit.domain.views import RecordView

_KINDS = ("location", "photo", "count", "measurement")
_DEEPEST = 12


def features(source: Source) -> Iterator[bytes]:
    """The collection, one feature a line. Withheld photos are left out."""

    def lines() -> Iterator[str]:
        yield '{"type":"FeatureCollection","features":['
        separator = "\n"
        for kind in _KINDS:
            for view in source.records(kind):
                if kind == "photo" and view.number in source.withheld:
                    continue
                feature = _feature(source, view)
                if feature is not None:
                    yield separator + json.dumps(feature, ensure_ascii=False, sort_keys=True, allow_nan=False)
                    separator = ",\n"
        yield "\n]}\n"

    return encoded(lines())


def _feature(source: Source, view: RecordView) -> dict[str, object] | None:
    holder = view if view.kind != "measurement" else _placed(source, view)
    position = holder.doc.get("position") if holder else None
    coordinates = _coordinates(position)
    if holder is None or coordinates is None or not isinstance(position, dict):
        return None
    properties = {
        "number": view.number,
        "kind": view.kind,
        "name": visible(source.label(view.id), lines=False),
        "place": visible(source.place(view.doc.get("location")), lines=False),
        "error_m": text(position, "error_m"),
        "source": visible(text(position, "source"), lines=False),
        "mark": view.mark,
        "position_of": holder.number if holder is not view else "",
    }
    return {
        "type": "Feature",
        "id": view.id,
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": {name: value for name, value in properties.items() if value},
    }


def _placed(source: Source, view: RecordView) -> RecordView | None:
    """The nearest place with a position that the record lies in."""
    place: JSON = view.doc.get("location")
    for _ in range(_DEEPEST):
        found = source.view(place) if isinstance(place, str) else None
        if found is None or found.doc.get("position"):
            return found
        place = found.doc.get("parent")
    return None


def _coordinates(position: JSON) -> list[float] | None:
    """Longitude and latitude, or None where they are no place on the globe."""
    if not isinstance(position, dict):
        return None
    try:
        longitude, latitude = float(str(position["lon"])), float(str(position["lat"]))
    except (KeyError, ValueError):
        return None
    if not (math.isfinite(longitude) and abs(longitude) <= 180 and abs(latitude) <= 90):
        return None
    return [longitude, latitude]
