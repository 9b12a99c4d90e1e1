"""The part of the day that is things: the count, the cards, seals, samples and measurements."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path, PurePath

from fieldkit.capture.counting import count as record_count
from fieldkit.capture.counting import count_taken, count_undeclared
from fieldkit.capture.declarations import load_declaration
from fieldkit.capture.handover import hand_over
from fieldkit.capture.intake import ingest
from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.demo import clocks, story
from fieldkit.demo.frames import Body, Frame, draw, write_card
from fieldkit.demo.story import at
from fieldkit.demo.visit import Visit, typed
from fieldkit.domain.jsontypes import Doc
from fieldkit.vault.recording import Amend

TEAM_CAMERAS = (
    (Body("Canon", "EOS 5D Mark II", "0421300987", "DSC_", -192), 70),
    (Body("Panasonic", "DMC-G7", "WP5GA001234", "P102", 4, receiver=False), 30),
)
HOST_CAMERA = Body("NIKON CORPORATION", "NIKON D90", "6021457", "HST_", 61)
TEAM_FRAMES, HOST_FRAMES, HELD, WITHHELD = 100, 60, 24, 6


def declaration_file(lines: Iterable[story.Line]) -> bytes:
    """The list as the host hands it over: semicolons, a title above the headings, Windows-1252."""
    text = io.StringIO(newline="")
    sheet = csv.writer(text, delimiter=";", lineterminator="\r\n")
    sheet.writerow(["Liste déclarée, établissement 4", "", "", "", "", "", ""])
    sheet.writerow(["No", "Item", "Type", "Serial number", "Manufacturer", "Quantity", "Location"])
    for line in lines:
        sheet.writerow([line.number, line.name, line.model, line.serial, line.maker, 1, line.building])
    return text.getvalue().encode("cp1252")


def declare(visit: Visit, folder: Path) -> None:
    """The declaration is loaded as it was first handed over, and then as the host corrected it."""
    for edition, lines in zip(story.EDITIONS, (story.first_edition(), story.declared_lines()), strict=True):
        file = folder / f"declaration {edition}.csv"
        file.write_bytes(declaration_file(lines))
        loaded = load_declaration(
            visit.vault, file, name="Declaration 2026/1", version=edition, handed_over_by=visit.host[2]
        )
        if (found := loaded.comparison) is not None:
            changes = f"{len(found.changed)} line changed, {len(found.added)} new, {len(found.gone)} gone"
            visit.say(f"the edition of {edition} against that of {story.EDITIONS[0]}: {changes}")
    declared = visit.vault.referring(loaded.declaration, "declaration")
    standing = {int(str(view.doc["line"])): view.id for view in declared if not view.retracted}
    visit.items = [standing[line.number] for line in story.declared_lines()]


def count(visit: Visit) -> None:
    """Every declared line is looked for; five things stand there that nobody declared."""
    for position, (line, item) in enumerate(zip(story.declared_lines(), visit.items, strict=True)):
        by = visit.team[6 if position % 3 else 2]
        met: Doc = {
            "occurred": typed(at(9, 0) + timedelta(minutes=3 * position)),
            "counter": by,
            "location": visit.places[line.building],
        }
        if line.number in story.MISSING_LINES:
            met |= {"status": "not_found", "reason": "The shelf is empty; the host had no record."}
        else:
            misread = line.number in story.MISREAD_LINES
            met |= {
                "verified": 1,
                "serials": [f"{line.serial[:-2]}9{line.number}" if misread else line.serial],
            }
        if line.number == story.NEAR_LINE:
            count_taken(visit.vault, story.NEAR_READING, item, {**met, "serials": []}, author=by)
        else:
            record_count(visit.vault, item, met, author=by)
    for name, model, maker, serial, building in story.UNDECLARED:
        count_undeclared(
            visit.vault,
            {"nomenclature": name, "type": model, "maker": maker},
            {
                "occurred": typed(at(15, 10)),
                "verified": 1,
                "serials": [serial],
                "location": visit.places[building],
            },
            author=visit.team[6],
        )
    found = reconcile_inventory(visit.vault).result.totals
    visit.say(
        f"{found.declared} lines declared: {found.matched} matched, {found.identity_mismatch} with another serial,"
        f" {found.missing} missing; {found.observed} things observed, {found.undeclared} of them undeclared"
    )


def photograph(visit: Visit, folder: Path, real: Path | None) -> None:
    """160 frames: 100 by the team, 60 by the host's camera, of which the host holds 24 and keeps 6."""
    given = sorted(path for path in real.rglob("*") if path.is_file()) if real else []
    if real and given:
        receipt = ingest(visit.vault, [real], operator=visit.team[1], owner="team", author=visit.team[1])
        visit.say(f"card {receipt.number}: {receipt.kept} kept, {len(receipt.damaged)} damaged")
    brought = {view.id for view in visit.vault.list("photo")}
    wanted = TEAM_FRAMES - len(brought)
    exposures = frames(1, TEAM_FRAMES)
    drawn: dict[str, Frame] = {}
    for body, share in TEAM_CAMERAS:
        taken = min(max(wanted, 0), share)
        if taken:
            card = folder / body.model.replace(" ", "-")
            exposed = list(itertools.islice(exposures, taken))
            if not body.receiver:
                exposed = clocks.with_codes(exposed, visit.vault.mission_id)
            drawn |= zip((path.name for path in write_card(card, body, iter(exposed))), exposed, strict=True)
            ingest(visit.vault, [card], operator=visit.team[1], owner="team", author=visit.team[1])
            clocks.correct(visit, body, exposed)
        wanted -= taken
    host_frames = list(frames(4001, HOST_FRAMES))
    shown, kept = host_frames[: HOST_FRAMES - HELD], host_frames[HOST_FRAMES - HELD :]
    card = folder / "host"
    drawn |= zip((path.name for path in write_card(card, HOST_CAMERA, iter(shown))), shown, strict=True)
    ingest(visit.vault, [card], operator=visit.host[1], owner="host", author=visit.team[0])
    for frame in kept:
        visit.held.append(
            visit.add(
                "photo",
                frame.taken,
                state="held",
                state_reason="To be looked through by site security.",
                operator=visit.host[1],
                camera_owner="host",
                requester=visit.team[1],
                subject=frame.subject,
                items=[shown_item(visit, frame)],
            )
        )
    for photo, frame in list(zip(visit.held, kept, strict=True))[WITHHELD:]:
        data = draw(HOST_CAMERA, frame)
        hand_over(
            visit.vault,
            photo,
            data,
            f"{HOST_CAMERA.prefix}{frame.number:04d}.JPG",
            "handed over on a second card at 17:50",
            author=visit.team[0],
        )
    visit.vault.record(
        [
            Amend(
                photo,
                "the host keeps the frame",
                set={"state": "withheld", "state_reason": "Shows the wiring of the gate; the host refuses."},
            )
            for photo in visit.held[:WITHHELD]
        ]
    )
    visit.vault.record(
        [
            Amend(view.id, "linked to what it shows", add={"items": [shown_item(visit, shot)]})
            for view in visit.vault.list("photo")
            if view.id not in brought
            and (shot := drawn.get(PurePath(str(view.doc.get("file_name"))).name)) is not None
            and not shot.code
        ]
    )
    visit.photos = [view.id for view in visit.vault.list("photo")]
    withheld, released = (visit.count("photo", state=state) for state in ("withheld", "released"))
    visit.say(
        f"{len(visit.photos)} photos: {withheld + released} held by the host, of which {withheld} stay withheld"
    )


def shown_item(visit: Visit, frame: Frame) -> str:
    """The declared thing that a frame shows."""
    return visit.items[frame.number % len(visit.items)]


def frames(first: int, count: int) -> Iterator[Frame]:
    """`count` exposures of declared things over the day, numbered from `first`."""
    lines = list(story.declared_lines())
    for position in range(count):
        line = lines[(first + position) % len(lines)]
        site = next(site for site in story.SITES if line.building in site.buildings)
        yield Frame(
            number=first + position,
            taken=at(9, 20) + timedelta(minutes=3 * position % 480, seconds=7 * position % 60),
            subject=f"{line.name} {line.serial}",
            latitude=site.latitude + position % 9 * 1e-5,
            longitude=site.longitude + position % 7 * 1e-5,
        )


def secure(visit: Visit) -> None:
    """Seals, samples with their parts and custody, measurements with their uncertainty."""
    for position in range(6):
        visit.add(
            "seal",
            at(16, 10) + timedelta(minutes=4 * position),
            7,
            number=f"UN-{240117 + position}",
            seal_type="metal cup",
            applied_to=visit.items[position * 9],
            applied_by=visit.team[7],
            witness=visit.host[1],
            checks=[{"at": typed(at(18, 0)), "result": "intact", "by": visit.team[7]}],
        )
    for position, point in enumerate(("Mixing house, drain", "Magazine, floor", "Test stand, flame trench")):
        sample = visit.add(
            "sample",
            at(14, 20) + timedelta(minutes=15 * position),
            7,
            point=point,
            amount={"value": "300", "unit": "g"},
            splits=[
                {"label": "team", "amount": {"value": "100", "unit": "g"}, "holder": "team"},
                {"label": "host", "amount": {"value": "100", "unit": "g"}, "holder": "host"},
                {"label": "reserve", "amount": {"value": "100", "unit": "g"}, "holder": "laboratory"},
            ],
            container=f"bottle {position + 1}",
            taken_by=visit.team[7],
            witnesses=[visit.team[5], visit.host[1]],
            location=visit.places[point.split(",")[0]],
        )
        visit.add(
            "custody",
            at(14, 40) + timedelta(minutes=15 * position),
            7,
            thing=sample,
            to_whom=visit.team[7],
            reason="taken",
        )
        visit.add(
            "custody",
            at(18, 10) + timedelta(minutes=position),
            7,
            thing=sample,
            from_whom=visit.team[7],
            to_whom=visit.team[0],
            reason="evening store",
            seal_state="intact",
        )
    for position in range(8):
        visit.add(
            "measurement",
            at(13, 10) + timedelta(minutes=6 * position),
            5,
            quantity="outer diameter",
            value={"value": f"{880 + position * 0.2:.1f}", "unit": "mm", "uncertainty": "0.4", "k": "2"},
            declared={"value": "880", "unit": "mm"},
            item=visit.items[102 + position],
            instrument="Pi tape 600-1100",
            instrument_serial="PT-3391",
            calibration_due="2026-01-31" if position == 7 else "2026-09-30",
            location=visit.places["Assembly hall"],
        )
    visit.say(
        f"{visit.count('seal')} seals, {visit.count('sample')} samples split and handed on,"
        f" {visit.count('measurement')} measurements"
    )
