"""Making a bundle: where to, in which form, for whom, and who has to sign it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fieldkit.bundle.export import Exported, export_bundle
from fieldkit.bundle.last_export import Last, keep
from fieldkit.bundle.lines import ROLE
from fieldkit.bundle.person_keys import person_key
from fieldkit.bundle.roster import SignerKey, required_signer
from fieldkit.bundle.transport import Encryption, named_recipients
from fieldkit.errors import UsageError
from fieldkit.journal.sshsig import public_of
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.exporting_progress import Course
from fieldkit.tui.screens.handover import HandoverScreen
from fieldkit.tui.screens.kept import SecretRow
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.vault.vault import Vault

FORMS: Final = ("folder", "zip", "encrypted")


class ExportScreen(AskScreen):
    """Where the bundle goes, in which form, and who has to sign it."""

    title_text = "EXPORT"
    about = (
        "A folder or a zip can be read by whoever gets hold of it; encrypted, only by whom it is made for."
        " Withheld and held photos stay behind."
    )

    def __init__(self, known: Last) -> None:
        super().__init__()
        self._known = known

    def rows(self) -> list[FieldRow]:
        known = self._known
        return [
            FieldRow(asked("folder", "To", "A folder: on a stick, as /media/stick/bundles."), known.folder),
            FieldRow(asked("form", "Form", choices=FORMS), known.form),
            FieldRow(
                asked(
                    "recipients", "Encrypted to", "Keys: age1… or 'ssh-ed25519 …', by commas.", required=False
                ),
                known.recipients,
            ),
            SecretRow(
                asked("passphrase", "Or passphrase", "Of the bundle, not of the vault.", required=False)
            ),
            FieldRow(
                asked(
                    "required",
                    "Has to sign",
                    "as: lead, host=host_key.pub. A role alone is yours, with your key in the vault.",
                    required=False,
                ),
                known.required,
            ),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        folder = Path(texts["folder"].strip()).expanduser()
        wanted = replace(
            self._known,
            folder=str(folder),
            form=texts["form"],
            recipients=texts["recipients"].strip(),
            required=texts["required"].strip(),
        )
        encryption = None
        if wanted.form == "encrypted":
            recipients, secret = _parts(wanted.recipients), texts["passphrase"]
            if not recipients and not secret:
                raise UsageError(
                    "An encrypted bundle is made for somebody",
                    where="recipients",
                    remedy="Give a key, or a passphrase below.",
                )
            keys = tuple(key for text in recipients for key in named_recipients(text))
            encryption = Encryption(keys, secret)
        job = Job(wanted, encryption, self.store.author)
        self.app.switch_screen(HandoverScreen(wanted, job.run))


@dataclass(frozen=True, slots=True)
class Job:
    """A bundle to be made, and by whom."""

    wanted: Last
    encryption: Encryption | None
    author: str | None

    def run(self, vault: Vault, course: Course) -> Exported:
        """Write it. What was typed is remembered first, so that a refusal costs no typing."""
        course.begin("writing", in_bytes=True)
        keep(vault, self.wanted)
        exported = export_bundle(
            vault,
            Path(self.wanted.folder),
            zipped=self.wanted.form == "zip",
            encryption=self.encryption,
            required=[_signer(vault, text, self.author) for text in _parts(self.wanted.required)],
            progress=course.reach,
        )
        keep(vault, replace(self.wanted, path=str(exported.path)))
        return exported


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _signer(vault: Vault, text: str, author: str | None) -> SignerKey:
    """`ROLE=KEYFILE`, or a role alone: whoever acts here signs in it, with the key that the vault keeps."""
    if "=" in text:
        return required_signer(text)
    if not ROLE.fullmatch(text):
        raise UsageError(
            f"{text!r} is no role",
            where="Has to sign",
            remedy="Lower-case letters, digits and hyphens: lead, host.",
        )
    return SignerKey(text, public_of(person_key(vault, author or vault.author)))
