"""The tour: it begins by itself once, goes along with whatever one does, and is there again for the asking."""

from __future__ import annotations

from pathlib import Path

from fieldkit import paths
from fieldkit.tui.areas import AREAS
from tests.tui.screens import LARGE, SMALL, a_mission, run, visiting


def test_it_is_shown_once_and_asked_for_by_a_key(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, guides=True) as seen:
            await seen.sees("TOUR 1 of", "This is home", "Next: F3")
            await seen.press("f3")
            await seen.sees("TOUR 2 of", "Every kind of record")
        async with visiting(folder, LARGE, guides=True) as seen:
            await seen.sees("nothing is open")
            assert "TOUR" not in seen.shown
            await seen.press("f1")
            await seen.sees("KEYS HERE")
            await seen.press("end")
            await seen.sees("Begin the tour of the screens")
            await seen.press("ctrl+t")
            await seen.sees("TOUR 1 of", "This is home")
            await seen.press("ctrl+t")
            await seen.until(lambda: "TOUR" not in seen.shown)

    run(story())


def test_nothing_waits_for_it_while_one_works(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, guides=True) as seen:
            await seen.sees("TOUR 1 of")
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            assert "TOUR" not in seen.shown
            await seen.at("text")
            await seen.write("Crates")
            await seen.at("basis")
            await seen.press("right", "ctrl+s")
            await seen.sees("recorded.", "TOUR 1 of")

    run(story())


def test_it_leads_through_every_area_and_ends(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, SMALL, guides=True) as seen:
            for place, area in enumerate(AREAS, start=1):
                await seen.press(area.key)
                await seen.sees(f"TOUR {place} of {len(AREAS)}")
            await seen.sees("F9 locks")
            await seen.press("f9")
            await seen.sees("Locked")
            assert "TOUR" not in seen.shown

    run(story())


def test_it_is_offered_where_the_state_directory_cannot_be_written(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    paths.tour_seen().mkdir(parents=True)

    async def story() -> None:
        async with visiting(folder, guides=True) as seen:
            await seen.sees("TOUR 1 of")

    run(story())
