"""What is typed to sign a bundle, or to put a refusal on record. The words of a signer are kept while they are typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from fieldkit.bundle.attestation import Position, RecordedFor
from fieldkit.bundle.opening import open_source
from fieldkit.bundle.person_keys import person_key
from fieldkit.bundle.seal import SEAL_LIMIT, SEAL_NAME, parse_seal, seal_digest
from fieldkit.bundle.signing import Signed, Statement, paper_digest, sign_bundle
from fieldkit.bundle.verify import Report
from fieldkit.bundle.verify.signatures import check_signatures
from fieldkit.domain.fields import Field, FieldType
from fieldkit.errors import FieldkitError, UnavailableError, UsageError
from fieldkit.journal.sshsig import PrivateKey, load_private
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.exporting_progress import Course
from fieldkit.tui.screens.handover_sheet import seal_words
from fieldkit.tui.screens.kept import SecretRow
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.choice import Choice
from fieldkit.tui.widgets.field import Editor, FieldRow
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault

POSITIONS: Final = tuple(position.value for position in Position)
HOST: Final = "host"
_LOOK_SECONDS: Final = 1.0
_KEY_FILE_LIMIT: Final = 64 << 10
_FIELDS: Final = {"--role": "role", "--remark": "remark", "--position": "position"}
_MEANT: Final = {
    "authored": "signed as its author",
    "notice_taken": "received it, no more",
    "agreed": "agreed",
    "with_remarks": "agreed with remarks",
    "refused": "refused to sign",
}


def signed_so_far(bundle: Path) -> Report:
    """Who has signed a bundle and who has not yet, by its seal; the rest of it is not read."""
    report = Report(bundle.name)
    source = open_source(bundle)
    data = source.read(SEAL_NAME, limit=SEAL_LIMIT)
    report.seal = seal_digest(data)
    check_signatures(source, report.seal, parse_seal(data), None, report)
    return report


class _SignScreen(AskScreen):
    """What every signer says: role, position, remark. `key` says with what they sign."""

    about = (
        "The whole copy is checked first: what does not verify is not signed. To refuse is a valid outcome."
    )

    def __init__(self, bundle: Path, role: str) -> None:
        super().__init__()
        self._bundle = bundle
        self._role = role
        self._course = Course()
        self._busy = False
        self.draft = f"signing/{type(self).__name__}/{bundle.name}"

    def signer_rows(self) -> list[FieldRow]:
        """Rows that say who signs, with what."""
        return []

    def last_rows(self) -> list[FieldRow]:
        """Rows behind the remark."""
        return []

    def rows(self) -> list[FieldRow]:
        return [
            *self.signer_rows(),
            FieldRow(asked("role", "Role", "As: lead, deputy, host, inspector-2."), self._role),
            FieldRow(asked("position", "Position", choices=POSITIONS)),
            FieldRow(_long("remark", "Remark", "In any language. A refusal says why.")),
            *self.last_rows(),
        ]

    async def key(self, texts: Mapping[str, str]) -> PrivateKey:
        """The key that signs."""
        raise NotImplementedError

    async def answer(self, texts: Mapping[str, str]) -> None:
        position, remark = Position(texts["position"]), texts["remark"].strip()
        if self._busy:
            raise UsageError("It is being signed already", remedy="Wait until the whole copy is checked.")
        if position is Position.REFUSES and not remark:
            raise UsageError("A refusal says why", where="remark", remedy="In the signer's own words.")
        papers = await self.store.apart(lambda: _papers(texts.get("paper", "")))
        key = await self.key(texts)
        statement = Statement(texts["role"].strip(), position, remark, papers)
        self._busy = True
        look = self.set_interval(_LOOK_SECONDS, lambda: self.tell(self._course.line()))
        try:
            signed = await self.store.apart(lambda: self._sign(statement, key))
        except FieldkitError as error:
            error.where = _FIELDS.get(error.where, error.where)
            raise
        finally:
            look.stop()
            self._busy = False
            self.tell("")
        self.done(signed, statement)

    def _sign(self, statement: Statement, key: PrivateKey) -> Signed:
        self._course.begin("checking the whole copy", in_bytes=True)

        def told(what: str, done: int, total: int) -> None:
            self._course.in_bytes = what == "files"
            self._course.reach(done, total)

        return sign_bundle(self._bundle, statement, key, progress=told)

    def done(self, signed: Signed, statement: Statement) -> None:
        """It is signed."""
        self.app.pop_screen()
        self.fieldkit.recorded()
        self.fieldkit.tell(said(signed, statement), "done")


class _WhoRow(FieldRow):
    """A choice among names as they are."""

    def make_editor(self, text: str, marks: tuple[str, ...]) -> Editor:
        return Choice(self.field.choices, text, id=f"field-{self.field.name}")


class TeamSignScreen(_SignScreen):
    """A member of the team, with the key that the vault keeps for them; also what others signed on paper."""

    title_text = "SIGN AS THE TEAM"

    def __init__(self, bundle: Path, role: str, team: Mapping[str, str], person: str) -> None:
        super().__init__(bundle, role)
        self._team = team
        self._acting = next((name for name, record in team.items() if record == person), "")

    def signer_rows(self) -> list[FieldRow]:
        return [_WhoRow(asked("signer", "Who", choices=tuple(self._team)), self._acting)]

    def last_rows(self) -> list[FieldRow]:
        hint = "Of somebody without a key: ROLE POSITION SCAN NAME, as: host refuses paper.pdf Maj. Salem"
        return [FieldRow(asked("paper", "On paper", hint, required=False))]

    async def key(self, texts: Mapping[str, str]) -> PrivateKey:
        person = self._team[texts["signer"]]
        return await self.store.write(lambda vault: person_key(vault, person))


class KeySignScreen(_SignScreen):
    """Anybody, with an OpenSSH key of their own."""

    title_text = "SIGN WITH A KEY FILE"

    def signer_rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("key", "Key file", "An OpenSSH Ed25519 private key.")),
            SecretRow(asked("secret", "Its passphrase", "If it has one.", required=False)),
        ]

    async def key(self, texts: Mapping[str, str]) -> PrivateKey:
        path = Path(texts["key"].strip()).expanduser()
        data = await self.store.apart(lambda: _key_file(path))
        try:
            return load_private(data, texts["secret"].encode() or None, where="key")
        except FieldkitError as error:
            error.where = "secret" if texts["secret"] or "passphrase" in error.problem else "key"
            raise


class HostSignScreen(KeySignScreen):
    """What the host sees: what is signed, and their own words, which are kept sealed. The vault is closed."""

    title_text = "SIGNATURE OF THE HOST"
    in_letterbox = True

    def __init__(self, bundle: Path) -> None:
        super().__init__(bundle, HOST)
        self.about = (
            f"What is signed: the bundle {bundle.name}, as it lies in {bundle.parent}. A signature says which position you"
            " take; it is not agreement by itself. You may refuse, and say why."
        )

    @task
    async def load(self) -> None:
        report = await self.store.apart(lambda: signed_so_far(self._bundle))
        self.tell(f"Its seal in words: {' · '.join(seal_words(report.seal))}")

    def on_mount(self) -> None:
        self.load()

    def done(self, signed: Signed, statement: Statement) -> None:
        self.app.pop_screen()
        self.fieldkit.tell(f"{said(signed, statement)} This laptop is locked; hand it back.", "done")


class ToldScreen(AskScreen):
    """Somebody refuses to sign, or signs on paper alone: it goes into the journal."""

    title_text = "PUT A SIGNATURE OR A REFUSAL ON RECORD"
    about = "It stands in the journal, with the digest of the seal, and travels in the next bundle."

    def __init__(self, name: str, seal: str) -> None:
        super().__init__()
        self._bundle = name
        self._seal = seal
        self.draft = f"signing/told/{name}"

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("role", "Role", "As: host."), HOST),
            FieldRow(asked("position", "What they did", choices=tuple(_MEANT)), "refused"),
            FieldRow(asked("signer", "Who", "Name or number; left out where unknown.", required=False)),
            FieldRow(_long("remark", "Their words", "Why, as they said it.")),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        said, author = texts["remark"].strip(), self.store.author
        if not said:
            raise UsageError(
                "Their words are needed", where="remark", remedy="As they said it, or 'gave no reason'."
            )

        def record(vault: Vault) -> str:
            who = _person(vault, texts["signer"].strip())
            values = {
                "digest": self._seal,
                "position": texts["position"],
                "role": texts["role"].strip(),
                "remark": f"{self._bundle}: {said}",
            }
            (recorded,) = vault.record(
                [Add("signoff", values | ({"signer": who} if who else {}))], author=author
            )
            return recorded.number

        number = await self.store.write(record)
        self.app.pop_screen()
        self.fieldkit.recorded()
        self.fieldkit.tell(f"{number}: {texts['role']} {_MEANT[texts['position']]}. Recorded.", "done")


def said(signed: Signed, statement: Statement) -> str:
    """What has just been signed, and who is left."""
    left = f" Still to sign: {', '.join(signed.remaining)}." if signed.remaining else ""
    return f"Signed as {statement.role}: {statement.position}.{left}"


def _long(name: str, label: str, help: str) -> Field:
    return replace(asked(name, label, help, required=False), type=FieldType.TEXT)


def _person(vault: Vault, text: str) -> str:
    """The record id of a person of either side, by name or number; empty for an empty text."""
    if not text:
        return ""
    found = [view.id for view in vault.find("person", "name", text) if not view.retracted]
    if len(found) == 1:
        return found[0]
    try:
        return vault.get(text).id
    except UsageError:
        raise UsageError(
            f"Nobody here is called {text!r}",
            where="signer",
            remedy="Leave it out, or type the name as recorded.",
        ) from None


def _papers(text: str) -> tuple[RecordedFor, ...]:
    if not text.strip():
        return ()
    parts = text.split(maxsplit=3)
    if len(parts) != 4 or parts[1] not in POSITIONS:
        raise UsageError(
            "This is not: role, position, scan, name",
            where="paper",
            remedy=f"Positions: {', '.join(POSITIONS)}.",
        )
    role, position, scan, name = parts
    try:
        return (RecordedFor(role, Position(position), paper_digest(Path(scan).expanduser()), name),)
    except UnavailableError as error:
        raise UsageError(error.problem, where="paper", remedy="Check the name of the scan.") from None


def _key_file(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_KEY_FILE_LIMIT + 1)
    except OSError as error:
        raise UsageError(
            f"The file cannot be read ({error.strerror})", where="key", remedy="Is the stick in?"
        ) from None
