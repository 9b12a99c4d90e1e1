"""One laptop of the team with its words shown large: admitting, striking off, trusting again, a new key for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.errors import RefusedError, UnavailableError, UsageError
from fieldkit.team.admission import Request, read_request, same_words
from fieldkit.team.histories import History
from fieldkit.team.members import Member, admit, give_history, member, new_key
from fieldkit.team.striking import FALLING, Falling, Undecided, known_histories, readmit, revoke
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.durable import replace_file
from fieldkit.vault.standing import ROLES

_MOST_REQUEST = 64 << 10


class BigWords(Plain):
    """Words to be read aloud across a table: one to a line, in spaced capitals."""

    DEFAULT_CSS = "BigWords { padding: 1 4; height: auto; text-style: bold; color: $accent; }"

    def put_words(self, words: Sequence[str]) -> None:
        """Show these."""
        self.put(
            "\n".join(f"{place}   {' '.join(word.upper())}" for place, word in enumerate(words, start=1))
        )


class MemberScreen(MissionScreen):
    """A laptop: whose it is, what it may do, the words of its key."""

    DEFAULT_CSS = """
    MemberScreen #facts { padding: 0 1; height: auto; }
    MemberScreen #about { padding: 0 1; height: 1fr; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("r", "revoke", "strike off", "It was lost or stolen, or its owner left the team", HERE),
        bound("k", "history", "give keys", "Give it the keys of what was recorded before it came", HERE),
        bound(
            "t",
            "readmit",
            "trust again",
            "Give it keys again, where an entry struck it off that does not count",
            HERE,
        ),
    ]

    def __init__(self, record: str) -> None:
        super().__init__()
        self._record = record

    def body(self) -> ComposeResult:
        yield Plain("LAPTOP", classes="title", id="head")
        yield Plain("looking…", id="facts")
        yield BigWords(id="words")
        yield Plain(
            "Both sides open this laptop's line and read the words aloud. If one differs, a key was exchanged:"
            " stop, and ask who leads.",
            id="about",
        )

    @task
    async def load(self) -> None:
        one = await self.store.write(lambda vault: member(vault, self._record))
        doc = one.record.doc
        name = one.person.doc.get("name") if one.person else "?"
        self.query_one("#head", Plain).put(f"LAPTOP {doc.get('letter')}  {name}")
        self.query_one("#facts", Plain).put(_facts(one))
        self.query_one(BigWords).put_words(one.words)

    @task
    async def action_revoke(self) -> None:
        """Strike it off."""
        twice = await self.store.write(lambda vault: known_histories(vault, self._record))
        self.app.push_screen(StrikeScreen(self._record, twice))

    def action_readmit(self) -> None:
        """Trust it again."""
        self.app.push_screen(ReadmitScreen(self._record))

    @task
    async def action_history(self) -> None:
        author = self.store.author
        await self.store.write(lambda vault: give_history(vault, self._record, author=author))
        self.fieldkit.recorded()
        self.tell("The keys are sealed to it; they travel with the next sync.", "done")


class _TeamAct(AskScreen):
    """An act on the team that is asked a reason for; what was done is told on the screen below."""

    def done(self, text: str) -> None:
        """Leave, and tell."""
        self.app.pop_screen()
        self.fieldkit.recorded()
        self.fieldkit.tell(text, "done")


class StrikeScreen(_TeamAct):
    """Why a laptop is struck off, and of a log that was written twice, which history counts."""

    title_text = "STRIKE OFF A LAPTOP"
    about = (
        "What it recorded and is here counts on. What comes later is kept, and does not count. Everything is sealed"
        " under a new key from now on. This cannot be taken back: to return, it asks to join anew."
    )

    def __init__(self, record: str, twice: Sequence[History]) -> None:
        super().__init__()
        self._record, self._twice = record, twice
        if twice:
            told = "\n".join(f"  {number}  {one}" for number, one in enumerate(twice, 1))
            self.about = (
                f"{self.about}\nITS LOG WAS WRITTEN TWICE, by it or by somebody with its key:\n{told}"
            )

    def rows(self) -> list[FieldRow]:
        rows = [
            FieldRow(asked("reason", "Reason", "Lost, stolen, left the team.")),
            FieldRow(
                asked(
                    "falling",
                    "What falls with it",
                    "Whom it struck off: refuse (and name them), renew (strike them off again), or let fall.",
                    choices=FALLING,
                ),
                "refuse",
            ),
        ]
        if self._twice:
            about = "The numbers of the histories that are its own, one of each log; or all."
            rows.append(FieldRow(asked("history", "What counts", about)))
        return rows

    async def answer(self, texts: Mapping[str, str]) -> None:
        author = self.store.author
        falling = cast("Falling", texts["falling"])
        history = _numbers(texts["history"]) if self._twice else "all"
        await self.store.write(
            lambda vault: revoke(
                vault, self._record, texts["reason"], history=history, falling=falling, author=author
            )
        )
        self.done("Struck off. Sync soon, so that the others hear of it.")


class ReadmitScreen(_TeamAct):
    """Why a laptop is trusted again."""

    title_text = "TRUST A LAPTOP AGAIN"
    about = (
        "An entry struck it off that does not count, because whoever said it was struck off himself. It may be true all"
        " the same: ask its owner where the laptop was. If it is in his hands, it is given keys again, and that entry is"
        " set aside, on record."
    )

    def __init__(self, record: str) -> None:
        super().__init__()
        self._record = record

    def rows(self) -> list[FieldRow]:
        return [FieldRow(asked("reason", "Reason", "Whom you asked, and what he said."))]

    async def answer(self, texts: Mapping[str, str]) -> None:
        author = self.store.author
        await self.store.write(lambda vault: readmit(vault, self._record, texts["reason"], author=author))
        self.done("Trusted again. Its keys travel with the next sync.")


class NewKeyScreen(_TeamAct):
    """Why the team is given a new key."""

    title_text = "A NEW KEY FOR THE TEAM"
    about = (
        "Everything is sealed under it from now on, for every laptop that belongs to the team. Needed where the newest key is"
        " lost, or somebody keeps it back, and laptops say that they send nothing under the old one."
    )

    def rows(self) -> list[FieldRow]:
        return [FieldRow(asked("reason", "Reason", "Why a new one is needed."))]

    async def answer(self, texts: Mapping[str, str]) -> None:
        author = self.store.author
        await self.store.write(lambda vault: new_key(vault, texts["reason"], author=author))
        self.done("Made. It travels with the next sync; what waited for it goes with that.")


class AdmitScreen(AskScreen):
    """Admitting a laptop: its request file, and the six words that its owner reads aloud."""

    title_text = "ADMIT A LAPTOP"
    about = (
        "Its owner made a request file and sees six words. Have them read aloud and type them as you hear them:"
        " only then is any key sealed to that laptop."
    )

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("request", "Request file", "As it was handed over.")),
            FieldRow(asked("words", "Words heard", "Six words; four letters of each are enough.")),
            FieldRow(asked("role", "Role", choices=ROLES), "inspector"),
            FieldRow(asked("history", "Earlier records", "May it read them?", choices=("yes", "no")), "yes"),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        path = Path(texts["request"].strip()).expanduser()
        request = await self.store.apart(lambda: _read(path))
        if not same_words(request.words, texts["words"]):
            raise RefusedError(
                "These are not the words of this file; nothing was granted",
                where="words",
                remedy="Have them read once more; if they differ again, somebody exchanged the file on the way.",
            )
        author, role, history = self.store.author, texts["role"], texts["history"] == "yes"
        data, words = await self.store.write(
            lambda vault: admit(vault, request, role, history=history, author=author)
        )
        grant = path.with_suffix(".grant")
        await self.store.apart(lambda: replace_file(grant, data))
        self.app.switch_screen(GrantedScreen(request.name, str(grant), words))
        self.fieldkit.changes += 1


class GrantedScreen(MissionScreen):
    """The words of a grant, to be read aloud to who joins."""

    DEFAULT_CSS = """
    GrantedScreen #about { padding: 0 1; height: auto; }
    GrantedScreen #next { padding: 0 1; height: 1fr; }
    """

    def __init__(self, name: str, grant: str, words: Sequence[str]) -> None:
        super().__init__()
        self._name = name
        self._grant = grant
        self._words = words

    def body(self) -> ComposeResult:
        yield Plain("ADMITTED: READ THESE WORDS ALOUD", classes="title")
        yield Plain(
            f"Hand {self._grant} to {self._name}, who compares these words before joining.", id="about"
        )
        yield BigWords(id="words")
        yield Plain("There: fieldkit members join GRANT. Then both sync with the depot.", id="next")

    def on_mount(self) -> None:
        self.query_one(BigWords).put_words(self._words)


def _facts(one: Member) -> str:
    doc = one.record.doc
    told = [f"{one.standing.role or 'not admitted'}, {doc.get('device')}, {one.size:,} entries here"]
    if one.standing.cut is not None:
        told.append(f"STRUCK OFF: its first {one.standing.cut} entries count. {doc.get('reason') or ''}")
    if one.standing.belongs and not one.standing.trusted:
        told.append(
            "IT WAS STRUCK OFF by an entry that does not count: it is given no keys until that is settled"
            " (t trusts it again, r strikes it off)."
        )
    if doc.get("history") is False:
        told.append("It was not given the keys of what was recorded before it came (k gives them).")
    return "\n".join(told)


def _numbers(text: str) -> Sequence[int] | Undecided:
    if text.strip().lower() == "all":
        return "all"
    numbers = text.replace(",", " ").split()
    if not all(one.isdecimal() for one in numbers):
        raise UsageError(
            f"{text!r} is neither numbers nor 'all'", where="history", remedy="Type 1 or 2, or all."
        )
    return [int(one) for one in numbers]


def _read(path: Path) -> Request:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_REQUEST + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise UsageError(
            "There is no such file", where="request", remedy="Check its name and folder."
        ) from None
    except OSError as error:
        raise UnavailableError(
            f"The file cannot be read ({error.strerror})", where="request", remedy="Is the stick plugged in?"
        ) from None
    return read_request(data, where="request")
