"""A whole one-day visit, played through the calls that people use: for trying fieldkit out and for its tests.

May import `bundle`, `capture` and the floors below them. Nothing here is needed for a real mission.
"""
