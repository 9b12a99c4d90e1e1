"""Where trial data outside the project lies; a test that needs it skips, saying so, where it is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(*parts: str) -> Path:
    """The path of trial data (`FIELDKIT_SHARED_DATA`, else ../shared/data), or skip the test."""
    path = Path(os.environ.get("FIELDKIT_SHARED_DATA", _DEFAULT)).joinpath(*parts)
    if not path.exists():
        pytest.skip(f"trial data not here: {'/'.join(parts)}")
    return path
