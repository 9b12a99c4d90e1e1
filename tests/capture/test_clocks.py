"""Clocks of real-looking cards: by receivers, by photographed codes, by what people state; nothing of a file changes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from fieldkit.capture import clocks
from fieldkit.capture.apart import Decoders
from fieldkit.capture.clock_codes import clock_text, code_png, read_code
from fieldkit.capture.code_search import read_codes
from fieldkit.capture.intake import ingest
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.domain.moments import Moment
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.recording import Amend
from fieldkit.vault.vault import Vault
from tests.bad import photos
from tests.shared_data import shared_data

MISSION = "0198c0de-aaaa-7bbb-8ccc-dddddddddddd"
WHEN = datetime(2026, 2, 12, 8, 0, 0, tzinfo=UTC)


def scene(text: str, *, turned: float = 0, edge: int = 300, exif: Image.Exif | None = None) -> bytes:
    """A photo of a screen that shows a code, slightly turned, in front of noise."""
    with Image.open(io.BytesIO(code_png(text, edge))) as opened:
        code = opened.convert("L").rotate(turned, expand=True, fillcolor=255)
    picture = Image.effect_noise((1600, 1200), 40)
    picture.paste(code, (500, 300))
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=80, **({"exif": exif} if exif else {}))
    return out.getvalue()


def with_receiver(taken: str, time: tuple[int, int, float], seed: int, *, offset: str | None = None) -> bytes:
    exif = photos.camera_exif(taken=taken, offset=offset, position=(32.8872, 13.1913))
    exif.get_ifd(0x8825).update({7: tuple(map(float, time)), 29: "2026:02:12"})
    return photos.sound_jpeg(seed=seed, exif=exif)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet_decoders():
        yield


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Six photos of a camera that shows UTC+2 and is 30 s ahead; it states no zone, but its receiver gives the time."""
    folder = tmp_path / "CARD"
    folder.mkdir()
    for number in range(6):
        data = with_receiver(f"2026:02:12 10:1{number}:30", (8, 10 + number, 0), number)
        (folder / f"DSCN000{number}.JPG").write_bytes(data)
    return folder


def times(vault: Vault) -> list[str]:
    return [str(view.doc["taken"]["at"])[11:19] for view in vault.list("photo")]  # type: ignore[index,call-overload]


def moment(text: str) -> Moment:
    return Moment(at=f"2026-02-12T{text}.000000Z", offset="+00:00", source="typed")


def test_the_receiver_corrects_all_photos_of_the_camera_and_later_ones(
    vault: Vault, card: Path, tmp_path: Path
) -> None:
    ingest(vault, [card])
    before = [dict(view.doc) for view in vault.list("photo")]
    (camera,) = clocks.cameras(vault, "0042")
    known = clocks.known_of(vault, camera)
    assert (known.photos, known.timed, known.zones, known.used) == (6, 6, {"laptop": 6}, None)
    assert known.proposed == "Africa/Tripoli"
    found, changed = clocks.use(vault, camera, "gps")
    assert (found.zone_s, found.ahead_s, changed) == (7200, 30, 6)
    assert times(vault) == [f"08:1{number}:00" for number in range(6)]
    for old, view in zip(before, vault.list("photo"), strict=True):
        assert (view.doc["taken_raw"], view.doc["sha256"]) == (old["taken_raw"], old["sha256"])
        assert (view.doc["taken_offset_s"], view.doc["taken_zone_by"]) == ("30", "readings")
        assert view.doc["taken_uncertainty_s"] == "1"
        assert "satellite receiver" in str(view.doc["taken_method"])
    later = tmp_path / "LATER"
    later.mkdir()
    data = photos.sound_jpeg(seed=50, exif=photos.camera_exif(taken="2026:02:12 10:31:30", offset=None))
    (later / "DSCN0020.JPG").write_bytes(data)
    ingest(vault, [later])
    assert times(vault)[-1] == "08:31:00"
    assert clocks.forget(vault, vault.get(camera.id)) == 7
    first = next(vault.list("photo"))
    assert "taken_offset_s" not in first.doc
    assert "taken_uncertainty_s" not in first.doc


def test_the_reason_stands_in_the_history(vault: Vault, card: Path) -> None:
    ingest(vault, [card])
    (camera,) = clocks.cameras(vault)
    clocks.use(vault, camera, "gps")
    history = vault.history(next(vault.list("photo")).id)
    assert "+30s ±1s" in str(history[-1])


def test_a_stated_zone_is_not_overruled(vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "CARD"
    folder.mkdir()
    for number in range(4):
        data = with_receiver(f"2026:02:12 09:1{number}:30", (8, 10 + number, 0), number, offset="+01:00")
        (folder / f"DSCN000{number}.JPG").write_bytes(data)
    ingest(vault, [folder])
    (camera,) = clocks.cameras(vault)
    found, _ = clocks.use(vault, camera, "gps")
    assert (found.zone_s, found.ahead_s) == (None, 30)
    first = next(vault.list("photo"))
    assert first.doc["taken_zone_by"] == "camera"
    assert first.doc["taken"]["offset"] == "+01:00"  # type: ignore[index,call-overload]
    assert times(vault)[0] == "08:10:00"


def test_what_a_person_states_twice_gives_the_drift(vault: Vault, card: Path) -> None:
    ingest(vault, [card])
    (camera,) = clocks.cameras(vault)
    clocks.state(vault, camera, moment("06:00:00"), -10, 2, zone="+02:00")
    found, _ = clocks.state(vault, vault.get(camera.id), moment("18:00:00"), -16, 2)
    assert (found.drift_s_per_day, found.n) == (-12, 2)
    assert times(vault)[0] == "08:10:41"  # 10:10:30 in UTC+2, 11 s behind by then
    doc = vault.get(camera.id).doc
    assert (doc["zone"], doc["zone_by"], doc["clock_method"]) == ("+02:00", "person", "stated")
    assert len(doc["clock_checks"]) == 2  # type: ignore[arg-type]


def test_a_zone_that_a_person_confirms_moves_the_times(vault: Vault, card: Path) -> None:
    ingest(vault, [card])
    (camera,) = clocks.cameras(vault)
    clocks.confirm_zone(vault, camera, "Africa/Tripoli")
    assert times(vault)[0] == "08:10:30"
    with pytest.raises(UsageError):
        clocks.confirm_zone(vault, vault.get(camera.id), "Mars/Olympus")


def test_a_method_without_readings_is_refused(vault: Vault, card: Path) -> None:
    ingest(vault, [card])
    (camera,) = clocks.cameras(vault)
    with pytest.raises(RefusedError):
        clocks.use(vault, camera, "qr")


@pytest.mark.parametrize("taken", ["1998:01:01 00:00:00", "2039:06:01 12:00:00"])
def test_a_time_that_cannot_be_right_is_kept_and_doubted(vault: Vault, tmp_path: Path, taken: str) -> None:
    file = tmp_path / "DSC_0001.JPG"
    file.write_bytes(photos.sound_jpeg(exif=photos.camera_exif(taken=taken)))
    ingest(vault, [file])
    (photo,) = vault.list("photo")
    assert photo.doc["taken_raw"] == taken
    assert str(photo.doc["taken"]["at"])[:4] in (taken[:4], "1997")  # type: ignore[index,call-overload]
    (camera,) = clocks.cameras(vault)
    assert clocks.known_of(vault, camera).doubts == {photo.doc["taken_doubt"]: 1}


def test_a_position_with_75_minutes_in_it_is_noted(vault: Vault, tmp_path: Path) -> None:
    exif = photos.camera_exif(position=(45.0, 13.0))
    exif.get_ifd(0x8825)[2] = (45.0, 75.0, 0.0)
    file = tmp_path / "DSC_0001.JPG"
    file.write_bytes(photos.sound_jpeg(exif=exif))
    ingest(vault, [file])
    (photo,) = vault.list("photo")
    assert "position: doubtful" in str(photo.doc["remark"])


@pytest.mark.parametrize("turned", [0, 8, 95])
def test_a_photographed_code_is_read(turned: float) -> None:
    assert read_code(scene(clock_text(MISSION, WHEN), turned=turned), MISSION) == WHEN


def test_a_code_in_a_picture_that_is_looked_at_apart_is_read() -> None:
    with Decoders() as decoders:
        assert decoders.read_code(code_png(clock_text(MISSION, WHEN)), MISSION) == WHEN
        assert decoders.read_code(code_png("something else"), MISSION) is None
    with Decoders(seconds=0.001) as hasty:
        assert hasty.read_code(code_png(clock_text(MISSION, WHEN)), MISSION) is None


def test_codes_of_other_missions_and_other_codes_are_passed_over() -> None:
    other = "0198ffff-aaaa-7bbb-8ccc-dddddddddddd"
    assert read_code(scene(clock_text(other, WHEN)), MISSION) is None
    assert read_code(scene("https://example.org/"), MISSION) is None
    assert read_code(scene("FIELDKIT-CLOCK:2026-13-41T25:61:61Z:0198C0DEAAAA7BBB"), MISSION) is None


@pytest.mark.parametrize(
    "build", [*photos.EVERY_DAMAGED, *photos.EVERY_ODD], ids=lambda build: build.__name__
)
def test_no_bad_file_stops_the_look_for_codes(build: object) -> None:
    assert read_code(build(), MISSION) is None  # type: ignore[operator]


def test_codes_at_the_beginning_and_at_the_end_correct_a_card(vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "CARD"
    folder.mkdir()
    for number, (shown, taken) in enumerate([(8, "10:00:04"), (None, "15:00:08"), (20, "22:00:12")]):
        exif = photos.camera_exif(taken=f"2026:02:12 {taken}", offset=None)
        when = WHEN.replace(hour=shown) if shown else None
        data = scene(clock_text(vault.mission_id, when), exif=exif) if when else photos.sound_jpeg(exif=exif)
        (folder / f"DSCN000{number}.JPG").write_bytes(data)
    ingest(vault, [folder])
    assert read_codes(vault) == ["A-P-0001", "A-P-0003"]
    assert read_codes(vault) == []
    (camera,) = clocks.cameras(vault)
    found, _ = clocks.use(vault, camera, "qr")
    assert (found.zone_s, found.n, found.drift_s_per_day) == (7200, 2, 16)
    assert times(vault) == ["08:00:00", "13:00:00", "20:00:00"]


def test_a_photo_of_an_ordinary_clock_counts_as_one_of_a_code(vault: Vault, card: Path) -> None:
    ingest(vault, [card])
    (camera,) = clocks.cameras(vault)
    shown = {"at": "2026-02-12T08:10:25.000000Z", "offset": "+00:00", "source": "typed"}
    vault.record([Amend("A-P-0001", "the hall's clock is in the picture", set={"clock_shown": shown})])
    found, _ = clocks.use(vault, camera, "qr")
    assert (found.zone_s, found.ahead_s) == (7200, 5)


@pytest.mark.shared_data
def test_a_real_camera_whose_receiver_is_a_day_ahead(vault: Vault) -> None:
    ingest(vault, sorted(shared_data("photos").glob("DSCN00*.jpg")))
    (camera,) = clocks.cameras(vault)
    found = clocks.known_of(vault, camera).methods[0]
    assert (found.method, found.zone_s, found.n, found.outliers, found.days) == ("gps", 7200, 8, 1, -1)
    assert 91 < found.ahead_s < 93
