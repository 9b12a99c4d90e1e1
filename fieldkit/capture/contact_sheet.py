"""A contact sheet: one HTML file with the small pictures in it, for looking through and for printing.

It is readable by whoever gets it. Frames that are held or withheld keep their place, with the reason and without a picture.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from html import escape

from fieldkit.domain.hostile import visible
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.moments import moment_text
from fieldkit.domain.views import RecordView
from fieldkit.vault.vault import Vault

KEPT_BACK = frozenset({"held", "withheld"})
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
body{font:14px/1.4 system-ui,sans-serif;margin:1.5em;color:#111;background:#fff}
h1{font-size:1.4em;margin:0}header p{margin:.2em 0 1.2em;color:#555}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(13em,1fr));gap:1em}
figure{margin:0;border:1px solid #bbb;padding:.5em;break-inside:avoid}
img,.none{display:block;width:100%;aspect-ratio:4/3;object-fit:contain;background:#eee}
.none{display:grid;place-items:center;text-align:center;color:#333;border:1px dashed #777;box-sizing:border-box}
figcaption{margin-top:.4em}figcaption b{margin-right:.5em}small{color:#555;display:block}
@media print{body{margin:0}main{grid-template-columns:repeat(4,1fr)}}
"""


def contact_sheet(vault: Vault, views: Iterable[RecordView]) -> Iterator[bytes]:
    """The file in blocks, in the order of the photos."""
    mission = vault.get(vault.mission_id)
    title = _safe(_text(mission.doc, "title"))
    mark = _safe(_text(mission.doc, "mark").upper())
    yield (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{title}: contact sheet</title><style>{_STYLE}</style></head>\n<body><header>"
        f"<h1><bdi>{title}</bdi>: contact sheet</h1><p>{f'{mark}. ' if mark else ''}"
        "Not encrypted: whoever has this file can look at it.</p></header><main>\n"
    ).encode()
    for view in views:
        yield _figure(vault, view).encode()
    yield b"</main></body></html>\n"


def _figure(vault: Vault, view: RecordView) -> str:
    state = _text(view.doc, "state")
    taken = view.doc.get("taken")
    when = moment_text(taken)[:16] if isinstance(taken, dict) else ""
    said = _text(view.doc, "caption") or _text(view.doc, "subject")
    reason = _text(view.doc, "state_reason") if state != "taken" else ""
    notes = " · ".join(part for part in (when, state, reason) if part)
    return (
        f"<figure>{_picture(vault, view, state)}<figcaption><b>{_safe(view.number)}</b>"
        f"<bdi>{_safe(said)}</bdi><small><bdi>{_safe(notes)}</bdi></small></figcaption></figure>\n"
    )


def _picture(vault: Vault, view: RecordView, state: str) -> str:
    if state in KEPT_BACK:
        return f'<div class="none">{_safe(state)}</div>'
    jpeg = vault.thumbnail(_text(view.doc, "sha256"))
    if jpeg is None:
        return '<div class="none">no small picture</div>'
    return f'<img alt="Photo {_safe(view.number)}" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">'


def _safe(text: str) -> str:
    return escape(visible(text))


def _text(doc: Doc, name: str) -> str:
    value = doc.get(name)
    return value if isinstance(value, str) else ""
