"""What a verifier makes of the heads that laptops saw of each other's logs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.bundle.seal import parse_seal
from fieldkit.bundle.sources import Span
from fieldkit.bundle.verify import verify_bundle
from fieldkit.bundle.verify.report import Report, Seen
from fieldkit.bundle.verify.witnesses import MOST_MARKS, Mark, Witnesses, roots_at
from fieldkit.journal import merkle
from tests.bundle.builders import KEY_LIST, Laptop, Visit, b64, complete, small_visit, write_folder


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "my-keys"
    path.write_text(KEY_LIST)
    return path


def verified(visit: Visit, tmp_path: Path, keys: Path, processes: int = 1) -> Report:
    folder = write_folder(complete(visit), tmp_path / f"visit-{processes}")
    return verify_bundle(folder, keys=keys, processes=processes)


def busy(laptop: Laptop, entries: int) -> None:
    for number in range(entries):
        laptop.add("observation", f"{laptop.letter}{number}", text=f"Crate {number}", basis="seen")


@pytest.mark.parametrize("processes", [1, 2])
def test_laptops_that_saw_each_other_are_told_with_how_far(
    processes: int, tmp_path: Path, keys: Path
) -> None:
    visit = small_visit()
    first, second = visit.laptops
    third = Laptop("C")
    third.begin()
    visit.laptops.append(third)
    busy(first, 2400)
    second.witness(first, 5)
    busy(second, 1200)
    for size in (1000, 1001, 1999, 2300):
        second.witness(first, size)
    third.witness(first)
    first.witness(second)
    report = verified(visit, tmp_path, keys, processes)
    assert report.exit_code == 0, report.to_text()
    assert "WITNESSED" in report.to_text()
    by = {log.letter: {seen.log: seen.size for seen in log.witnessed} for log in report.logs}
    assert by == {
        "A": {second.log: 2300, third.log: 2409},
        "B": {first.log: len(second.entries)},
        "C": {},
    }
    text = report.to_text()
    assert "log A up to 2,409 of 2,410 by C, up to 2,300 of 2,410 by B" in text
    assert f"log B up to {len(second.entries):,} of {len(second.entries):,} by A" in text
    assert "log C by no other laptop" in text


def test_logs_that_go_by_one_letter_are_told_apart(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    impostor = Laptop("C")
    impostor.add("log", "log C", device="laptop", letter="A", key=b64(impostor.key.public))
    visit.laptops.append(impostor)
    impostor.witness(visit.laptops[0])
    text = verified(visit, tmp_path, keys).to_text()
    assert f"log {visit.laptops[0].log} up to 9 of 9 by {impostor.log}" in text


@given(data=st.data(), size=st.integers(1, 60))
def test_roots_are_found_from_any_marks(
    data: st.DataObject, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    leaves = [f"leaf {number}".encode() for number in range(size)]
    path = tmp_path_factory.mktemp("log") / "leaves.jsonl"
    path.write_bytes(b"before" + b"".join(leaf + b"\n" for leaf in leaves))
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    marks = []
    for at in sorted(data.draw(st.sets(st.integers(1, size)))):
        frontier = merkle.Frontier()
        for each in hashes[:at]:
            frontier.append(each)
        marks.append(Mark(frontier, sum(len(leaf) + 1 for leaf in leaves[:at])))
    sizes = data.draw(st.sets(st.integers(1, size)))
    span = Span(str(path), 6, path.stat().st_size - 6)
    found = dict(roots_at(span, marks, sizes))
    assert found == {at: merkle.root_of(hashes[:at]) for at in sizes}


def test_marks_of_a_very_long_log_stay_few(tmp_path: Path) -> None:
    witnesses = Witnesses(parse_seal(complete(small_visit())["seal.txt"]))
    log = small_visit().laptops[0].log
    for number in range(5 * MOST_MARKS):
        witnesses.mark(log, merkle.Frontier(), number)
    kept = [mark.offset for mark in witnesses._marks[log]]
    assert len(kept) <= MOST_MARKS
    assert kept[0] == 0
    assert kept == sorted(kept)


def test_a_seen_head_is_part_of_the_document(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    first, second = visit.laptops
    second.witness(first)
    report = verified(visit, tmp_path, keys)
    seen = {log.log: log.witnessed for log in report.logs}
    assert seen == {first.log: [Seen(second.log, 9)], second.log: []}
    logs = report.to_json()["logs"]
    assert isinstance(logs, list)
    assert {"by": second.log, "size": 9} in [one for log in logs for one in log["witnessed"]]  # type: ignore[index,call-overload,union-attr]
