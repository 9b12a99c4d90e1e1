"""Verifying whole logs: an honest log passes, whole, in stretches or from the middle; a bent one is caught."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.errors import (
    AlteredError,
    FieldkitError,
    NewerFormatError,
    SignaturesError,
    UnreadableError,
    UsageError,
)
from fieldkit.journal import merkle
from fieldkit.journal.checkpoint import Checkpoint, log_origin, sign_checkpoint
from fieldkit.journal.keys import DeviceKey
from fieldkit.journal.leaf import OpenedEntry, SealedEntry, seal
from fieldkit.journal.verification import MAX_REMARKS, LogVerifier, OpenedChunk, open_chunk
from tests.journal import logs
from tests.journal.logs import Log

SIZE = 23
LOG = logs.make_log(SIZE)
OTHER = logs.make_log(5, "two")


def fed(log: Log, entries: list[SealedEntry] | None = None, **options: Any) -> LogVerifier:
    verifier = LogVerifier(log.id, **options)
    for entry in log.entries if entries is None else entries:
        verifier.feed(entry.leaf, entry.disclosures)
    return verifier


def stretch(log: Log, start: int, stop: int, **options: Any) -> OpenedChunk[Any]:
    part = log.entries[start:stop]
    return open_chunk(log.id, start, [e.leaf for e in part], [e.disclosures for e in part], **options)


def text_of(entry: OpenedEntry) -> str | None:
    text = entry.fields.get(".text")
    return text if isinstance(text, str) and entry.seq % 2 else None


def test_an_honest_log_passes_and_names_its_own_key() -> None:
    verifier = fed(LOG, mission=logs.MISSION)
    head = verifier.finish(LOG.note())
    assert (head.log, head.mission, head.size) == (LOG.id, logs.MISSION, SIZE)
    assert head.root == merkle.root_of(LOG.hashes)
    assert head.public_key == verifier.public_key == LOG.key.public
    assert verifier.founding is not None
    assert (verifier.founding.device, verifier.founding.letter) == ("first laptop", "A")
    assert verifier.tally.authors == {logs.AUTHOR: SIZE}
    assert verifier.tally.opened == verifier.tally.of
    assert (verifier.tally.entries, verifier.tally.newer, verifier.tally.remarks) == (SIZE, 0, [])
    assert (verifier.tally.first_at, verifier.tally.last_at) == ("2026-02-12T08:00:00", "2026-02-12T08:00:22")


def test_the_entries_are_given_opened() -> None:
    verifier = LogVerifier(LOG.id)
    given_back = [verifier.feed(entry.leaf, entry.disclosures) for entry in LOG.entries]
    assert [entry.fields[".text"] for entry in given_back] == [
        f"canister {seq}, seen from the gate" for seq in range(SIZE)
    ]


def test_every_checkpoint_on_the_way_can_be_checked() -> None:
    verifier = LogVerifier(LOG.id)
    for size, entry in enumerate(LOG.entries, 1):
        verifier.feed(entry.leaf, entry.disclosures)
        assert verifier.finish(LOG.note(size)).size == size


@settings(max_examples=40)
@given(st.lists(st.integers(1, SIZE - 1), unique=True).map(sorted))
def test_stretches_give_what_single_entries_give(cuts: list[int]) -> None:
    passed: list[bytes] = []
    verifier = LogVerifier(LOG.id, on_hashes=passed.append)
    picked: list[str] = []
    for start, stop in zip([0, *cuts], [*cuts, SIZE], strict=True):
        chunk = stretch(LOG, start, stop, pick=text_of)
        verifier.feed_chunk(chunk)
        picked += chunk.picked
    whole = fed(LOG)
    assert verifier.finish(LOG.note()) == whole.finish(LOG.note())
    assert verifier.tally == whole.tally
    assert verifier.founding == whole.founding
    assert b"".join(passed) == b"".join(LOG.hashes)
    assert picked == [f"canister {seq}, seen from the gate" for seq in range(1, SIZE, 2)]


def test_stretches_can_be_opened_in_other_processes() -> None:
    cuts = [(0, 10), (10, 20), (20, SIZE)]
    verifier = LogVerifier(LOG.id)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for chunk in pool.map(_open_elsewhere, cuts):
            verifier.feed_chunk(chunk)
    assert verifier.finish(LOG.note()).size == SIZE


def _open_elsewhere(cut: tuple[int, int]) -> OpenedChunk[str]:
    return stretch(LOG, *cut, pick=text_of)


def test_the_hashes_are_passed_on_in_order() -> None:
    passed: list[bytes] = []
    fed(LOG, on_hashes=passed.append)
    assert passed == LOG.hashes


def test_a_stretch_verifies_by_itself_from_the_frontier_before_it() -> None:
    before = fed(LOG, LOG.entries[:9])
    frontier = merkle.Frontier.decode(before.frontier.encode())
    verifier = fed(LOG, LOG.entries[9:], frontier=frontier, public_key=LOG.key.public)
    assert verifier.finish(LOG.note()).size == SIZE
    assert frontier.size == 9


def test_a_forged_frontier_does_not_lead_to_the_signed_root() -> None:
    frontier = fed(LOG, LOG.entries[:9]).frontier
    frontier.nodes[0] = bytes(32)
    verifier = fed(LOG, LOG.entries[9:], frontier=frontier, public_key=LOG.key.public)
    with pytest.raises(AlteredError, match="signed over"):
        verifier.finish(LOG.note())


def test_a_stretch_needs_the_key_from_outside() -> None:
    frontier = fed(LOG, LOG.entries[:9]).frontier
    verifier = fed(LOG, LOG.entries[9:], frontier=frontier)
    with pytest.raises(UsageError, match="not known"):
        verifier.finish(LOG.note())
    assert verifier.finish(LOG.note(), LOG.key.public).size == SIZE


# --- logs that are not what they were ---------------------------------------------------------------------------


def replaced(seq: int, **values: Any) -> list[SealedEntry]:
    """The log with one entry written anew, honestly sealed."""
    entries = list(LOG.entries)
    entries[seq] = seal(LOG.id, seq, {**logs.fields(seq), **values}, logs.secret(seq))
    return entries


BENT: dict[str, Callable[[], list[SealedEntry]]] = {
    "an entry changed": lambda: replaced(7, **{".text": "nothing was seen"}),
    "an entry dropped": lambda: LOG.entries[:7] + LOG.entries[8:],
    "the first entry dropped": lambda: LOG.entries[1:],
    "the last entry dropped": lambda: LOG.entries[:-1],
    "an entry added": lambda: [*LOG.entries, seal(LOG.id, SIZE, logs.fields(SIZE), logs.secret(SIZE))],
    "an entry twice": lambda: [*LOG.entries[:8], LOG.entries[7], *LOG.entries[8:]],
    "two entries swapped": lambda: [*LOG.entries[:7], LOG.entries[8], LOG.entries[7], *LOG.entries[9:]],
    "an entry of another log": lambda: [*LOG.entries[:3], OTHER.entries[3], *LOG.entries[4:]],
    "another log": lambda: OTHER.entries,
    "nothing": list,
    "disclosures of another entry": lambda: [
        *LOG.entries[:7],
        LOG.entries[7]._replace(disclosures=LOG.entries[8].disclosures),
        *LOG.entries[8:],
    ],
    "no disclosures": lambda: [LOG.entries[0]._replace(disclosures=b"[]"), *LOG.entries[1:]],
}


@pytest.mark.parametrize("defect", BENT)
@pytest.mark.parametrize("in_stretches", [False, True])
def test_a_log_that_was_bent_does_not_pass(defect: str, in_stretches: bool) -> None:
    bent = Log(LOG.key, BENT[defect]())

    def verify() -> None:
        if in_stretches:
            verifier = LogVerifier(LOG.id, public_key=LOG.key.public)
            verifier.feed_chunk(stretch(bent, 0, 5))
            verifier.feed_chunk(stretch(bent, verifier.size, 100))
        else:
            verifier = fed(bent, public_key=LOG.key.public)
        verifier.finish(LOG.note())

    with pytest.raises(AlteredError):
        verify()


def first(fields: dict[str, Any], key: DeviceKey = LOG.key) -> SealedEntry:
    return seal(key.log_id, 0, fields, logs.secret(0))


IDENTITY = base64.b64encode(b"\x01" + bytes(31)).decode()
FOUNDINGS: dict[str, dict[str, Any]] = {
    "of another kind": logs.fields(0),
    "of no kind": {".key": "x"},
    "without a key": {"kind": "log"},
    "with the key of another log": logs.founding(OTHER.key),
    "with a low-order key": logs.founding(LOG.key, **{".key": IDENTITY}),
    "with half a key": logs.founding(LOG.key, **{".key": base64.b64encode(LOG.key.public[:16]).decode()}),
    "with a key that is no base64": logs.founding(LOG.key, **{".key": "!"}),
    "with a key that is no text": logs.founding(LOG.key, **{".key": 7}),
}


@pytest.mark.parametrize("defect", FOUNDINGS)
def test_a_log_begins_with_an_entry_that_names_its_key(defect: str) -> None:
    sealed = first(FOUNDINGS[defect])
    with pytest.raises(FieldkitError) as caught:
        LogVerifier(LOG.id).feed(sealed.leaf, sealed.disclosures)
    assert caught.value.exit_code in (3, 5)


def test_a_low_order_key_cannot_name_a_log_after_itself() -> None:
    public = b"\x01" + bytes(31)
    with pytest.raises(AlteredError, match="low order"):
        LogVerifier(LOG.id, public_key=public)


def test_the_key_expected_must_be_the_key_found() -> None:
    with pytest.raises(AlteredError, match="not that of this log"):
        LogVerifier(LOG.id, public_key=OTHER.key.public)
    with pytest.raises(AlteredError, match="another key"):
        fed(LOG).finish(LOG.note(), OTHER.key.public)


def note_of(origin: str, size: int = SIZE, root: bytes | None = None, key: DeviceKey = LOG.key) -> bytes:
    return sign_checkpoint(Checkpoint(origin, size, root or merkle.root_of(LOG.hashes)), key)


@pytest.mark.parametrize(
    ("note", "error"),
    [
        (LOG.note(SIZE - 1), AlteredError),
        (note_of(LOG.origin, SIZE + 1), AlteredError),
        (note_of(LOG.origin, SIZE, bytes(32)), AlteredError),
        (note_of(OTHER.origin), AlteredError),
        (note_of(log_origin("another", LOG.id)), AlteredError),
        (note_of("somebody/else"), UnreadableError),
        (note_of(LOG.origin, key=OTHER.key), SignaturesError),
        (LOG.note().replace(LOG.note()[-12:-4], b"AAAAAAAA"), AlteredError),
        (b"", UnreadableError),
    ],
)
def test_a_checkpoint_that_does_not_belong_to_these_entries_is_refused(
    note: bytes, error: type[FieldkitError]
) -> None:
    verifier = fed(LOG, mission=logs.MISSION)
    with pytest.raises(error):
        verifier.finish(note)


def test_lines_of_leaves_and_disclosures_must_match() -> None:
    with pytest.raises(AlteredError, match="lines of disclosures"):
        open_chunk(LOG.id, 0, [LOG.entries[0].leaf], [])


def test_stretches_must_follow_each_other() -> None:
    verifier = LogVerifier(LOG.id)
    with pytest.raises(UsageError):
        verifier.feed_chunk(stretch(LOG, 3, 5))
    with pytest.raises(UsageError):
        verifier.feed_chunk(stretch(OTHER, 0, 5))


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (OTHER.entries[1], f"belongs to the log {OTHER.id}"),
        (LOG.entries[2], "number 2 of its log, not 1"),
        (LOG.entries[0], "number 0 of its log, not 1"),
    ],
)
def test_an_entry_out_of_place_is_refused_where_it_stands(entry: SealedEntry, problem: str) -> None:
    verifier = fed(LOG, LOG.entries[:1])
    with pytest.raises(AlteredError, match=problem):
        verifier.feed(entry.leaf, entry.disclosures)
    with pytest.raises(AlteredError, match=problem):
        open_chunk(LOG.id, 1, [entry.leaf], [entry.disclosures])


def test_an_error_names_the_file_and_the_line() -> None:
    verifier = LogVerifier(LOG.id, where="leaves.jsonl")
    verifier.feed(LOG.entries[0].leaf, LOG.entries[0].disclosures)
    with pytest.raises(AlteredError) as caught:
        verifier.feed(LOG.entries[1].leaf, LOG.entries[2].disclosures)
    assert caught.value.where == "leaves.jsonl:2"


# --- heads that were seen before --------------------------------------------------------------------------------


def seen(size: int) -> tuple[int, bytes]:
    return size, merkle.root_of(LOG.hashes[:size])


@pytest.mark.parametrize("sizes", [[1], [5, 9], [SIZE], [1, 2, 3, SIZE - 1, SIZE]])
def test_a_log_that_grew_passes_the_heads_seen_of_it(sizes: list[int]) -> None:
    assert fed(LOG, earlier=[seen(size) for size in sizes]).finish(LOG.note()).size == SIZE
    verifier = LogVerifier(LOG.id, earlier=[seen(size) for size in sizes])
    verifier.feed_chunk(stretch(LOG, 0, SIZE))
    verifier.finish(LOG.note())
    for size in sizes:
        verifier.extends(*seen(size), merkle.consistency_proof(LOG.hashes, size))


def rewritten() -> Log:
    """The device signs a log of its own in which one early entry reads differently."""
    return Log(LOG.key, replaced(4, **{".text": "nothing was seen"}))


def test_a_log_rewritten_and_signed_anew_does_not_extend_what_was_seen() -> None:
    fork = rewritten()
    assert fed(fork).finish(fork.note()).size == SIZE
    with pytest.raises(AlteredError, match="does not extend"):
        fed(fork, earlier=[seen(9)])
    verifier = LogVerifier(LOG.id, earlier=[seen(9)])
    with pytest.raises(AlteredError, match="does not extend"):
        verifier.feed_chunk(stretch(fork, 0, SIZE))
    with pytest.raises(AlteredError):
        fed(fork).extends(*seen(9), merkle.consistency_proof(fork.hashes, 9))


def test_a_log_cut_short_does_not_extend_what_was_seen() -> None:
    short = Log(LOG.key, LOG.entries[:9])
    verifier = fed(short, earlier=[seen(12)])
    with pytest.raises(AlteredError, match="12 were seen before"):
        verifier.finish(short.note())


def test_heads_that_contradict_each_other_are_told() -> None:
    with pytest.raises(AlteredError, match="two different heads"):
        LogVerifier(LOG.id, earlier=[seen(5), (5, bytes(32))])


def test_a_head_before_the_stretch_cannot_be_judged() -> None:
    frontier = fed(LOG, LOG.entries[:9]).frontier
    with pytest.raises(UsageError):
        LogVerifier(LOG.id, frontier=frontier, earlier=[seen(5)])
    with pytest.raises(AlteredError, match="does not extend"):
        LogVerifier(LOG.id, frontier=frontier, earlier=[(9, bytes(32))])


# --- what is told and not refused -------------------------------------------------------------------------------


def at(when: str) -> dict[str, Any]:
    return {"recorded": {"at": when, "offset": "+00:00"}}


def test_a_clock_set_back_is_told_by_the_entry() -> None:
    bent = Log(LOG.key, replaced(7, **at("2025-02-12T08:00:00.5Z")))
    whole = fed(bent)
    assert [remark.seq for remark in whole.tally.remarks] == [7]
    assert "2025-02-12T08:00:00" in whole.tally.remarks[0].text
    split = LogVerifier(LOG.id)
    split.feed_chunk(stretch(bent, 0, 7))
    split.feed_chunk(stretch(bent, 7, SIZE))
    assert [remark.seq for remark in split.tally.remarks] == [7]
    assert whole.finish(bent.note()).size == SIZE


def test_remarks_are_bounded_and_counted() -> None:
    entries = [LOG.entries[0]]
    for seq in range(1, MAX_REMARKS + 31):
        fields = {"kind": "observation", "act": "add", "id": "x", **at("2026-02-12T08:00:00Z")}
        entries.append(seal(LOG.id, seq, fields, logs.secret(seq)))
    tally = fed(Log(LOG.key, entries)).tally
    assert (len(tally.remarks), tally.remarks_dropped) == (MAX_REMARKS, 30)
    assert tally.remarks[0] == (1, "names no author")


def newer(entry: SealedEntry) -> SealedEntry:
    leaf = entry.leaf.replace(b'"v":1}', b'"v":2,"x":true}')
    return SealedEntry(leaf, entry.disclosures, merkle.leaf_hash(leaf))


def test_entries_of_newer_versions_count_by_their_bytes() -> None:
    mixed = Log(LOG.key, [*LOG.entries[:7], newer(LOG.entries[7]), *LOG.entries[8:]])
    verifier = fed(mixed)
    assert verifier.finish(mixed.note()).size == SIZE
    assert verifier.tally.newer == 1
    assert [remark.seq for remark in verifier.tally.remarks] == [7]


def test_a_log_begun_by_a_newer_fieldkit_says_so() -> None:
    sealed = newer(first(logs.fields(0)))
    with pytest.raises(NewerFormatError):
        LogVerifier(LOG.id).feed(sealed.leaf, sealed.disclosures)


def shown(entry: SealedEntry, *names: str) -> SealedEntry:
    texts = [text for text in base_texts(entry) if logs.disclosed(text)[1] in names]
    return entry._replace(disclosures=logs.line(texts))


def base_texts(entry: SealedEntry) -> list[str]:
    return entry.disclosures[2:-2].decode().split('","')


def test_a_log_with_parts_withheld_is_counted() -> None:
    entries = [shown(LOG.entries[0], "kind", ".key")] + [shown(entry, ".text") for entry in LOG.entries[1:]]
    verifier = fed(LOG, entries, complete=False)
    assert verifier.finish(LOG.note()).size == SIZE
    assert verifier.tally.opened == SIZE + 1
    assert verifier.tally.of > 8 * SIZE
    assert verifier.tally.authors == {}
    with pytest.raises(AlteredError):
        fed(LOG, entries)


def test_a_log_that_withholds_its_key_needs_it_from_outside() -> None:
    hidden = shown(LOG.entries[0], "kind")
    with pytest.raises(AlteredError, match="does not show"):
        LogVerifier(LOG.id, complete=False).feed(hidden.leaf, hidden.disclosures)
    verifier = LogVerifier(LOG.id, complete=False, public_key=LOG.key.public)
    verifier.feed(hidden.leaf, hidden.disclosures)
    assert verifier.finish(LOG.note(1)).size == 1


def test_withholding_does_not_hide_that_the_first_entry_is_of_another_kind() -> None:
    sealed = first(logs.fields(0))
    with pytest.raises(AlteredError, match="kind log"):
        LogVerifier(LOG.id, complete=False, public_key=LOG.key.public).feed(
            sealed.leaf, shown(sealed, "kind").disclosures
        )


def test_verifying_reads_no_file_clock_or_store() -> None:
    program = (
        "import sys; from fieldkit.journal import verification, signers, proof;"
        "sys.exit(any(name in sys.modules for name in ('sqlite3', 'sqlcipher3', 'PIL', 'textual', 'click')))"
    )
    assert subprocess.run([sys.executable, "-c", program], env={**os.environ}, timeout=60).returncode == 0
