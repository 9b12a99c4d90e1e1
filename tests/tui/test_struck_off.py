"""A laptop whose log was written twice is struck off at the keyboard: which history counts is asked."""

from __future__ import annotations

from pathlib import Path

from fieldkit.team.members import member
from fieldkit.vault.vault import Vault
from tests.team.earlier import seen as texts_in
from tests.team.earlier import written_twice
from tests.tui.screens import run, visiting
from tests.vault.missions import PASSPHRASE


def test_which_history_counts_is_asked_and_named(tmp_path: Path) -> None:
    with written_twice(tmp_path) as (lead, _, log, _team):
        letter = member(lead, log).record.doc["letter"]

    async def story() -> None:
        async with visiting(tmp_path / "lead") as seen:
            await seen.press("f7")
            await seen.sees("TEAM", "this laptop")
            await seen.press(*["down"] * 4, "enter")
            await seen.sees(f"LAPTOP {letter} Boris Khan")
            await seen.press("r")
            await seen.sees("ITS LOG WAS WRITTEN TWICE", "1 entries 5 to 7", "“honest 0”", "“forged 1”")
            await seen.write("stolen from the hotel")
            await seen.press("tab", "tab")
            await seen.write("the first")
            await seen.press("ctrl+s")
            await seen.sees("neither numbers nor 'all'")
            await seen.press("ctrl+u")
            await seen.write("1")
            await seen.press("ctrl+s")
            await seen.sees("Struck off.")

    run(story())
    with Vault.open(tmp_path / "lead", PASSPHRASE) as lead:
        assert lead.standing(log).cut is not None
        honest, forged = {"honest 0", "honest 1", "honest 2"}, {"forged 0", "forged 1"}
        assert (honest <= texts_in(lead)) is not bool(forged & texts_in(lead))
