"""The demo from an empty folder to a verified bundle: the mission, the day, the export, three signatures, the check."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldkit.bundle.attestation import Position
from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.last_export import Last, keep
from fieldkit.bundle.person_keys import person_key
from fieldkit.bundle.roster import SignerKey
from fieldkit.bundle.signing import Statement, sign_bundle
from fieldkit.bundle.verify import Report, verify_bundle
from fieldkit.capture.contact_sheet import contact_sheet
from fieldkit.capture.outside import write_file
from fieldkit.demo import drawing, law, pictures, story, talks, things
from fieldkit.demo.layout import BUNDLES, MISSION, SIGNERS
from fieldkit.demo.visit import Visit
from fieldkit.domain.words import word_list
from fieldkit.errors import UsageError
from fieldkit.journal.sshsig import public_of
from fieldkit.vault.durable import make_folder, replace_file
from fieldkit.vault.vault import Vault

_PASSPHRASE_WORDS = 5
_CAMERA_FILES = "Name a folder with camera files."


@dataclass(frozen=True, slots=True)
class Played:
    """Where everything lies, how the verification of the bundle came out, and the recovery words."""

    mission: Path
    bundle: Path
    passphrase_file: Path
    allowed_signers: Path
    report: Report
    recovery_words: tuple[str, ...]


def play(folder: Path, *, photos: Path | None = None, say: Callable[[str], None] = lambda _: None) -> Played:
    """Play the visit into `folder`, which must be new or empty; real camera files from `photos` where given.

    Raises `UsageError` where something is in the folder already, or `photos` is no folder with files.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "there is something here already", where=str(folder), remedy="Name a new or an empty folder."
        )
    if photos is not None and not photos.is_dir():
        raise UsageError("no such folder", where=str(photos), remedy=_CAMERA_FILES)
    if photos is not None and not any(path.is_file() for path in photos.rglob("*")):
        raise UsageError("there is no file in this folder", where=str(photos), remedy=_CAMERA_FILES)
    make_folder(folder)
    passphrase = " ".join(secrets.choice(word_list()) for _ in range(_PASSPHRASE_WORDS))
    passphrase_file = folder / "passphrase.txt"
    replace_file(passphrase_file, f"{passphrase}\n".encode())
    vault, words = Vault.create(
        folder / MISSION, title=story.TITLE, author=story.TEAM[0][0], passphrase=passphrase
    )
    with vault:
        visit = Visit(vault, say)
        talks.arrive(visit)
        talks.walk(visit)
        talks.classify_missiles(visit)
        with tempfile.TemporaryDirectory(prefix="fieldkit-demo-") as outside:
            things.declare(visit, Path(outside))
            things.count(visit)
            things.photograph(visit, Path(outside), photos)
            law.compare(visit, Path(outside))
        drawing.draw_witnessed(visit)
        things.secure(visit)
        drawing.look_again(visit)
        talks.conclude(visit)
        with tempfile.TemporaryDirectory(prefix="fieldkit-demo-") as outside:
            pictures.settle(visit, Path(outside))
        law.follow(visit)
        write_file(folder / "contact-sheet.html", contact_sheet(vault, vault.list("photo")))
        bundle, signers = _export_and_sign(visit, folder, say)
    report = verify_bundle(bundle, keys=signers)
    say(f"verified: {report.result}")
    return Played(folder / MISSION, bundle, passphrase_file, signers, report, words)


def _export_and_sign(visit: Visit, folder: Path, say: Callable[[str], None]) -> tuple[Path, Path]:
    """The bundle, signed by the deputy, refused by the host, signed last by the lead; and the list of their keys."""
    vault = visit.vault
    host = Ed25519PrivateKey.generate()
    signing = (
        ("deputy", person_key(vault, visit.team[1]), Position.ACCEPTS, ""),
        ("host", host, Position.REFUSES, "The five further items were declared by word of mouth."),
        ("lead", person_key(vault, visit.team[0]), Position.ACCEPTS, ""),
    )
    signers = [SignerKey(role, public_of(key)) for role, key, _, _ in signing]
    bundle = export_bundle(vault, folder / BUNDLES, required=signers).path
    say(f"exported {bundle.name}")
    for role, key, position, remark in signing:
        sign_bundle(bundle, Statement(role, position, remark), key)
    say("signed by the deputy and the lead, refused by the host")
    known = folder / SIGNERS
    replace_file(known, "".join(signer.allowed_signer for signer in signers).encode())
    keep(
        vault,
        Last(path=str(bundle.absolute()), folder=str(bundle.parent.absolute()), keys=str(known.absolute())),
    )
    return bundle, known
