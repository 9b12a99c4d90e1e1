"""The journal: leaves, tree, checkpoints, keys, signatures and the verification of logs."""
