"""A sample is planned and drawn before the host: both sides read every step on the screen, and anybody repeats it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fieldkit.capture.draw_records import record_of
from fieldkit.domain.replaying import replay
from fieldkit.vault.vault import Vault
from tests.tui.halls import a_hall
from tests.tui.screens import SMALL, Terminal, run, visiting
from tests.vault.missions import PASSPHRASE

DICE = "20237331128159211123"


def the_draw(folder: Path) -> dict[str, Any]:
    with Vault.open(folder, PASSPHRASE) as vault:
        (view,) = vault.list("draw")
        record = record_of(vault, view.id)
        assert all(check.holds for check in replay(record))
        return dict(view.doc)


async def to_agreed_list(seen: Terminal) -> None:
    """Plan, freeze, both agree."""
    await seen.press("f4")
    await seen.sees("LEFT 258")
    await seen.press("d")
    await seen.sees("PLANS AND DRAWS", "nothing is planned yet")
    await seen.press("n")
    await seen.sees("1 PLAN")
    await seen.until(lambda: seen.app.focused is not None and seen.app.focused.id == "field-defects")
    await seen.write("5%")
    await seen.sees("LOOK AT 56 OF 258 PIECES", "IAEA approximation, not used, gives 57")
    await seen.press("ctrl+s")
    await seen.sees("the plan is recorded", "56 of 258 pieces will be drawn", "2 LIST")
    await seen.press("f")
    await seen.sees("3 AGREE", "TEAM has not agreed yet", "HOST has not agreed yet")
    await seen.press("a")
    await seen.sees("WHO AGREES TO THE DIGEST")
    await seen.until(lambda: seen.app.focused is not None and seen.app.focused.id == "field-host")
    await seen.write("Maj. Salem")
    await seen.press("ctrl+s")
    await seen.sees("4 SEED", "Both sides agreed to the list")


def test_a_draw_before_the_host_with_dice(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await to_agreed_list(seen)
            await seen.press("x")
            await seen.sees("The TEAM rolls", "0 rolled, 20 to go")
            await seen.press(*DICE[:9], "7", "backspace")
            await seen.sees("The HOST rolls", "9 rolled, 11 to go")
            await seen.press("enter")
            await seen.sees("9 rolls", "Roll an even number of times")
        async with visiting(folder, SMALL) as seen:
            await seen.press("f4")
            await seen.sees("LEFT 258")
            await seen.press("d")
            await seen.sees("56 of 258 pieces · to go on with: Enter")
            await seen.press("enter")
            await seen.sees("9 rolled, 11 to go")
            await seen.press(*DICE[9:])
            await seen.sees("Enter draws with these 20 rolls")
            await seen.press("enter")
            await seen.sees("6 CHECK", f"Seed: {DICE}", "1. number")
            await seen.press("r")
            await seen.sees("THE DRAW IS AS RECORDED.", "holds The list has 258 lines")
            await seen.press("i")
            await seen.sees("DRAWN ONLY", "(253 here)", "Connector")
            await seen.press("f")
            await seen.sees("LEFT 258 declared 258", "Rate gyro")

    run(story())
    assert the_draw(folder)["seed"] == DICE


def test_a_draw_by_commitments_and_a_false_secret(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")
    secrets = {"team": "a1" * 12, "host": "b2" * 12}

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await to_agreed_list(seen)
            for party, secret in secrets.items():
                await seen.press(party[0])
                await seen.sees(f"THE {party.upper()} COMMITS TO A SECRET")
                await seen.write(secret)
                await seen.press("tab")
                await seen.write(secret)
                assert secret not in seen.shown
                await seen.press("ctrl+s")
                await seen.sees(f"{party.upper()} committed to")
            for party, secret in secrets.items():
                await seen.press(party[0])
                await seen.sees(f"THE {party.upper()} TELLS ITS SECRET")
                await seen.write("c3" * 12)
                await seen.press("ctrl+s")
                await seen.sees("not the one it committed to")
                await seen.press(*["backspace"] * 24)
                await seen.write(secret)
                await seen.press("ctrl+s")
                await seen.sees(f"secret: {secret}")
            await seen.press("enter")
            await seen.sees("6 CHECK", "1. number")

    run(story())
    assert the_draw(folder)["seed_method"] == "commit_reveal"
