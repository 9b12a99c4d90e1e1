"""The field's vocabulary and arithmetic: record kinds, quantities, places, times, marks, control lists, sampling.

Pure: no files, no clock, no database, no pictures, no screens. May import `fieldkit.errors` only.
"""
