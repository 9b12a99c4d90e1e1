"""What tests of the team share with those of the store."""

from __future__ import annotations

from tests.vault.conftest import small_disk

__all__ = ["small_disk"]
