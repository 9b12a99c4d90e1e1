"""What the README and the help say is there, is there; what is there is said; the README's examples work."""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

import click
import pytest

from fieldkit.cli.frame import SHARED_OPTIONS
from fieldkit.cli.main import COMMANDS, program
from tests.tui.show import PICTURES, SHOWN

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text("utf-8")
BIN = Path(sys.executable).parent
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def commands(group: click.Group, path: str = "fieldkit") -> Iterator[tuple[str, click.Command]]:
    """Every command below `group`, with its full name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{path} {name} is listed, but not there"
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def options(command: click.Command) -> set[str]:
    return {name for param in command.params if isinstance(param, click.Option) for name in param.opts} | {
        "--help",
        "-h",
    }


@pytest.fixture(scope="module")
def tree() -> dict[str, click.Command]:
    root = program()
    return {"fieldkit": root, **dict(commands(root))}


def blocks(language: str) -> list[str]:
    return [body for found, body in _FENCE.findall(README) if found == language]


def fieldkit_lines() -> list[list[str]]:
    """The words after every `fieldkit` in the README's code, up to a pipe or the end of the command."""
    spans = re.findall(r"`([^`\n]+)`", _FENCE.sub("", README))
    shells = [
        line.removeprefix("$ ")
        for body in blocks("console")
        for line in body.splitlines()
        if line[:2] == "$ "
    ]
    lines = []
    for text in [
        *spans,
        *shells,
        *(line for body in blocks("sh") + blocks("text") for line in body.splitlines()),
    ]:
        for part in re.split(r"\s(?:&&|\|\s|;)\s?", text):
            try:
                words = shlex.split(part)
            except ValueError:
                words = part.split()
            found = list(dropwhile(lambda word: Path(word).name != "fieldkit", words))
            if found:
                lines.append(found[1:])
    return lines


def test_every_picture_is_one_that_the_project_draws_and_fetches_nothing() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert sorted(shown) == sorted(f"tests/tui/shown/{picture.name}.svg" for picture in PICTURES)
    assert {PROJECT / name for name in shown} == set(SHOWN.iterdir())
    for name in shown:
        assert not re.search(r"url\((?!#)|@import|<image|href=", (PROJECT / name).read_text("utf-8"))


def test_every_command_and_every_option_has_help(tree: dict[str, click.Command]) -> None:
    silent = [name for name, command in tree.items() if not (command.help or "").strip()]
    silent += [
        f"{name} {param.opts[0]}"
        for name, command in tree.items()
        for param in command.params
        if isinstance(param, click.Option) and not (param.help or "").strip()
    ]
    assert not silent


def test_the_table_names_its_commands_as_they_name_themselves() -> None:
    for entries in COMMANDS.values():
        for entry in entries:
            assert entry.load().name == entry.name
            assert entry.summary.endswith(".")


def test_every_command_knows_the_shared_options(tree: dict[str, click.Command]) -> None:
    shared = {name for option in SHARED_OPTIONS for name in option.opts}
    assert all(shared <= options(command) for command in tree.values())


def test_no_option_is_declared_twice(tree: dict[str, click.Command]) -> None:
    for name, command in tree.items():
        declared = [opt for param in command.params for opt in param.opts]
        assert len(declared) == len(set(declared)), name


def test_every_command_that_the_readme_names_is_there(tree: dict[str, click.Command]) -> None:
    for words in fieldkit_lines():
        name = "fieldkit"
        for word in words:
            group = tree[name]
            if not isinstance(group, click.Group) or not re.fullmatch("[a-z][a-z-]*(\\|[a-z][a-z-]*)*", word):
                break
            for choice in word.split("|"):
                assert f"{name} {choice}" in tree, f"README: {name} {choice}"
            name = f"{name} {word.split('|')[-1]}"
        for option in _OPTION.findall(" ".join(words)):
            assert option in options(tree[name]), f"README: {name} {option}"


def test_every_option_that_the_readme_names_is_there(tree: dict[str, click.Command]) -> None:
    known = {option for command in tree.values() for option in options(command)} | {"--extra"}
    spans = re.findall(r"`([^`\n]+)`", _FENCE.sub("", README))
    assert {option for span in spans for option in _OPTION.findall(span)} <= known


def test_the_readme_names_every_command_and_every_option(tree: dict[str, click.Command]) -> None:
    named = [f"fieldkit {' '.join(words)} " for words in fieldkit_lines()]
    unnamed = [name for name in tree if not any(line.startswith(f"{name} ") for line in named)]
    unnamed += [
        f"{name} {option}"
        for name, command in tree.items()
        for option in options(command)
        if option not in README
    ]
    assert not unnamed


def test_the_readme_begins_with_two_commands_that_stand_alone() -> None:
    visit, tests = blocks("sh")[:2]
    for block in (visit, tests):
        assert block.startswith("python3 -m venv .venv && .venv/bin/pip install ")
        assert block.count("\n") == 1
    assert "fieldkit demo demo-visit" in visit
    assert "pytest" in tests


@pytest.mark.skipif(
    not shutil.which("bash") or not shutil.which("ssh-keygen"), reason="needs bash and OpenSSH"
)
def test_the_readmes_examples_do_what_they_show(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}
    for command, shown in examples():
        ended = f"{command}\nstatus=$?; env -0 >.environment; exit $status"
        done = subprocess.run(
            ["bash", "-c", ended], cwd=tmp_path, env=environment, capture_output=True, stdin=subprocess.DEVNULL,
            check=False, timeout=120,
        )  # fmt: skip
        printed, told = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == 0, f"{command}\n{told}"
        assert fits(printed, shown), f"{command}\nshown:\n{shown}\nprinted:\n{printed}"
        kept = (tmp_path / ".environment").read_bytes().decode()
        environment = dict(entry.split("=", 1) for entry in kept.split("\0") if "=" in entry)


def examples() -> Iterator[tuple[str, str]]:
    """Every command of the `console` blocks, in order, with the output shown below it."""
    for body in blocks("console"):
        for chunk in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
            command, _, shown = chunk.partition("\n")
            yield command, shown


def fits(printed: str, shown: str) -> bool:
    """Whether `printed` is what is `shown`, in which `…` stands for any text and a line of it for any lines."""
    if not shown:
        return True
    pattern = re.sub(r"([\[*?])", r"[\1]", shown).replace("…\n", "…").replace("…", "*")
    return fnmatch.fnmatchcase(printed.rstrip("\n"), pattern.rstrip("\n"))
