"""Signing in turn: who has signed and how, then the next one. A refusal is a choice like the others.

A member of the team signs with the key that the vault keeps, or with one of their own. For the host this laptop is locked
first: whoever then holds it sees what is signed and nothing of the mission.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual import on
from textual.app import ComposeResult

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
from fieldkit.tui.screens.ask import AskScreen, SecretRow, asked
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.handover_sheet import seal_words, signatures
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.choice import Choice
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.field import Editor, FieldRow
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp

POSITIONS: Final = tuple(position.value for position in Position)
_HOST: Final = "host"
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


class SigningScreen(MissionScreen):
    """Who has signed, who has to, and who is next."""

    AUTO_FOCUS = "#next"
    DEFAULT_CSS = """
    SigningScreen #words { padding: 0 1; height: auto; color: $accent; text-style: bold; }
    SigningScreen #signed { padding: 1; height: auto; max-height: 50%; }
    SigningScreen #next { height: 1fr; }
    """

    def __init__(self, bundle: str) -> None:
        super().__init__()
        self._bundle = Path(bundle)
        self._seal = ""
        self._waited_for: list[str] = []

    def body(self) -> ComposeResult:
        yield Plain(f"SIGN  {self._bundle.name}", classes="title")
        yield Plain(id="words")
        yield Plain(id="signed")
        yield Choices(
            [
                Line("team", "a member of the team signs, with the key in the vault", "t"),
                Line("key", "somebody signs with a key file of their own", "k"),
                Line("host", "the host signs: this laptop is locked first, then handed over", "h"),
                Line("told", "somebody refuses or signs on paper alone: put it on record", "n"),
            ],
            id="next",
        )

    @task
    async def load(self) -> None:
        report = await self.store.apart(lambda: signed_so_far(self._bundle))
        self._seal = report.seal
        self._waited_for = [each.partition(" ")[0] for each in report.missing]
        self.query_one("#words", Plain).put(f"Its seal in words: {' · '.join(seal_words(report.seal))}")
        self.query_one("#signed", Plain).put(
            "\n".join(["SIGNED", *(f"  {line}" for line in signatures(report))])
        )

    @on(Choices.Taken)
    async def _taken(self, event: Choices.Taken) -> None:
        match event.key:
            case "team":
                names = await self.store.read(_team)
                self.app.push_screen(
                    TeamSignScreen(
                        self._bundle,
                        next((role for role in self._waited_for if role != _HOST), "lead"),
                        names,
                        self.opened.name,
                    )
                )
            case "key":
                self.app.push_screen(KeySignScreen(self._bundle, next(iter(self._waited_for), _HOST)))
            case "host":
                self.app.call_later(_hand_to_host, self.fieldkit, self._bundle)
            case _:
                self.app.push_screen(ToldScreen(self._bundle.name, self._seal))


async def _hand_to_host(app: FieldkitApp, bundle: Path) -> None:
    """Close the vault, then show what the host signs. Run by the app: locking takes every screen of the mission away."""
    await app.action_lock()
    await app.push_screen(HostSignScreen(bundle))


class _SignScreen(AskScreen):
    """What every signer says: role, position, remark. `key` says with what they sign."""

    about = (
        "The whole copy is checked first: what does not verify is not signed. To refuse is a valid outcome."
    )

    def __init__(self, bundle: Path, role: str) -> None:
        super().__init__()
        self._bundle = bundle
        self._role = role

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
        if position is Position.REFUSES and not remark:
            raise UsageError("A refusal says why", where="remark", remedy="In the signer's own words.")
        papers = await self.store.apart(lambda: _papers(texts.get("paper", "")))
        key = await self.key(texts)
        statement = Statement(texts["role"].strip(), position, remark, papers)
        self.tell("Checking the whole copy…")
        try:
            signed = await self.store.apart(lambda: sign_bundle(self._bundle, statement, key))
        except FieldkitError as error:
            self.tell("")
            error.where = _FIELDS.get(error.where, error.where)
            raise
        self.done(signed, statement)

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

    def __init__(self, bundle: Path, role: str, names: tuple[str, ...], name: str) -> None:
        super().__init__(bundle, role)
        self._names = names
        self._acting = name

    def signer_rows(self) -> list[FieldRow]:
        return [_WhoRow(asked("signer", "Who", choices=self._names), self._acting)]

    def last_rows(self) -> list[FieldRow]:
        hint = "Of somebody without a key: ROLE POSITION SCAN NAME, as: host refuses paper.pdf Maj. Salem"
        return [FieldRow(asked("paper", "On paper", hint, required=False))]

    async def key(self, texts: Mapping[str, str]) -> PrivateKey:
        name = texts["signer"]
        return await self.store.write(lambda vault: person_key(vault, vault.person(name)))


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
    """What the host sees: what is signed, and their own words. The vault is closed."""

    title_text = "SIGNATURE OF THE HOST"

    def __init__(self, bundle: Path) -> None:
        super().__init__(bundle, _HOST)
        self.about = (
            f"What is signed: the bundle {bundle.name}, as it lies in {bundle.parent}. A signature says which position you"
            " take; it is not agreement by itself. You may refuse, and say why."
        )

    @task
    async def load(self) -> None:
        report = await self.store.apart(lambda: signed_so_far(self._bundle))
        self.tell(f"Its seal in words: {' · '.join(seal_words(report.seal))}")

    def on_mount(self) -> None:
        super().on_mount()
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

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("role", "Role", "As: host."), _HOST),
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


def _team(reader: VaultReader) -> tuple[str, ...]:
    return tuple(
        str(view.doc["name"]) for view in reader.find("person", "party", "team") if not view.retracted
    )


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
