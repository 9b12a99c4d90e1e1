"""Cutting this laptop's own logs into segments: once, only when they are to travel, and not under a key that is known to be
superseded. What says who belongs to the team is cut all the same: everybody has to hear of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from fieldkit.journal.checkpoint import unverified_checkpoint
from fieldkit.team.keyring import Keyring
from fieldkit.team.segment import ENOUGH_BYTES, MOST_ENTRIES, Packed, epoch_of, seal_segment
from fieldkit.vault.exchange import Exchange, HeldSegment
from fieldkit.vault.own_pieces import OwnPieces, Uncut
from fieldkit.vault.spans import Span, root_before
from fieldkit.vault.vault import Vault

_FOR_ALL: Final = frozenset({"member", "log"})


class Cut(NamedTuple):
    """Entries of an own log that went into one segment."""

    log: str
    piece: Uncut


def cut_own(vault: Vault, keyring: Keyring | None = None) -> list[Cut]:
    """Cut what is in no segment yet, under the current epoch; what that made."""
    exchange, pieces = Exchange(vault), OwnPieces(vault)
    logs = [log for log in exchange.own_logs() if pieces.has_uncut(log)]
    if logs and (keyring or Keyring(vault)).closed():
        logs = [log for log in logs if pieces.uncut_kinds(log) <= _FOR_ALL]
    made = []
    for log in logs:
        for piece in pieces.uncut(log, MOST_ENTRIES, ENOUGH_BYTES):
            made.append(Cut(log, piece))
            _keep(vault, exchange, made[-1])
    _open_again(vault, exchange)
    return made


def _open_again(vault: Vault, exchange: Exchange) -> None:
    """Seal the opening of every own log that continues another under the current epoch, too: whoever came late, without what
    was recorded before, and was admitted by somebody who had not met the new log, would not know whose it is."""
    for log in exchange.own_logs():
        piece = OwnPieces(vault).opening(log)
        if piece is not None and not any(
            (one.log, one.first) == (log, 0) and epoch_of(exchange.segment(one.hash)) == vault.epoch
            for one in exchange.segments()
        ):
            _keep(vault, exchange, Cut(log, piece))


def cut_again(vault: Vault, cuts: Iterable[Cut]) -> None:
    """The same entries in segments under the epoch that is current now, for those who have no other key."""
    exchange = Exchange(vault)
    for cut in cuts:
        _keep(vault, exchange, cut)


def _keep(vault: Vault, exchange: Exchange, cut: Cut) -> None:
    log, piece = cut
    epoch = vault.epoch
    entries = [Packed(body, leaf) for body, leaf in piece.entries]
    name, data = seal_segment(
        vault.mission_id,
        log,
        piece.key.public,
        piece.frontier,
        entries,
        piece.note,
        epoch,
        vault.epoch_keys()[epoch],
        piece.key.sign,
    )
    held = HeldSegment(name.hash, log, name.first, name.last, folded=True, size=len(data))
    exchange.keep_segments([(held, data)])
    root = unverified_checkpoint(piece.note).root
    OwnPieces(vault).keep_span(log, Span(name.first, root_before(piece.frontier), name.last + 1, root))
