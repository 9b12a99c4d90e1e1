"""Sealed, signed bundles: export, sign, verify, and the views for people that travel in them.

May import `vault` and the floors below it; `verify` needs no vault.
"""
