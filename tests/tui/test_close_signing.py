"""Signing in turn at the keyboard: the team with its keys, a host with a key file on a locked laptop, refusals."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.last_export import Last, keep
from fieldkit.bundle.roster import SignerKey
from fieldkit.bundle.verify import Report, verify_bundle
from fieldkit.journal.sshsig import public_of, write_private
from fieldkit.vault.vault import Vault
from tests.tui.screens import Terminal, a_mission, run, visiting
from tests.vault.missions import PASSPHRASE

BUNDLE = Path("out") / "tripoli-04-1"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mission whose bundle lies in `out` and waits for the host, whose key is in `host_key` under a passphrase."""
    monkeypatch.chdir(tmp_path)
    key = Ed25519PrivateKey.generate()
    (tmp_path / "host_key").write_bytes(write_private(key, b"host's own"))
    with Vault.open(a_mission(tmp_path / "visit"), PASSPHRASE) as vault:
        exported = export_bundle(vault, Path("out"), required=[SignerKey("host", public_of(key))])
        keep(vault, Last(path=str(exported.path), folder="out"))
    return tmp_path


async def signing(seen: Terminal) -> None:
    await seen.press("f8")
    await seen.sees("still to sign tripoli-04-1: host")
    await seen.press("s")
    await seen.sees("SIGN tripoli-04-1", "host: still to sign")


async def choose(seen: Terminal, position: str) -> None:
    """Take a position by going to it."""
    await seen.at("position")
    steps = ["accepts", "with-remarks", "received-only", "refuses"].index(position) + 1
    await seen.press(*["right"] * steps)


def signatures() -> list[tuple[str, str, str]]:
    report: Report = verify_bundle(BUNDLE)
    return [(one.role, one.position, one.remark) for one in report.signed if one.valid]


def test_a_member_of_the_team_signs_with_the_key_in_the_vault(place: Path) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await signing(seen)
            await seen.press("t")
            await seen.sees("SIGN AS THE TEAM", "(•) Amira Nasser")
            await choose(seen, "accepts")
            await seen.press("ctrl+s")
            await seen.sees("Signed as lead: accepts. Still to sign: host.", "lead: ACCEPTS")

    run(story())
    assert signatures() == [("lead", "accepts", "")]


def test_the_host_refuses_on_a_laptop_that_is_locked_meanwhile(place: Path) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await signing(seen)
            await seen.press("h")
            await seen.sees("SIGNATURE OF THE HOST", "Its seal in words")
            assert not seen.app.store.is_open
            assert "TRIPOLI-04" not in seen.shown
            await seen.press("f2", "f8", "ctrl+p")
            await seen.sees("SIGNATURE OF THE HOST")
            await seen.at("key")
            await seen.write("host_key")
            await choose(seen, "refuses")
            await seen.press("ctrl+s")
            await seen.sees("A refusal says why")
            await seen.at("remark")
            await seen.write("Мы не согласны: склад 3 не показан целиком")
            await seen.press("ctrl+s")
            await seen.sees("the key is protected by a passphrase")
            await seen.at("secret")
            await seen.write("host's own")
            await seen.press("ctrl+s")
            await seen.sees("Signed as host: refuses.", "This laptop is locked")
            await seen.at_passphrase(PASSPHRASE)
            await seen.press("f8")
            await seen.sees("done tripoli-04-1 signed: host refuses")

    run(story())
    assert signatures() == [("host", "refuses", "Мы не согласны: склад 3 не показан целиком")]


def test_a_copy_that_was_changed_is_not_signed(place: Path) -> None:
    changed = next((place / BUNDLE / "data" / "log").rglob("disclosures.jsonl"))
    data = bytearray(changed.read_bytes())
    data[-8] ^= 1
    changed.write_bytes(data)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await signing(seen)
            await seen.press("t")
            await seen.sees("SIGN AS THE TEAM")
            await choose(seen, "accepts")
            await seen.press("ctrl+s")
            await seen.sees("this copy is not to be signed")

    run(story())
    assert not signatures()


def test_a_refusal_to_sign_at_all_is_put_on_record_with_its_reason(place: Path) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await signing(seen)
            await seen.press("n")
            await seen.sees("ON RECORD", "(•) refused")
            await seen.at("signer")
            await seen.write("Maj. Salem")
            await seen.press("ctrl+s")
            await seen.sees("Their words are needed")
            await seen.at("remark")
            await seen.write("the ministry has to see it first")
            await seen.press("ctrl+s")
            await seen.sees("host refused to sign. Recorded.")

    run(story())
    with Vault.open(place / "visit", PASSPHRASE) as vault:
        (view,) = vault.list("signoff")
        assert view.doc["position"] == "refused"
        assert view.doc["digest"] == verify_bundle(BUNDLE).seal
        assert view.doc["remark"] == "tripoli-04-1: the ministry has to see it first"
        assert vault.get(str(view.doc["signer"])).doc["name"] == "Maj. Salem"


def test_what_somebody_signed_on_paper_is_in_the_signature_of_the_lead(place: Path) -> None:
    (place / "paper.pdf").write_bytes(b"scan")

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await signing(seen)
            await seen.press("t")
            await seen.sees("SIGN AS THE TEAM")
            await choose(seen, "accepts")
            await seen.at("paper")
            await seen.write("guard agrees paper.pdf Sgt. Omar")
            await seen.press("ctrl+s")
            await seen.sees("This is not: role, position, scan, name")
            await seen.press("ctrl+u")
            await seen.write("guard refuses paper.pdf Sgt. Omar")
            await seen.press("ctrl+s")
            await seen.sees("Signed as lead")

    run(story())
    (signer,) = verify_bundle(BUNDLE).signed
    assert str(signer.recorded_for[0]).startswith("guard Sgt. Omar: refuses")


def test_the_words_of_a_signer_are_kept_while_they_are_typed(place: Path) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await signing(seen)
            await seen.press("n")
            await seen.sees("ON RECORD")
            await seen.at("remark")
            await seen.write("the ministry has to see it first")
            await seen.until(lambda: _drafts(place))
        async with visiting(place / "visit") as seen:
            await signing(seen)
            await seen.press("n")
            await seen.sees("the ministry has to see it first")
            await seen.press("ctrl+s")
            await seen.sees("Recorded.")

    run(story())
    assert not _drafts(place)


def test_words_left_by_a_signer_survive_what_is_typed_before_they_are_looked_up(place: Path) -> None:
    with Vault.open(place / "visit", PASSPHRASE) as vault:
        left = {"role": "host", "position": "refused", "remark": "the ministry has to see it first"}
        vault.save_draft("signing/told/tripoli-04-1", left)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await signing(seen)
            looking = asyncio.ensure_future(seen.app.store.read(lambda _: time.sleep(2)))
            await seen.press("n")
            await seen.sees("ON RECORD")
            await seen.at("signer")
            await seen.write("Maj. Salem")
            await looking
            await seen.sees("the ministry has to see it first", "Maj. Salem")

    run(story())


def test_the_words_of_the_host_are_kept_though_the_vault_is_closed(place: Path) -> None:
    words = "Мы не согласны: склад 3 не показан целиком"

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await signing(seen)
            await seen.press("h")
            await seen.sees("SIGNATURE OF THE HOST", "Its seal in words")
            await seen.at("remark")
            await seen.write(words)
            await seen.at("secret")
            await seen.write("host's own")
            await seen.until((place / "visit" / "typed").exists)
        for file in filter(Path.is_file, (place / "visit").rglob("*")):
            assert words.encode() not in file.read_bytes()
        async with visiting(place / "visit") as seen:
            await signing(seen)
            await seen.press("h")
            await seen.sees("SIGNATURE OF THE HOST", "склад 3")
            await seen.at("key")
            await seen.write("host_key")
            await choose(seen, "refuses")
            await seen.at("secret")
            await seen.write("host's own")
            await seen.press("ctrl+s")
            await seen.sees("Signed as host: refuses.")
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("OPEN")

    run(story())
    assert signatures() == [("host", "refuses", words)]
    assert not _drafts(place)


def _drafts(place: Path) -> list[str]:
    with Vault.open(place / "visit", PASSPHRASE) as vault:
        return [name for name in vault.drafts() if name.startswith("signing/")]


def test_known_signers_are_remembered_for_the_next_check(place: Path) -> None:
    (place / "signers").write_text("# nobody yet\n", "utf-8")

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await seen.press("f8")
            await seen.sees("still to sign")
            await seen.press("v")
            await seen.sees("VERIFY A BUNDLE")
            await seen.at("keys")
            await seen.write("signers")
            await seen.press("ctrl+s")
            await seen.sees("SIGNATURES INCOMPLETE", "tripoli-04-1")
            await seen.press("escape", "escape")
            await seen.sees("CLOSE")
            await seen.press("v")
            await seen.until(lambda: "Known signers signers" in seen.words)

    run(story())
