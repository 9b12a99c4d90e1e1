"""The comparison of laws and the deadlines in a bundle's report: as recorded, by no reader's clock, whatever arrived."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.capture.adopting import adopt_procedures
from fieldkit.capture.comparing import record_relation
from fieldkit.capture.national_list import keep_national_list, read_national_list
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.tomldata import shipped_text
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Amend, Retract
from fieldkit.vault.vault import Vault
from tests.bundle.test_views import HOSTILE, Page, add, views
from tests.vault.missions import new_mission

LAW = """\
Code;Text
9A004;Launch vehicles that carry 500 kg or more over 280 km or more
9A101;Turbojet engines
7A103;Gyros
"""


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with new_mission(tmp_path / "m") as made:
        yield made


def load(vault: Vault, folder: Path, content: str = LAW, title: str = "Decree 12") -> str:
    path = folder / f"{title}.csv"
    path.write_text(content, "utf-8")
    read, data = read_national_list(path)
    return keep_national_list(vault, read, data, title=title).id


def at(text: str, offset: str = "+02:00") -> Doc:
    return {"at": text, "offset": offset, "source": "typed"}


def test_the_report_shows_what_was_compared_and_how_much_was(vault: Vault, tmp_path: Path) -> None:
    law = vault.get(load(vault, tmp_path))
    judged, _ = record_relation(vault, law, "1.A.1", ["9A004"], "threshold_differs", "280 against 300")
    record_relation(vault, law, "17.C.1", [], "absent", "nothing alike")
    withdrawn, _ = record_relation(vault, law, "3.A.1", ["9A101"], "same", "read in haste")
    vault.record([Retract(withdrawn.id, "wrong entry")])
    page = Page(views(vault)["report.html"])
    section = " ".join(page.sections["laws"].split())
    assert "range at least 300 km against at least 280 km: differs" in section
    assert "payload at least 500 kg against at least 500 kg: the same" in section
    assert "In all" in section
    assert "1 absent" in section
    assert "read in haste" not in section
    assert "threshold differs" in page.row(judged.number)
    row = next(row for row in page.rows if row.startswith("3 Propulsion"))
    assert " 0 (0 %) " in row


def test_hostile_words_of_a_law_are_only_words(vault: Vault, tmp_path: Path) -> None:
    quoted = HOSTILE.replace('"', '""')
    law = vault.get(
        load(vault, tmp_path, f'Code;Title;Text\n"{quoted}";"{quoted}";"{quoted}"\n9A101;x;"{quoted}"\n')
    )
    record_relation(vault, law, "3.A.1", ["9A101"], "same", HOSTILE)
    add(vault, "crosswalk", control_entry=HOSTILE, relation="same", national_entries=[HOSTILE], law=law.id)
    add(vault, "event", event=HOSTILE, subject=HOSTILE, remark=HOSTILE)
    page = Page(views(vault)["report.html"])
    assert not page.open
    assert not page.tags & {"script", "img", "iframe"}
    assert len(page.ids) == len(set(page.ids))
    targets = {value[1:] for name, value in page.attributes if name == "href"}
    assert targets <= set(page.ids)
    assert "is no entry of this control list" in page.sections["laws"]


def test_a_list_that_cannot_be_read_is_named_and_hides_nothing_else(vault: Vault, tmp_path: Path) -> None:
    stored = vault.media.put(b"{}")
    media = add(vault, "media", **stored.to_doc(), name="x.json")
    add(vault, "national_list", title="Broken", media=media, file_sha256="ab" * 32, entries=media, lines=3)
    load(vault, tmp_path)
    section = Page(views(vault)["report.html"]).sections["laws"]
    assert "Its entries cannot be read here" in section
    assert "In all" in section


def test_deadlines_stand_as_they_did_at_the_journals_last_entry(vault: Vault) -> None:
    adopt_procedures(vault, shipped_text("regimes", "opcw").encode(), "opcw.toml")
    add(vault, "event", event="inspection_completed", occurred=at("2020-03-28T19:00:00Z", "+01:00"))
    add(vault, "event", event="preliminary_findings_handed_over", occurred=at("2020-03-29T19:00:00Z"))
    first = views(vault)
    page = Page(first["report.html"])
    rows = {row for row in page.rows if "Inspection completed" in row}
    (findings,) = [row for row in rows if row.startswith("Hand over the preliminary findings")]
    assert findings.endswith("met")
    assert "2020-03-29 21:00 +02:00" in findings
    (report,) = [row for row in rows if row.startswith("Send the final report")]
    assert report.endswith("overdue")
    assert "waits for: Final report sent" in report
    assert any(row.endswith("not started") for row in page.rows)
    assert views(vault) == first


def test_procedures_that_cannot_be_read_are_named(vault: Vault) -> None:
    stored = vault.media.put(b"name = 7")
    media = add(vault, "media", **stored.to_doc(), name="x.toml")
    vault.record([Amend(vault.mission_id, "x", set={"procedures": media})])
    add(vault, "event", event="lunch")
    page = Page(views(vault)["report.html"])
    assert "cannot be read here" in page.sections["deadlines"]
    assert "lunch" in page.sections["deadlines"]


def test_a_vault_with_laws_and_clocks_folds_again_to_the_same(vault: Vault, tmp_path: Path) -> None:
    law = vault.get(load(vault, tmp_path))
    record_relation(vault, law, "3.A.1", ["9A101"], "narrower", "one")
    record_relation(vault, law, "3.A.1", ["9A101", "7A103"], "broader", "two")
    record_relation(vault, law, "3.A.1", [], "absent", "three")
    (standing,) = vault.list("crosswalk")
    assert (standing.doc["relation"], standing.doc.get("national_entries", [])) == ("absent", [])
    assert [finding.text for finding in examine(vault, refold=True) if not finding.good] == []
