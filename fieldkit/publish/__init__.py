"""Publishing: what is recorded, laid open in a PostgreSQL database for headquarters.

A copy for reading: the journal and its signatures stay in the vault and in bundles. May import the vault, the journal
and the domain; knows neither the team's depots nor bundles nor screens.
"""
