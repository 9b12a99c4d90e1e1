"""Tracks and receivers: real forms are read, hostile ones refused; photos are located with evidence and reason."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.capture.gpsd import present_fix
from fieldkit.capture.gpx import read_track
from fieldkit.capture.intake import ingest
from fieldkit.capture.locating import locate
from fieldkit.errors import UnavailableError, UnreadableError
from fieldkit.vault.vault import Vault
from tests.bad import photos

START = datetime(2026, 2, 12, 8, 40, tzinfo=UTC)


def gpx(
    points: int = 120, *, every: int = 1, head: str = '<?xml version="1.0"?>', namespace: str = ""
) -> bytes:
    """A walk north, a point every second."""
    lines = [
        f'<trkpt lat="{32 + n * 1e-5:.6f}" lon="13.19"><ele>20</ele>'
        f"<time>{(START + timedelta(seconds=n * every)).strftime('%Y-%m-%dT%H:%M:%SZ')}</time><hdop>1.1</hdop></trkpt>"
        for n in range(points)
    ]
    return f"{head}<gpx{namespace}><trk><trkseg>{''.join(lines)}</trkseg></trk></gpx>".encode()


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return gpx(2, head=f'<!DOCTYPE gpx [<!ENTITY l0 "ha">{entities}]>')


def outside_entity() -> bytes:
    return gpx(2, head='<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>')


def deep() -> bytes:
    return b"<gpx>" + b"<a>" * 5000


def cut_short() -> bytes:
    return gpx()[:-40]


def another_kind() -> bytes:
    return b"<html><body>Not found</body></html>"


def no_times() -> bytes:
    return b'<gpx><trk><trkseg><trkpt lat="1" lon="2"></trkpt></trkseg></trk></gpx>'


def empty() -> bytes:
    return b""


def zeros() -> bytes:
    return bytes(4096)


@pytest.mark.parametrize(
    "build",
    [laughs, outside_entity, deep, cut_short, another_kind, no_times, empty, zeros],
    ids=lambda build: build.__name__,
)
def test_what_is_no_track_is_refused_by_name(build: Callable[[], bytes]) -> None:
    with pytest.raises(UnreadableError) as told:
        read_track(io.BytesIO(build()), "day1.gpx")
    assert told.value.where == "day1.gpx"
    assert "root:" not in str(told.value)


@pytest.mark.parametrize(
    "namespace",
    ["", ' xmlns="http://www.topografix.com/GPX/1/0"', ' xmlns="http://www.topografix.com/GPX/1/1"'],
)
def test_a_track_is_read(namespace: str) -> None:
    read = read_track(io.BytesIO(gpx(namespace=namespace)), "day1.gpx")
    assert (len(read.track.points), read.left_out) == (120, 0)
    assert read.track.points[60].time == (START + timedelta(seconds=60)).timestamp()


def test_points_that_say_nothing_are_left_out_and_counted() -> None:
    bad = b'<trkpt lat="0" lon="0"><time>2026-02-12T08:40:00Z</time></trkpt><trkpt lat="95" lon="0"><time>2026-02-12T08:40:00Z</time></trkpt><trkpt lat="nan" lon="1"><time>2026-02-12T08:40:00Z</time></trkpt><trkpt lat="1" lon="1"><time>noon</time></trkpt>'
    read = read_track(io.BytesIO(gpx(3).replace(b"<trkseg>", b"<trkseg>" + bad)), "day1.gpx")
    assert (len(read.track.points), read.left_out) == (3, 4)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 1500), put=st.binary(min_size=1, max_size=8))
def test_no_bytes_make_it_raise_anything_else(at: int, put: bytes) -> None:
    data = bytearray(gpx(12))
    data[at : at + len(put)] = put
    with suppress(UnreadableError):
        assert read_track(io.BytesIO(bytes(data)), "a").track.points


@pytest.fixture
def taken_in(vault: Vault, tmp_path: Path) -> Vault:
    """Four photos: on the track, on it with a position of its own, after its end, and without a time."""
    folder = tmp_path / "CARD"
    folder.mkdir()
    for number, (taken, place) in enumerate(
        [
            ("2026:02:12 10:41:00", None),
            ("2026:02:12 10:41:10", (1.0, 2.0)),
            ("2026:02:12 12:00:00", None),
            (None, None),
        ]
    ):
        exif = photos.camera_exif(taken=taken, position=place)
        (folder / f"DSCN000{number}.JPG").write_bytes(photos.sound_jpeg(seed=number, exif=exif))
    ingest(vault, [folder])
    return vault


def test_photos_are_located_by_their_times(taken_in: Vault) -> None:
    found = locate(taken_in, gpx(), "day1.gpx")
    assert (found.photos, found.had_one, found.unchecked) == (["A-P-0001"], 1, 1)
    assert [(other.number, other.reason.split()[0]) for other in found.others] == [
        ("A-P-0003", "4681"),
        ("A-P-0004", "nothing"),
    ]
    first = taken_in.get("A-P-0001")
    assert first.doc["position"] == {"lat": "32.0006", "lon": "13.19", "error_m": "6", "source": "gpx"}
    track = taken_in.get(found.file)
    assert first.doc["evidence"] == [track.id]
    assert b"".join(taken_in.media.open(track.doc)) == gpx()
    assert "day1.gpx" in str(taken_in.history(first.id)[-1])


def test_a_position_of_the_photos_own_is_replaced_only_when_asked_for(taken_in: Vault) -> None:
    locate(taken_in, gpx(), "day1.gpx")
    assert taken_in.get("A-P-0002").doc["position"]["source"] == "exif"  # type: ignore[index,call-overload]
    again = locate(taken_in, gpx(), "day1.gpx", again=True)
    assert taken_in.get("A-P-0002").doc["position"]["source"] == "gpx"  # type: ignore[index,call-overload]
    assert again.photos == ["A-P-0001", "A-P-0002"]
    assert taken_in.count("media") == 5


def test_a_dry_run_records_nothing(taken_in: Vault) -> None:
    before = taken_in.own_log.size
    assert locate(taken_in, gpx(), "day1.gpx", dry_run=True).photos == ["A-P-0001"]
    assert taken_in.own_log.size == before


@contextmanager
def daemon(*lines: bytes, hold: bool = False) -> Iterator[int]:
    """A daemon that says these lines to whoever watches; the port it listens on."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                for line in lines:
                    connection.sendall(line + b"\n")
                if hold:
                    done.wait(30)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            done.set()
            thread.join()


def tpv(**values: object) -> bytes:
    return json.dumps({"class": "TPV", **values}).encode()


NO_FIX = tpv(mode=1)
AT_ZERO = tpv(mode=3, lat=0.0, lon=0.0)
FIX = tpv(mode=3, lat=32.8872, lon=13.1913, epx=3.0, epy=4.0, time="2026-02-12T08:40:00.000Z")


def test_the_present_fix_is_the_first_real_one() -> None:
    with daemon(b'{"class":"VERSION"}', b"garbage \xff", NO_FIX, AT_ZERO, FIX) as port:
        fix = present_fix(port, 20)
    assert fix.position == {"lat": "32.8872000", "lon": "13.1913000", "error_m": "5.0", "source": "gps"}
    assert (fix.mode, fix.time) == (3, "2026-02-12T08:40:00.000Z")


@pytest.mark.parametrize(
    "line",
    [
        NO_FIX,
        AT_ZERO,
        tpv(mode=3),
        tpv(mode=3, lat="1", lon="2"),
        tpv(mode=True, lat=1, lon=2),
        b"[" * 100_000,
        b'{"class":"TPV"',
    ],
    ids=["no fix", "0,0", "no place", "texts", "no mode", "brackets", "half a line"],
)
def test_what_is_no_fix_is_told(line: bytes) -> None:
    with daemon(line) as port, pytest.raises(UnavailableError, match="no satellite fix"):
        present_fix(port, 20)


def test_a_silent_daemon_is_not_waited_for_forever() -> None:
    began = time.monotonic()
    with daemon(NO_FIX, hold=True) as port, pytest.raises(UnavailableError, match="no satellite fix"):
        present_fix(port, 0.2)
    assert time.monotonic() - began < 20


def test_no_daemon_is_told_with_a_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UnavailableError) as told:
        present_fix(port, 5)
    assert "gpsd" in told.value.remedy
