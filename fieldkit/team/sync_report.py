"""What a sync did and found: objects and bytes each way, and what people must know."""

from __future__ import annotations

from dataclasses import dataclass, field

from fieldkit.team import names
from fieldkit.team.keyring import Closed
from fieldkit.team.names import Name
from fieldkit.vault.gaps import Gap
from fieldkit.vault.merging import Fork
from fieldkit.vault.standing import Standing

_TOLD = 20


@dataclass(slots=True)
class Report:
    """What a sync did: objects and bytes each way, entries new here, records changed, and what people must know.

    `standings` has each log of which the standing changed, before and after; `gone` counts objects that lay in the depot
    at the last sync and do no more; `another`: another depot than the last time lies at this place; `closed`: why nothing new of
    this laptop was sent.
    """

    received: dict[str, int] = field(default_factory=lambda: dict.fromkeys(names.KINDS, 0))
    sent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(names.KINDS, 0))
    bytes_received: int = 0
    bytes_sent: int = 0
    entries: int = 0
    records: int = 0
    unknown: int = 0
    sealed: int = 0
    locked: int = 0
    strange: int = 0
    unsound: list[tuple[str, str]] = field(default_factory=list)
    unsound_more: int = 0
    damaged: list[tuple[str, str]] = field(default_factory=list)
    damaged_more: int = 0
    forks: list[Fork] = field(default_factory=list)
    recovered: int = 0
    waiting: int = 0
    quarantined: int = 0
    newly_apart: int = 0
    standings: list[tuple[str, Standing, Standing]] = field(default_factory=list)
    gone: int = 0
    another: bool = False
    gaps: list[Gap] = field(default_factory=list)
    awaited: int = 0
    differing: int = 0
    differing_with_gaps: int = 0
    closed: Closed | None = None

    def refuse(self, name: Name, problem: str) -> None:
        """An object that is not what it should be; it stays where it is."""
        if len(self.unsound) < _TOLD:
            self.unsound.append((str(name), problem))
        else:
            self.unsound_more += 1

    def lost(self, where: str, problem: str) -> None:
        """A part of an original that the disk here does not give back as it was: its file, and what is the matter with it."""
        if len(self.damaged) < _TOLD:
            self.damaged.append((where, problem))
        else:
            self.damaged_more += 1

    @property
    def missing(self) -> list[Gap]:
        """The gaps that no key would close: entries known to exist that nobody has brought."""
        return [gap for gap in self.gaps if not gap.sealed]

    @property
    def wants_a_person(self) -> bool:
        """Whether something has to be looked at."""
        return bool(
            self.differing
            or self.differing_with_gaps
            or self.unsound
            or self.damaged
            or self.forks
            or self.recovered
            or self.gone
            or self.missing
            or self.closed
        )
