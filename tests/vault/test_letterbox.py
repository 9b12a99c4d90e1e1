"""What is typed while the vault is closed comes out in the vault, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.vault.envelopes import ENVELOPE, EnvelopeKey
from fieldkit.vault.letterbox import FILE_NAME, LIMIT, Letterbox, empty_into, letterbox_of
from fieldkit.vault.vault import Vault
from tests.vault.missions import PASSPHRASE, new_mission

WORDS = "Мы не согласны"


@pytest.fixture
def letterbox(tmp_path: Path) -> Letterbox:
    """The way into a vault that is closed."""
    with new_mission(tmp_path / "visit") as vault:
        vault.save_draft("signing/old", {"remark": "taken back"})
        return letterbox_of(vault)


def opened(folder: Path) -> dict[str, object]:
    """The drafts after the vault was opened."""
    with Vault.open(folder, PASSPHRASE) as vault:
        empty_into(vault)
        return dict(vault.drafts())


def test_what_was_put_in_is_a_draft_once_the_vault_is_opened(letterbox: Letterbox) -> None:
    letterbox.put({"signing/host": {"remark": "Мы"}})
    letterbox.put({"signing/host": {"remark": WORDS}, "signing/old": {}})
    assert opened(letterbox.folder) == {"signing/host": {"remark": WORDS}}
    assert not (letterbox.folder / FILE_NAME).exists()


def test_nobody_reads_it_or_sees_how_long_it_is(letterbox: Letterbox) -> None:
    path = letterbox.folder / FILE_NAME
    letterbox.put({"signing/host": {"remark": WORDS}})
    data = path.read_bytes()
    assert WORDS.encode() not in data
    assert b"remark" not in data
    assert letterbox.token not in data
    letterbox.put({"signing/host": {"remark": WORDS * 3}})
    assert path.stat().st_size == len(data)
    assert path.stat().st_mode & 0o077 == 0


def test_what_somebody_else_put_there_is_thrown_away(letterbox: Letterbox) -> None:
    path = letterbox.folder / FILE_NAME
    letterbox.put({"signing/host": {"remark": WORDS}})
    altered = bytearray(path.read_bytes())
    altered[-1] ^= 1
    forged = Letterbox(letterbox.folder, letterbox.public, bytes(32))
    for data in (b"", b"words in the clear", bytes(altered), bytes(LIMIT + 1)):
        path.write_bytes(data)
        assert "signing/host" not in opened(letterbox.folder)
    forged.put({"around": {"mark": "none"}})
    assert "around" not in opened(letterbox.folder)
    assert not path.exists()


def test_what_was_put_in_before_the_last_closing_is_not_put_in_again(letterbox: Letterbox) -> None:
    path = letterbox.folder / FILE_NAME
    letterbox.put({"signing/host": {"remark": WORDS}})
    earlier = path.read_bytes()
    with Vault.open(letterbox.folder, PASSPHRASE) as vault:
        letterbox_of(vault)
    path.write_bytes(earlier)
    assert "signing/host" not in opened(letterbox.folder)


def test_only_the_laptop_itself_opens_it(letterbox: Letterbox, tmp_path: Path) -> None:
    letterbox.put({"signing/host": {"remark": WORDS}})
    sealed = (letterbox.folder / FILE_NAME).read_bytes()
    with new_mission(tmp_path / "other") as other:
        other.store_secret("letterbox", letterbox.token)
        (other.folder / FILE_NAME).write_bytes(sealed)
        empty_into(other)
        assert other.drafts() == {}
        assert EnvelopeKey.from_bytes(other.secret(ENVELOPE) or b"").public != letterbox.public
