"""A hall is counted at the keyboard: what is read is counted, offered or asked about, and nothing that was read is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from textual import events

from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.domain.inventory import Totals
from fieldkit.tui.screens.inventory import InventoryScreen
from fieldkit.vault.vault import Vault
from tests.tui.halls import a_hall
from tests.tui.screens import LARGE, Terminal, run, visiting
from tests.vault.missions import PASSPHRASE


def totals(folder: Path) -> Totals:
    with Vault.open(folder, PASSPHRASE) as vault:
        return reconcile_inventory(vault).result.totals


def recorded(folder: Path, kind: str) -> list[dict[str, Any]]:
    with Vault.open(folder, PASSPHRASE) as vault:
        return [dict(view.doc) for view in vault.list(kind)]


async def to_inventory(seen: Terminal, left: int = 258) -> InventoryScreen:
    await seen.press("f4")
    await seen.sees(f"LEFT {left:,}")
    screen = seen.app.screen
    assert isinstance(screen, InventoryScreen)
    return screen


def scan(seen: Terminal, text: str) -> None:
    """What a scanner sends, key after key without a pause."""
    for character in text:
        key = "enter" if character == "\r" else character
        seen.app.post_message(events.Key(key, None if character == "\r" else character))


async def stood(seen: Terminal) -> None:
    """Look at an offer as long as a person does before pressing a key."""
    await asyncio.sleep(0.5)


def test_a_hall_is_counted(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await to_inventory(seen)
            scan(seen, "447101\r")
            await seen.sees("COUNTED 1 447101", "line 61 · Rate gyroscope", "LEFT 257", "matched 1")
            await stood(seen)
            await seen.press("v")
            await seen.sees("Verified: 1 line.", "verified")
            await seen.press(*"4471O8", "enter")
            await seen.sees("NEAR 4471O8 → 447108 (O→0)", "line 63 · Vertical gyroscope", "LEFT 257")
            await stood(seen)
            await seen.press("enter")
            await seen.sees("COUNTED 1 4471O8", "LEFT 256")
            scan(seen, "AC-77\r")
            await seen.sees("ON NO LIST AC-77")
            await stood(seen)
            await seen.press("plus")
            await seen.sees("EXTRA: ON NO LIST", "AC-77")
            await seen.write("Accelerometer")
            await seen.press("ctrl+s")
            await seen.sees("EXTRA AC-77", "extra 1", "(extra) Acc", "LEFT 256")
            scan(seen, "SV-1001\r")
            await seen.sees("COUNTED 1 SV-1001")
            await seen.press("down")
            await stood(seen)
            await seen.press("n")
            await seen.sees("NOT ACCESSIBLE", "line 68")
            await seen.press("ctrl+s")
            await seen.sees("Reason is needed")
            await seen.write("behind the press, no light")
            await seen.press("ctrl+s")
            await seen.sees("no access 1", "1 line not accessible")
            scan(seen, "GT-9\r")
            await seen.sees("COUNTED 1 GT-9")
            await stood(seen)
            await seen.press("u")
            await seen.sees("TAKE YOUR LAST COUNT BACK", "line 64")
            await seen.write("wrong plate")
            await seen.press("ctrl+s")
            await seen.sees("is taken back")
            await stood(seen)
            await seen.press("x")
            await seen.sees("MISSING", "line 64")
            await seen.press("ctrl+s")
            await seen.sees("missing 1", "1 line missing")

    run(story())
    found = totals(folder)
    assert (found.matched, found.missing, found.not_accessible, found.undeclared) == (3, 1, 1, 1)
    assert found.verified == 1
    (extra,) = [item for item in recorded(folder, "item") if item.get("undeclared")]
    assert (extra["nomenclature"], extra["observed_serials"]) == ("Accelerometer", ["AC-77"])
    assert [
        count["reason"] for count in recorded(folder, "count") if count["status"] == "not_accessible"
    ] == ["behind the press, no light"]


def test_an_item_is_counted_by_its_scan_and_verified_by_one_key(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await to_inventory(seen)
            scan(seen, "SV-1002\r")
            await seen.sees("COUNTED 1 SV-1002")
            await stood(seen)
            await seen.press("v")
            await seen.sees("Verified: 1 line.")

    run(story())
    (count,) = recorded(folder, "count")
    assert (count["counted"], count["verified"], count["serials"]) == (1, 1, ["SV-1002"])


def test_letters_of_a_scanner_never_act_and_those_of_a_hand_do(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            screen = await to_inventory(seen)
            scan(seen, "xnvsSV-1001\r")
            await seen.sees("ON NO LIST xnvsSV-1001")
            assert seen.app.screen is screen
            await seen.press("delete")
            await seen.sees("DROPPED xnvsSV-1001")
            scan(seen, "v\r")
            await seen.sees("ON NO LIST v")
            await seen.press("delete")
            await seen.press("/", "v", "s")
            assert screen.scan.value == "vs"
            assert seen.app.screen is screen
            await seen.press("escape")
            assert screen.scan.value == ""
            await stood(seen)
            await seen.press("s")
            await seen.sees("NEW SEAL", "A-I-0003")

    run(story())
    assert not recorded(folder, "count")


def test_the_enter_of_a_scanner_never_takes_what_is_offered(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await to_inventory(seen)
            scan(seen, "4471O8\r\r")
            await seen.sees("NEAR 4471O8")
            scan(seen, "SV-10O1\r")
            await seen.sees("1 more wait")
            await seen.press("tab")
            await seen.sees("NEAR SV-10O1")
            scan(seen, "GT-9\r")
            await seen.sees("matched 1")
            assert totals(folder).matched == 1

    run(story())


def test_a_whole_box_of_readings_arrives_at_once_and_none_is_lost(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit", further=25)

    async def story() -> None:
        async with visiting(folder) as seen:
            await to_inventory(seen, 283)
            for n in range(25):
                scan(seen, f"{2000000 + 7 * n}\r")
            scan(seen, "nowhere-1\rnowhere-2\r")
            await seen.sees("matched 25", "LEFT 258", "ON NO LIST nowhere-1", "1 more wait")

    run(story())
    assert sorted(count["serials"][0] for count in recorded(folder, "count")) == [
        str(2000000 + 7 * n) for n in range(25)
    ]


def test_a_line_of_several_pieces_asks_how_many_and_a_scan_meanwhile_is_a_scan(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            screen = await to_inventory(seen)
            scan(seen, "AC-1001\rAC-1002\r")
            await seen.sees("COUNTED 2 AC-1002", "1 of 3 MISSING")
            await seen.press("down", "enter")
            await seen.sees("HOW MANY? declared 250", "Connector")
            scan(seen, "SV-1001\r")
            await seen.sees("HOW MANY? declared 250", "LEFT 254")
            assert screen.scan.value == ""
            await seen.press(*"248", "enter")
            await seen.sees("COUNTED 248", "2 of 250 MISSI")

    run(story())
    found = totals(folder)
    assert (found.matched, found.missing) == (2 + 1 + 248, 1 + 2)


def test_what_waits_is_offered_again_after_the_end(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await to_inventory(seen)
            scan(seen, "4471O8\rnowhere-1\r")
            await seen.sees("NEAR 4471O8", "1 more wait")
            await seen.press(*"99")
            await seen.until(lambda: "99" in str(drafts(folder)))
        async with visiting(folder) as seen:
            screen = await to_inventory(seen)
            await seen.sees("NEAR 4471O8", "1 more wait")
            assert screen.scan.value == "99"
            await seen.press("escape", "delete", "delete")
            await seen.sees("DROPPED nowhere-1")
            await seen.until(lambda: not drafts(folder))

    run(story())
    assert not recorded(folder, "count")


def drafts(folder: Path) -> dict[str, Any]:
    with Vault.open(folder, PASSPHRASE) as vault:
        return {name: doc for name, doc in vault.drafts().items() if name.startswith("inventory/")}


def test_marked_lines_are_put_right_with_one_reason(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await to_inventory(seen)
            await seen.press("end", "up", "space", "space")
            await seen.sees("2 marked")
            await stood(seen)
            await seen.press("e")
            await seen.sees("PUT LINES RIGHT", "2 lines")
            await seen.at("maker")
            await seen.write("Moog")
            await seen.press("ctrl+s")
            await seen.sees("Reason is needed")
            await seen.write("read off the plates")
            await seen.press("ctrl+s")
            await seen.sees("2 lines put right.")

    run(story())
    assert [item.get("maker") for item in recorded(folder, "item")].count("Moog") == 2


def test_the_list_is_narrowed_to_what_is_open_and_to_where_we_are(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, LARGE) as seen:
            screen = await to_inventory(seen)
            await stood(seen)
            await seen.press("l")
            await seen.sees("Say where we are first")
            await seen.press("ctrl+l")
            await seen.sees("WHERE WE ARE")
            await seen.write("Shelf 2")
            await seen.sees("A-0006")
            await seen.press("enter", "ctrl+s")
            await seen.sees("▸ Assembly hall / Shelf 2")
            await stood(seen)
            await seen.press("l")
            await seen.sees("HERE ONLY", "LEFT 258 (2 here)")
            await seen.until(lambda: len(screen.grid.keys) == 2)
            await stood(seen)
            await seen.press("f")
            await seen.sees("TO DO")
            scan(seen, "447101\r")
            await seen.sees("COUNTED 1 447101", "(1 here)")
            await seen.until(lambda: len(screen.grid.keys) == 1)
            await stood(seen)
            await seen.press("w")
            await seen.press("enter")
            await seen.sees("COUNTED 1 line 63", "(0 here)", "no line is so: f shows other parts")

    run(story())
    assert {count.get("location") is not None for count in recorded(folder, "count")} == {True}


def test_lines_from_a_spreadsheet_are_looked_at_and_recorded_at_once(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")
    hostile = "[/x]\x1b[2J\u202eAC"

    async def story() -> None:
        async with visiting(folder) as seen:
            screen = await to_inventory(seen)
            screen.scan.post_message(events.Paste(f"447101\n4471O8\nSV-1001\t1\n{hostile}\n"))
            await seen.sees("PASTED LINES", "4 lines match 2 NEAR 1 EXTRA 1", "near 447108 (O→0)")
            assert "\x1b" not in seen.shown
            assert "\u202e" not in seen.shown
        assert not recorded(folder, "count")
        async with visiting(folder) as seen:
            await seen.press("f4")
            await seen.sees("PASTED LINES", "4 lines")
            await seen.press("down", "enter")
            await seen.sees("near, TAKEN", "taken 1")
            await seen.press("ctrl+s")
            await seen.sees("3 records of 4 pasted lines", "matched 3")

    run(story())
    assert len(recorded(folder, "count")) == 3
    assert not drafts(folder)


def test_a_serial_scanned_into_a_link_is_its_item_and_enter_waits_for_the_look_up(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await stood(seen)
            await seen.press("c")
            await seen.sees("NEW COUNT")
            await seen.at("item")
            scan(seen, "447108\r")
            await seen.sees("Vertical gyroscope")
            await seen.until(lambda: seen.app.screen.form.row("item").text == "A-I-0002")  # type: ignore[attr-defined]
            await seen.press("escape")
            await stood(seen)
            await seen.press("c")
            await seen.sees("NEW COUNT")
            await seen.at("item")
            scan(seen, "4471O1\r")
            await seen.sees("near 447101 (O→0)")
            assert seen.app.screen.form.row("item").text == "4471O1"  # type: ignore[attr-defined]
            await stood(seen)
            await seen.press("enter")
            await seen.until(lambda: seen.app.screen.form.row("item").text == "A-I-0001")  # type: ignore[attr-defined]

    run(story())
