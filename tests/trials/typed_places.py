"""Where people type: forms of several kinds, parts of a record, acts on lines and photos, what signers say, what a new mission begins
with. Each with its way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_lowercase

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.last_export import Last, keep
from fieldkit.bundle.roster import SignerKey
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.journal.sshsig import public_of
from fieldkit.tui.drafts import AMENDING, PREFIX, WHY, read_drafts
from fieldkit.tui.forms.parts import parts_of
from fieldkit.tui.recordable import LETTERS, typed_fields
from fieldkit.vault.vault import Vault
from tests.capture.cards import take_in
from tests.trials.terminal import Screen
from tests.tui.halls import a_hall
from tests.vault.missions import PASSPHRASE

_F3, _F4, _F5, _F8 = "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[19~"
_CTRL_J, _CTRL_U, _TAB, _BACK_TAB = "\n", "\x15", "\t", "\x1b[Z"
_APART_S = 0.1
_TYPED = (PREFIX, AMENDING, "asked/", "inventory/", "photos/", "signing/")


@dataclass(frozen=True, slots=True)
class Place:
    """Keys that lead from the visit to something that is typed into, each with a text that is painted then (nothing: none is
    waited for), and what the vault keeps of it."""

    name: str
    way: tuple[tuple[str, str], ...]
    kept: Callable[[Vault], str]
    on_visit: bool = False
    """Whether what was typed is offered on the visit, and not only where it was typed."""
    made: Path | None = None
    """The folder of a vault that is made on the way, from the first screen: opening it leads there again."""

    def go(self, screen: Screen) -> None:
        """From the visit, or the first screen, to there."""
        for keys, text in self.way:
            if text:
                screen.until_painted(keys, text)
                screen.drain(_APART_S)
            else:
                screen.send(keys)
                screen.drain(_APART_S)


def _form(kind: str, field: str, *further: tuple[str, str]) -> Place:
    """A field of a form, reached by its letter."""
    found = kind_named(kind)
    letter = dict(zip(typed_fields(found), ascii_lowercase, strict=False))[field]

    def kept(vault: Vault) -> str:
        (text,) = [draft.texts.get(field, "") for draft in read_drafts(vault)] or [""]
        parts = parts_of(text) if further else []
        return next(iter(parts[0].values())) if parts else text

    opening = (LETTERS[kind], f"NEW {found.title.upper()}")
    return Place(f"{kind}.{field}", (opening, (_CTRL_J, "Jump"), (letter, ""), *further), kept, on_visit=True)


def _correction() -> Place:
    """The reason of a correction."""

    def kept(vault: Vault) -> str:
        (text,) = [draft.texts.get(WHY, "") for draft in read_drafts(vault)] or [""]
        return text

    way = (("/", "FIND"), ("A-0005", ""), ("\r", "LOCATION"), ("e", "CORRECT"), (_BACK_TAB, ""))
    return Place("correction reason", way, kept)


def _asked(name: str, field: str, *way: tuple[str, str], bundle: str = "") -> Place:
    """A row of a screen that asks for something; `bundle` stands behind the name of its draft."""
    return Place(
        f"{name} {field}",
        way,
        lambda vault: str(vault.drafts().get(name + bundle, {}).get(field, "")),
    )


def _new_mission(folder: Path, field: str, *further: tuple[str, str]) -> Place:
    """A row of what a new mission begins with; its vault is made in `folder`."""
    found = _asked("asked/NewMissionScreen", field)
    passphrase = (PASSPHRASE, "")
    vault = (
        (_BACK_TAB, ""),
        (_CTRL_U, ""),
        (str(folder), ""),
        (_TAB, ""),
        passphrase,
        (_TAB, ""),
        passphrase,
    )
    way = ((_F3, "NEW MISSION"), *vault, ("\r", "2 of 2"), *further)
    return replace(found, way=way, made=folder)


def places(mission: Path, bundle: str) -> tuple[Place, ...]:
    """All of them, in the mission that `a_day` has made and beside it; `bundle` is the name of its bundle."""
    signing = ((_F8, "still to sign"), ("s", "SIGN "))
    return (
        _form("observation", "text"),
        _form("observation", "remark"),
        _form("access", "reason"),
        _form("measurement", "instrument"),
        _form("count", "markings"),
        _form("interview", "exchanges", ("\r", "Question")),
        _correction(),
        _asked("inventory/readings", "line", (_F4, "447101"), ("/", "")),
        _asked("inventory/no-access", "reason", (_F4, "447101"), ("n", "NOT ACCESSIBLE")),
        _asked("photos/caption", "text", (_F5, "P-0001"), ("c", "CAPTION")),
        _asked("signing/told/", "remark", *signing, ("n", "ON RECORD"), (_TAB, ""), bundle=bundle),
        _asked(
            "signing/HostSignScreen/", "remark", *signing, ("h", "SIGNATURE OF THE HOST"), (_TAB * 4, ""), bundle=bundle
        ),
        _new_mission(mission.with_name("new"), "title"),
        _new_mission(mission.with_name("new"), "team", (_BACK_TAB, "")),
    )  # fmt: skip


def a_day(folder: Path) -> tuple[Path, str]:
    """A mission with a hall, photos, and a bundle that waits for its signatures; it, and the bundle's name."""
    mission = a_hall(folder / "mission")
    with Vault.open(mission, PASSPHRASE) as vault:
        take_in(vault, folder, 3)
        host = SignerKey("host", public_of(Ed25519PrivateKey.generate()))
        exported = export_bundle(vault, folder / "out", required=[host])
        keep(vault, Last(path=str(exported.path), folder=str(folder / "out")))
    return mission, exported.path.name


def clear(vault: Vault) -> None:
    """Drop every draft of something typed."""
    for name in vault.drafts():
        if name.startswith(_TYPED):
            vault.drop_draft(name)
