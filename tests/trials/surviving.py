"""What has to be there after a writer was killed: the ledger of what it acknowledged, held against the vault."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.verify import Report, verify_bundle
from fieldkit.capture.card import look_through
from fieldkit.capture.intake import ingest
from fieldkit.errors import FieldkitError, PassphraseError
from fieldkit.team.depot import Depot
from fieldkit.team.syncing import Sync
from fieldkit.vault.doctor import examine
from fieldkit.vault.vault import Vault
from tests.team.teams import joined
from tests.trials.writers import PASSPHRASES

_BATCH = re.compile(r"(\S+) (\d+) of (\d+)")
Said = Sequence[dict[str, Any]]


@dataclass
class Ledger:
    """Everything that writers of one vault acknowledged since it was made."""

    passphrase: str = PASSPHRASES[0]
    entries: dict[str, tuple[str, str]] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)

    def take(self, said: Said) -> int:
        """Keep what a writer said; how many entries it acknowledged."""
        acknowledged = [entry for line in said for entry in line.get("entries", ())]
        self.entries.update({leaf: (record, number) for record, number, leaf in acknowledged})
        self.media.update({line["media"]: line["content"] for line in said if "media" in line})
        for line in said:
            self.passphrase = line.get("passphrase", self.passphrase)
        return len(acknowledged)


@contextlib.contextmanager
def check_vault(folder: Path, ledger: Ledger, said: Said) -> Iterator[Vault]:
    """Open the vault after the kill and hold it against the ledger; the vault, to go on with."""
    with _opened(folder, ledger) as vault:
        assert vault.notices == []
        assert [one.text for one in examine(vault, refold=True) if not one.good] == []
        _check_entries(vault, ledger)
        _check_batches(vault)
        _check_draft(vault, said)
        yield vault


def _opened(folder: Path, ledger: Ledger) -> Vault:
    """By the passphrase acknowledged last, else by the one whose change was not acknowledged any more."""
    try:
        return Vault.open(folder, ledger.passphrase)
    except PassphraseError:
        ledger.passphrase = PASSPHRASES[1 - PASSPHRASES.index(ledger.passphrase)]
        return Vault.open(folder, ledger.passphrase)


def _check_entries(vault: Vault, ledger: Ledger) -> None:
    kept: dict[str, set[str]] = {}
    for leaf, (record, number) in ledger.entries.items():
        if record not in kept:
            kept[record] = {entry.hash for entry in vault.history(record)}
        assert leaf in kept[record], f"an acknowledged entry of {number} is missing"
        assert vault.get(record).number == number
    for record, content in ledger.media.items():
        doc = vault.get(record).doc
        assert hashlib.sha256(b"".join(vault.media.open(doc))).hexdigest() == content
    numbers = Counter(view.number for view in vault.list(retracted=True))
    assert max(numbers.values()) == 1, "a number was given twice"


def _check_batches(vault: Vault) -> None:
    """What was recorded together is there together, or not at all; an amendment is there with both its fields."""
    batches: dict[tuple[str, str], set[str]] = defaultdict(set)
    for view in vault.list("observation", retracted=True):
        first = str(vault.history(view.id)[0].values["text"])
        found = _BATCH.fullmatch(first)
        assert found, first
        batches[found[1], found[3]].add(found[2])
        text, remark = str(view.doc["text"]), view.doc.get("remark")
        assert (text == first and remark is None) or remark == text.replace("amended", "remarked")
    for (tag, size), members in batches.items():
        assert len(members) == int(size), f"batch {tag} is there in part"


def _check_draft(vault: Vault, said: Said) -> None:
    acknowledged = [line["draft"] for line in said if "draft" in line]
    if acknowledged:
        turn = vault.drafts()["observation"]["turn"]
        assert isinstance(turn, int)
        assert turn >= acknowledged[-1]


def check_card(vault: Vault, card: Path, said: Said) -> int:
    """Acknowledged photos of the card are kept, byte for byte; taking it in again completes it and doubles nothing."""
    contents = [hashlib.sha256(file.path.read_bytes()).hexdigest() for file in look_through([card]).files]
    acknowledged = max((line["photos"] for line in said if "photos" in line), default=0)
    held = _photos(vault, contents)
    assert all(held[digest] == 1 for digest in contents[:acknowledged]), "an acknowledged photo is missing"
    receipt = ingest(vault, [card])
    assert receipt.finished
    assert set(_photos(vault, contents).values()) == {1}
    assert receipt.kept + len(receipt.duplicates) == len(contents)
    return acknowledged


def _photos(vault: Vault, contents: Sequence[str]) -> dict[str, int]:
    """How many photos there are of each content; each one reads back as that content."""
    held = {digest: list(vault.find("photo", "sha256", digest)) for digest in contents}
    for digest, views in held.items():
        for view in views:
            media = vault.get(str(view.doc["media"])).doc
            assert hashlib.sha256(b"".join(vault.media.open(media))).hexdigest() == digest
    return {digest: len(views) for digest, views in held.items()}


def check_bundles(vault: Vault, folder: Path, *, zipped: bool, said: Said) -> int:
    """What stands under a bundle's name is a whole one; exporting again gives one, and leaves no scraps."""
    acknowledged = [Path(line["bundle"]) for line in said if "bundle" in line]
    there = _bundles(folder)
    assert set(acknowledged) <= set(there)
    again = export_bundle(vault, folder, zipped=zipped)
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    assert not acknowledged or again.path == acknowledged[0]
    numbers = [export.n for export in vault.exports()]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in {*there, again.path}:
        report = verify_bundle(path, processes=1)
        assert _sound(report), report.to_text()
    return len({*there, again.path})


def _bundles(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def _sound(report: Report) -> bool:
    """Everything that the seal names is there and unaltered; all that is wrong is that nobody has signed it yet."""
    return [fault.where for fault in report.faults] == ["signatures"] and all(
        log.intact for log in report.logs
    )


def check_depot(vault: Vault, depot: Depot, fresh: Path, ledger: Ledger, said: Said) -> int:
    """What lies in the depot is what its names say; the next sync completes; a laptop made from the depot alone then has
    everything that was acknowledged. How many syncs were acknowledged."""
    assert list(depot.check()) == []
    Sync(vault, depot).run()
    with joined(fresh, vault) as other:
        for one in (vault, other, vault, other):
            Sync(one, depot).run()
        hashes = {leaf.hex() for log in other.logs() for leaf in other.leaf_hashes(log.log, log.size)}
        assert ledger.entries.keys() <= hashes, "a depot was not given an acknowledged entry"
        for record, content in ledger.media.items():
            media = other.get(record).doc
            assert hashlib.sha256(b"".join(other.media.open(media))).hexdigest() == content
    assert list(depot.check()) == []
    return sum("synced" in line for line in said)


def check_created(folder: Path, said: Said) -> None:
    """A mission whose making was acknowledged opens; any other opens too, or says in words why not."""
    acknowledged = any("created" in line for line in said)
    try:
        vault = Vault.open(folder, PASSPHRASES[0])
    except FieldkitError as error:
        refusal: FieldkitError | None = error
    else:
        refusal = None
        with vault:
            assert vault.get(vault.mission_id).doc["title"] == "Night watch"
            bad = [one.text for one in examine(vault, refold=True) if not one.good and one.area != "head"]
            assert bad == []
    if refusal:
        assert not acknowledged
        assert (refusal.exit_code, bool(refusal.remedy)) in [(3, True), (5, True)], refusal
