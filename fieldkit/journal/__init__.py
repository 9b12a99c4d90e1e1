"""The append-only, signed journal: entries, salted leaves, Merkle tree, checkpoints, keys and verification.

Knows bytes, not files: nothing here reads a disk, a database or a clock. May import `domain` and `errors`.
"""
