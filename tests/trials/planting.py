"""Words planted wherever a mission can hold text, and the search for them in everything that lies on a disk."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind, all_kinds
from fieldkit.domain.quantities import symbols
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault

MOMENT: Doc = {"at": "2026-02-12T08:41:07.000000Z", "offset": "+02:00", "source": "typed"}
_SET_FORM: dict[str, JSON] = {
    "letter": "A",
    **dict.fromkeys(("log", "previous", "cut_log"), "0" * 32),
    **dict.fromkeys(("key", "previous_key", "public_key", "root"), base64.b64encode(bytes(32)).decode()),
}
"""Fields of a line that hold no text of one's own."""

_IN_STEPS = {"draw": {"contributions", "seed"}}
"""Fields that the rules fill only step by step, with dice and digests."""

_TEXTS = (FieldType.LINE, FieldType.TEXT, FieldType.MARK)


class Garden:
    """Gives a word of its own to every place that asks, and remembers all of them."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._mark = self.word()

    def word(self) -> str:
        """A word that nothing else on a disk holds."""
        self.words.append(f"{STEM}{len(self.words):04d}knödel")
        return self.words[-1]

    def plant(self, vault: Vault) -> dict[str, list[str]]:
        """Record something of every kind, a word in every text; the fields that took none, by kind."""
        bare: dict[str, list[str]] = {}
        vault.record([Amend(vault.mission_id, self.word(), set={"marks": [self._mark]})])
        self._hand_over(vault)
        for kind in sorted(all_kinds(), key=lambda one: one.name not in ("person", "item", "photo")):
            steps = _IN_STEPS.get(kind.name, set())
            texts = [name for name, field in kind.fields.items() if _holds_text(field) and name not in steps]
            if not self._record(vault, kind, texts):
                missed = [name for name in texts if not self._record(vault, kind, [name])]
                bare |= {kind.name: missed} if missed else {}
        return bare

    def _hand_over(self, vault: Vault) -> None:
        """A photo of which copies may be given."""
        (file,) = vault.record([Add("media", vault.media.put(self.word().encode()).to_doc())])
        vault.record([Add("photo", {"state": "released", "media": file.id, "caption": self.word()})])

    def _record(self, vault: Vault, kind: Kind, names: Sequence[str]) -> bool:
        """One record with a word in these fields, if the rules take one with these other fields, or those."""
        needed = [field for field in kind.fields.values() if field.required]
        others = [field for field in kind.fields.values() if not field.required]
        planted = [kind.fields[name] for name in names]
        for more in ([], *([one] for one in others), others):
            wanted = {field.name: field for field in (*needed, *more, *planted)}
            doc: Doc = {
                field.name: value for field in wanted.values() if (value := self._value(vault, field))
            }
            if kind.name == "count" and isinstance(taken := doc.get("taken"), list):
                doc["serials"] = [one["read"] for one in taken if isinstance(one, dict)]
            if kind.name == "media":
                doc.update(vault.media.put(self.word().encode()).to_doc())
            try:
                vault.record([Add(kind.name, doc)])
            except (RefusedError, UsageError):
                continue
            return True
        return False

    def _value(self, vault: Vault, field: Field) -> JSON:
        one = self._single(vault, field)
        return [one] if (field.many or field.listed) and one is not None else one

    def _single(self, vault: Vault, field: Field) -> JSON:
        match field.type:
            case FieldType.MARK:
                return self._mark
            case FieldType.LINE | FieldType.TEXT:
                return _SET_FORM.get(field.name) or self.word()
            case FieldType.INTEGER:
                return 1
            case FieldType.DECIMAL:
                return "1"
            case FieldType.SIDES:
                return "1200 x 300"
            case FieldType.BOOLEAN:
                return True
            case FieldType.CHOICE:
                return field.choices[-1]
            case FieldType.QUANTITY:
                return {"value": "1", "unit": symbols(field.dimension)[0]}
            case FieldType.MEASURED:
                return {"value": "1", "unit": symbols(field.dimension)[0], "uncertainty": "1", "k": "2"}
            case FieldType.POSITION:
                return {"lat": "32.5", "lon": "13.2", "source": "typed"}
            case FieldType.MOMENT:
                return MOMENT
            case FieldType.PERIOD:
                return {"from": "2026-02-12", "to": "2026-02-13"}
            case FieldType.DATE:
                return "2026-02-12"
            case FieldType.RECORD:
                return self._target(vault, field)
            case FieldType.DIGEST:
                return "ab" * 32
            case FieldType.STRUCT:
                parts = {part.name: self._value(vault, part) for part in field.parts}
                return {name: value for name, value in parts.items() if value is not None}

    def _target(self, vault: Vault, field: Field) -> JSON:
        for kind in field.targets or ("item", "person"):
            for view in vault.list(kind):
                return view.id
        return None


def _holds_text(field: Field) -> bool:
    if field.type is FieldType.STRUCT:
        return any(_holds_text(part) for part in field.parts)
    return field.type in _TEXTS and field.name not in _SET_FORM


STEM = "Zwetschge"
"""What every planted word begins with."""


def _forms(text: str) -> Iterator[bytes]:
    """The text as it may lie in a file: in three encodings, each also as base64 at any offset and in hexadecimal."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        data = text.encode(encoding)
        yield data
        yield data.hex().encode()
        for shift in range(3):
            coded = base64.b64encode(bytes(shift) + data)
            yield coded[-(-shift * 4 // 3) : len(coded) - 4]


_PLANTED = re.compile(b"|".join(map(re.escape, (*_forms(STEM), *_forms(STEM.lower())))), re.IGNORECASE)
_DEFLATED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")


def planted_in(data: bytes) -> bool:
    """Whether a planted word can be read out of the bytes, as they are or after unpacking what looks packed."""
    if _PLANTED.search(data):
        return True
    for found in _DEFLATED.finditer(data):
        unpacking = zlib.decompressobj(47)
        try:
            if _PLANTED.search(unpacking.decompress(data[found.start() :], 1 << 18)):
                return True
        except zlib.error:
            continue
    return False


def readable(*places: Path) -> list[str]:
    """Every file below the places that holds a planted word, or is called by one."""
    files = [path for place in places for path in sorted(place.rglob("*"))]
    return [
        str(path)
        for path in files
        if planted_in(str(path).encode()) or (path.is_file() and planted_in(path.read_bytes()))
    ]
