"""Acts that wait for the store or for something slow, without holding up the screen."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from textual.css.query import NoMatches
from textual.dom import DOMNode

from fieldkit.errors import FieldkitError

if TYPE_CHECKING:
    from textual.worker import WorkType

    from fieldkit.tui.app import FieldkitApp
    from fieldkit.tui.screens.base import FieldkitScreen

_Arguments = ParamSpec("_Arguments")
_Owner = TypeVar("_Owner", bound=DOMNode)
_Screen = TypeVar("_Screen", bound="FieldkitScreen")


def task(
    method: Callable[Concatenate[_Owner, _Arguments], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[_Owner, _Arguments], None]:
    """Make an async method of a screen or widget start on its own when called; a newer call replaces an older one.

    A `FieldkitError` becomes a notice on the screen; anything else is a fault of the program, unless the screen was taken
    away while the task waited.
    """

    def start(owner: _Owner, /, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> None:
        if not cast("FieldkitApp", owner.app).holds(owner):
            return

        async def work() -> None:
            await _guarded(owner, method(owner, *arguments, **named))

        owner.run_worker(
            cast("WorkType[None]", work),
            group=method.__qualname__,
            exclusive=True,
            exit_on_error=False,
        )

    return functools.update_wrapper(start, method)


def act(
    method: Callable[Concatenate[_Screen, _Arguments], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[_Screen, _Arguments], None]:
    """A `task` of a screen after which another screen may be shown: keys that are pressed meanwhile wait for it."""

    @functools.wraps(method)
    async def counted(screen: _Screen, /, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> None:
        screen.acts += 1
        try:
            await method(screen, *arguments, **named)
        finally:
            screen.acts -= 1

    return task(counted)


async def _guarded(owner: DOMNode, work: Coroutine[Any, Any, None]) -> None:
    app = cast("FieldkitApp", owner.app)
    try:
        await work
    except NoMatches as error:
        if app.holds(owner):
            app.fault(error)
    except FieldkitError as error:
        app.tell_error(error)
    except Exception as error:  # noqa: BLE001 - whatever it is ends the program in one redacted line
        app.fault(error)
