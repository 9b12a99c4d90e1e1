"""Bundles each with one defect: what attackers and bad tools do to the bag and its seal.

Every maker is named by the defect it makes and says what a verifier has to answer: the exit code, and the file that
must be named. Most start from a genuine, signed bundle; where the text says `reissued`, a bad tool made the defect
before everybody signed, so that no digest and no signature betrays it.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bundle.builders import (
    HOST,
    LEAD,
    Files,
    complete,
    digest,
    is_tag,
    manifest,
    photograph,
    reissued,
    seal_text,
    sealed_anew,
    signed,
    small_visit,
    unsigned,
    with_manifests,
    write_folder,
    write_zip,
)

ORIGINAL = f"data/media/{digest(photograph('a'))}.jpg"
TAG_MANIFEST = "tagmanifest-sha256.txt"
HOST_SAYS, LEAD_SAYS = "signatures/01-host.att", "signatures/02-lead.att"


class Made(NamedTuple):
    """A defective bundle, the exit code it must give, and what the report must name."""

    path: Path
    exit_code: int
    at_fault: str


Maker = Callable[[Path], Made]
BUNDLES: dict[str, Maker] = {}


def defect(
    registry: dict[str, Maker], exit_code: int, at_fault: str
) -> Callable[[Callable[[Path], Path]], Maker]:
    """Enter a maker under its own name."""

    def enter(make: Callable[[Path], Path]) -> Maker:
        def made(folder: Path) -> Made:
            return Made(make(folder), exit_code, at_fault)

        registry[make.__name__] = made
        return made

    return enter


def altered(at_fault: str) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(BUNDLES, 3, at_fault)


def unreadable(at_fault: str) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(BUNDLES, 5, at_fault)


def genuine() -> Files:
    return complete(small_visit())


def bundle(folder: Path, files: Files) -> Path:
    return write_folder(files, folder / "visit-1")


def without(files: Files, *gone: str) -> Files:
    return {path: data for path, data in files.items() if path not in gone}


# The bag


@altered(ORIGINAL)
def same_size_change(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {ORIGINAL: files[ORIGINAL][:-1] + b"!"})


@altered(ORIGINAL)
def truncated_original(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {ORIGINAL: files[ORIGINAL][:-1]})


@altered(ORIGINAL)
def missing_original(folder: Path) -> Path:
    return bundle(folder, without(genuine(), ORIGINAL))


@altered(TAG_MANIFEST)
def dropped_payload_with_manifests_rewritten(folder: Path) -> Path:
    return bundle(folder, with_manifests(without(genuine(), ORIGINAL)))


@altered(HOST_SAYS)
def dropped_payload_with_seal_rewritten(folder: Path) -> Path:
    files = with_manifests(without(genuine(), ORIGINAL))
    return bundle(folder, files | {"seal.txt": seal_text(small_visit(), files)})


@altered(TAG_MANIFEST)
def deleted_tag_manifest(folder: Path) -> Path:
    return bundle(folder, without(genuine(), TAG_MANIFEST))


@altered("manifest-sha256.txt")
def deleted_manifest(folder: Path) -> Path:
    return bundle(folder, without(genuine(), "manifest-sha256.txt"))


@altered("manifest-md5.txt")
def md5_downgrade(folder: Path) -> Path:
    files = without(genuine(), TAG_MANIFEST, "manifest-sha256.txt")
    files["manifest-md5.txt"] = "".join(
        f"{hashlib.md5(data).hexdigest()}  {path}\n"
        for path, data in sorted(files.items())
        if path[:5] == "data/"
    ).encode()
    files["tagmanifest-md5.txt"] = "".join(
        f"{hashlib.md5(data).hexdigest()}  {path}\n" for path, data in sorted(files.items()) if is_tag(path)
    ).encode()
    return bundle(folder, files)


@altered("manifest-md5.txt")
def md5_manifest_beside_it_reissued(folder: Path) -> Path:
    md5 = f"{hashlib.md5(photograph('a')).hexdigest()}  {ORIGINAL}\n".encode()
    return bundle(folder, reissued(genuine() | {"manifest-md5.txt": md5}, small_visit()))


@altered("note.txt")
def unlisted_tag_file(folder: Path) -> Path:
    return bundle(folder, genuine() | {"note.txt": b"Nothing was found.\n"})


@altered("data/views/other.html")
def unlisted_payload_file(folder: Path) -> Path:
    return bundle(folder, genuine() | {"data/views/other.html": b"<p>Nothing was found.</p>"})


@altered("signatures-evil/x.txt")
def unlisted_file_in_a_folder_named_nearly_as_signatures(folder: Path) -> Path:
    return bundle(folder, genuine() | {"signatures-evil/x.txt": b"Nothing was found.\n"})


@altered("timestamps_x/x.txt")
def unlisted_file_in_a_folder_named_nearly_as_timestamps(folder: Path) -> Path:
    return bundle(folder, genuine() | {"timestamps_x/x.txt": b"Nothing was found.\n"})


@altered("signatures-evil/x.txt")
def unlisted_file_in_such_a_folder_of_a_zip(folder: Path) -> Path:
    return write_zip(genuine() | {"signatures-evil/x.txt": b"Nothing was found.\n"}, folder / "visit-1.zip")


@altered("timestamps/report.html")
def page_among_the_time_stamps(folder: Path) -> Path:
    return bundle(folder, genuine() | {"timestamps/report.html": b"<p>Nothing was found.</p>"})


@altered("timestamps/a/b/c.exe")
def program_below_the_time_stamps(folder: Path) -> Path:
    return bundle(folder, genuine() | {"timestamps/a/b/c.exe": b"MZ"})


@altered("timestamps/report.html")
def page_among_the_time_stamps_of_a_zip(folder: Path) -> Path:
    return write_zip(genuine() | {"timestamps/report.html": b"<p>x</p>"}, folder / "visit-1.zip")


@altered("timestamps/03-observer.tsr")
def time_stamp_over_a_signature_that_is_not_there(folder: Path) -> Path:
    return bundle(folder, genuine() | {"timestamps/03-observer.tsr": b"x"})


@altered("data/views/report.html")
def rewritten_view(folder: Path) -> Path:
    return bundle(folder, genuine() | {"data/views/report.html": b"<p>Hall 3</p>\n"})


@altered("data/views/empty/")
def empty_folder(folder: Path) -> Path:
    made = bundle(folder, genuine())
    (made / "data/views/empty").mkdir()
    return made


@altered("bag-info.txt")
def wrong_payload_count_reissued(folder: Path) -> Path:
    files = genuine() | {"bag-info.txt": b"Payload-Oxum: 1.1\n"}
    files[TAG_MANIFEST] = manifest(files, filter(is_tag, files))
    return bundle(folder, sealed_anew(files, small_visit()))


@unreadable("bagit.txt")
def latin_bag_declaration_reissued(folder: Path) -> Path:
    declaration = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: ISO-8859-1\n"
    return bundle(folder, reissued(genuine() | {"bagit.txt": declaration}, small_visit()))


@altered("data/media/" + "0" * 64 + ".jpg")
def original_under_another_name_reissued(folder: Path) -> Path:
    files = genuine()
    files["data/media/" + "0" * 64 + ".jpg"] = files.pop(ORIGINAL)
    return bundle(folder, reissued(files, small_visit()))


@defect(BUNDLES, 1, digest(b"stray"))
def original_that_nobody_names_reissued(folder: Path) -> Path:
    files = genuine() | {f"data/media/{digest(b'stray')}.jpg": b"stray"}
    return bundle(folder, reissued(files, small_visit()))


def _with_manifest(folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    """The manifest's lines changed, everything above it made to fit, and signed by everybody."""
    files = genuine()
    files["manifest-sha256.txt"] = b"".join(change(files["manifest-sha256.txt"].splitlines(keepends=True)))
    files[TAG_MANIFEST] = manifest(files, filter(is_tag, files))
    return bundle(folder, sealed_anew(files, small_visit()))


@unreadable("manifest-sha256.txt")
def manifest_out_of_order_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: lines[::-1])


@unreadable("manifest-sha256.txt")
def manifest_with_a_line_twice_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: [lines[0], *lines])


@unreadable("manifest-sha256.txt")
def manifest_in_upper_case_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: [lines[0].upper(), *lines[1:]])


@unreadable("manifest-sha256.txt")
def manifest_with_carriage_returns_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: [line.replace(b"\n", b"\r\n") for line in lines])


@unreadable("manifest-sha256.txt")
def manifest_that_leads_outside_reissued(folder: Path) -> Path:
    (folder / "outside").write_bytes(b"x")
    return _with_manifest(folder, lambda lines: [f"{digest(b'x')}  data/../../outside\n".encode(), *lines])


@unreadable("manifest-sha256.txt")
def manifest_with_an_escaped_newline_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: [*lines, f"{digest(b'x')}  data/x%0ay\n".encode()])


@unreadable("fetch.txt")
def fetch_file(folder: Path) -> Path:
    fetch = f"https://198.51.100.7/a.jpg 300 {ORIGINAL}\n".encode()
    return bundle(folder, without(genuine(), ORIGINAL) | {"fetch.txt": fetch})


# Things that are no files, and names that are none of the format


@unreadable(ORIGINAL)
def symlink_to_an_original(folder: Path) -> Path:
    made = bundle(folder, genuine())
    (made / ORIGINAL).rename(folder / "elsewhere.jpg")
    (made / ORIGINAL).symlink_to(folder / "elsewhere.jpg")
    return made


@unreadable("data/views")
def symlink_to_a_folder(folder: Path) -> Path:
    made = bundle(folder, genuine())
    (made / "data/views").rename(folder / "elsewhere")
    (made / "data/views").symlink_to(folder / "elsewhere")
    return made


@unreadable("data/views/pipe")
def named_pipe(folder: Path) -> Path:
    made = bundle(folder, genuine())
    os.mkfifo(made / "data/views/pipe")
    return made


@unreadable(ORIGINAL)
def named_pipe_in_place_of_an_original(folder: Path) -> Path:
    made = bundle(folder, without(genuine(), ORIGINAL))
    os.mkfifo(made / ORIGINAL)
    return made


@unreadable("signatures/03-x")
def unix_socket(folder: Path) -> Path:
    made = bundle(folder, genuine())
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(made)
        try:
            listener.bind("signatures/03-x")
        finally:
            os.chdir(here)
    return made


@unreadable("data/views/null")
def device(folder: Path) -> Path:
    made = bundle(folder, genuine())
    try:
        os.mknod(made / "data/views/null", 0o20644, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices can be made by the superuser only")
    return made


def _named(folder: Path, name: str | bytes) -> Path:
    made = bundle(folder, genuine())
    (made / os.fsdecode(name)).write_bytes(b"x")
    return made


@unreadable("a␊b")
def newline_in_a_name(folder: Path) -> Path:
    return _named(folder, "data/views/a\nb")


@unreadable("a%0Ab")
def escaped_newline_in_a_name(folder: Path) -> Path:
    return _named(folder, "data/views/a%0Ab")


@unreadable("gpj.exe")
def reordering_character_in_a_name(folder: Path) -> Path:
    return _named(folder, "data/views/photo\u202egpj.exe")


@unreadable("data/views/")
def name_that_is_not_utf8(folder: Path) -> Path:
    return _named(folder, b"data/views/\xff\xfe")


@unreadable("verify.txt")
def names_that_differ_in_case(folder: Path) -> Path:
    return _named(folder, "verify.txt")


@unreadable("data/views/.hidden")
def hidden_file(folder: Path) -> Path:
    return _named(folder, "data/views/.hidden")


@unreadable("data/views/con.txt")
def name_of_a_windows_device(folder: Path) -> Path:
    return _named(folder, "data/views/con.txt")


# The seal


@unreadable("seal.txt")
def missing_seal(folder: Path) -> Path:
    return bundle(folder, without(genuine(), "seal.txt"))


@unreadable("seal.txt")
def seal_with_a_line_more(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {"seal.txt": files["seal.txt"] + b"note all is well\n"})


@altered("seal.txt")
def seal_of_another_time(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {"seal.txt": files["seal.txt"].replace(b"08:00:08", b"08:00:09")})


@altered("seal.txt")
def seal_without_required_signatures(folder: Path) -> Path:
    lines = genuine()["seal.txt"].splitlines(keepends=True)
    return bundle(
        folder, genuine() | {"seal.txt": b"".join(line for line in lines if line[:8] != b"required")}
    )


@altered(HOST_SAYS)
def seal_passed_off_as_newer(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {"seal.txt": files["seal.txt"].replace(b"seal/v1", b"seal/v3")})


@defect(BUNDLES, 9, "seal.txt")
def seal_of_a_newer_version_reissued(folder: Path) -> Path:
    files = unsigned(small_visit())
    files["seal.txt"] = files["seal.txt"].replace(b"seal/v1", b"seal/v2")
    return bundle(folder, signed(signed(files, "host", HOST), "lead", LEAD))
