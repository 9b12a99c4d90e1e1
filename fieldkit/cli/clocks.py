"""Camera clocks and clock codes from the command line."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import click

from fieldkit.capture import clocks as capture
from fieldkit.capture.clock_codes import clock_text as text_of_code
from fieldkit.capture.clock_codes import code_png, modules
from fieldkit.capture.clocks import Known
from fieldkit.capture.code_search import read_codes as look_for_codes
from fieldkit.cli.reading import document
from fieldkit.cli.session import Session
from fieldkit.domain.clocks import FINEST_S, CameraClock, Method, nearest_day, parse_span, span_of, zone_at
from fieldkit.domain.moments import Moment, local, parse_moment
from fieldkit.domain.photo_times import IN_WORDS, clock_text, zone_in_words
from fieldkit.errors import UsageError
from fieldkit.vault.clock import SystemClock
from fieldkit.vault.durable import replace_file

METHODS = ("qr", "stated", "gps")


@click.command()
@click.argument("camera", metavar="[CAMERA]", required=False)
@click.option("--read-codes", is_flag=True, help="First look for photographed clock codes in the photos.")
@click.option(
    "--use",
    "method",
    type=click.Choice([*METHODS, "none"]),
    help="Correct all its photos by this method's figure.",
)
@click.option("--offset", metavar="SPAN", help="State how far its clock is ahead: -3m12s, +1h.")
@click.option("--shows", metavar="TIME", help="State what its clock shows, HH:MM:SS; --at says when.")
@click.option("--at", metavar="TIME", help="The right time of what is stated; now unless given.")
@click.option("--uncertainty", metavar="SPAN", default="2s", show_default=True, help="Of what is stated.")
@click.option(
    "--zone", metavar="ZONE", help="Confirm the zone that its clock shows: +02:00 or Africa/Tripoli."
)
@click.pass_obj
def clock(
    session: Session,
    camera: str | None,
    read_codes: bool,
    method: str | None,
    offset: str | None,
    shows: str | None,
    at: str | None,
    uncertainty: str,
    zone: str | None,
) -> None:
    """Show what is known of the clocks of all cameras, or of CAMERA (number, id or serial number).

    By the receiver in the camera (gps), by photographed clock codes (qr) and by what people stated. With --use, --offset,
    --shows or --zone the times of all photos of CAMERA are derived anew; the files themselves never change.
    """
    vault = session.vault()
    found = capture.cameras(vault, camera)
    acts = [option for option in (method, offset, shows, zone) if option is not None]
    if acts and camera is None:
        raise UsageError("which camera?", remedy="Name CAMERA; `fieldkit list camera` shows them.")
    if sum(option is not None for option in (method, offset, shows)) > 1:
        raise UsageError("--use, --offset and --shows exclude each other")
    if at is not None and offset is None and shows is None:
        raise UsageError("--at says when a clock was looked at", remedy="Give --shows or --offset with it.")
    if read_codes:
        _look_for_codes(session, [view.id for view in found])
    author = session.author()
    for view in found if acts else ():
        if offset is not None or shows is not None:
            moment = _right_time(at)
            ahead = parse_span(offset) if offset is not None else _ahead(str(shows), moment, zone)
            _, changed = capture.state(
                vault, view, moment, ahead, _positive(uncertainty), zone=zone, author=author
            )
        else:
            changed = capture.confirm_zone(vault, view, zone, author=author) if zone else 0
            if method == "none":
                changed += capture.forget(vault, vault.get(view.id), author=author)
            elif method:
                changed += capture.use(vault, vault.get(view.id), cast("Method", method), author=author)[1]
        session.say(f"Times of {changed} photos derived anew.")
    known = [capture.known_of(vault, vault.get(view.id)) for view in found]
    session.emit([_document(each) for each in known], (line for each in known for line in _lines(each)))


@click.command("clock-qr")
@click.option(
    "--png",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it once as a picture instead.",
)
@click.option("--each-second", is_flag=True, help="With --png: write it anew each second, until Ctrl+C.")
@click.option("--once", is_flag=True, help="Show it once, not anew each second.")
@click.pass_obj
def clock_qr(session: Session, png: Path | None, each_second: bool, once: bool) -> None:
    """Show this laptop's time as a code for every camera to photograph, at the beginning and at the end.

    It is shown anew each second until Ctrl+C. Hold the camera so that the code fills a good part of the picture. The code is as
    right as this laptop's clock; a picture of it tells the second in which it was written, whenever it is photographed.
    """
    if each_second and png is None:
        raise UsageError("--each-second is for --png", remedy="Without --png the code is shown anew anyhow.")
    if each_second and once:
        raise UsageError("--each-second and --once exclude each other")
    once = once or session.json or (png is not None and not each_second)
    mission = session.vault().mission_id
    if each_second:
        session.say(f"{png} is written anew each second. Ctrl+C ends it.")
    while True:
        now = datetime.now(UTC)
        text = text_of_code(mission, now)
        if png is not None:
            replace_file(png, code_png(text))
        elif not session.json:
            _paint(text, again=not once)
        if once:
            break
        time.sleep(max(0.0, 1 - datetime.now(UTC).microsecond / 1e6))
    shown = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    if png is not None:
        session.say(f"The code says {shown}: photograph it at once, or write it with --each-second.")
    session.emit({"text": text, "utc": shown, "png": str(png) if png else None}, [str(png)] if png else [])


def _look_for_codes(session: Session, cameras: list[str]) -> None:
    vault, author = session.vault(), session.author()
    met: list[str] = []
    with session.progress("Photos") as shown:
        for camera in cameras:
            met += look_for_codes(
                vault, camera, author=author, progress=lambda _done, _total: shown.advance()
            )
    session.say(f"Clock codes were read in {len(met)} photos{': ' if met else ''}{', '.join(met)}.")


def _paint(text: str, *, again: bool) -> None:
    """The code as blocks, two rows of it a line where the terminal is low; dark on light whatever the theme."""
    rows = modules(text)
    terminal = sys.stdout.isatty()
    size = os.get_terminal_size(sys.stdout.fileno()) if terminal else os.terminal_size((80, 24))
    if size.lines > len(rows) + 1 and size.columns >= 2 * len(rows):
        lines = ["".join("██" if dark else "  " for dark in row) for row in rows]
    else:
        pairs = [
            (rows[row], rows[row + 1] if row + 1 < len(rows) else [False] * len(rows[0]))
            for row in range(0, len(rows), 2)
        ]
        lines = ["".join(_HALVES[above, below] for above, below in zip(*pair, strict=True)) for pair in pairs]
    if terminal:
        lines = [f"\x1b[30;107m{line}\x1b[0m" for line in lines]
        if again:
            lines.insert(0, "\x1b[H\x1b[2J" + text.split(":", 1)[1].rsplit(":", 1)[0])
    click.echo("\n".join(lines), color=True)


_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def _right_time(at: str | None) -> Moment:
    stamp = SystemClock().read()
    now = Moment(at=stamp.at, offset=stamp.offset, source="clock")
    return parse_moment(at, now) if at is not None else now


def _ahead(shows: str, right: Moment, zone: str | None) -> float:
    """How far a clock is ahead that shows a time at the right time `right`; without a day, of the day nearest to it."""
    there = local(right).replace(tzinfo=None)
    if zone:
        utc = there - timedelta(seconds=zone_at(right.offset, there))
        there = utc + timedelta(seconds=zone_at(zone, there))
    shown = local(parse_moment(shows, right)).replace(tzinfo=None)
    if "-" not in shows:
        shown = nearest_day(there, shown.hour, shown.minute, shown.second)
    return (shown - there).total_seconds()


def _positive(uncertainty: str) -> float:
    seconds = parse_span(uncertainty)
    if seconds < 0:
        raise UsageError("an uncertainty is not negative", where="--uncertainty")
    return max(FINEST_S, seconds)


def _document(known: Known) -> dict[str, object]:
    return {
        "camera": document(known.camera),
        "photos": known.photos,
        "with_time": known.timed,
        "zones": known.zones,
        "zone_proposed": known.proposed or None,
        "doubted": known.doubts,
        "used": _figures(known.used) if known.used else None,
        "methods": [_figures(each) for each in known.methods],
    }


def _figures(found: CameraClock) -> dict[str, object]:
    return {
        "method": found.method,
        "zone_s": found.zone_s,
        "ahead_s": round(found.ahead_s, 3),
        "uncertainty_s": round(found.uncertainty_s, 3),
        "spread_s": found.spread_s,
        "drift_s_per_day": found.drift_s_per_day,
        "readings": found.n,
        "stale": found.stale,
        "outliers": found.outliers,
        "receiver_days_ahead": -found.days,
        "first": f"{found.reference.isoformat()}Z",
        "last": f"{(found.until or found.reference).isoformat()}Z",
    }


def _lines(known: Known) -> Iterator[str]:
    doc = known.camera.doc
    named = " ".join(str(doc[name]) for name in ("make", "model", "serial") if doc.get(name))
    yield f"{known.camera.number}  {named or doc.get('fingerprint', '')}: {known.photos} photos, {known.timed} with a time"
    for by, count in known.zones.items():
        yield f"  zone {zone_in_words(by)}: {count} photos" + (
            f" ({doc['zone']})" if by in ("person", "readings") and doc.get("zone") else ""
        )
    for why, count in known.doubts.items():
        yield f"  DOUBTFUL: the times of {count} photos as the camera wrote them: {why}"
    if known.proposed:
        yield f"  their positions lie in {known.proposed}: confirm it with --zone {known.proposed}, or another"
    for found in known.methods:
        used = "  in use" if known.used and known.used.method == found.method else ""
        yield f"  {found.method:<7} {clock_text(found)}; {_rests_on(found)}{used}"
    if known.methods and not known.used:
        yield f"  none is in use: --use {known.methods[0].method} corrects by {IN_WORDS[known.methods[0].method]}"
    if not known.methods:
        yield "  nothing is known of its clock"


def _rests_on(found: CameraClock) -> str:
    parts = [f"{found.n} reading{'s' * (found.n != 1)}, spread {span_of(found.spread_s)[1:]}"]
    if found.zone_s is not None:
        parts.append(f"zone {span_of(found.zone_s)}")
    if found.stale:
        parts.append(f"{found.stale} stale left out")
    if found.outliers:
        parts.append(f"{found.outliers} outliers left out")
    if found.days:
        parts.append(
            f"the receiver's date is {abs(found.days)} days {'behind' if found.days > 0 else 'ahead'}"
        )
    return ", ".join(parts)
