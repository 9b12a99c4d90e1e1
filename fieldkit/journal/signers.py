"""Who may sign: lists in OpenSSH's `allowed_signers` form, read more strictly than ssh-keygen reads them.

A line is a principal, options and a public key. A principal here is one name: `*`, patterns and lists would let
one key pass as anybody, and a certificate authority as everybody. A key has one role. Times carry `Z`: the same
list must mean the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from fieldkit.errors import SignaturesError, UnreadableError
from fieldkit.journal import sshsig
from fieldkit.journal.sshsig import PublicKey

MAX_BYTES: Final = 4 * 1024 * 1024
_PATTERN = re.compile(r"[*?!,]")
_FIRST = re.compile(r'(?:"([^"]*)"|([^\s"]+))[ \t]+(.*)')
_OPTION = re.compile(r'([a-zA-Z-]+)(?:="([^"]*)")?(?:,(?=\S)|(?=[ \t]))')
_TIME = re.compile(r"(\d{8})(\d{4}(?:\d\d)?)?(Z?)")
_KEY_TYPE = re.compile(r"(?:ssh|ecdsa|sk)-[a-z0-9@.-]+[ \t]")
_LINE = "A list of signers has one name and one public key a line: host ssh-ed25519 AAAA…"
_ONE_NAME = "Give every key its own line with one name and no pattern."


@dataclass(frozen=True, slots=True)
class Signer:
    """Who holds a key. `namespaces`: what the key may sign for, empty for anything; times are UTC."""

    principal: str
    fingerprint: str
    comment: str = ""
    namespaces: tuple[str, ...] = ()
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def check(self, namespace: str, at: datetime | None = None) -> None:
        """SignaturesError where the list does not allow this key for `namespace`, or not at the time `at`."""
        if self.namespaces and namespace not in self.namespaces:
            raise SignaturesError(f"the key of {self.principal} is not allowed to sign for {namespace}")
        if at is None:
            return
        if self.valid_after is not None and at < self.valid_after:
            raise SignaturesError(f"the key of {self.principal} was not yet valid")
        if self.valid_before is not None and at >= self.valid_before:
            raise SignaturesError(f"the key of {self.principal} was no longer valid")


class AllowedSigners:
    """A list of keys and who holds them. `passed_over`: numbers of the lines whose key types are not used here."""

    __slots__ = ("_signers", "passed_over")

    def __init__(self, signers: dict[bytes, Signer], passed_over: tuple[int, ...] = ()) -> None:
        self._signers = signers
        self.passed_over = passed_over

    def __len__(self) -> int:
        return len(self._signers)

    def __iter__(self) -> Iterator[Signer]:
        return iter(self._signers.values())

    @classmethod
    def parse(cls, text: str, where: str = "allowed signers") -> AllowedSigners:
        """Read a list. UnreadableError names the line that is refused; AlteredError a key nobody may use."""
        if len(text) > MAX_BYTES:
            raise UnreadableError("too long for a list of signers", where=where)
        signers: dict[bytes, Signer] = {}
        passed_over = []
        for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
            content = line.strip()
            if not content or content.startswith("#"):
                continue
            place = f"{where}:{number}"
            signer, rest = _head(content, place)
            if rest.split(maxsplit=1)[0] not in sshsig.KINDS:
                passed_over.append(number)
                continue
            key, comment = sshsig.parse_public_line(rest, where=place)
            signer = replace(signer, fingerprint=key.fingerprint, comment=comment)
            known = signers.setdefault(key.blob, signer)
            if replace(known, comment=comment) != signer:
                raise UnreadableError(
                    f"the key of {known.principal!r} is listed again, for {signer.principal!r} or with other options",
                    where=place,
                    remedy="A key has one holder and one role.",
                )
        return cls(signers, tuple(passed_over))

    def lookup(self, key: PublicKey) -> Signer | None:
        """Who holds this key, None where the list does not know it."""
        return self._signers.get(key.blob)


def _head(line: str, where: str) -> tuple[Signer, str]:
    """The principal and the options of a line, and what follows them."""
    first = _FIRST.fullmatch(line)
    if first is None:
        raise UnreadableError("not a line of principal and key", where=where, remedy=_LINE)
    principal = first[1] if first[1] is not None else first[2]
    if not principal or _PATTERN.search(principal) or any(ord(c) < 0x20 for c in principal):
        raise UnreadableError(
            f"{principal[:60]!r} is not the name of one signer", where=where, remedy=_ONE_NAME
        )
    rest: str = first[3]
    namespaces: tuple[str, ...] = ()
    times: dict[str, datetime] = {}
    if _KEY_TYPE.match(rest):
        return Signer(principal, ""), rest
    seen = set()
    while match := _OPTION.match(rest):
        name, value = match[1].lower(), match[2]
        rest = rest[match.end() :]
        if name in seen:
            raise UnreadableError(f"the option {name} is given twice", where=where)
        seen.add(name)
        if name == "cert-authority":
            raise UnreadableError("certificate authorities are not accepted", where=where, remedy=_ONE_NAME)
        if name == "namespaces" and value:
            namespaces = tuple(value.split(","))
            if not all(namespaces) or any(_PATTERN.search(space) for space in namespaces):
                raise UnreadableError("namespaces are names, without patterns", where=where)
        elif name in ("valid-after", "valid-before") and value:
            times[name] = _time(value, where)
        else:
            raise UnreadableError(
                "holds an option other than namespaces, valid-after and valid-before, or no key",
                where=where,
                remedy=_LINE,
            )
        if rest[:1] in (" ", "\t"):
            break
    rest = rest.strip()
    if not seen or not rest:
        raise UnreadableError("not a line of principal, options and key", where=where, remedy=_LINE)
    return Signer(principal, "", "", namespaces, times.get("valid-after"), times.get("valid-before")), rest


def _time(text: str, where: str) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None or not match[3]:
        raise UnreadableError(
            f"{text[:40]!r} is not a time in UTC",
            where=where,
            remedy="Write it as YYYYMMDDZ or YYYYMMDDHHMMSSZ.",
        )
    try:
        return datetime.strptime(match[1] + (match[2] or "").ljust(6, "0"), "%Y%m%d%H%M%S").replace(
            tzinfo=UTC
        )
    except ValueError as error:
        raise UnreadableError(f"there is no such time: {text[:40]!r}", where=where) from error
