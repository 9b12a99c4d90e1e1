"""One line that asks for records: words and filters, also while they are half typed."""

from __future__ import annotations

from datetime import date

import pytest

from fieldkit.domain.asking import Asked, read_line

LETTERS = {"photo": "p", "observation": "o"}


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("", Asked()),
        ("gate  crates", Asked("gate crates")),
        ("kind:photo gate", Asked("gate", ("photo",))),
        ("gate kind:photos", Asked("gate", ("photo",))),
        ("kind:pho", Asked("", ("photo",))),
        ("kind:seal,sample", Asked("", ("seal", "sample"))),
        ("p:gate", Asked("gate", ("photo",))),
        ("p: gate", Asked("gate", ("photo",))),
        ("p:", Asked("", ("photo",))),
        ("z:gate", Asked("z:gate")),
        ('at:"hall 2" by:nasser', Asked("", (), ("nasser",), ("hall 2",))),
        ('at:"hall 2', Asked("", (), (), ("hall 2",))),
        ("on:2026-02-12", Asked(on=date(2026, 2, 12))),
        ("kind: by: at: on:", Asked()),
        ("kind:unheard", Asked(unknown=("kind:unheard",))),
        ("on:yesterday", Asked(unknown=("on:yesterday",))),
        ("10:41", Asked("10:41")),
        ("https://example.org", Asked("https://example.org")),
    ],
)
def test_a_line_asks_for(line: str, asked: Asked) -> None:
    assert read_line(line, LETTERS) == asked


def test_what_asks_for_nothing_is_everything() -> None:
    assert read_line("kind:").is_empty
    assert not read_line("on:2026-02-12").is_empty
