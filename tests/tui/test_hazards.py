"""What a screen toolkit can do to text from outside, to keys and to long lists, and does not do here."""

from __future__ import annotations

import ast
import asyncio
import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest
from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

import fieldkit.tui
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.tui.app import FieldkitApp
from fieldkit.tui.recordable import LETTERS, typed_fields
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.screens.capture import CaptureScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.text import fitted, safe, safe_line
from fieldkit.tui.widgets.form import MOST_INPUTS
from fieldkit.tui.widgets.paged import Column, PagedList, Row
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add
from tests.tui.screens import Terminal, a_mission, run, visiting
from tests.vault.missions import new_mission

HOSTILE = (
    "[/x]",
    "[m]",
    "[@click=app.quit]go[/]",
    "\x1b[2Jgone",
    "\x1b]0;title\x07",
    "a\u202egpj.exe",
    "$accent",
    "\x9b31m",
)
RAW = ("\x1b", "\x07", "\x9b", "\u202e")
ROOT = Path(fieldkit.tui.__file__).parent


def modules() -> list[str]:
    return [found.name for found in pkgutil.walk_packages([str(ROOT)], "fieldkit.tui.")]


def classes() -> Iterator[type[DOMNode]]:
    """Every screen, widget and app of fieldkit."""
    for name in modules():
        module = importlib.import_module(name)
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, DOMNode) and thing.__module__ == name:
                yield thing


def test_every_key_says_what_it_does_and_where_it_belongs() -> None:
    seen = [binding for each in classes() for binding in vars(each).get("BINDINGS", [])]
    assert len(seen) > 40
    for binding in seen:
        assert isinstance(binding, Binding), binding
        assert binding.id, binding
        assert binding.tooltip, binding
        assert binding.group is not None, binding


def test_no_key_is_one_that_terminals_take_or_that_screens_promise_otherwise() -> None:
    taken = {"alt+enter", "shift+enter", "ctrl+a", "ctrl+c", "ctrl+v", "ctrl+x"}
    for each in classes():
        for binding in vars(each).get("BINDINGS", []):
            assert not set(binding.key.split(",")) & taken, (each, binding)


def test_no_screen_uses_what_freezes_with_many_rows_or_reads_markup() -> None:
    banned = {
        "DataTable",
        "OptionList",
        "ListView",
        "Tree",
        "Select",
        "MaskedInput",
        "Label",
        "Button",
        "Markdown",
        "RichLog",
    }
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual.widgets"):
                assert not {alias.name for alias in node.names} & banned, path
                assert path.name == "plain.py" or "Static" not in {alias.name for alias in node.names}, path
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("from_markup", "notify"), path


def test_every_screen_names_what_is_typed_into_first() -> None:
    for each in classes():
        if issubclass(each, Screen) and each is not FieldkitScreen:
            assert each.AUTO_FOCUS is not None, each
            assert each.AUTO_FOCUS == "" or each.AUTO_FOCUS.startswith(("#", "Vertical")), each


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_is_shown_as_text(text: str) -> None:
    for shown in (safe(text).plain, safe_line(text).plain, fitted(text, 40).rstrip()):
        assert not any(raw in shown for raw in RAW)
        if text.isprintable() and text.isascii():
            assert shown == text


@pytest.mark.parametrize(
    "text", ["short", "漢字かな交じり文", "e\u0301" * 30, "ไทย" * 9, "x" * 300, "a\tb\nc"]
)
@pytest.mark.parametrize("width", [0, 1, 2, 7, 40])
def test_a_fitted_line_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(fitted(text, width)) == width


def test_hostile_text_in_records_is_shown_everywhere_and_obeyed_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "visit"
    worst = " ".join(HOSTILE)
    with new_mission(folder, title=f"T {HOSTILE[0]}", author=f"N {HOSTILE[3]}") as vault:
        (place,) = vault.record([Add("location", {"name": worst})])
        vault.record(
            [
                Add("person", {"name": worst, "party": "host"}),
                Add(
                    "observation",
                    {"text": worst, "basis": "seen", "open_question": worst, "location": place.id},
                ),
                Add("item", {"nomenclature": worst, "serials": [worst]}),
            ]
        )

    async def story() -> None:
        async with visiting(folder) as seen:
            for keys, texts in (
                (("tab", "enter"), ("[/x]",)),
                (("escape", "ctrl+p", "g", "o", "n", "e"), ("we are here:", "[/x]")),
                (("escape", "f3"), ("RECORD WHAT?",)),
                (("o", "ctrl+l"), ("WHERE WE ARE",)),
                (("g", "o", "n", "e"), ("[m]",)),
                (("enter", "ctrl+s"), ("NEW OBSERVATION", "▸ [/x]")),
            ):
                await seen.press(*keys)
                await seen.sees(*texts)
                assert not any(raw in seen.shown for raw in RAW)

    run(story())


def test_hostile_text_can_stand_in_fields_of_every_form(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    worst = "".join(HOSTILE)

    async def story() -> None:
        async with visiting(folder, (120, 60)) as seen:
            for kind in ("access", "interview", "measurement", "item", "seal"):
                await seen.app.push_screen(CaptureScreen(kind))
                screen = seen.app.screen
                assert isinstance(screen, CaptureScreen)
                for row in screen.form.rows:
                    row.text = worst
                await seen.press("ctrl+s")
                await seen.sees("Not recorded")
                assert not any(raw in seen.shown for raw in RAW), kind
                await seen.app.pop_screen()

    run(story())


def test_a_form_has_a_row_for_every_field_that_is_typed_and_not_too_many() -> None:
    for name in LETTERS:
        kind = kind_named(name)
        typed = typed_fields(kind)
        assert len(typed) <= MOST_INPUTS
        assert {field.name for field in kind.fields.values() if field.required} <= set(typed)
    assert len(set(LETTERS.values())) == len(LETTERS)


class Long:
    """A list of many rows that counts what is asked of it."""

    columns: Sequence[Column] = (Column("number", 8, right=True), Column("text"))

    def __init__(self, count: int) -> None:
        self._keys = [f"k{place}" for place in range(count)]
        self.asked = 0

    def keys(self, reader: VaultReader) -> Sequence[str]:
        return self._keys

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        self.asked += len(keys)
        return [Row((key, f"row {key}")) for key in keys]


def test_a_list_of_a_hundred_thousand_rows_loads_only_what_is_seen(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    source = Long(100_000)

    async def story() -> None:
        async with visiting(folder) as seen:
            paged = seen.app.screen.query_one("#today", PagedList)
            paged.focus()
            paged.show(source)
            await seen.sees("row k0")
            await seen.press("end")
            await seen.sees("row k99999")
            await seen.press("home", "down", "space")
            await seen.sees("●k1")
            assert paged.marked == ["k1"]
            assert source.asked < 1000

    run(story())


def test_a_look_at_the_terminal_leaves_no_screenshot_key() -> None:
    keys = {key for binding in FieldkitApp.BINDINGS for key in binding.key.split(",")}
    assert "ctrl+s" not in keys
    assert not FieldkitApp.ENABLE_COMMAND_PALETTE


class Leaving(FieldkitScreen):
    """A screen whose task looks for a widget just after it was taken away with the screen."""

    AUTO_FOCUS = ""
    looked = False

    def body(self) -> ComposeResult:
        yield Plain("here", id="gone")

    @task
    async def look(self) -> None:
        while self.query("#gone"):
            await asyncio.sleep(0)
        self.looked = True
        self.query_one("#gone")


def test_a_task_that_outlives_its_screen_is_no_fault(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> FieldkitApp:
        async with visiting(folder) as seen:
            await seen.app.push_screen(leaving)
            await seen.sees("here")
            leaving.look()
        return seen.app

    leaving = Leaving()
    app = run(story())
    assert leaving.looked
    assert app.return_code in (None, 0)
    assert not app._exception


class Slow(Long):
    """A list that takes its time once it is asked anew."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.free = Event()
        self.free.set()

    def keys(self, reader: VaultReader) -> Sequence[str]:
        self.free.wait()
        return super().keys(reader)


def test_a_cursor_moved_while_a_list_is_asked_anew_stays_where_it_was_moved_to(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    source = Slow(300)

    async def story() -> None:
        async with visiting(folder) as seen:
            paged = seen.app.screen.query_one("#today", PagedList)
            paged.focus()
            paged.show(source)
            await seen.sees("row k0")
            source.free.clear()
            paged.reload()
            await seen.press("down", "down")
            source.free.set()
            await seen.app.store.read(lambda reader: None)
            await seen.pilot.pause()
            assert paged.key == "k2"

    run(story())


async def _shows_what_is_typed(seen: Terminal, word: str) -> None:
    await seen.until(lambda: any(word in line for line in seen.lines))


def test_what_is_typed_last_stays_in_sight_while_it_grows_and_while_the_terminal_shrinks(
    tmp_path: Path,
) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.at("remark")
            for place in range(8):
                await seen.write(f"line {place} ends")
                await seen.press("enter")
                await _shows_what_is_typed(seen, f"line {place} ends")
            await seen.press("l", "a", "s", "t")
            await _shows_what_is_typed(seen, "last")
            for size in ((50, 14), (40, 9), (80, 24)):
                await seen.pilot.resize_terminal(*size)
                await _shows_what_is_typed(seen, "last")
            await seen.press(*["up"] * 8, "home", *"first ")
            await _shows_what_is_typed(seen, "first line 0 ends")
            await seen.at("occurred")
            for size in ((50, 14), (40, 9), (80, 24)):
                await seen.pilot.resize_terminal(*size)
                await _shows_what_is_typed(seen, "Occurred")

    run(story())
