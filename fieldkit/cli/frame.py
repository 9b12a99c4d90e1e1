"""The frame that every command hangs in: commands loaded on first use, and options that stand anywhere.

Command modules are plain click. `LazyCommands` knows them by name, module and one-line summary, so that help and
version never import what a command needs; `equip` gives every command the shared options, which are kept in one
`Session` wherever on the line they stood.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from fieldkit.cli.session import MISSION_VARIABLE, UNLOCK_FILE_VARIABLE, UNLOCK_OPTION, Session


@dataclass(frozen=True)
class Entry:
    """One command: its name, where it lives (`module:attribute`) and what it does, in one line."""

    name: str
    target: str
    summary: str

    def load(self) -> click.Command:
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return equip(command)


class LazyCommands(click.Group):
    """A group whose commands are imported when they are called; its help is written from the table alone."""

    def __init__(self, *, table: Mapping[str, Iterable[Entry]], **attributes: Any) -> None:
        super().__init__(**attributes)
        self.sections = {title: tuple(entries) for title, entries in table.items()}
        self.entries = {entry.name: entry for entries in self.sections.values() for entry in entries}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.entries.get(cmd_name)
        return entry.load() if entry else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.entries and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(name, self.entries, n=3)
            hint = f" Near: {', '.join(near)}." if near else ""
            ctx.fail(f"There is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.entries)) + 2
        for title, entries in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(entry.name.ljust(width), entry.summary) for entry in entries])


def equip(command: click.Command) -> click.Command:
    """Give a command, and every command below it, the options that stand before or after any command."""
    if SHARED_OPTIONS[0] not in command.params:
        command.params.extend(SHARED_OPTIONS)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            below.short_help = below.short_help or _first_sentence(below.help or "")
            equip(below)
    return command


def _first_sentence(text: str) -> str:
    """What a list of commands says of one: whole, where click would cut it off at the line's end."""
    opening = " ".join(text.split("\n\n")[0].split())
    sentence, stop, _ = opening.partition(". ")
    return f"{sentence}." if stop else sentence


def _keep_mission(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Session).mission = Path(value)


def _keep_passphrase_file(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Session).passphrase_file = value


def _keep_person(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Session).person = value


def _keep_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Session).json = True


def _keep_no_color(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value or os.environ.get("NO_COLOR"):
        ctx.color = False


SHARED_OPTIONS: tuple[click.Option, ...] = (
    click.Option(
        ["-m", "--mission"],
        metavar="DIR",
        expose_value=False,
        callback=_keep_mission,
        help=f"The mission folder; else {MISSION_VARIABLE}, else the mission opened last.",
    ),
    click.Option(
        [UNLOCK_OPTION],
        metavar="FILE",
        expose_value=False,
        callback=_keep_passphrase_file,
        help=f"Read the passphrase from FILE, or '-' for standard input; else {UNLOCK_FILE_VARIABLE}, else asked.",
    ),
    click.Option(
        ["--as", "person"],
        metavar="PERSON",
        expose_value=False,
        callback=_keep_person,
        help="Who is acting: name, number or id of a team member; else the name given to 'new'.",
    ),
    click.Option(
        ["--json", "as_json"],
        is_flag=True,
        expose_value=False,
        callback=_keep_json,
        help="Print one JSON document; messages stay on standard error.",
    ),
    click.Option(
        ["--no-color"],
        is_flag=True,
        expose_value=False,
        callback=_keep_no_color,
        help="No colours; NO_COLOR does the same.",
    ),
)
