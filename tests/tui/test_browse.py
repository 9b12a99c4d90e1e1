"""Looking things up and putting them right: search, the timeline, places, history, corrections, differences of two laptops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fieldkit.team import differences as team
from fieldkit.team.striking import revoke
from fieldkit.tui.drafts import read_drafts
from fieldkit.vault.recording import Add, Amend, uuid7
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot
from tests.team.test_newer_entries import record_as_newer
from tests.tui.screens import LARGE, SMALL, Terminal, a_mission, run, visiting
from tests.vault.missions import PASSPHRASE


@contextmanager
def opened(folder: Path) -> Iterator[Vault]:
    with Vault.open(folder, PASSPHRASE) as vault:
        yield vault


def a_site(folder: Path) -> Path:
    """Two halls of one name on two sites, with something recorded in each."""
    a_mission(folder)
    with opened(folder) as vault:
        first, second = vault.record(
            [
                Add("location", {"name": "Site 1", "level": "site"}),
                Add("location", {"name": "Site 2", "level": "site"}),
            ]
        )
        one, other = vault.record(
            [
                Add(
                    "location",
                    {"name": "Hall", "level": "building", "parent": first.id, "aliases": ["Old forge"]},
                ),
                Add("location", {"name": "Hall", "level": "building", "parent": second.id}),
            ]
        )
        vault.record(
            [
                Add(
                    "observation", {"text": "Two gyroscopes, covers off", "basis": "seen", "location": one.id}
                ),
                Add("observation", {"text": "Crates in the corner", "basis": "seen", "location": other.id}),
                Add(
                    "photo",
                    {"state": "held", "state_reason": "gate", "subject": "gyro stand", "location": one.id},
                ),
            ]
        )
    return folder


def two_laptops(tmp_path: Path, texts: tuple[str, ...] = ("Two gyroscopes", "Three gyroscopes")) -> Path:
    """An observation that every laptop amended without having seen the others; all have met since."""
    depot = new_depot(tmp_path / "stick")
    folder = a_mission(tmp_path / "visit")
    with opened(folder) as lead:
        (made,) = lead.record([Add("observation", {"text": "Gyroscopes", "basis": "seen"})])
        others = [joined(tmp_path / f"laptop-{n}", lead, f"Boris {n}") for n, _ in enumerate(texts[1:])]
        try:
            meet(depot, lead, *others)
            for vault, text in zip([lead, *others], texts, strict=True):
                vault.record([Amend(made.id, f"counted anew by {vault.letter}", set={"text": text})])
            meet(depot, lead, *others)
        finally:
            for vault in others:
                vault.close()
    return folder


def observation(folder: Path, number: str) -> dict[str, Any]:
    with opened(folder) as vault:
        return dict(vault.get(number).doc)


async def open_record(seen: Terminal, wanted: str, *shows: str) -> None:
    await seen.press("slash")
    await seen.sees("FIND")
    await seen.write(wanted)
    await seen.press("enter")
    await seen.sees("recorded 2", *shows)


def test_one_line_searches_everything_from_every_list(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("slash")
            await seen.sees("FIND", "kind:photo")
            await seen.write("gyro")
            await seen.sees("FIND 3", "Two gyroscopes", "gyro stand", "Vertical gyroscope")
            await seen.press("space")
            await seen.write("kind:photo")
            await seen.sees("FIND 1", "gyro stand")
            await seen.press("ctrl+u")
            await seen.write("p:")
            await seen.sees("FIND 1", "gyro stand")
            await seen.press("ctrl+u")
            await seen.write('at:"old forge"')
            await seen.sees("at Site 1 / Hall", "Two gyroscopes")
            assert "Crates" not in seen.shown
            await seen.press("ctrl+u")
            await seen.write("kind:unheard")
            await seen.sees("Nothing is called so: kind:unheard", "nothing like that")
            await seen.press("ctrl+u")
            await seen.write("447l08")
            await seen.sees("FIND 1", "A-I-0001")
            await seen.press("escape")
            await seen.sees("OPEN", "TODAY")

    run(story())


def test_the_timeline_goes_from_day_to_day_and_is_narrowed(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")
    with opened(folder) as vault:
        long_ago = {"at": "2026-02-12T10:41:00Z", "offset": "+00:00", "source": "typed"}
        vault.record([Add("observation", {"text": "Snow", "basis": "seen", "occurred": long_ago})])

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f6")
            await seen.sees("BROWSE", "← 12 Feb", "Crates in the corner", "Site 2 / Hall")
            await seen.press("f")
            await seen.write("kind:observation gyro")
            await seen.sees("1 record of what is asked for", "Two gyroscopes")
            assert "Crates" not in seen.shown
            await seen.press("enter", "escape")
            await seen.sees("Crates in the corner")
            await seen.press("left")
            await seen.sees("Thu 12 Feb 2026 1 record", "Snow", "10:41")
            await seen.press("left")
            await seen.sees("Nothing is recorded before this day")
            await seen.press("g")
            await seen.sees("WHICH DAY?", "Thu 12 Feb 2026")
            await seen.press("enter")
            await seen.sees("Crates in the corner")
            await seen.press("escape")
            await seen.sees("OPEN", "TODAY")

    run(story())


def test_places_say_how_much_is_recorded_in_them_and_letters_act_there(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f6", "t")
            await seen.sees("PLACES", "Hall (also Old forge)", "no place named: 1 items")
            row = next(line for line in seen.lines if "Old forge" in line)
            assert row.split()[-5:] == ["1", "·", "1", "·", "·"]
            await seen.press("down", "down", "enter")
            await seen.sees("FIND", "at Site 1 / Hall", "Two gyroscopes", "gyro stand")
            assert "Crates" not in seen.shown
            await seen.press("escape", "o")
            await seen.sees("NEW OBSERVATION", "Site 1 / Hall (building)")
            await seen.press(*"Dust", "tab", "s", "ctrl+s")
            await seen.sees("recorded", "PLACES")
            await seen.press("w")
            await seen.sees("▸ Site 1 / Hall")

    run(story())
    with opened(folder) as vault:
        (made,) = [view for view in vault.list("observation") if view.doc["text"] == "Dust"]
        assert vault.get(str(made.doc["location"])).doc["aliases"] == ["Old forge"]


def test_a_correction_keeps_what_stood_with_its_reason(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await open_record(seen, "covers off")
            await seen.sees("OBSERVATION", "Site 1 / Hall (building)", "entry", "leaf")
            await seen.press("e")
            await seen.sees("CORRECT A-0010 OBSERVATION", "Two gyroscopes, covers off")
            await seen.at("text")
            await seen.press("end")
            await seen.press("space", *"again")
            await seen.press("ctrl+s")
            await seen.sees("The reason is needed")
            await seen.write("Counted twice")
            await seen.press("ctrl+s")
            await seen.sees("A-0010 observation amended.", "covers off again", "1 later entry")
            await seen.press("h")
            await seen.sees(
                "HISTORY OF A-0010", "no longer", "why: Counted twice", "until: Amira Nasser, laptop A"
            )

    run(story())
    assert observation(folder, "A-0010")["text"] == "Two gyroscopes, covers off again"
    with opened(folder) as vault:
        assert [entry.reason for entry in vault.history("A-0010")] == ["", "Counted twice"]
        assert list(vault.history("A-0010")[1].values) == ["text"]


def test_a_correction_that_was_left_is_offered_again_and_one_taken_back_is_not(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await open_record(seen, "covers off")
            await seen.press("e")
            await seen.sees("CORRECT")
            await seen.at("text")
            await seen.press("end")
            await seen.press("space")
            await seen.write("orchid")
            await seen.sees("draft kept")
        async with visiting(folder) as seen:
            await seen.sees("draft Two gyroscopes, covers")
            await seen.press("enter")
            await seen.sees("CORRECT A-0010", "orchid")
            await seen.press("end", *["backspace"] * len(" orchid"))
            await seen.press("escape")
            await seen.sees("OPEN", "TODAY")

    run(story())
    with opened(folder) as vault:
        assert read_drafts(vault) == []
        assert len(vault.history("A-0010")) == 1


def test_what_came_meanwhile_is_shown_before_a_correction_takes_its_place(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await open_record(seen, "covers off")
            await seen.press("e")
            await seen.sees("CORRECT")
            with opened(folder) as vault:
                vault.record([Amend("A-0010", "two are there", set={"text": "Two gyroscopes, covers on"})])
            await seen.at("amend-why")
            await seen.write("Typo")
            await seen.at("text")
            await seen.press("end")
            await seen.write("!")
            await seen.press("ctrl+s")
            await seen.sees("meanwhile another value came to stand here: Two gyroscopes, covers on")
            assert observation(folder, "A-0010")["text"] == "Two gyroscopes, covers on"
            await seen.press("ctrl+s")
            await seen.sees("amended")

    run(story())
    assert observation(folder, "A-0010")["text"] == "Two gyroscopes, covers off!"


def test_a_retracted_record_stays_marked_with_the_reason(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await open_record(seen, "covers off")
            await seen.press("R")
            await seen.sees("RETRACT", "A-0010 observation")
            await seen.write("Seen by nobody")
            await seen.press("escape", "R")
            await seen.sees("Seen by nobody")
            await seen.press("ctrl+s")
            await seen.sees("A-0010 retracted.", "A-0010 OBSERVATION · RETRACTED", "Seen by nobody")
            await seen.press("e")
            await seen.sees("A-0010 is retracted")
            await seen.press("escape")
            await seen.sees("RETRACTED · seen")

    run(story())
    with opened(folder) as vault:
        assert vault.get("A-0010").retracted


def test_links_lead_on_and_back(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")
    with opened(folder) as vault:
        vault.record([Amend("A-0010", "shows it", add={"photos": ["A-P-0001"]})])

    async def story() -> None:
        async with visiting(folder) as seen:
            await open_record(seen, "covers off")
            await seen.sees("› A-P-0001 photo: held · gyro stand")
            await seen.press(*["down"] * 2, "enter")
            await seen.sees("A-P-0001 PHOTO", "REFERS TO THIS", "A-0010 observation: seen", "(as photos)")
            await seen.press("end", "enter")
            await seen.sees("A-0010 OBSERVATION")

    run(story())


def test_evidence_is_attached_by_number_and_from_a_file(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")
    (tmp_path / "note.txt").write_text("torn page")

    async def story() -> None:
        async with visiting(folder) as seen:
            await open_record(seen, "covers off")
            await seen.press("ctrl+e")
            await seen.sees("ATTACH EVIDENCE")
            await seen.at("evidence")
            await seen.write("A-P-0001")
            await seen.at("file")
            await seen.write(str(tmp_path / "missing.txt"))
            await seen.press("ctrl+s")
            await seen.sees("There is no such file")
            await seen.press("ctrl+u")
            await seen.write(str(tmp_path / "note.txt"))
            await seen.press("ctrl+s")
            await seen.sees("attached to A-0010", "A-F-0001 file: note.txt")

    run(story())
    with opened(folder) as vault:
        linked = {vault.get(str(each)).number for each in vault.get("A-0010").doc["evidence"]}  # type: ignore[union-attr]
        assert linked == {"A-P-0001", "A-F-0001"}


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    ("keys", "title", "value"),
    [
        (["1"], "KEEP VALUE 1", None),
        (["2"], "KEEP VALUE 2", None),
        (["b"], "KEEP BOTH AS DIFFERING OBSERVATIONS", None),
        (["v"], "ANOTHER VALUE", "Four gyroscopes"),
    ],
    ids=["this", "that", "both", "another"],
)
def test_a_difference_is_settled_with_a_reason(
    tmp_path: Path, keys: list[str], title: str, value: str | None, size: tuple[int, int]
) -> None:
    folder = two_laptops(tmp_path)
    with opened(folder) as vault:
        (one,) = team.standing(vault)
        values = [side.value for side in one.sides]

    async def story() -> None:
        async with visiting(folder, size) as seen:
            await seen.sees("1 difference between laptops")
            await seen.press("enter")
            await seen.sees("DIFFERENCES 1 to be settled", "Two gyroscopes", "Three gyroscopes")
            await seen.press("enter")
            await seen.sees(
                "2 VALUES STAND", "laptop A", "laptop B", "Amira Nasser", "Boris 0",
                "had seen: Gyroscopes", "why: counted anew by A", "why: counted anew by B",
            )  # fmt: skip
            await seen.press(*keys)
            await seen.sees(title)
            if value:
                await seen.write(value)
                await seen.at("reason")
            await seen.write("We looked again together")
            await seen.until(lambda: kept(folder))
            await seen.press("ctrl+s")
            await seen.sees(
                "DIFFERENCES 0 to be settled",
                "settled" if keys != ["b"] else "left as differing observations",
            )
            await seen.press("l")
            if keys == ["b"]:
                await seen.sees("left standing: ")
            await seen.press("escape")
            await seen.sees("nothing is open")

    run(story())
    with opened(folder) as vault:
        assert list(team.standing(vault)) == []
        if keys == ["b"]:
            (left,) = team.standing(vault, kept=True)
            assert left.kept == "We looked again together"
        else:
            assert list(team.standing(vault, kept=True)) == []
            wanted = value or values[int(keys[0]) - 1]
            assert vault.get("A-0006").doc["text"] == wanted
        assert not any(name.startswith("difference/") for name in vault.drafts())


def kept(folder: Path) -> bool:
    with opened(folder) as vault:
        return any(name.startswith("difference/") for name in vault.drafts())


def test_three_values_are_settled_at_once(tmp_path: Path) -> None:
    folder = two_laptops(tmp_path, ("Two", "Three", "Four"))
    with opened(folder) as vault:
        (one,) = team.standing(vault)

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f7", "d")
            await seen.sees("DIFFERENCES 1 to be settled")
            await seen.press("enter")
            await seen.sees("3 VALUES STAND", "laptop A")
            await seen.press("3")
            await seen.sees("KEEP VALUE 3")
            await seen.write("Counted by all")
            await seen.press("ctrl+s")
            await seen.sees("DIFFERENCES 0 to be settled")

    run(story())
    with opened(folder) as vault:
        assert vault.get("A-0006").doc["text"] == one.sides[2].value
        assert list(team.standing(vault, kept=True)) == []


HOSTILE = "[/x] \x1b[2J \u202egpj.exe [@click=app.quit]go[/]"


def test_hostile_text_is_harmless_on_every_screen(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "visit")
    with opened(folder) as vault:
        (place,) = vault.record(
            [Add("location", {"name": HOSTILE.replace("\x1b", ""), "aliases": [HOSTILE.replace("\x1b", "")]})]
        )
        (made,) = vault.record(
            [Add("observation", {"text": f"zebra {HOSTILE}", "basis": "seen", "location": place.id})]
        )
        vault.record([Amend(made.id, HOSTILE, set={"text": f"zebra two {HOSTILE}"})])

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("slash")
            for keys, shows in (
                (list("zebra"), "zebra two"),
                (["enter"], "recorded 2"),
                (["h"], "HISTORY"),
                (["escape", "e"], "CORRECT"),
                (["escape", "R"], "RETRACT"),
                (["f6"], "BROWSE"),
                (["t"], "PLACES"),
            ):
                await seen.press(*keys)
                await seen.sees(shows, "[/x]")
                assert not any(raw in seen.shown for raw in ("\x1b", "\u202e"))

    run(story())


def test_what_does_not_count_is_listed_with_the_reason(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    folder = a_mission(tmp_path / "visit")
    with opened(folder) as lead, joined(tmp_path / "b", lead) as other:
        meet(depot, lead, other)
        revoke(lead, "B", "lost")
        other.record([Add("observation", {"text": "Crates in the yard", "basis": "seen"})])
        meet(depot, other, lead)

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f6", "x")
            await seen.sees("KEPT APART", "B-0001", "observation", "laptop B", "struck off")
            await seen.press("enter")
            await seen.sees(
                "AN ENTRY THAT DOES NOT COUNT", "Crates in the yard", "Boris Khan, laptop B", "leaf"
            )

    run(story())


def test_a_list_of_a_hundred_thousand_records_does_not_wait_for_its_rows(tmp_path: Path) -> None:
    """Rows are brought a page at a time, however many keys there are."""
    folder = a_site(tmp_path / "visit")
    with opened(folder) as vault:
        vault.record([Add("observation", {"text": f"crate {n}", "basis": "seen"}) for n in range(1500)])

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f6")
            await seen.sees("1,513 records")
            await seen.press("end")
            await seen.sees("Amira Nasser · team")
            await seen.press("slash")
            await seen.write("crate")
            await seen.sees("the newest 1,000; more words narrow it")

    run(story())


def test_a_kind_of_a_newer_version_is_found_and_shown_and_not_corrected(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    with opened(folder) as vault:
        values = {"colour": "turquoise", "parts": ["x", {"y": 1}]}
        record_as_newer(vault, "gadget", "add", uuid7(), values, number="A-0900")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.sees("A-0900", "gadget (of a newer")
            await seen.press("ctrl+p")
            await seen.write("turq")
            await seen.sees("A-0900 gadget")
            await seen.press("escape")
            await open_record(seen, "turquoise", "A-0900 GADGET (OF A NEWER VERSION)")
            await seen.sees("turquoise (a field of a newer version)")
            await seen.press("h")
            await seen.sees("HISTORY OF A-0900", "turquoise")
            await seen.press("escape", "e")
            await seen.sees("there is no kind of record called 'gadget'")

    run(story())
