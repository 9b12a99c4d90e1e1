"""vault.json: what opens it, what does not, and that no damaged byte passes for a wrong passphrase."""

from __future__ import annotations

import hashlib
import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.words import recovery_words
from fieldkit.errors import (
    AlteredError,
    FieldkitError,
    NewerFormatError,
    PassphraseError,
    UnreadableError,
    UsageError,
)
from fieldkit.journal import canonical
from fieldkit.vault.slots import KdfParameters, KeySlots, MasterKey

CHEAP = KdfParameters(memory_kib=8, iterations=1, lanes=1)
SLOTS, MASTER, WORDS = KeySlots.create("correct horse", CHEAP)
DATA = SLOTS.to_bytes()


def resealed(**changes: object) -> bytes:
    """vault.json with members changed by somebody who knows how its checksum is made."""
    content = {**json.loads(DATA), **changes}
    del content["checksum"]
    content["checksum"] = hashlib.sha256(canonical.encode(content)).hexdigest()
    return canonical.encode(content) + b"\n"


def changed_slot(index: int, **changes: object) -> bytes:
    slots = json.loads(DATA)["slots"]
    slots[index].update(changes)
    return resealed(slots=slots)


def test_passphrase_and_recovery_words_open_the_same_master(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    SLOTS.write(path)
    read = KeySlots.read(path)
    assert read.store_id == SLOTS.store_id
    assert read.unlock("correct horse") == read.recover(" ".join(WORDS)) == read.recover(WORDS) == MASTER
    assert read.digest == hashlib.sha256(path.read_bytes()).digest()
    assert [entry.name for entry in tmp_path.iterdir()] == ["vault.json"]


def test_neither_master_nor_passphrase_nor_words_are_in_the_file_or_in_a_repr() -> None:
    for secret in (MASTER.secret, MASTER.secret.hex().encode(), b"correct horse", WORDS[0].encode()):
        assert secret not in DATA
    assert MASTER.secret.hex() not in repr(MASTER)
    assert repr(MASTER.secret) not in repr(MASTER)


def test_the_default_cost_is_64_mib_three_passes_four_lanes() -> None:
    slots, master, _ = KeySlots.create("x")
    kdf = json.loads(slots.to_bytes())["slots"][0]
    assert (kdf["memory_kib"], kdf["iterations"], kdf["lanes"]) == (65536, 3, 4)
    assert slots.unlock("x") == master


@pytest.mark.parametrize("wrong", ["Correct horse", "correct horse ", "correct  horse", "\0", "пароль"])
def test_a_wrong_passphrase_is_told_as_such(wrong: str) -> None:
    with pytest.raises(PassphraseError) as caught:
        SLOTS.unlock(wrong)
    assert caught.value.exit_code == 6
    assert wrong not in str(caught.value)


def test_recovery_words_are_no_passphrase_and_the_passphrase_no_recovery_words() -> None:
    with pytest.raises(PassphraseError):
        SLOTS.unlock(" ".join(WORDS))
    with pytest.raises(PassphraseError):
        SLOTS.recover("correct horse")


def test_words_of_another_vault_open_nothing() -> None:
    _, _, words = KeySlots.create("other", CHEAP)
    with pytest.raises(PassphraseError, match="do not open"):
        SLOTS.recover(words)


def test_both_ways_of_typing_an_accent_are_one_passphrase() -> None:
    slots, master, _ = KeySlots.create(unicodedata.normalize("NFD", "café"), CHEAP)
    assert slots.unlock(unicodedata.normalize("NFC", "café")) == master


@pytest.mark.parametrize("passphrase", ["", "half \ud800 pair"])
def test_what_is_no_passphrase_is_a_usage_error(passphrase: str) -> None:
    with pytest.raises(UsageError):
        KeySlots.create(passphrase, CHEAP)


def test_a_new_passphrase_replaces_the_old_and_keeps_master_and_recovery_words() -> None:
    changed = SLOTS.with_passphrase(MASTER, "battery staple", CHEAP)
    assert changed.unlock("battery staple") == changed.recover(WORDS) == MASTER
    with pytest.raises(PassphraseError):
        changed.unlock("correct horse")
    assert changed.digest != SLOTS.digest


def test_a_second_passphrase_may_stand_beside_the_first() -> None:
    changed = SLOTS.with_passphrase(MASTER, "battery staple", CHEAP, replacing=False)
    assert changed.unlock("battery staple") == changed.unlock("correct horse") == MASTER


def test_slots_do_not_grow_without_end() -> None:
    slots = SLOTS
    for n in range(14):
        slots = slots.with_passphrase(MASTER, f"one more {n}", CHEAP, replacing=False)
    assert slots.unlock("correct horse") == slots.unlock("one more 13") == MASTER
    with pytest.raises(UsageError, match="at most 16"):
        slots.with_passphrase(MASTER, "one too many", CHEAP, replacing=False)


def test_new_recovery_words_replace_the_old() -> None:
    changed, words = SLOTS.with_recovery(MASTER, CHEAP)
    assert changed.recover(words) == changed.unlock("correct horse") == MASTER
    with pytest.raises(PassphraseError):
        changed.recover(WORDS)


def test_equal_passphrases_never_make_equal_slots() -> None:
    again = SLOTS.with_passphrase(MASTER, "correct horse", CHEAP)
    assert again.to_bytes() != DATA


def test_keys_for_store_and_backup_differ_from_each_other_and_from_the_master() -> None:
    keys = {MASTER.database_key(), MASTER.backup_key(), MASTER.secret}
    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)
    assert MasterKey(SLOTS.store_id, MASTER.secret).database_key() == MASTER.database_key()


def test_every_flipped_bit_and_every_truncation_is_told_and_named() -> None:
    for i in range(len(DATA)):
        for bit in range(8):
            damaged = bytearray(DATA)
            damaged[i] ^= 1 << bit
            with pytest.raises((AlteredError, UnreadableError)) as caught:
                KeySlots.parse(bytes(damaged), where="the/vault.json")
            assert caught.value.where.startswith("the/vault.json")
        with pytest.raises((AlteredError, UnreadableError)):
            KeySlots.parse(DATA[:i], where="the/vault.json")


@pytest.mark.parametrize(
    "added", [DATA + b"\n", DATA + b" ", b" " + DATA, DATA[:-1], DATA[:-1] + b"\r\n", b"\xef\xbb\xbf" + DATA]
)
def test_added_white_space_is_told_too(added: bytes) -> None:
    with pytest.raises((AlteredError, UnreadableError)):
        KeySlots.parse(added, where="vault.json")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_an_error_of_the_file(data: bytes) -> None:
    with pytest.raises((AlteredError, UnreadableError)):
        KeySlots.parse(data, where="vault.json")


@pytest.mark.parametrize("number", [2, 99, 2**40])
def test_a_newer_format_is_told_as_newer(number: int) -> None:
    with pytest.raises(NewerFormatError) as caught:
        KeySlots.parse(resealed(format=number, slots={"of": "another form"}), where="vault.json")
    assert caught.value.exit_code == 9


@pytest.mark.parametrize("number", [0, -1, True, "1", None, []])
def test_a_format_that_is_no_number_is_unreadable(number: object) -> None:
    with pytest.raises(UnreadableError):
        KeySlots.parse(resealed(format=number), where="vault.json")


@pytest.mark.parametrize(
    "cost",
    [
        {"memory_kib": 2**40},
        {"memory_kib": 1024 * 1024 + 1},
        {"memory_kib": 7},
        {"memory_kib": -8},
        {"memory_kib": True},
        {"memory_kib": "65536"},
        {"iterations": 0},
        {"iterations": 2**31},
        {"lanes": 0},
        {"lanes": 2**24},
        {"memory_kib": 1024 * 1024, "iterations": 60},
    ],
)
def test_an_absurd_cost_is_refused_before_it_costs_anything(cost: dict[str, object]) -> None:
    start = time.monotonic()
    with pytest.raises(UnreadableError):
        KeySlots.parse(changed_slot(0, **cost), where="vault.json").unlock("correct horse")
    assert time.monotonic() - start < 1


def test_a_vault_that_could_not_be_opened_again_is_not_made() -> None:
    with pytest.raises(UsageError, match="cost"):
        KeySlots.create("x", KdfParameters(memory_kib=2 * 1024 * 1024))


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "other"},
        {"kdf": "scrypt"},
        {"salt": "00"},
        {"salt": "zz" * 16},
        {"nonce": None},
        {"wrapped": "00" * 47},
        {"more": 1},
    ],
)
def test_a_slot_of_another_form_is_unreadable(changes: dict[str, object]) -> None:
    with pytest.raises(UnreadableError):
        KeySlots.parse(changed_slot(0, **changes), where="vault.json")


@pytest.mark.parametrize(
    "changes",
    [
        {"slots": []},
        {"slots": {}},
        {"slots": [1]},
        {"store": "x"},
        {"store": 5},
        {"more": 1},
        {"store": "A" * 36},
    ],
)
def test_members_of_another_form_are_unreadable(changes: dict[str, object]) -> None:
    with pytest.raises(UnreadableError):
        KeySlots.parse(resealed(**changes), where="vault.json")


@pytest.mark.parametrize(
    ("index", "changes"), [(0, {"iterations": 2}), (0, {"memory_kib": 16}), (1, {"kind": "passphrase"})]
)
def test_a_slot_altered_by_one_who_mends_the_checksum_does_not_open(
    index: int, changes: dict[str, object]
) -> None:
    slots = KeySlots.parse(changed_slot(index, **changes), where="vault.json")
    with pytest.raises(PassphraseError):
        slots.unlock("correct horse" if index == 0 else "anything")


def test_a_slot_of_one_kind_does_not_pass_for_the_other() -> None:
    secret = "sixteen letters!"
    slots, _, _ = KeySlots.create(secret, CHEAP)
    content = json.loads(slots.to_bytes())
    content["slots"][0]["kind"], content["slots"][1]["kind"] = "recovery", "passphrase"
    moved = KeySlots.parse(resealed(**content), where="vault.json")
    with pytest.raises(PassphraseError):
        moved.recover(recovery_words(secret.encode()))


def test_a_slot_moved_into_another_store_does_not_open() -> None:
    moved = KeySlots.parse(resealed(store="00000000-0000-4000-8000-000000000000"), where="vault.json")
    with pytest.raises(PassphraseError):
        moved.unlock("correct horse")


def test_a_missing_file_is_unreadable_and_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as caught:
        KeySlots.read(tmp_path / "vault.json")
    assert caught.value.where == str(tmp_path / "vault.json")


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    with path.open("wb") as file:
        file.truncate(4 * 1024**3)
    with pytest.raises(FieldkitError, match="too long"):
        KeySlots.read(path)
