"""`fieldkit`: the table of commands and the way in and out of the program."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Sequence

import click

from fieldkit.cli.failures import EXIT_UNAVAILABLE, install_guards, tell
from fieldkit.cli.frame import Entry, LazyCommands, equip
from fieldkit.cli.output import say
from fieldkit.cli.session import Session

COMMANDS: dict[str, tuple[Entry, ...]] = {
    "Missions": (
        Entry("demo", "fieldkit.cli.demo:demo", "Make a whole one-day visit to look at."),
        Entry("new", "fieldkit.cli.missions:new", "Make a mission: an encrypted vault in a new folder."),
        Entry(
            "doctor", "fieldkit.cli.missions:doctor", "Check that everything recorded is whole and signed."
        ),
        Entry(
            "faults", "fieldkit.cli.faults:faults", "Show reports of faults of fieldkit itself, to pass on."
        ),
        Entry("vault", "fieldkit.cli.vaults:vault", "Passphrase, recovery, backup and erasure of a vault."),
        Entry("day", "fieldkit.cli.day:day", "Close the day: the sheet to read aloud and sign on paper."),
    ),
    "Recording": (
        Entry("add", "fieldkit.cli.records:add", "Record something new."),
        Entry("attach", "fieldkit.cli.records:attach", "Keep a file as evidence of a record."),
        Entry("amend", "fieldkit.cli.records:amend", "Correct a record; the earlier value stays readable."),
        Entry(
            "retract",
            "fieldkit.cli.records:retract",
            "Withdraw a record; it stays readable, with the reason.",
        ),
        Entry("photos", "fieldkit.cli.photos:photos", "Take in camera cards and look after photos."),
        Entry(
            "inventory", "fieldkit.cli.inventory:inventory", "Check what is there against what was declared."
        ),
        Entry("seals", "fieldkit.cli.seals:seals", "Look after seals: what is due, what a look found."),
    ),
    "Looking": (
        Entry("list", "fieldkit.cli.reading:list_records", "List the records of one kind."),
        Entry("show", "fieldkit.cli.reading:show", "Show one record, with its history if asked."),
        Entry("search", "fieldkit.cli.reading:search", "Find records by any word in them."),
        Entry("schema", "fieldkit.cli.reading:schema_of", "Show the fields of a kind of record."),
        Entry("position", "fieldkit.cli.positions:position", "Show where this laptop is, or convert."),
        Entry("custody", "fieldkit.cli.seals:custody", "Show who had a thing, and every gap in it."),
        Entry("controls", "fieldkit.cli.controls:controls", "Look into control lists; classify a system."),
        Entry(
            "crosswalk",
            "fieldkit.cli.crosswalk:crosswalk",
            "Compare a national control list with the mission's.",
        ),
        Entry(
            "deadlines",
            "fieldkit.cli.deadlines:deadlines",
            "Show what is due when, by the mission's procedures.",
        ),
    ),
    "The team": (
        Entry("members", "fieldkit.cli.members:members", "The team's laptops: join, admit, strike off."),
        Entry("depot", "fieldkit.cli.depot:depot", "Make and check a depot, by which laptops meet."),
        Entry("sync", "fieldkit.cli.sync:sync", "Sync this laptop with a depot, both ways."),
        Entry(
            "differences",
            "fieldkit.cli.differences:differences",
            "Show where laptops differ, and end a difference.",
        ),
        Entry("publish", "fieldkit.cli.publish:publish", "Publish the mission to a PostgreSQL database."),
    ),
    "Bundles": (
        Entry("export", "fieldkit.cli.bundles:export", "Seal the journal and its files into a bundle."),
        Entry("sign", "fieldkit.cli.bundles:sign", "Sign a bundle, as team or as host."),
        Entry("verify", "fieldkit.cli.bundles:verify", "Check a bundle, without a vault and offline."),
        Entry("wrap", "fieldkit.cli.wrapping:wrap", "Make a signed bundle one file, encrypted or not."),
        Entry("unwrap", "fieldkit.cli.wrapping:unwrap", "Open an encrypted bundle, or a zip, again."),
    ),
}

_FIRST_HINT = """New here?
  fieldkit demo DIR                        makes a visit to look at
  fieldkit new DIR --title T --as NAME     starts one of your own"""


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"fieldkit {version('fieldkit')}")
        ctx.exit()


def _root(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is not None:
        return
    if sys.stdin.isatty() and sys.stderr.isatty():
        _terminal_ui(ctx)
    else:
        click.echo(f"{ctx.get_help()}\n\n{_FIRST_HINT}")


def _terminal_ui(ctx: click.Context) -> None:
    """Start the screens; Textual is loaded here and nowhere else."""
    from fieldkit.tui.entry import run

    session = ctx.ensure_object(Session)
    code, fault = run(
        session.named_mission(), session.given_passphrase(), session.person, colours=ctx.color is not False
    )
    if fault:
        say(f"Internal error: {fault}", style="red")
        say("  This is a fault of fieldkit. What was recorded and every draft is kept.")
        say("  The line above holds nothing of the mission and can be passed on.")
        say("  'fieldkit faults 1' prints the report of it that the mission keeps, if one was open.")
    ctx.exit(code)


def program() -> click.Group:
    """The whole command tree, ready to be invoked or walked through."""
    group = LazyCommands(
        name="fieldkit",
        table=COMMANDS,
        invoke_without_command=True,
        callback=click.pass_context(_root),
        help="Record a verification visit: signed, encrypted, offline; seal it into bundles that anybody can check.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        params=[
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_print_version,
                help="Print the version and leave.",
            )
        ],
    )
    equip(group)
    return group


def main(arguments: Sequence[str]) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    session = Session()
    try:
        with (
            contextlib.closing(session),
            program().make_context("fieldkit", list(arguments), obj=session) as ctx,
        ):
            outcome = ctx.command.invoke(ctx)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the program's last line: everything becomes a sentence and a code
        return tell(error)
    return outcome if isinstance(outcome, int) else 0


def run() -> None:
    """The `fieldkit` program: run the command line of this process and leave with its exit code."""
    install_guards()
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code = main(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or EXIT_UNAVAILABLE
    sys.exit(code)
