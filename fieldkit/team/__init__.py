"""A mission of several laptops: members, keys, depots, merging and differences.

Laptops meet through a depot, a layout of immutable encrypted objects in any dumb store. May import the vault, the
journal and the domain; knows neither bundles nor screens.
"""
