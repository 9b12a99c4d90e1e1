"""Positions from the command line: conversion, the present fix, photos located by a track."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bad import photos
from tests.capture.test_positions import FIX, daemon, gpx
from tests.cli.conftest import Fieldkit


def test_a_position_is_converted_without_a_mission(fieldkit: Fieldkit) -> None:
    found = fieldkit.done("position", "32.8872,13.1913 ±10m map", "--json").document
    assert (found["mgrs"], found["source"]) == ("33S US 3081 4023", "map")
    assert fieldkit("position", "somewhere").code == 2


def test_the_present_position_is_shown_and_recorded(
    fieldkit: Fieldkit, mission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon(FIX) as port:
        found = fieldkit.done("position", "--port", str(port), "--json").document
    assert (found["lat"], found["error_m"], found["mode"]) == ("32.8872", "5", 3)
    with daemon(FIX) as port:
        monkeypatch.setattr("fieldkit.capture.gpsd.PORT", port)
        fieldkit.done("add", "location", "name=Gate", "level=position", "position=gps")
    (gate,) = fieldkit.done("list", "location", "--json").document
    assert "(33S US 3081 4023)" in fieldkit.done("show", gate["number"]).out
    assert gate["fields"]["position"] == {"lat": "32.8872", "lon": "13.1913", "error_m": "5", "source": "gps"}


def test_photos_are_located_and_those_that_are_not_are_told(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "CARD"
    folder.mkdir()
    for number, taken in enumerate(["2026:02:12 10:41:00", "2026:02:12 12:00:00"]):
        data = photos.sound_jpeg(seed=number, exif=photos.camera_exif(taken=taken))
        (folder / f"DSCN000{number}.JPG").write_bytes(data)
    fieldkit.done("photos", "ingest", folder)
    track = tmp_path / "day1.gpx"
    track.write_bytes(gpx())
    answer = fieldkit("photos", "locate", "--track", track, "--camera", "0042", "--json")
    assert answer.code == 1
    assert (answer.document["photos"], answer.document["unchecked"]) == (["A-P-0001"], 1)
    assert [other["number"] for other in answer.document["others"]] == ["A-P-0002"]
    track.write_bytes(b"<gpx>")
    assert fieldkit("photos", "locate", "--track", track).code == 5
