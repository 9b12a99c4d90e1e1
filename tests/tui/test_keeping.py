"""What is typed is never lost, and what is locked, crashed or ended tells nothing."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldkit.tui.app import FieldkitApp
from fieldkit.tui.drafts import Draft, read_drafts
from fieldkit.tui.tasks import task
from fieldkit.vault import faults
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault
from tests.tui.screens import a_mission, run, terminal, visiting
from tests.vault.missions import CHEAP, PASSPHRASE

SECRET = "orchid-77"


def kept(folder: Path) -> list[dict[str, str]]:
    """The texts of every draft in the vault."""
    with Vault.open(folder, PASSPHRASE) as vault:
        return [draft.texts for draft in read_drafts(vault)]


def test_what_is_typed_is_in_the_store_before_anybody_saves(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write(SECRET)
            await seen.sees("draft kept")
            assert kept(folder) == [{"text": SECRET}]

    run(story())
    assert kept(folder) == [{"text": SECRET}]


def test_a_draft_is_offered_again_and_goes_with_its_record(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write(SECRET)
            await seen.press("escape")
            await seen.sees(f"draft {SECRET}")
        async with visiting(folder) as seen:
            await seen.sees(f"draft {SECRET}")
            await seen.press("enter")
            await seen.sees("NEW OBSERVATION", SECRET)
            await seen.at("basis")
            await seen.press("s", "ctrl+s")
            await seen.sees("recorded", "nothing is open")

    run(story())
    assert kept(folder) == []


def test_a_draft_of_questions_and_answers_is_told_by_what_they_say(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("i")
            await seen.sees("NEW INTERVIEW")
            await seen.at("exchanges")
            await seen.press("enter")
            await seen.sees("EXCHANGES 1")
            await seen.write("Who keeps the keys?")
            await seen.press("escape", "escape")
            await seen.sees("draft Who keeps the keys?")

    run(story())


def test_an_empty_form_leaves_no_draft(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.press("escape")
            await seen.sees("nothing is open")

    run(story())
    assert kept(folder) == []


def test_locking_closes_the_vault_clears_the_screen_and_keeps_the_draft(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write(SECRET)
            await seen.press("f9")
            await seen.sees("Locked")
            await seen.until(lambda: not seen.app.store.is_open)
            assert SECRET not in seen.shown
            assert "TRIPOLI" not in seen.shown
            await seen.press("f2", "ctrl+l", "ctrl+p")
            assert "Locked" in seen.shown
            await seen.at_passphrase("wrong words")
            await seen.sees("Wrong passphrase")
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("OPEN", SECRET)

    run(story())
    assert kept(folder) == [{"text": SECRET}]


def _for_ever(reader: VaultReader) -> None:
    while True:
        reader.counts()


def _in_one_question(reader: VaultReader) -> None:
    reader._rows("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c")


@pytest.mark.parametrize("ask", [_for_ever, _in_one_question])
def test_locking_waits_for_nothing_that_is_being_looked_up(
    tmp_path: Path, ask: Callable[[VaultReader], None]
) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            store = seen.app.store
            wide = asyncio.ensure_future(store.look_through(ask))
            narrow = asyncio.ensure_future(store.read(ask))
            await asyncio.sleep(0.2)
            await seen.press("f9")
            await seen.sees("Locked")
            await seen.until(lambda: wide.cancelled() and narrow.cancelled())
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("OPEN")
            assert await store.look_through(lambda reader: reader.count("person")) > 0

    run(story())


def test_a_question_broken_off_that_nobody_waits_for_is_no_fault(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            asyncio.get_running_loop().create_future().set_exception(asyncio.CancelledError())
            gc.collect()
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            assert not seen.app.fault_line

    run(story())


def test_a_laptop_left_alone_locks_itself(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, idle_minutes=0.01) as seen:
            await seen.sees("Locked")
            await seen.until(lambda: not seen.app.store.is_open)

    run(story())


def test_a_fault_tells_its_type_and_place_and_nothing_else(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = a_mission(tmp_path / "visit")
    app = FieldkitApp(folder, PASSPHRASE, kdf=CHEAP)

    async def story() -> None:
        async with terminal(app) as seen:
            await seen.sees("OPEN")
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write(SECRET)
            await seen.sees("draft kept")
            app.call_later(_break, SECRET)
            await seen.until(lambda: app.fault_line)

    with pytest.raises(ValueError, match=SECRET):
        run(story())
    out, err = capfd.readouterr()
    assert SECRET not in out + err + app.fault_line
    assert PASSPHRASE not in out + err + app.fault_line
    assert app.fault_line.startswith("ValueError at ")
    assert app.return_code == 70
    with Vault.open(folder, PASSPHRASE) as vault:
        (fault,) = faults.kept(vault)
        assert fault.line == app.fault_line
        assert "ValueError" in fault.report
        assert "  tests.tui.test_keeping:" in "\n".join(fault.report)
        assert "on CaptureScreen" in fault.report[1]
        assert SECRET not in str(fault)
        assert PASSPHRASE not in str(fault)
        assert [draft.texts for draft in read_drafts(vault)] == [{"text": SECRET}]

    async def afterwards() -> None:
        async with visiting(folder) as seen:
            await seen.sees("ended by a fault of its own", fault.line)
            await seen.press("ctrl+p")
            await seen.write("faults")
            await seen.press("enter")
            await seen.sees("FAULTS OF THE PROGRAM", f"1 {fault.at} {fault.line}", *fault.report[:2])
            await seen.press("f9")
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("OPEN")
            assert "fault of its own" not in seen.words
            await seen.press("ctrl+p")
            await seen.write("faults")
            await seen.press("enter")
            await seen.sees("FAULTS OF THE PROGRAM")
            await seen.press("delete")
            await seen.sees("writes the first of them to a file. none")

    run(afterwards())


def _break(secret: str) -> None:
    raise ValueError(f"{secret} in the message and among the locals")


def test_a_fault_in_a_task_ends_as_quietly(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = a_mission(tmp_path / "visit")
    app = FieldkitApp(folder, PASSPHRASE, kdf=CHEAP)

    async def story() -> None:
        async with terminal(app) as seen:
            await seen.sees("OPEN")
            _break_in_task(app.screen)
            await seen.until(lambda: app.fault_line)

    with pytest.raises(KeyError):
        run(story())
    out, err = capfd.readouterr()
    assert SECRET not in out + err + app.fault_line
    assert app.fault_line.startswith("KeyError at ")


@task
async def _break_in_task(screen: Any) -> None:
    await asyncio.sleep(0)
    raise KeyError(SECRET)


def test_a_save_that_was_handed_over_is_carried_out_though_its_screen_is_gone(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            store = seen.app.store
            waiting = asyncio.ensure_future(store.write(lambda vault: vault.save_draft("kept", {"a": 1})))
            await asyncio.sleep(0)
            waiting.cancel()
            await seen.until(lambda: waiting.cancelled())

    run(story())
    with Vault.open(folder, PASSPHRASE) as vault:
        assert "kept" in vault.drafts()


def test_a_draft_goes_on_where_it_was_left(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write("Two gyro")
            await seen.press("escape")
            await seen.sees("draft Two gyro")
            await seen.press("enter")
            await seen.sees("NEW OBSERVATION", "Two gyro")
            await seen.press(*"scopes", "escape")
            await seen.sees("draft Two gyroscopes")

    run(story())
    assert kept(folder) == [{"text": "Two gyroscopes"}]


def test_a_draft_is_dropped_by_a_key_brought_back_by_another_and_leaves_when_it_is_cleared(
    tmp_path: Path,
) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write("cut")
            await seen.press("escape")
            await seen.sees("draft cut")
            await seen.press("delete")
            await seen.sees("Dropped", "nothing is open")
            assert kept(folder) == []
            await seen.press("ctrl+z")
            await seen.sees("draft cut")
            await seen.press("enter")
            await seen.sees("NEW OBSERVATION")
            await seen.press("backspace", "backspace", "backspace", "escape")
            await seen.sees("nothing is open")

    run(story())
    assert kept(folder) == []


def test_what_is_asked_for_is_kept_as_well_and_no_secret_is(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f8", "e")
            await seen.sees("EXPORT")
            first = seen.app.screen
            row = first.query_one("#row-folder")
            assert row.has_pseudo_class("focus-within")
            await seen.write(f"/{SECRET}")
            await seen.until(lambda: SECRET in str(drafts(folder)))
            await seen.press("escape", "e")
            await seen.sees(f"/{SECRET}")

    run(story())
    assert SECRET in str(drafts(folder))


def drafts(folder: Path) -> dict[str, Any]:
    """Everything that is kept while it is typed."""
    with Vault.open(folder, PASSPHRASE) as vault:
        return {name: doc for name, doc in vault.drafts().items() if name.startswith("asked/")}


def test_where_we_are_reaches_the_form_that_is_open(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write("Gate")
            await seen.press("ctrl+l")
            await seen.sees("WHERE WE ARE")
            await seen.write("hall")
            await seen.sees("A-0005")
            await seen.press("enter", "ctrl+s")
            await seen.sees("NEW OBSERVATION", "Gate", "A-0005")
            await seen.at("basis")
            await seen.press("s", "ctrl+s")
            await seen.sees("recorded")

    run(story())
    with Vault.open(folder, PASSPHRASE) as vault:
        (view,) = vault.list("observation")
        assert vault.get(str(view.doc["location"])).number == "A-0005"


def test_a_draft_is_named_by_what_was_typed_and_not_by_where_one_was() -> None:
    saved = {"at": "2026-02-12T08:41:07Z", "offset": "+02:00"}
    place = {"location": "A-0020", "mark": "strictly confidential"}
    assert Draft("access", {**place, "reason": "no key"}, saved=saved).summary == "no key · access 10:41"
    assert Draft("access", place, saved=saved).summary == "access 10:41"
