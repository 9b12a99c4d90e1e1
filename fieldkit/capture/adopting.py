"""A file of rules that a mission makes its own: kept with the mission and named by its record."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.domain.deadlines import load_regime
from fieldkit.domain.jsontypes import Doc
from fieldkit.vault.legislation import read_text
from fieldkit.vault.procedures import FIELD
from fieldkit.vault.recording import Add, Amend, Recorded, uuid7
from fieldkit.vault.vault import Vault

_MEDIA_TYPE = "application/toml"


def adopt_file(
    vault: Vault, data: bytes, name: str, field: str, what: str, values: Doc, *, author: str | None = None
) -> Sequence[Recorded]:
    """Keep the file and name it in `field` of the mission, with further `values`; the file's record and the mission's."""
    stored = vault.media.put(data)
    media = uuid7()
    about: Doc = {**stored.to_doc(), "media_type": _MEDIA_TYPE, "name": name}
    return vault.record(
        [
            Add("media", about, id=media),
            Amend(vault.mission_id, f"{what} in use: {name}", set={**values, field: media}),
        ],
        author=author,
    )


def adopt_procedures(
    vault: Vault, data: bytes, name: str, *, author: str | None = None
) -> Sequence[Recorded]:
    """Make the procedures and clocks in `data` (TOML, `name` names it) the mission's own.

    Raises `UnreadableError` naming table and key where they do not hold together; nothing is recorded then.
    """
    load_regime(read_text(data, name), name)
    return adopt_file(vault, data, name, FIELD, "procedures", {}, author=author)
