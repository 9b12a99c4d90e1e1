"""What a vault is to its laptop before and after it belongs to a mission, and the refusal of one that is something else."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

from fieldkit.errors import UsageError


class Stage(Enum):
    """What a vault is: one of a mission, made for one that is yet to begin, or waiting to join one."""

    MISSION = auto()
    UNBEGUN = auto()
    WAITING = auto()


class JoinedError(UsageError):
    """The vault belongs to a mission already."""


class UnbegunError(UsageError):
    """The vault was made for a mission that is not begun yet."""


def other_stage(stage: Stage, folder: Path) -> UsageError:
    """The refusal of a vault that is not what it was opened as."""
    where = str(folder)
    match stage:
        case Stage.MISSION:
            return JoinedError("this vault belongs to a mission already", where=where)
        case Stage.UNBEGUN:
            return UnbegunError(
                "the mission in this folder was never begun; what was typed for it is kept",
                where=where,
                remedy=f"Go on with it, or drop it, on the screens: fieldkit -m {folder}",
            )
        case Stage.WAITING:
            return UsageError(
                "this laptop has asked to join a mission and is not admitted yet",
                where=where,
                remedy="Join with the file that you were given: fieldkit members join FILE.",
            )
