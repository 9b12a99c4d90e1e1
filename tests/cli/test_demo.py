"""The demo plays a whole visit: what its bundle and its inventory say is the story that it tells."""

from __future__ import annotations

from pathlib import Path

from python_calamine import CalamineWorkbook

from fieldkit.tui.app import FieldkitApp
from fieldkit.tui.widgets.field import FieldRow
from tests.cli.conftest import Fieldkit
from tests.tui.screens import Terminal, run, terminal


def test_the_figures_hold_after_two_editions_of_the_list(fieldkit: Fieldkit, tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    told = fieldkit.done("demo", demo)
    assert "1 line changed, 1 new, 1 gone" in told.err
    opened = ("--mission", demo / "mission", "--passphrase-file", demo / "passphrase.txt")
    totals = fieldkit.done("inventory", "reconcile", *opened, "--json").document
    names = ("declared", "matched", "identity_mismatch", "missing", "observed", "undeclared")
    assert [totals[name] for name in names] == [118, 112, 4, 2, 121, 5]
    count = fieldkit.done("list", *opened, "--json").document
    accesses = [
        each["fields"]["outcome"] for each in fieldkit.done("list", "access", *opened, "--json").document
    ]
    for said in (
        "118 lines declared: 112 matched, 4 with another serial, 2 missing; 121 things observed, 5 of them undeclared",
        f"{len(accesses)} accesses ({accesses.count('granted')} granted, {accesses.count('managed')} managed)",
        f"{count['observation']} observations in all",
        f"{count['interview']} interviews",
        f"{count['finding']} missiles classified",
        f"{count['seal']} seals, {count['sample']} samples split and handed on, {count['measurement']} measurements",
        f"{count['commitment']} commitments, {count['comment']} comments of the host",
        f"{count['event']} steps of the procedure, 4 deadlines",
        "160 photos: 24 held by the host, of which 6 stay withheld",
    ):
        assert said in told.err
    (declaration,) = fieldkit.done("list", "declaration", *opened, "--json").document
    history = fieldkit.done("show", declaration["number"], "--history", *opened).out
    assert "10 February" in history
    assert "11 February" in history
    assert len(fieldkit.done("list", "item", *opened, "--json").document) == 118 + 5
    photos = fieldkit.done("list", "photo", *opened, "--json").document
    owners = [each["fields"].get("camera_owner") for each in photos]
    assert (len(photos), owners.count("team"), owners.count("host")) == (161, 100, 60)
    clocks = fieldkit.done("photos", "clock", *opened, "--json").document
    used = {each["camera"]["fields"]["serial"]: each["used"] for each in clocks}
    assert (used["0421300987"]["method"], used["0421300987"]["ahead_s"]) == ("gps", -192)
    assert (used["WP5GA001234"]["method"], used["WP5GA001234"]["ahead_s"]) == ("qr", 4)
    assert used["6021457"] is None
    walked = [each for each in photos if each["fields"].get("position", {}).get("source") == "gpx"]
    assert len(walked) == 30
    shown = (demo / "contact-sheet.html").read_text("utf-8")
    assert shown.count("<figure>") == len(photos)
    sheet = tmp_path / "sheet.xlsx"
    written = fieldkit.done("inventory", "export", sheet, *opened, "--json").document
    assert written["photos"] >= 100
    book = CalamineWorkbook.from_path(str(sheet))
    lines = book.get_sheet_by_name("Lines").to_python()
    photos = book.get_sheet_by_name("Photos").to_python()
    assert len(photos) == written["photos"] + 1
    shown = {row[0]: row[lines[0].index("Photos")] for row in lines[1:]}
    assert any("P-0001" in str(each) for each in shown.values())
    items = photos[0].index("Items")
    assert all(str(row[items]).startswith("A-I-") for row in photos[1:])
    the_screens_offer_its_bundle(demo)


def the_screens_offer_its_bundle(demo: Path) -> None:
    """Before its mission is open, and in it."""
    (bundle,) = (demo / "bundles").iterdir()
    offered = {"bundle": str(bundle), "keys": str(demo / "allowed_signers")}

    async def story() -> None:
        async with terminal(FieldkitApp(demo / "mission")) as seen:
            await seen.press("f5")
            await seen.sees("VERIFY A BUNDLE")
            assert {name: row_text(seen, name) for name in offered} == offered
            await seen.press("ctrl+s")
            await seen.sees("INTACT", "host refused")
            await seen.press("escape", "escape")
            await seen.at_passphrase((demo / "passphrase.txt").read_text("utf-8").strip())
            await seen.sees("TODAY")
            await seen.press("f8", "v")
            await seen.sees("VERIFY A BUNDLE")
            assert {name: row_text(seen, name) for name in offered} == offered

    run(story())


def row_text(seen: Terminal, name: str) -> str:
    """What stands in a row of the screen."""
    return seen.app.screen.query_one(f"#row-{name}", FieldRow).text


def test_a_folder_without_files_is_no_folder_of_camera_files(fieldkit: Fieldkit, tmp_path: Path) -> None:
    (tmp_path / "card" / "DCIM").mkdir(parents=True)
    answer = fieldkit("demo", tmp_path / "demo", "--photos", tmp_path / "card")
    assert answer.code == 2
    assert "no file in this folder" in answer.err
    assert not (tmp_path / "demo").exists()
