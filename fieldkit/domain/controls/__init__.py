"""Control lists: what a regime controls, under which number and from which threshold, as data that a mission can edit.

`shipped("mtcr")` gives the list that comes with fieldkit, `load` reads a mission's own; `ControlList` is looked up and
searched, `classify` holds declared range and payload against its thresholds. Nothing here is the regime's text: titles
are own words, thresholds are facts, and each says whether it was verified. May import the rest of `domain`.
"""

from fieldkit.domain.controls.classification import Classification, Limits, Result, classify
from fieldkit.domain.controls.lists import ControlList, Hit
from fieldkit.domain.controls.loading import load, shipped, shipped_names, shipped_text
from fieldkit.domain.controls.points import Point, parse_point, parse_points, parse_volume

__all__ = [
    "Classification",
    "ControlList",
    "Hit",
    "Limits",
    "Point",
    "Result",
    "classify",
    "load",
    "parse_point",
    "parse_points",
    "parse_volume",
    "shipped",
    "shipped_names",
    "shipped_text",
]
