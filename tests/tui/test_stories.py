"""What an inspector does at the keyboard, from arriving to a saved record."""

from __future__ import annotations

from pathlib import Path

from fieldkit.vault.vault import Vault
from tests.tui.screens import a_mission, run, visiting
from tests.vault.missions import PASSPHRASE


def recorded(folder: Path, kind: str) -> list[dict[str, object]]:
    """The values of every record of a kind, read after the app has ended."""
    with Vault.open(folder, PASSPHRASE) as vault:
        return [dict(view.doc) for view in vault.list(kind)]


def test_an_observation_takes_four_keys_besides_its_text(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write("Gate 2 locked")
            await seen.press("tab", "s", "ctrl+s")
            await seen.sees("recorded", "TODAY")

    run(story())
    (observation,) = recorded(folder, "observation")
    assert (observation["text"], observation["basis"]) == ("Gate 2 locked", "seen")
