"""Full-text search over every text of every record: whole words, beginnings of words and parts of words.

Two indexes of the same text: `words` (any script, diacritics folded, prefixes) and `parts` (trigrams). A term of three
or more characters is looked for anywhere in the text; a shorter one as the beginning of a word or, in scripts that
write without spaces, by scanning.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fieldkit.vault.database import Reader as StoreReader
from fieldkit.vault.tables import search_text

_TRIGRAM = 3


def find_rows(
    store: StoreReader,
    text: str,
    kinds: Collection[str],
    limit: int,
    narrowed: Sequence[str] = (),
    narrowing: Sequence[str] = (),
) -> list[int]:
    """Row numbers of the records in which every term of `text` occurs, newest first, at most `limit`.

    `kinds` narrows to these kinds where it is not empty; `narrowed` are further conditions of the form `n IN (…)`, with
    their values in `narrowing`. Terms are parted by white space; quotes and operators have
    no meaning.
    """
    terms = search_text(text).split()
    if not terms:
        return []
    parts = [term for term in terms if len(term) >= _TRIGRAM]
    words = [term for term in terms if len(term) < _TRIGRAM and not _unspaced(term)]
    scanned = [term for term in terms if len(term) < _TRIGRAM and _unspaced(term)]
    matches = [
        (table, " AND ".join(_quoted(term) + star for term in held))
        for table, held, star in (("parts", parts, ""), ("words", words, "*"))
        if held
    ]
    if matches:
        driving, asked = matches[0]
        row, conditions, values = "rowid", [f"{driving} MATCH ?"], [asked]
    else:
        driving, row, conditions, values = "records", "n", [], []
    # The unary plus keeps the engine from asking the driving index anew for every row of the other sets.
    for table, asked in matches[1:]:
        conditions.append(f"+{row} IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)")
        values.append(asked)
    for term in scanned:
        conditions.append(f"+{row} IN (SELECT n FROM records WHERE instr(doc, ?) > 0)")
        values.append(term)
    if kinds:
        conditions.append(f"+{row} IN (SELECT n FROM records WHERE kind IN ({','.join('?' * len(kinds))}))")
        values += kinds
    conditions += [f"+{row}{condition.removeprefix('n')}" for condition in narrowed]
    values += narrowing
    sql = f"SELECT {row} FROM {driving} WHERE {' AND '.join(conditions)} ORDER BY {row} DESC LIMIT ?"
    return [found[0] for found in store.rows(sql, (*values, limit))]


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _unspaced(term: str) -> bool:
    """True for terms in scripts that write words without spaces (Han, kana, Thai, Lao, Khmer, Myanmar)."""
    return any(
        "\u0e00" <= char <= "\u0eff"
        or "\u1000" <= char <= "\u109f"
        or "\u1780" <= char <= "\u17ff"
        or "\u3040" <= char <= "\u9fff"
        or "\U00020000" <= char <= "\U0003ffff"
        for char in term
    )
