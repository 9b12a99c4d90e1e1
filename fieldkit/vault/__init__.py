"""The encrypted store on this laptop: key slots, SQLCipher database, fold, search, media and drafts.

`Vault` is the one door for reading and writing. May import `journal`, `domain`, `paths` and `errors`.
"""
