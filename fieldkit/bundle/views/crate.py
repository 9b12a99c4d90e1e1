"""`ro-crate-metadata.json` (RO-Crate 1.1): the originals with digest, size and type, for archives that read such files.

It lies in `data/views/`, so originals are `../media/…`. Its date is that of the last checkpoint, by the laptop's clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from fieldkit.bundle.contents import originals
from fieldkit.bundle.views.markup import encoded
from fieldkit.bundle.views.source import Source, text
from fieldkit.domain.hostile import visible
from fieldkit.domain.jsontypes import Doc

FILE = "ro-crate-metadata.json"
_CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "https://schema.org/sha256"}]
_TYPES = {"html": "text/html", "csv": "text/csv", "geojson": "application/geo+json"}
_OTHER = "application/octet-stream"


def metadata(source: Source, views: Sequence[str]) -> Iterator[bytes]:
    """The crate's description; `views` are the other files beside it."""

    def lines() -> Iterator[str]:
        yield f'{{"@context":{_json(_CONTEXT)},"@graph":[\n'
        about = {"@id": FILE, "@type": "CreativeWork", "about": {"@id": "./"}}
        yield _json({**about, "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}})
        yield ",\n"
        root = _json(_root(source))
        yield root.removesuffix("}") + ',"hasPart":['
        yield _json([{"@id": name} for name in views])[1:-1]
        for path, _, _ in originals(source.vault, source.omissions):
            yield "," + _json({"@id": _relative(path)})
        yield "]}"
        yield ",\n" + _json({"@id": "#handling", "@type": "CreativeWork", "name": _handling(source)})
        for name in views:
            kind = _TYPES.get(name.rpartition(".")[2], _OTHER)
            yield ",\n" + _json({"@id": name, "@type": "File", "name": name, "encodingFormat": kind})
        for path, size, doc in originals(source.vault, source.omissions):
            yield ",\n" + _json(_original(path, size, doc))
        yield "\n]}\n"

    return encoded(lines())


def _root(source: Source) -> Doc:
    return {
        "@id": "./",
        "@type": "Dataset",
        "datePublished": source.claimed_time,
        "description": "Originals and readable views of the records of a verification visit.",
        "identifier": source.vault.mission_id,
        "license": {"@id": "#handling"},
        "name": visible(source.title, lines=False),
    }


def _handling(source: Source) -> str:
    mark = f"Handling mark: {visible(source.mark, lines=False)}. " if source.mark else ""
    return f"{mark}No licence is granted."


def _original(path: str, size: int, doc: Doc) -> Doc:
    name = text(doc, "name") or path.rpartition("/")[2]
    return {
        "@id": _relative(path),
        "@type": "File",
        "contentSize": str(size),
        "encodingFormat": visible(text(doc, "media_type"), lines=False) or _OTHER,
        "name": visible(name, lines=False),
        "sha256": text(doc, "sha256"),
    }


def _relative(path: str) -> str:
    return path.replace("data/", "../", 1)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
