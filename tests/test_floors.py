"""The floors of the house hold: who may import whom, and what a quick command never pays for."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import fieldkit

PROJECT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

STORAGE_AND_PICTURES = {"sqlite3", "sqlcipher3", "sqlite_utils", "PIL", "pillow_heif"}
SCREENS = {"textual", "rich"}

_RUN_AND_LIST = """
import json, sys
from fieldkit.cli.main import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""

_IMPORT_AND_LIST = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps([0, sorted(sys.modules)]), file=sys.stderr)
"""


def modules_after(program: str, *arguments: str) -> set[str]:
    """Top-level names of what a fresh process has imported after `program`."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return {name.partition(".")[0] for name in modules}


def test_every_import_goes_down() -> None:
    done = subprocess.run(
        [BIN / "lint-imports", "--no-cache"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", [["--help"], ["--version"], []], ids=["help", "version", "nothing"])
def test_help_and_version_load_nothing_that_a_command_needs(line: list[str]) -> None:
    heavy = SCREENS | STORAGE_AND_PICTURES | {"cryptography", "msgspec"}
    assert not modules_after(_RUN_AND_LIST, *line) & heavy


def test_verify_needs_neither_screens_nor_a_database() -> None:
    assert not modules_after(_RUN_AND_LIST, "verify", "--help") & (SCREENS | STORAGE_AND_PICTURES)


@pytest.mark.parametrize("room", ["domain", "journal"])
def test_a_pure_room_knows_no_storage_pictures_or_screens(room: str) -> None:
    package = f"fieldkit.{room}"
    folder = Path(fieldkit.__file__).parent / room
    modules = [found.name for found in pkgutil.walk_packages([str(folder)], f"{package}.")]
    assert modules
    assert not modules_after(_IMPORT_AND_LIST, package, *modules) & (
        STORAGE_AND_PICTURES | SCREENS | {"click"}
    )
