"""Cutting this laptop's own logs into segments: once, only when they are to travel, and not under a key that is known to be
superseded. What says who belongs to the team is cut all the same: everybody has to hear of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fieldkit.journal.checkpoint import unverified_checkpoint
from fieldkit.team.keyring import Keyring
from fieldkit.team.segment import ENOUGH_BYTES, MOST_ENTRIES, Packed, epoch_of, seal_segment
from fieldkit.team.several import some
from fieldkit.vault.exchange import Exchange, HeldSegment
from fieldkit.vault.own_pieces import OwnPieces, Uncut
from fieldkit.vault.spans import Span, root_before
from fieldkit.vault.vault import Vault

_TOGETHER: Final = 8
_FOR_ALL: Final = frozenset({"member", "log"})


def cut_own(vault: Vault, keyring: Keyring | None = None) -> None:
    """Cut what is in no segment yet, under the current epoch."""
    exchange, pieces = Exchange(vault), OwnPieces(vault)
    logs = [log for log in exchange.own_logs() if pieces.has_uncut(log)]
    if logs and (keyring or Keyring(vault)).closed():
        logs = [log for log in logs if pieces.uncut_kinds(log) <= _FOR_ALL]
    for log in logs:
        for group in some(pieces.uncut(log, MOST_ENTRIES, ENOUGH_BYTES), _TOGETHER):
            _keep(vault, exchange, pieces, log, group)
    _say_again(vault, exchange, pieces)


def _say_again(vault: Vault, exchange: Exchange, pieces: OwnPieces) -> None:
    """Seal under the current epoch, too, what own logs say of whose they are, where they continue others, and of who was
    struck off: for whoever came late, without what was recorded before, and was admitted by somebody who had not heard of it."""
    segments = exchange.segments()
    for log in exchange.own_logs():
        for first, stop in pieces.said_to_all(log):
            if not any(
                one.log == log
                and one.first <= first
                and stop <= one.last + 1
                and epoch_of(exchange.segment(one.hash)) == vault.epoch
                for one in segments
            ):
                _keep(vault, exchange, pieces, log, [pieces.piece(log, first, stop)])


def _keep(vault: Vault, exchange: Exchange, pieces: OwnPieces, log: str, cut: Iterable[Uncut]) -> None:
    """Seal pieces of a log, and keep them in one transaction: segments, signed heads, and in which spans the entries lie."""
    sealed = [_sealed(vault, log, piece) for piece in cut]
    with vault.database.write():
        exchange.add_segments([(held, data) for held, data, _, _ in sealed])
        for _, _, note, span in sealed:
            pieces.keep(log, note, span)


def _sealed(vault: Vault, log: str, piece: Uncut) -> tuple[HeldSegment, bytes, bytes, Span]:
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
    root = unverified_checkpoint(piece.note).root
    return held, data, piece.note, Span(name.first, root_before(piece.frontier), name.last + 1, root)
