"""What comes faster than screens are made: typed ahead, scanned, pasted. All of it lands where it would have landed slowly.

`python -m tests.trials.bursts` tries every burst, or those that are named, on a real terminal, over missions of their own. POSIX only.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from fieldkit import paths
from fieldkit.tui.drafts import read_drafts
from fieldkit.vault.vault import Vault
from tests.trials.terminal import Screen, load_ahead
from tests.vault.missions import PASSPHRASE, new_mission

SCAN = "0123456789ABCDEF-" * 30
_CTRL_N, _CTRL_S, _TAB = "\x0e", "\x13", "\t"
_PASTE = "\x1b[200~{}\x1b[201~"
_QUIET_S = 2.0
_SLOWLY = "Two gyroscopes, covers off"
_QUICKLY = (
    "Two gyroscopes on the stand, covers off, plates legible; the third stood behind the door of the hall"
)


def typed_with_the_key_that_opens_the_form(screen: Screen) -> None:
    screen.send("oGate locked, nobody there")


def scanned_into_a_form_that_is_just_opening(screen: Screen) -> None:
    screen.send(f"o{SCAN}")


def typed_right_after_saving_for_the_next(screen: Screen) -> None:
    screen.send(f"oFirst{_TAB}s{_CTRL_N}Second")


def pasted_in_several_lines(screen: Screen) -> None:
    screen.send("o" + _PASTE.format("alpha\rbeta\r\ngamma\ndelta"))


def pasted_by_a_terminal_that_does_not_say_so(screen: Screen) -> None:
    screen.send("o")
    screen.drain(0.5)
    screen.send("alpha\nbeta\nmeasured")


def typed_over_a_slow_line(screen: Screen) -> None:
    """The form takes its time to be painted; then what is typed is kept as it is typed."""
    screen.send("o")
    screen.trickle(20)
    for letter in _SLOWLY:
        screen.send(letter)
        screen.trickle(0.2)
    screen.trickle(3)
    screen.end("kill")


def typed_while_a_slow_line_still_paints_the_form(screen: Screen) -> None:
    """More is painted than the line brings, and what is typed is kept all the same."""
    _typed_meanwhile(screen)
    screen.trickle(1.5)
    screen.end("kill")


def shown_once_a_slow_line_has_caught_up(screen: Screen) -> None:
    """What was not painted one by one is painted at last."""
    _typed_meanwhile(screen)
    screen.has_shown(_QUICKLY[-20:])


def _typed_meanwhile(screen: Screen) -> None:
    screen.send("o")
    screen.trickle(1)
    for letter in _QUICKLY:
        screen.send(letter)
        screen.trickle(0.1)


BURSTS: dict[Callable[[Screen], None], tuple[str, ...]] = {
    typed_with_the_key_that_opens_the_form: ("Gate locked, nobody there",),
    scanned_into_a_form_that_is_just_opening: (SCAN,),
    typed_right_after_saving_for_the_next: ("First", "Second"),
    pasted_in_several_lines: ("alpha\nbeta\ngamma\ndelta",),
    pasted_by_a_terminal_that_does_not_say_so: ("alpha\nbeta\nmeasured",),
    typed_over_a_slow_line: (_SLOWLY,),
    typed_while_a_slow_line_still_paints_the_form: (_QUICKLY,),
    shown_once_a_slow_line_has_caught_up: (_QUICKLY,),
}
"""Each burst, and the texts of observations, recorded or drafted, that have to be there afterwards."""


def left_by(burst: Callable[[Screen], None], folder: Path) -> set[str]:
    """Send a burst to a new mission, end the program, and read what is there: records and drafts."""
    passphrase = folder / "passphrase.txt"
    passphrase.write_text(f"{PASSPHRASE}\n", "utf-8")
    new_mission(folder / "mission").close()
    screen = Screen(folder / "mission", passphrase)
    screen.wait_for(b"OPEN")
    burst(screen)
    if screen.runs:
        screen.settle(_QUIET_S)
        screen.end("kill")
    with Vault.open(folder / "mission", PASSPHRASE) as vault:
        recorded = {str(view.doc["text"]) for view in vault.list("observation")}
        return recorded | {draft.texts.get("text", "") for draft in read_drafts(vault)}


def main(names: Sequence[str]) -> None:
    """Try all of them, or those of these names; an AssertionError names the first that lost something."""
    load_ahead()
    for burst, wanted in BURSTS.items():
        if names and burst.__name__ not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.environ[paths.STATE_VARIABLE] = f"{folder}/state"
            found = left_by(burst, Path(folder))
        assert found == set(wanted), f"{burst.__name__}: {found!r}"
        print(f"{burst.__name__}: nothing lost", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
