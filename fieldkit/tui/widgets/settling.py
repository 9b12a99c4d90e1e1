"""Work that is asked for again and again while it runs: it is done once more at the end, never broken off."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.dom import DOMNode

from fieldkit.tui.tasks import task

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp

_Owner = TypeVar("_Owner", bound=DOMNode)


def settling(method: Callable[[_Owner], Coroutine[Any, Any, None]]) -> Callable[[_Owner], None]:
    """Make an async method start on its own when called; calls that come meanwhile are one further run behind it.

    For what follows the keys (drawing, telling, keeping): the last state is always dealt with, those in between need not be.
    """
    running, asked = f"_{method.__name__}_running", f"_{method.__name__}_asked"

    @functools.wraps(method)
    async def until_settled(owner: _Owner) -> None:
        try:
            while owner.__dict__.pop(asked, False):
                await method(owner)
        finally:
            owner.__dict__[running] = False

    begin = task(until_settled)

    @functools.wraps(method)
    def ask(owner: _Owner) -> None:
        owner.__dict__[asked] = True
        if not owner.__dict__.get(running, False) and cast("FieldkitApp", owner.app).holds(owner):
            owner.__dict__[running] = True
            begin(owner)

    return ask
