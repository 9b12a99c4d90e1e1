"""The record classes, one per kind, by area. Their annotations are the one source of what a kind holds."""
