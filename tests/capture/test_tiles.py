"""What was not blacked out can be proven against the journal; what was forged or touched is told."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from fieldkit.capture.custody import photos
from fieldkit.capture.intake import ingest
from fieldkit.capture.redaction import Box, blacked_out, redact
from fieldkit.capture.tile_proofs import check_tiles, prove
from fieldkit.capture.tiles import Grid, commit, uncommitted
from fieldkit.errors import RefusedError, UnavailableError, UnreadableError, UsageError
from fieldkit.vault.recording import Amend
from fieldkit.vault.vault import Vault
from tests.bad.films import film
from tests.bad.photos import broken_off, camera_exif, sound_jpeg
from tests.capture.cards import take_in
from tests.vault.missions import new_mission

SIZE = (700, 530)
BOXES = (Box(300, 20, 40, 30),)


@pytest.fixture(scope="module")
def proof_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiles")
    card = folder / "DSC_0001.JPG"
    card.write_bytes(sound_jpeg(*SIZE, exif=camera_exif(orientation=3)))
    with new_mission(folder / "mission") as vault:
        number = ingest(vault, [card]).photos[0]
        assert commit(vault, uncommitted(vault)).done == (number,)
        done = redact(vault, number, BOXES, "badge")
        proof = prove(vault, done.number, folder / "proof")
    assert (proof.opened, proof.of) == (8, 9)
    return folder / "proof"


@pytest.fixture
def proof(proof_made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(proof_made, tmp_path / "proof")


def rewritten(path: Path, change: Callable[[dict], None]) -> None:
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document, separators=(",", ":"), sort_keys=True))


def test_untouched_tiles_are_proven_without_a_vault(proof: Path) -> None:
    check = check_tiles(proof)
    assert check.problems == []
    assert (check.proven, check.of) == (8, 9)


def test_a_touched_tile_is_told(proof: Path) -> None:
    path = proof / "tiles" / "00004.png"
    with Image.open(path) as image:
        image.putpixel((9, 9), (1, 2, 3))
        image.save(path)
    check = check_tiles(proof)
    assert check.proven == 7
    assert [problem for problem in check.problems if problem.startswith("tiles/00004.png")]


def test_tiles_that_changed_places_are_told(proof: Path) -> None:
    first, second = (proof / "tiles" / name for name in ("00003.png", "00004.png"))
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)
    assert check_tiles(proof).proven == 6


def test_a_copy_that_shows_something_else_is_told(proof: Path) -> None:
    with Image.open(proof / "copy.jpg") as image:
        picture = image.convert("RGB")
    ImageDraw.Draw(picture).text((20, 300), "nothing here", fill="white")
    forged = blacked_out(picture, [box.grown(SIZE) for box in BOXES])
    (proof / "copy.jpg").write_bytes(forged)
    assert any("copy.jpg" in problem for problem in check_tiles(proof).problems)
    rewritten(proof / "openings.json", lambda doc: doc.update(copy_sha256=hashlib.sha256(forged).hexdigest()))
    check = check_tiles(proof)
    assert any("the copy shows something else" in problem for problem in check.problems)
    assert check.proven < 8


def test_a_smaller_box_than_the_black_one_is_told(proof: Path) -> None:
    rewritten(
        proof / "openings.json", lambda doc: doc.update(boxes=[{"x": 0, "y": 0, "width": 1, "height": 1}])
    )
    problems = check_tiles(proof).problems
    assert any("not black" in problem for problem in problems)


def test_a_tile_left_out_and_a_file_too_many_are_told(proof: Path) -> None:
    rewritten(proof / "openings.json", lambda doc: doc["tiles"].pop())
    problems = check_tiles(proof).problems
    assert any("not opened" in problem for problem in problems)
    assert any("nothing opens" in problem for problem in problems)


@pytest.mark.parametrize(
    "name", ["entry.json", "entry.tlog-proof", "copy.jpg", "openings.json", "tiles/00008.png"]
)
def test_a_missing_part_is_told(proof: Path, name: str) -> None:
    (proof / name).unlink()
    if name == "openings.json":
        with pytest.raises(UnreadableError):
            check_tiles(proof)
    else:
        assert check_tiles(proof).problems


def test_an_entry_with_another_root_is_told(proof: Path) -> None:
    def forge(doc: dict) -> None:
        doc["disclosures"][0] = doc["disclosures"][0][:-4] + "AAAA"

    rewritten(proof / "entry.json", forge)
    assert check_tiles(proof).problems


def test_a_root_of_another_bundle_is_told(proof: Path) -> None:
    leaf = json.loads((proof / "entry.json").read_bytes())["leaf"].encode()
    assert check_tiles(proof, lambda log, seq: (leaf, b"\0" * 32)).problems
    assert check_tiles(proof, lambda log, seq: (leaf.replace(b'"v":1', b'"v":2'), b"")).problems


def test_the_salts_stay_with_the_mission(proof: Path) -> None:
    opened = {one["index"] for one in json.loads((proof / "openings.json").read_bytes())["tiles"]}
    assert 1 not in opened
    assert not (proof / "tiles" / "00001.png").exists()


def test_a_commitment_stands_for_good(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(sound_jpeg())
    number = ingest(vault, [tmp_path / "a.jpg"]).photos[0]
    commit(vault, uncommitted(vault))
    tiles = dict(vault.get(number).doc["tiles"])
    assert uncommitted(vault) == []
    with pytest.raises(RefusedError, match="stays as it was"):
        vault.record([Amend(number, "x", set={"tiles": {**tiles, "root": "0" * 64}})])


def test_what_cannot_be_decoded_is_left_out_and_named(vault: Vault, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    (card / "a.jpg").write_bytes(sound_jpeg())
    (card / "b.jpg").write_bytes(broken_off())
    (card / "c.nef").write_bytes(b"II*\0" + bytes(200))
    ingest(vault, [card])
    done = commit(vault, uncommitted(vault))
    assert len(done.done) == 1
    assert [number for number, _ in done.left_out] == [view.number for view in uncommitted(vault)]
    assert len(done.left_out) == 1


def test_commitments_that_were_stopped_are_kept_and_gone_on_with(vault: Vault, tmp_path: Path) -> None:
    take_in(vault, tmp_path, 6)
    first = commit(vault, uncommitted(vault), cancel=lambda: True)
    assert (len(first.done), first.finished) == (1, False)
    assert len(uncommitted(vault)) == 5
    rest = commit(vault, uncommitted(vault))
    assert (len(rest.done), rest.finished) == (5, True)
    assert uncommitted(vault) == []


def test_films_and_kinds_that_are_not_opened_are_not_asked_for(vault: Vault, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    (card / "MVI_0001.MP4").write_bytes(film())
    (card / "DSC_0001.NEF").write_bytes(b"II*\0" + bytes(400))
    (card / "plan.psd").write_bytes(b"8BPS\0\1" + bytes(40))
    assert ingest(vault, [card]).kept == 3
    assert uncommitted(vault) == []


def test_nothing_is_proven_that_nobody_committed_to(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(sound_jpeg())
    number = ingest(vault, [tmp_path / "a.jpg"]).photos[0]
    done = redact(vault, number, [Box(0, 0, 16, 16)], "x")
    for ref in (done.number, number):
        with pytest.raises(RefusedError):
            prove(vault, ref, tmp_path / "proof")
    commit(vault, photos(vault, [number]))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(UsageError):
        prove(vault, done.number, tmp_path / "full")
    prove(vault, done.number, tmp_path / "proof")
    assert not check_tiles(tmp_path / "proof").problems


def test_without_the_epochs_key_there_are_no_salts(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(sound_jpeg())
    number = ingest(vault, [tmp_path / "a.jpg"]).photos[0]
    commit(vault, uncommitted(vault))
    done = redact(vault, number, [Box(0, 0, 16, 16)], "x")
    vault.database.execute("DELETE FROM secrets WHERE name = 'epoch/1'")
    with pytest.raises(UnavailableError, match="epoch"):
        prove(vault, done.number, tmp_path / "proof")


@settings(max_examples=60)
@given(st.integers(1, 900), st.integers(1, 900))
def test_tiles_cover_each_pixel_once(width: int, height: int) -> None:
    grid = Grid(width, height)
    tiles = [grid.tile(index) for index in range(len(grid))]
    assert sum(tile.width * tile.height for tile in tiles) == width * height
    assert not any(one.meets(other) for one in tiles for other in tiles if one is not other)
    assert all(tile.corners[2] <= width and tile.corners[3] <= height for tile in tiles)
