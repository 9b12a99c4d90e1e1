"""The values that entries may hold: strings, booleans, integers up to 2^53, arrays and objects of those.

Decimals are strings, so that no reader rounds them.
"""

from __future__ import annotations

from typing import TypeAlias, Union

JSON: TypeAlias = Union[bool, int, str, list["JSON"], dict[str, "JSON"], None]  # noqa: UP007
Doc: TypeAlias = dict[str, JSON]
