"""A bundle's wrappings: a folder into a zip, either into an age file, and back, one layer at a time.

The bag's bytes stay as they are, signatures too. What is wrapped is verified first; what comes out is opened again as
strictly as by `verify` before it gets its name. Memory is constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from fieldkit.bundle.attestation import FOLDER, TIMESTAMPS_FOLDER
from fieldkit.bundle.decrypting import Decryption, decrypt
from fieldkit.bundle.opening import is_age, open_source
from fieldkit.bundle.partial import check_room, cleared, partial_beside
from fieldkit.bundle.seal import SEAL_LIMIT, SEAL_NAME, Seal, parse_seal
from fieldkit.bundle.sources import Source
from fieldkit.bundle.targets import FolderTarget, Measure, Target, ZipPipe, ZipTarget
from fieldkit.bundle.transport import AgeWriter, Encryption
from fieldkit.bundle.verify import verify_bundle
from fieldkit.bundle.zipform import Buffer
from fieldkit.errors import AlteredError, UnavailableError, UnreadableError, UsageError
from fieldkit.vault.durable import reaching, sync_directory, sync_file

Progress: TypeAlias = Callable[[int], None]
"""Called with the bytes done so far."""

_BLOCK = 1 << 20


def wrap_bundle(
    bundle: Path, directory: Path, encryption: Encryption | None, *, progress: Progress | None = None
) -> Path:
    """Make `directory/<name>.zip` of a bundle in a folder, or with `encryption` `directory/bundle-<n>.age` of a folder or
    zip; the new file's path.

    Raises `AlteredError` or `UnreadableError` where the bundle is not what was sealed, `UnavailableError` where something
    has that name already, `UsageError` where a zip is to become a zip.
    """
    if encryption is None and bundle.is_file() and not is_age(bundle):
        raise UsageError(
            "is one file already",
            where=str(bundle),
            remedy="Encrypt it with --encrypt-to or --encrypt-passphrase-file.",
        )
    refusal = verify_bundle(bundle).refusal(UnreadableError, AlteredError)
    if refusal:
        raise refusal
    source = open_source(bundle)
    # The name of an encrypted file is read by anybody, so it does not tell the mission.
    name = f"bundle-{_seal(source).number}.age" if encryption else f"{bundle.resolve().name}.zip"
    counted = _counting(progress)
    with _made(directory / name, _size(source)) as partial:
        if encryption is None:
            _copy(source, ZipTarget(partial), counted)
            _check_same(source, open_source(partial))
        elif bundle.is_dir():
            measure = Measure()
            _copy(source, measure, lambda blocks: blocks)
            with AgeWriter(partial, encryption) as age:
                _copy(source, ZipPipe(age.write, measure.measured), counted)
        else:
            with AgeWriter(partial, encryption) as age, bundle.open("rb", buffering=0) as file:
                for block in counted(iter(lambda: file.read(_BLOCK), b"")):
                    age.write(block)
    return directory / name


def unwrap_bundle(
    file: Path, directory: Path, decryption: Decryption | None, *, progress: Progress | None = None
) -> Path:
    """Open one layer: `directory/<name>.zip` of an age file, or the folder `directory/<name>` of a zip; the new path.

    Raises `UsageError` where the file is an age file and `decryption` is None, `PassphraseError` where that does not open
    it, `AlteredError` where it was damaged, `UnreadableError` where no bundle comes out.
    """
    if is_age(file):
        if decryption is None:
            raise UsageError(
                "is encrypted",
                where=str(file),
                remedy="Give --identity FILE: the age identity or OpenSSH private key that it was encrypted to.",
            )
        return _decrypted(file, directory / f"{file.stem}.zip", decryption)
    source = _whole(open_source(file), file)
    final = directory / file.stem
    with _made(final, _size(source)) as partial:
        _copy(source, FolderTarget(partial), _counting(progress))
        _check_same(source, open_source(partial))
    return final


def _decrypted(file: Path, final: Path, decryption: Decryption) -> Path:
    with _made(final, file.stat().st_size) as partial:
        with partial.open("xb", buffering=_BLOCK) as target:
            decrypt(file, decryption, target)
        sync_file(partial)
        try:
            _whole(open_source(partial), file)
        except UnreadableError as cause:
            raise UnreadableError(
                f"what was encrypted in it is no bundle: {cause.problem}",
                where=str(file),
                remedy="Decrypt it with age itself to see what it is.",
            ) from cause
    return final


def _whole(source: Source, file: Path) -> Source:
    """The source, if it is that of a bundle and nothing in it is refused."""
    for refusal in source.refusals:
        raise UnreadableError(refusal.problem, where=f"{file}: {refusal.path}")
    _seal(source)
    return source


def _seal(source: Source) -> Seal:
    return parse_seal(source.read(SEAL_NAME, limit=SEAL_LIMIT))


def _size(source: Source) -> int:
    return sum(span.size for span in source.files.values())


def _copy(source: Source, target: Target, counted: Callable[[Iterable[Buffer]], Iterable[Buffer]]) -> None:
    """Every file into the target: those of the bag, the seal, signatures and time stamps."""

    def place(path: str) -> tuple[bool, bool, str]:
        return path.startswith((f"{FOLDER}/", f"{TIMESTAMPS_FOLDER}/")), path == SEAL_NAME, path

    for path in sorted(source.files, key=place):
        span = source.files[path]
        target.place(path, span.size)(counted(span.blocks()))
    target.finish()


def _check_same(source: Source, made: Source) -> None:
    """What was made opens, and holds the same files."""
    sizes = [{path: span.size for path, span in each.files.items()} for each in (source, made)]
    if made.refusals or sizes[0] != sizes[1]:
        raise AlteredError("changed while it was copied", where=source.name, remedy="Try again.")


@contextmanager
def _made(final: Path, needed: int) -> Iterator[Path]:
    """Where to write what is to become `final`; it gets its name if nothing goes wrong."""
    directory = final.parent
    with reaching(directory):
        directory.mkdir(parents=True, exist_ok=True)
    if final.exists() or final.is_symlink():
        raise UnavailableError(
            "something lies there already under this name",
            where=str(final),
            remedy="Move it away, or name another folder.",
        )
    partial = partial_beside(final)
    with reaching(directory), cleared(partial):
        check_room(directory, needed, "the bundle needs")
        yield partial
        partial.rename(final)
        sync_directory(directory)


def _counting(progress: Progress | None) -> Callable[[Iterable[Buffer]], Iterable[Buffer]]:
    """Passes blocks on, telling how many bytes that is."""
    done = 0

    def counted(blocks: Iterable[Buffer]) -> Iterator[Buffer]:
        nonlocal done
        for block in blocks:
            yield block
            done += len(block)
            if progress:
                progress(done)

    return counted
