"""One family of errors: what went wrong, where, and what to do next.

Every error that may reach a person is a `FieldkitError`. It carries the place (file, line or field), the cause
in plain words and the next step, and fixes the exit code of the command. Anything else that escapes is a fault
of the program (`exit_code` 70) and is shown without locals or record text.
"""

from __future__ import annotations

from types import TracebackType


class FieldkitError(Exception):
    """What went wrong (`problem`), where (`where`: file, line or field) and the next step (`remedy`)."""

    exit_code = 70
    title = "Internal error"

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        lead = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{lead}\n  {self.remedy}" if self.remedy else lead


class UsageError(FieldkitError):
    """The command, a kind, a field name or a value is not of the form asked for."""

    exit_code = 2
    title = "Not understood"


class AlteredError(FieldkitError):
    """Something signed or sealed is not what was signed or sealed."""

    exit_code = 3
    title = "Altered or forged"


class SignaturesError(FieldkitError):
    """Signatures are missing, or their keys are not known to the verifier."""

    exit_code = 4
    title = "Signatures incomplete"


class UnreadableError(FieldkitError):
    """Input that cannot be read as what it claims to be."""

    exit_code = 5
    title = "Unreadable"


class PassphraseError(FieldkitError):
    """The passphrase or the recovery words open nothing."""

    exit_code = 6
    title = "Wrong passphrase"


class RefusedError(FieldkitError):
    """A rule of the field refuses what was to be recorded."""

    exit_code = 7
    title = "Refused"


class UnavailableError(FieldkitError):
    """The surroundings do not allow it: disk full, vault in use, folder not writable."""

    exit_code = 8
    title = "Not possible here and now"


class NewerFormatError(FieldkitError):
    """Written by a newer fieldkit; nothing was changed."""

    exit_code = 9
    title = "Newer format"


class InterruptedByUserError(FieldkitError):
    """Stopped by the user; what was acknowledged is kept."""

    exit_code = 130
    title = "Interrupted"


def place(trace: TracebackType | None) -> str:
    """Where a fault of the program arose, without any value: `module:line` of the innermost frame of fieldkit, else of
    the innermost frame."""
    found = "unknown place"
    own = False
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", "?"))
        if module.startswith("fieldkit.") or not own:
            found = f"{module}:{trace.tb_lineno}"
            own = own or module.startswith("fieldkit.")
        trace = trace.tb_next
    return found


def trail(error: BaseException) -> list[str]:
    """How a fault of the program came about, without any value: its type, every place on the way (`module:line`), then the
    same of what it came from."""
    lines: list[str] = []
    told: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in told:
        told.add(id(each))
        lines.append(f"{'from ' if lines else ''}{type(each).__name__}")
        trace = each.__traceback__
        while trace is not None:
            lines.append(f"  {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
            trace = trace.tb_next
        each = each.__cause__ or each.__context__
    return lines
