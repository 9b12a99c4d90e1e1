"""The one place where a failure becomes words on standard error and an exit code.

What a person can act on is told whole. A fault of the program is told by its type and place only: never a message,
a local or a line of source, for these may hold the passphrase or what was recorded.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import NoReturn

import click

from fieldkit.cli.output import say
from fieldkit.errors import FieldkitError, place

EXIT_USAGE = 2
EXIT_UNAVAILABLE = 8
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130


def tell(error: BaseException) -> int:
    """Tell the person what `error` means and return the exit code that goes with it."""
    match error:
        case FieldkitError():
            lead = f"{error.where}: {error.problem}" if error.where else error.problem
            say(f"{error.title}: {lead}", style="red")
            for line in error.remedy.splitlines():
                say(f"  {line}")
            return error.exit_code
        case click.exceptions.Exit():
            return error.exit_code
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return EXIT_USAGE
        case click.UsageError():
            say(f"Not understood: {error.format_message()}", style="red")
            if error.ctx:
                say(f"  See '{error.ctx.command_path} --help'.")
            return EXIT_USAGE
        case click.ClickException():
            say(f"Not understood: {error.format_message()}", style="red")
            return EXIT_USAGE
        case KeyboardInterrupt() | click.Abort() | EOFError():
            say("Stopped. What was recorded before is kept; nothing stays half recorded.")
            return EXIT_INTERRUPTED
        case BrokenPipeError():
            return EXIT_UNAVAILABLE
        case MemoryError():
            say("Not possible here and now: not enough memory.", style="red")
            say("  Close other programs and run the command again.")
            return EXIT_UNAVAILABLE
        case OSError():
            lead = f"{error.filename}: " if error.filename else ""
            say(f"Not possible here and now: {lead}{error.strerror or type(error).__name__}", style="red")
            say(
                "  Check free space, permissions and that the disk or stick is in place; what was recorded is kept."
            )
            return EXIT_UNAVAILABLE
        case _:
            say(f"Internal error: {type(error).__name__} at {place(error.__traceback__)}", style="red")
            say("  This is a fault of fieldkit. What was recorded is kept; 'fieldkit doctor' checks it.")
            say("  The line above holds nothing of the mission and can be passed on.")
            return EXIT_INTERNAL


def install_guards() -> None:
    """Let nothing but `tell` speak of errors in this process, and make a request to end it an ordinary interrupt.

    No image of the memory is written when the process is ended by a fault: it would hold keys and records.
    """
    _refuse_core_dumps()
    sys.excepthook = _quiet_excepthook
    threading.excepthook = _quiet_thread_hook
    sys.unraisablehook = _quiet_unraisable_hook
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _quiet_excepthook(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    tell(error)


def _quiet_thread_hook(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        tell(arguments.exc_value)


def _quiet_unraisable_hook(arguments: sys.UnraisableHookArgs) -> None:
    say(f"Internal error: {arguments.exc_type.__name__} at {place(arguments.exc_traceback)}")


def _refuse_core_dumps() -> None:
    """A core file would hold keys and records in the clear."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
