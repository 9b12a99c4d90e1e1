"""Where a demo puts what it makes, so that who has its mission finds its bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fieldkit.bundle.seal import SEAL_NAME

MISSION: Final = "mission"
BUNDLES: Final = "bundles"
SIGNERS: Final = "allowed_signers"


def bundle_of(mission: Path) -> tuple[Path, Path] | None:
    """The bundle that lies beside a demo's mission, and the list of its signers; None where there is none."""
    signers = mission.parent / SIGNERS
    sealed = sorted((mission.parent / BUNDLES).glob(f"*/{SEAL_NAME}"))
    if mission.name != MISSION or not sealed or not signers.is_file():
        return None
    return sealed[-1].parent, signers
