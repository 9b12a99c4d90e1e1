"""A signed bundle wrapped for its way and opened again: the same files come out, or nothing does."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from fieldkit.bundle import transport
from fieldkit.bundle.decrypting import Decryption, decrypt, read_identities
from fieldkit.bundle.opening import open_source
from fieldkit.bundle.transport import CHUNK, AgeWriter, Encryption, named_recipients
from fieldkit.bundle.verify import verify_bundle
from fieldkit.bundle.wrapping import unwrap_bundle, wrap_bundle
from fieldkit.errors import AlteredError, PassphraseError, UnavailableError, UnreadableError, UsageError
from fieldkit.journal.sshsig import write_private
from tests.bundle.builders import (
    HOST,
    KEY_LIST,
    Files,
    complete,
    digest,
    photograph,
    small_visit,
    write_folder,
    write_zip,
)
from tests.bundle.visits import tree

IDENTITY = pyrage.x25519.Identity.generate()
TO_KEY = Encryption((str(IDENTITY.to_public()),))
LOCKED = Encryption(passphrase="cesta domů")
OPENS = {TO_KEY: Decryption((IDENTITY,)), LOCKED: Decryption(passphrase="cesta domů")}


@pytest.fixture(autouse=True)
def cheap_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried here does not depend on how long a passphrase takes to try."""
    monkeypatch.setattr(transport, "SCRYPT_LOG_N", 4)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "my-keys"
    path.write_text(KEY_LIST)
    return path


@pytest.fixture
def files() -> Files:
    visit = small_visit()
    visit.originals.append(photograph("large", 3_000_000))
    large = digest(visit.originals[-1])
    visit.laptops[0].add("media", "media large", sha256=large, size=3_000_000, media_type="image/jpeg")
    return complete(visit)


@pytest.mark.parametrize("encryption", [TO_KEY, LOCKED], ids=["key", "passphrase"])
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_signed_bundle_comes_out_as_it_went_in(
    form: str, encryption: Encryption, files: Files, tmp_path: Path, keys: Path
) -> None:
    bundle = (
        write_folder(files, tmp_path / "visit-1")
        if form == "folder"
        else write_zip(files, tmp_path / "visit-1.zip")
    )
    steps: list[int] = []
    sealed = wrap_bundle(bundle, tmp_path / "way", encryption, progress=steps.append)
    assert sealed == tmp_path / "way" / "bundle-1.age"
    assert steps == sorted(steps)
    assert steps[-1] >= 3_000_000
    assert b"visit" not in sealed.read_bytes()
    zipped = unwrap_bundle(sealed, tmp_path / "there", OPENS[encryption])
    assert zipped == tmp_path / "there" / "bundle-1.zip"
    if form == "zip":
        assert zipped.read_bytes() == bundle.read_bytes()
    assert verify_bundle(zipped, keys=keys).exit_code == 0
    folder = unwrap_bundle(zipped, tmp_path / "there", None)
    assert folder == tmp_path / "there" / "bundle-1"
    assert tree(folder) == files
    assert sorted(path.name for path in (tmp_path / "there").iterdir()) == ["bundle-1", "bundle-1.zip"]
    assert [path.name for path in (tmp_path / "way").iterdir()] == ["bundle-1.age"]


def test_a_folder_becomes_a_zip_and_a_folder_again(files: Files, tmp_path: Path, keys: Path) -> None:
    bundle = write_folder(files, tmp_path / "visit-1")
    zipped = wrap_bundle(bundle, tmp_path / "way", None)
    assert zipped == tmp_path / "way" / "visit-1.zip"
    assert verify_bundle(zipped, keys=keys).exit_code == 0
    assert tree(unwrap_bundle(zipped, tmp_path / "back", None)) == files
    with pytest.raises(UsageError, match="one file already"):
        wrap_bundle(zipped, tmp_path / "more", None)
    for act in (
        lambda: wrap_bundle(bundle, tmp_path / "way", None),
        lambda: unwrap_bundle(zipped, tmp_path, None),
    ):
        with pytest.raises(UnavailableError, match="lies there already"):
            act()


def test_age_itself_opens_what_was_wrapped(files: Files, tmp_path: Path) -> None:
    if shutil.which("age") is None:
        pytest.skip("not installed: age")
    sealed = wrap_bundle(write_folder(files, tmp_path / "visit-1"), tmp_path, TO_KEY)
    (tmp_path / "id").write_text(str(IDENTITY))
    command = ["age", "-d", "-i", tmp_path / "id", "-o", tmp_path / "out.zip", sealed]
    subprocess.run(command, check=True)
    assert set(open_source(tmp_path / "out.zip").files) == set(files)


@pytest.mark.parametrize("encryption", [None, TO_KEY], ids=["zip", "age"])
def test_an_altered_bundle_is_not_passed_on(
    encryption: Encryption | None, files: Files, tmp_path: Path
) -> None:
    bundle = write_folder(files, tmp_path / "visit-1")
    (bundle / "data/views/report.html").write_bytes(b"<p>Hall 3</p>\n")
    with pytest.raises(AlteredError) as refusal:
        wrap_bundle(bundle, tmp_path / "way", encryption)
    assert refusal.value.where == "data/views/report.html"
    (bundle / "data/views/report.html").unlink()
    os.mkfifo(bundle / "data/views/report.html")
    with pytest.raises(UnreadableError):
        wrap_bundle(bundle, tmp_path / "way", encryption)
    assert not (tmp_path / "way").exists()


@pytest.mark.parametrize("encryption", [TO_KEY, LOCKED], ids=["key", "passphrase"])
def test_a_damaged_file_opens_as_nothing(encryption: Encryption, files: Files, tmp_path: Path) -> None:
    sealed = wrap_bundle(write_folder(files, tmp_path / "visit-1"), tmp_path, encryption)
    whole = sealed.read_bytes()
    start = whole.index(b"\n---")
    flips = (start - 3, start + 10, start + 60, len(whole) // 2, len(whole) - 1)
    damaged = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in flips]
    cut = [whole[:-1], whole[: -CHUNK - 16], whole[: start + 5], whole[: start + 80], whole + b"x"]
    for content in [*damaged, *cut]:
        sealed.write_bytes(content)
        with pytest.raises((AlteredError, PassphraseError, UnreadableError)):
            unwrap_bundle(sealed, tmp_path / "out", OPENS[encryption])
        assert not list((tmp_path / "out").iterdir())


def test_who_it_was_not_made_for_cannot_open_it(files: Files, tmp_path: Path) -> None:
    bundle = write_folder(files, tmp_path / "visit-1")
    to_key, locked = wrap_bundle(bundle, tmp_path / "k", TO_KEY), wrap_bundle(bundle, tmp_path / "p", LOCKED)
    stranger = Decryption((pyrage.x25519.Identity.generate(),))
    for sealed, wrong, error in [
        (to_key, stranger, PassphraseError),
        (locked, Decryption(passphrase="cesta domu"), PassphraseError),
        (to_key, OPENS[LOCKED], UsageError),
        (locked, OPENS[TO_KEY], UsageError),
        (to_key, None, UsageError),
    ]:
        with pytest.raises(error):
            unwrap_bundle(sealed, tmp_path / "out", wrong)
        assert not list((tmp_path / "out").glob("*"))


def test_a_passphrase_that_would_take_all_memory_to_try_is_refused(tmp_path: Path) -> None:
    header = b"age-encryption.org/v1\n-> scrypt %b 40\n%b\n--- %b\n" % (b"A" * 22, b"A" * 43, b"A" * 43)
    (tmp_path / "a.age").write_bytes(header + bytes(100))
    with pytest.raises(UnreadableError):
        unwrap_bundle(tmp_path / "a.age", tmp_path / "out", OPENS[LOCKED])


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_a_passphrase_opens_every_length(size: int, tmp_path: Path) -> None:
    plain = os.urandom(size)
    with AgeWriter(tmp_path / "a.age", LOCKED) as age:
        age.write(plain)
    out = io.BytesIO()
    decrypt(tmp_path / "a.age", OPENS[LOCKED], out)
    assert out.getvalue() == plain


def test_a_passphrase_opens_what_another_program_locked(tmp_path: Path) -> None:
    (tmp_path / "a.age").write_bytes(pyrage.passphrase.encrypt(b"by another program", "x"))
    out = io.BytesIO()
    decrypt(tmp_path / "a.age", Decryption(passphrase="x"), out)
    assert out.getvalue() == b"by another program"


def test_what_was_encrypted_and_is_no_bundle(files: Files, tmp_path: Path) -> None:
    without_seal = {path: data for path, data in files.items() if path != "seal.txt"}
    for content in (b"a letter", write_zip(without_seal, tmp_path / "x.zip").read_bytes()):
        with AgeWriter(tmp_path / "a.age", TO_KEY) as age:
            age.write(content)
        with pytest.raises(UnreadableError, match="is no bundle"):
            unwrap_bundle(tmp_path / "a.age", tmp_path / "out", OPENS[TO_KEY])
        assert not list((tmp_path / "out").iterdir())
        (tmp_path / "a.age").unlink()


def test_recipients_may_stand_in_a_file(tmp_path: Path) -> None:
    key = str(IDENTITY.to_public())
    (tmp_path / "team.txt").write_text(f"# headquarters\n{key}\n\n{HOST.public} host of the plant\n")
    named = named_recipients(str(tmp_path / "team.txt"))
    assert len(named) == 2
    (tmp_path / "host.pub").write_text(f"{HOST.public} host of the plant\n")
    (host,) = named_recipients(str(tmp_path / "host.pub"))
    assert named_recipients(key) == (key,)
    with AgeWriter(tmp_path / "a.age", Encryption((host,))) as age:
        age.write(b"for the host")
    out = io.BytesIO()
    opened = read_identities(write_private(HOST.key, b"own"), lambda: "own", where="host")
    decrypt(tmp_path / "a.age", Decryption(opened), out)
    assert out.getvalue() == b"for the host"
    (tmp_path / "none.txt").write_text("# nobody\n")
    (tmp_path / "bad.txt").write_text("AGE-SECRET-KEY-1\n")
    for wrong in ("none.txt", "bad.txt", "nowhere.txt"):
        with pytest.raises(UsageError) as refusal:
            named_recipients(str(tmp_path / wrong))
        assert wrong in str(refusal.value)


def test_identities_are_read_from_files_and_nothing_else_is(tmp_path: Path) -> None:
    text = f"# created: today\n# public key: x\n{IDENTITY}\n{pyrage.x25519.Identity.generate()}\n"
    assert len(read_identities(text.encode(), str, where="id")) == 2
    for wrong in (b"", b"# nothing\n", b"age1abc\n", b"age-encryption.org/v1\n-> x", b"\xff\xfe"):
        with pytest.raises(UnreadableError) as refusal:
            read_identities(wrong, str, where="id.txt")
        assert "id.txt" in refusal.value.where
        assert "AGE-SECRET" not in refusal.value.problem or b"age1" in wrong or b"\xff" in wrong
    with pytest.raises(PassphraseError):
        read_identities(write_private(HOST.key, b"own"), lambda: "guess", where="host")


def test_wrapping_takes_constant_memory(tmp_path: Path) -> None:
    visit = small_visit()
    visit.originals.append(photograph("very large", 100_000_000))
    large = digest(visit.originals[-1])
    visit.laptops[0].add("media", "media large", sha256=large, size=100_000_000, media_type="image/jpeg")
    bundle = write_folder(complete(visit), tmp_path / "visit-1")
    program = (
        "import resource, sys; from pathlib import Path; import pyrage;"
        "from fieldkit.bundle.decrypting import Decryption;"
        "from fieldkit.bundle.transport import Encryption;"
        "from fieldkit.bundle.wrapping import unwrap_bundle, wrap_bundle;"
        "one = pyrage.x25519.Identity.generate(); to = Path(sys.argv[2]);"
        "kinds = [(Encryption((str(one.to_public()),)), Decryption((one,))), (Encryption(passphrase='x'), Decryption(passphrase='x'))];"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "[unwrap_bundle(wrap_bundle(Path(sys.argv[1]), to / f'{n}', e), to / f'{n}', d) for n, (e, d) in enumerate(kinds)];"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, bundle, tmp_path / "out"],
        capture_output=True,
        text=True,
        check=True,
    )
    scrypt = 256 << 10
    assert int(done.stdout) < scrypt + 60_000
