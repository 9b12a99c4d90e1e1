"""Cutting this laptop's own logs into segments: once, and only when they are to travel."""

from __future__ import annotations

from fieldkit.team.segment import ENOUGH_BYTES, MOST_ENTRIES, Packed, seal_segment
from fieldkit.vault.exchange import Exchange, HeldSegment
from fieldkit.vault.vault import Vault


def cut_own(vault: Vault) -> int:
    """Cut what is in no segment yet, under the current epoch; how many segments that made."""
    exchange = Exchange(vault)
    epoch = vault.epoch
    key = vault.epoch_keys()[epoch]
    made = 0
    for log in exchange.own_logs():
        for piece in exchange.uncut(log, MOST_ENTRIES, ENOUGH_BYTES):
            entries = [Packed(body, leaf) for body, leaf in piece.entries]
            name, data = seal_segment(
                vault.mission_id, log, piece.key.public, piece.frontier, entries, piece.note, epoch, key
            )
            held = HeldSegment(name.hash, log, name.first, name.last, folded=True, size=len(data))
            exchange.keep_segments([(held, data)])
            made += 1
    return made
