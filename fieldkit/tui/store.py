"""The mission that is open, reached from the screens without ever blocking them.

Four lanes, each a thread of its own: one owns the writing `Vault`, one a reader for lists and look-ups, one a reader for
what has to look through everything (the ledger of the inventory), and long acts (a card, a declaration, an export) get a
vault of their own for as long as they take, and give way to the keys. Each lane does one thing after the other; what was handed over to be written
is written even where the screen that asked has gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import InterruptedByUserError, UnavailableError
from fieldkit.tui.opened import Opened, look_at
from fieldkit.tui.priority import give_way
from fieldkit.vault import recovery_words
from fieldkit.vault.letterbox import Letterbox, empty_into, letterbox_of
from fieldkit.vault.making import is_unbegun
from fieldkit.vault.missions import keep, known, remember
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.slots import KdfParameters
from fieldkit.vault.stages import Stage
from fieldkit.vault.vault import Vault

_Result = TypeVar("_Result")


class Store:
    """The lanes. Closed and opened again any number of times; every method is called from the event loop."""

    def __init__(self) -> None:
        self._writing = ThreadPoolExecutor(1, "fieldkit-writing")
        self._reading = ThreadPoolExecutor(1, "fieldkit-reading")
        self._wide = ThreadPoolExecutor(1, "fieldkit-wide")
        self._long = ThreadPoolExecutor(1, "fieldkit-long", initializer=give_way)
        self._long_acts = 0
        self._vault: Vault | None = None
        self._readers: dict[ThreadPoolExecutor, VaultReader] = {}
        self._letterbox: Letterbox | None = None
        self._letters: dict[str, Doc] = {}
        self.author: str | None = None
        """The record id of the person who acts, where it is not the vault's own author."""

    @property
    def is_open(self) -> bool:
        """Whether a mission is open."""
        return self._vault is not None

    @property
    def is_busy(self) -> bool:
        """Whether an act of seconds or minutes is being done, or waits."""
        return self._long_acts > 0

    @property
    def folder(self) -> Path | None:
        """The folder of the vault that is open."""
        return None if self._vault is None else self._vault.folder

    async def open(self, folder: Path, passphrase: str, person: str | None = None) -> Opened | None:
        """Unlock a mission; `person` says who acts. None where the vault is open and its mission yet to begin. Raises as
        `Vault.open`."""
        return await self._run(self._writing, lambda: self._unlock(folder, passphrase, person))

    async def prepare(self, folder: Path, passphrase: str, kdf: KdfParameters | None = None) -> Opened | None:
        """Make a vault for a mission, or go on with one whose mission was not begun; it is open then, as by `open`. Raises as
        `Vault.prepare_mission`."""

        def make() -> Opened | None:
            if is_unbegun(folder):
                return self._unlock(folder, passphrase, None)
            before = known()
            remember(folder)
            try:
                vault = Vault.prepare_mission(folder, passphrase, kdf=kdf)
            except BaseException:
                keep(before)
                raise
            return self._begin(vault, None)

        return await self._run(self._writing, make)

    async def begin(
        self,
        *,
        title: str,
        author: str,
        regime: str,
        mission: Mapping[str, JSON],
        team: Sequence[str],
        kdf: KdfParameters | None = None,
    ) -> tuple[Opened, tuple[str, ...]]:
        """Begin the mission of the vault that is open; also the recovery words. Raises as `Vault.begin`."""

        def begin(vault: Vault) -> tuple[Opened, tuple[str, ...]]:
            words = vault.begin(
                title=title, author=author, regime=regime, mission=mission, team=team, kdf=kdf
            )
            opened = look_at(vault, vault.author)
            recovery_words.expect_written(vault)
            return opened, words

        return await self.write(begin)

    def write(self, act: Callable[[Vault], _Result]) -> Awaitable[_Result]:
        """Hand over an act for the writing vault; it is done even where the caller is cancelled meanwhile.

        Whoever waits for it waits for every other writer, too: never in a handler of messages, which paints as well.
        """
        return asyncio.shield(asyncio.wrap_future(self.submit(act)))

    def submit(self, act: Callable[[Vault], _Result]) -> Future[_Result]:
        """Hand over an act from any thread, without waiting for it. It is about the mission that is open now, though that be
        closed meanwhile: the lane closes it afterwards."""
        vault = self._vault

        def run() -> _Result:
            if vault is None:
                raise asyncio.CancelledError
            return act(vault)

        return self._writing.submit(run)

    async def read(self, ask: Callable[[VaultReader], _Result]) -> _Result:
        """Ask something of the records; a question that waits in the lane is dropped with its caller."""
        return await self._run(self._reading, lambda: self._ask(self._reading, ask))

    async def look_through(self, ask: Callable[[VaultReader], _Result]) -> _Result:
        """Ask what takes seconds where there is much, while lists and look-ups go on."""
        return await self._run(self._wide, lambda: self._ask(self._wide, ask))

    async def long(self, act: Callable[[Vault], _Result]) -> _Result:
        """Run an act of seconds or minutes on a vault of its own, so that saving and looking go on meanwhile."""

        def run() -> _Result:
            with self._open_vault().sibling() as vault:
                return act(vault)

        return await self.apart(run)

    async def apart(self, act: Callable[[], _Result]) -> _Result:
        """Run a long act that needs no mission."""
        self._long_acts += 1
        running = asyncio.ensure_future(self._run(self._long, act))
        running.add_done_callback(self._ended)
        return await asyncio.shield(running)

    async def close(self) -> None:
        """Close the mission and let go of its keys; waits for what is being written, and breaks off what is being asked."""
        vault, self._vault = self._vault, None
        self.author = None
        self._stop_readers()
        for lane in (self._reading, self._wide):
            await self._run(lane, partial(self._close_reader, lane))
        if vault is not None:
            await self._run(self._writing, vault.close)

    async def expect_letters(self) -> None:
        """From closing until the next opening, what `keep_outside` is given gets into the mission that is open now."""
        self._letterbox = await self.write(letterbox_of)
        self._letters = {}

    async def keep_outside(self, name: str, doc: Doc) -> None:
        """Keep a draft for the mission that was closed, sealed to it; done even where the caller is cancelled meanwhile. Raises
        `UnavailableError`."""
        if self._letterbox is not None:
            self._letters = {**self._letters, name: doc}
            put = partial(self._letterbox.put, self._letters)
            await asyncio.shield(asyncio.wrap_future(self._writing.submit(put)))

    def shut_down(self) -> None:
        """End the lanes when the program ends, closing what is still open."""
        vault, self._vault = self._vault, None
        self._stop_readers()
        for lane in (self._reading, self._wide):
            lane.submit(self._close_reader, lane)
        if vault is not None:
            self._writing.submit(vault.close)
        for lane in (self._reading, self._wide, self._writing, self._long):
            lane.shutdown(wait=True, cancel_futures=False)

    def _unlock(self, folder: Path, passphrase: str, person: str | None) -> Opened | None:
        return self._begin(Vault.open(folder, passphrase, unbegun=True), person)

    def _begin(self, vault: Vault, person: str | None) -> Opened | None:
        opened = None
        try:
            if vault.stage is Stage.MISSION:
                self.author = vault.person(person) if person else None
                opened = look_at(vault, self.author or vault.author)
                with suppress(UnavailableError):
                    empty_into(vault)
        except BaseException:
            vault.close()
            raise
        if self._vault is not None:
            self._vault.close()
        self._vault, self._letterbox = vault, None
        remember(vault.folder)
        return opened

    def _open_vault(self) -> Vault:
        if self._vault is None:
            raise asyncio.CancelledError
        return self._vault

    def _ask(self, lane: ThreadPoolExecutor, ask: Callable[[VaultReader], _Result]) -> _Result:
        try:
            return ask(self._open_reader(lane))
        except InterruptedByUserError:
            raise asyncio.CancelledError from None

    def _stop_readers(self) -> None:
        for reader in list(self._readers.values()):
            reader.stop()

    def _open_reader(self, lane: ThreadPoolExecutor) -> VaultReader:
        if lane not in self._readers:
            self._readers[lane] = self._open_vault().reader()
        return self._readers[lane]

    def _close_reader(self, lane: ThreadPoolExecutor) -> None:
        reader = self._readers.pop(lane, None)
        if reader is not None:
            reader.close()

    def _ended(self, _: asyncio.Future[_Result]) -> None:
        self._long_acts -= 1

    async def _run(self, lane: ThreadPoolExecutor, act: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(lane, act)
