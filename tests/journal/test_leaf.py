"""Entries behind salted digests: what is sealed opens, and nothing else does."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import AlteredError, FieldkitError, UnreadableError, UsageError
from fieldkit.journal import leaf
from fieldkit.journal.leaf import DECOYS, leaf_of, open_entry, read_fields, seal
from tests.journal import logs
from tests.journal.test_canonical import values

LOG = logs.device("one").log_id
names = st.text(min_size=1, max_size=12).filter(
    lambda name: name[0] != "~" and name not in {"fields", "_sd", "_sd_alg", "...", "log", "seq", "v"}
)


def opened(sealed: Any) -> list[str]:
    return json.loads(sealed.disclosures)


@settings(max_examples=150)
@given(
    st.dictionaries(names, values, max_size=20), st.binary(min_size=32, max_size=32), st.integers(0, 2**53)
)
def test_what_is_sealed_opens_and_gives_the_same_bytes_again(fields: Any, secret: bytes, seq: int) -> None:
    sealed = seal(LOG, seq, fields, secret)
    entry = open_entry(sealed.leaf, sealed.disclosures)
    assert (entry.log, entry.seq, entry.fields, entry.version) == (LOG, seq, fields, 1)
    assert entry.hash == sealed.hash == hashlib.sha256(b"\x00" + sealed.leaf).digest()
    assert entry.opened == entry.of == len(opened(sealed))
    assert entry.of % 8 == 0
    assert read_fields(sealed.disclosures) == fields
    assert leaf_of(sealed.disclosures, LOG, seq) == sealed.leaf
    assert seal(LOG, seq, dict(reversed(fields.items())), secret) == sealed


def test_the_bytes_are_those_that_the_format_describes() -> None:
    fields = {"kind": "observation", ".text": 'a "crate", 12\u00b0', ".counted": 12}
    secret = logs.secret(3)
    sealed = seal(LOG, 3, fields, secret)
    named = {**fields, "fields": sorted([*fields, "fields"]), "~0": "", "~1": "", "~2": "", "~3": ""}
    wanted = []
    salts = hashlib.shake_256(b"fieldkit/v1/salt\x00" + secret).digest(16 * 8)
    for place, name in enumerate(sorted(named)):
        salt = salts[16 * place : 16 * place + 16]
        wanted.append(
            logs.disclosure([base64.urlsafe_b64encode(salt).decode().rstrip("="), name, named[name]])
        )
    assert sealed.disclosures == logs.line(wanted)
    assert sealed.leaf == logs.leaf(wanted, LOG, 3)
    assert sealed.leaf.startswith(b'{"_sd":["')
    assert sealed.leaf.endswith(b'"],"_sd_alg":"sha-256","log":"%b","seq":3,"v":1}' % LOG.encode())


def test_disclosure_digests_are_those_of_rfc_9901() -> None:
    # RFC 9901 section 4.2.3 digests the disclosure of family_name this way; a foreign salt is refused by its length.
    text = "WyI2cU1RdlJMNWhhaiIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    expected = "uutlBuYeMDyjLLTpf6Jxi7yNkEF35jdyWMn9U7b_RYY"
    newer = json.dumps({"_sd": [expected], "log": LOG, "seq": 0, "v": 2}).encode()
    assert open_entry(newer, logs.line([text])).opened == 1


@pytest.mark.parametrize("name", ["fields", "~0", "~9", "~", "_sd", "_sd_alg", "...", "log", "seq", "v", ""])
def test_reserved_names_cannot_be_sealed(name: str) -> None:
    with pytest.raises(UsageError):
        seal(LOG, 0, {name: "x"}, bytes(32))


@pytest.mark.parametrize("value", [0.5, 2**53 + 1, "\ud800", ["\ud800"], {"\ud800": 1}])
def test_values_that_readers_would_not_agree_on_cannot_be_sealed(value: Any) -> None:
    with pytest.raises(UnreadableError):
        seal(LOG, 0, {".text": value}, bytes(32))


def test_a_name_that_is_no_text_cannot_be_sealed() -> None:
    with pytest.raises(UnreadableError):
        seal(LOG, 0, {"\ud800": "x"}, bytes(32))


@pytest.mark.parametrize(
    ("log", "seq", "secret"), [("x", 0, 32), (LOG, -1, 32), (LOG, 2**53 + 1, 32), (LOG, 0, 31)]
)
def test_a_leaf_needs_a_log_a_place_and_a_secret(log: str, seq: int, secret: int) -> None:
    with pytest.raises(UsageError):
        seal(log, seq, {}, bytes(secret))


def test_the_deepest_value_that_can_be_sealed_opens() -> None:
    value: Any = 1
    for _ in range(63):
        value = [value]
    sealed = seal(LOG, 0, {"x": value}, bytes(32))
    assert open_entry(sealed.leaf, sealed.disclosures).fields == {"x": value}
    with pytest.raises(UnreadableError, match="deeper"):
        seal(LOG, 0, {"x": [value]}, bytes(32))


def test_an_entry_too_long_to_be_read_cannot_be_sealed() -> None:
    with pytest.raises(UsageError, match="at most"):
        seal(LOG, 0, {"x": "y" * 13_000_000}, bytes(32))


def test_salts_differ_between_names_and_secrets() -> None:
    salts = {
        logs.disclosed(text)[0]
        for secret in (bytes(32), b"\x01" * 32)
        for text in opened(seal(LOG, 0, {f".{i}": "yes" for i in range(20)}, secret))
    }
    assert len(salts) == 48


# --- attacks on a complete copy ---------------------------------------------------------------------------------

SEALED = seal(LOG, 5, logs.fields(5), logs.secret(5))
PARTS = opened(SEALED)


def part(name: str) -> str:
    return next(text for text in PARTS if logs.disclosed(text)[1] == name)


def without(*dropped: str) -> list[str]:
    return [text for text in PARTS if logs.disclosed(text)[1] not in dropped]


def salted(name: str, value: Any) -> str:
    return logs.disclosure(["A" * 22, name, value])


def remade(items: dict[str, Any]) -> tuple[bytes, bytes]:
    """A leaf honestly hashed over dishonest fields, padded by nobody."""
    texts = [salted(name, value) for name, value in items.items()]
    return logs.leaf(texts, LOG, 5), logs.line(texts)


def listed(*fields: str, decoys: int, **extra: Any) -> dict[str, Any]:
    return {**dict.fromkeys(fields, "x"), **extra, **dict.fromkeys(DECOYS[:decoys], "")}


EIGHT = [f"f{i}" for i in range(7)]

ALTERED: dict[str, tuple[bytes, bytes]] = {
    "a field withheld": (SEALED.leaf, logs.line(without(".text"))),
    "a decoy withheld": (SEALED.leaf, logs.line(without("~0"))),
    "everything withheld": (SEALED.leaf, b"[]"),
    "a value changed": (SEALED.leaf, logs.line([*without(".text"), salted(".text", "nothing was seen")])),
    "a disclosure for nobody": (SEALED.leaf, logs.line([*PARTS, salted(".more", "x")])),
    "a disclosure twice": (SEALED.leaf, logs.line([*PARTS, part(".text")])),
    "one field given in another's place": (SEALED.leaf, logs.line([*without(".text"), part("kind")])),
    "a digest twice": (
        logs.leaf(PARTS, LOG, 5, digests=sorted(map(logs.digest, [*without("~0"), part(".text")]))),
        logs.line([*without("~0"), part(".text")]),
    ),
    "digests out of order": (
        logs.leaf(PARTS, LOG, 5, digests=sorted(map(logs.digest, PARTS), reverse=True)),
        SEALED.disclosures,
    ),
    "two versions of one field": (lambda texts: (logs.leaf(texts, LOG, 5), logs.line(texts)))(
        [*without("~0"), salted(".text", "another text")]
    ),
    "no list of fields": remade(listed(*EIGHT, "f7", decoys=0)),
    "a field that the list leaves out": remade(listed(*EIGHT, decoys=0, fields=["f0", "fields"])),
    "a field that the list promises": remade(
        listed(*EIGHT[:6], decoys=1, fields=sorted([*EIGHT[:6], "missing", "fields"]))
    ),
    "a list out of order": remade(listed(*EIGHT, decoys=0, fields=["fields", *EIGHT])),
    "a list with a name twice": remade(listed(*EIGHT[:6], decoys=1, fields=[*EIGHT[:6], "f5", "fields"])),
    "a list that is none": remade(listed(*EIGHT, decoys=0, fields="f0")),
    "a list of numbers": remade(listed(*EIGHT, decoys=0, fields=[1, 2])),
    "a decoy with content": remade(
        {**listed(*EIGHT[:6], decoys=0, fields=[*EIGHT[:6], "fields"]), "~0": "hidden"}
    ),
    "a decoy of another name": remade(
        {**listed(*EIGHT[:6], decoys=0, fields=[*EIGHT[:6], "fields"]), "~1": ""}
    ),
    "a decoy beyond the last": remade(
        {**listed(*EIGHT[:6], decoys=0, fields=[*EIGHT[:6], "fields"]), "~8": ""}
    ),
    "decoys that the list calls fields": remade(
        listed(*EIGHT[:6], decoys=1, fields=[*EIGHT[:6], "fields", "~0"])
    ),
    "too many decoys": remade(listed("f0", decoys=7, fields=["f0", "fields"])),
    "too few decoys": remade(listed("f0", decoys=5, fields=["f0", "fields"])),
    "a reserved name": remade(
        listed(*EIGHT[:6], "_sd", decoys=0, fields=sorted([*EIGHT[:6], "_sd", "fields"]))
    ),
    "a name of the leaf itself": remade(
        listed(*EIGHT[:6], "seq", decoys=0, fields=[*EIGHT[:6], "fields", "seq"])
    ),
    "an empty name": remade(listed(*EIGHT[:6], "", decoys=0, fields=["", *EIGHT[:6], "fields"])),
}


@pytest.mark.parametrize("defect", ALTERED)
def test_a_complete_copy_that_does_not_fit_together_is_altered(defect: str) -> None:
    leaf, disclosures = ALTERED[defect]
    with pytest.raises(AlteredError) as caught:
        open_entry(leaf, disclosures, where="leaves.jsonl:6")
    assert caught.value.where == "leaves.jsonl:6"


def raw(content: bytes) -> tuple[bytes, bytes]:
    """A leaf whose only shown disclosure holds this."""
    text = base64.urlsafe_b64encode(content).decode().rstrip("=")
    return logs.leaf([text, *without("~0")], LOG, 5), logs.line([text])


def cut_elsewhere() -> tuple[bytes, bytes]:
    """Letters before the array, and a leaf hashed over what a careless cut would make of it."""
    texts = without("~0", "~1")
    disclosures = b"A" + logs.line(texts)
    pieces = disclosures[2:-2].decode().split('","')
    return logs.leaf([*pieces, *(salted(f"g{i}", "x") for i in range(-len(pieces) % 8))], LOG, 5), disclosures


FORMLESS: dict[str, tuple[bytes, bytes]] = {
    "no array": (SEALED.leaf, b'"abc"'),
    "an object": (SEALED.leaf, b"{}"),
    "nothing": (SEALED.leaf, b""),
    "half an array": (SEALED.leaf, b'["'),
    "the shortest overlap": (SEALED.leaf, b'["]'),
    "numbers": (SEALED.leaf, b"[1,2]"),
    "space between": (SEALED.leaf, SEALED.disclosures.replace(b",", b", ")),
    "letters before": (SEALED.leaf, b"A" + SEALED.disclosures),
    "letters before, cut carelessly": cut_elsewhere(),
    "letters after": (SEALED.leaf, SEALED.disclosures + b"A"),
    "letters between": (SEALED.leaf, SEALED.disclosures.replace(b'","', b'",A"', 1)),
    "a carriage return": (SEALED.leaf, SEALED.disclosures + b"\r"),
    "padding": (SEALED.leaf, SEALED.disclosures.replace(b'","', b'=","', 1)),
    "escapes": (SEALED.leaf, b'["\\u0041' + SEALED.disclosures[3:]),
    "the other base64": raw(b"\xfb\xff\xfe"),
    "not UTF-8": raw(b'["AAAAAAAAAAAAAAAAAAAAAA","\xff","x"]'),
    "an empty disclosure": raw(b""),
    "no salt": raw(b'[".text","x"]'),
    "four parts": raw(b'["AAAAAAAAAAAAAAAAAAAAAA",".text","x","y"]'),
    "a short salt": raw(b'["A",".text","x"]'),
    "a salt that is no text": raw(b'[1234567890,".text","x"]'),
    "a name that is no text": raw(b'["AAAAAAAAAAAAAAAAAAAAAA",7,"x"]'),
    "a name twice in a value": raw(b'["AAAAAAAAAAAAAAAAAAAAAA",".x",{"a":1,"a":2}]'),
    "a fraction": raw(b'["AAAAAAAAAAAAAAAAAAAAAA",".x",1.5]'),
    "NaN": raw(b'["AAAAAAAAAAAAAAAAAAAAAA",".x",NaN]'),
    "half a surrogate pair": raw(b'["AAAAAAAAAAAAAAAAAAAAAA",".x","\\ud800"]'),
    "10,000 deep": raw(b'["AAAAAAAAAAAAAAAAAAAAAA",".x",' + b"[" * 10_000 + b"]" * 10_001),
    "something after it": raw(b'["AAAAAAAAAAAAAAAAAAAAAA",".x","y"],["AAAAAAAAAAAAAAAAAAAAAA",".z","y"]'),
    "spelled with a space in the leaf": (SEALED.leaf.replace(b'"v":1', b'"v": 1'), SEALED.disclosures),
    "a member more in the leaf": (SEALED.leaf.replace(b'"v":1}', b'"v":1,"w":1}'), SEALED.disclosures),
    "another digest algorithm": (SEALED.leaf.replace(b"sha-256", b"md5"), SEALED.disclosures),
    "a place with a leading zero": (SEALED.leaf.replace(b'"seq":5', b'"seq":05'), SEALED.disclosures),
    "a negative place": (SEALED.leaf.replace(b'"seq":5', b'"seq":-5'), SEALED.disclosures),
    "no version": (SEALED.leaf.replace(b'"v":1', b'"w":1'), SEALED.disclosures),
    "version 0": (SEALED.leaf.replace(b'"v":1', b'"v":0'), SEALED.disclosures),
    "version true": (SEALED.leaf.replace(b'"v":1', b'"v":true'), SEALED.disclosures),
    "a log in capitals": (SEALED.leaf.replace(LOG.encode(), LOG.upper().encode()), SEALED.disclosures),
    "a leaf that is a list": (b"[]", SEALED.disclosures),
    "a leaf that is no JSON": (b"leaf", SEALED.disclosures),
    "a leaf with a newline": (SEALED.leaf + b"\n", SEALED.disclosures),
    "a leaf that is huge": (b" " * 70_000 + SEALED.leaf, SEALED.disclosures),
}


@pytest.mark.parametrize("defect", FORMLESS)
def test_what_is_not_of_the_format_is_unreadable(defect: str) -> None:
    leaf, disclosures = FORMLESS[defect]
    for complete in (True, False):
        with pytest.raises(FieldkitError) as caught:
            open_entry(leaf, disclosures, where="leaves.jsonl:6", complete=complete)
        assert caught.value.exit_code in (3, 5)
        assert caught.value.where == "leaves.jsonl:6"


def test_stray_bits_at_the_end_of_a_disclosure_are_refused() -> None:
    text = next(text for text in PARTS if len(text) % 4)
    bent = text[:-1] + chr(ord(text[-1]) + 1)
    texts = [bent if other == text else other for other in PARTS]
    with pytest.raises(UnreadableError, match="stray bits"):
        open_entry(logs.leaf(texts, LOG, 5), logs.line(texts))


def test_two_disclosures_cannot_share_one_value_across_their_border() -> None:
    # Glued with a comma these two would read as two whole disclosures.
    a = b'["AAAAAAAAAAAAAAAAAAAAAA",".x","y"],["AAAAAAAAAAAAAAAAAAAAAA",".z",[["p"]'
    b = b'["q"]]]'
    texts = [base64.urlsafe_b64encode(piece).decode().rstrip("=") for piece in (a, b)]
    texts += without("~0", "~1")
    with pytest.raises(UnreadableError):
        open_entry(logs.leaf(texts, LOG, 5), logs.line(texts))


@settings(max_examples=150)
@given(st.integers(0, len(SEALED.leaf) - 1), st.integers(1, 255))
def test_no_byte_of_a_leaf_can_change_unseen(at: int, flip: int) -> None:
    bent = bytearray(SEALED.leaf)
    bent[at] ^= flip
    try:
        entry = open_entry(bytes(bent), SEALED.disclosures)
    except FieldkitError:
        return
    # What is left is another log, place or version: the verifier of the log refuses those.
    assert entry.hash != SEALED.hash
    assert (entry.log, entry.seq, entry.version) != (LOG, 5, 1)


@settings(max_examples=150)
@given(st.integers(0, len(SEALED.disclosures) - 1), st.integers(1, 255))
def test_no_byte_of_the_disclosures_can_change(at: int, flip: int) -> None:
    bent = bytearray(SEALED.disclosures)
    bent[at] ^= flip
    with pytest.raises(FieldkitError):
        open_entry(SEALED.leaf, bytes(bent))


# --- copies with parts withheld ---------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.sets(st.sampled_from(PARTS)))
def test_any_part_can_be_shown_and_the_rest_withheld(shown: set[str]) -> None:
    entry = open_entry(SEALED.leaf, logs.line(sorted(shown)), complete=False)
    wanted = {name: value for _, name, value in map(logs.disclosed, shown)}
    assert entry.fields == {n: v for n, v in wanted.items() if n[0] != "~" and n != "fields"}
    assert (entry.opened, entry.of) == (len(shown), 8)
    assert entry.hash == SEALED.hash


PARTLY_ALTERED: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "a value changed": lambda: (SEALED.leaf, logs.line([salted(".text", "nothing was seen")])),
    "a disclosure twice": lambda: (SEALED.leaf, logs.line([part("kind"), part("kind")])),
    "a field that the list leaves out": lambda: remade(listed(*EIGHT, decoys=0, fields=["f0", "fields"])),
    "two versions of one field": lambda: (
        lambda texts: (logs.leaf([*texts, *without("~0", "kind")], LOG, 5), logs.line(texts))
    )([part("kind"), salted("kind", "photo")]),
    "a list longer than the digests": lambda: remade(
        listed(*EIGHT, decoys=0, fields=sorted([*EIGHT, "fields", "g"]))
    ),
    "a decoy with content": lambda: remade({**listed(*EIGHT, decoys=0), "~0": "hidden"}),
    "digests out of order": lambda: (
        logs.leaf([], LOG, 5, digests=sorted(map(logs.digest, PARTS), reverse=True)),
        logs.line([part("kind")]),
    ),
    "a digest twice": lambda: (
        logs.leaf([], LOG, 5, digests=sorted(map(logs.digest, [*without("~0"), part("kind")]))),
        logs.line([part("kind")]),
    ),
}


@pytest.mark.parametrize("defect", PARTLY_ALTERED)
def test_withholding_is_no_cover_for_altering(defect: str) -> None:
    with pytest.raises(AlteredError):
        open_entry(*PARTLY_ALTERED[defect](), complete=False)


@pytest.mark.parametrize(
    "digests",
    [
        ["x" * 43] * 8,
        ["A" * 42 + letter for letter in "AEIMQUY"],
        [],
        [""],
        ["A" * 44] * 8,
        ["A" * 42 + "B"] * 8,
    ],
)
def test_a_leaf_that_lists_no_digests_is_refused(digests: list[str]) -> None:
    with pytest.raises(FieldkitError):
        open_entry(logs.leaf([], LOG, 5, digests=digests), b"[]", complete=False)


# --- newer versions ---------------------------------------------------------------------------------------------


def test_a_newer_leaf_is_kept_and_what_can_be_opened_is_given() -> None:
    texts = [
        salted(".text", "seen"),
        logs.disclosure([1, 2, 3, 4]),
        salted("~0", "new meaning"),
        "not base64!",
    ]
    document = {
        "_sd": [*map(logs.digest, texts), "\u2603"],
        "_sd_alg": "sha-256",
        "log": LOG,
        "seq": 5,
        "v": 2,
        "new": {"deep": [1]},
    }
    leaf = json.dumps(document, indent=1).encode()
    entry = open_entry(leaf, logs.line([*texts, salted("for", "nobody")]))
    assert (entry.version, entry.log, entry.seq) == (2, LOG, 5)
    assert entry.fields == {".text": "seen"}
    assert (entry.opened, entry.of) == (4, 5)
    assert entry.hash == hashlib.sha256(b"\x00" + leaf).digest()


@pytest.mark.parametrize("disclosures", [b"", b"{}", b"[[1]]", b"something else", b"\xff"])
def test_a_newer_leaf_may_have_disclosures_of_another_form(disclosures: bytes) -> None:
    entry = open_entry(SEALED.leaf.replace(b'"v":1', b'"v":3'), disclosures)
    assert (entry.version, entry.fields, entry.opened, entry.of) == (3, {}, 0, 8)


@pytest.mark.parametrize(
    "document", [{"v": 2}, {"v": 2, "log": LOG}, {"v": 2, "log": "x", "seq": 1}, {"v": 2, "seq": 1}]
)
def test_a_newer_leaf_still_says_its_log_and_place(document: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError, match="its log and its place"):
        open_entry(json.dumps(document).encode(), b"[]")


@pytest.mark.parametrize("stored", [b'["AAAA"]', b'["WzFd"]', b'["e30"]', b'["W1tdLFtdLFtdXQ"]'])
def test_the_quick_reader_refuses_what_it_cannot_take_apart(stored: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_fields(stored)


def test_a_newer_leaf_is_not_huge() -> None:
    with pytest.raises(UnreadableError, match="longer than"):
        open_entry(b" " * 70_000 + SEALED.leaf.replace(b'"v":1', b'"v":3'), SEALED.disclosures)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_PIECES = st.sampled_from(
    [
        '["',
        "A" * 22,
        '","',
        "kind",
        '"',
        '"]',
        "\n",
        "\\",
        "\\u0041",
        " ",
        "[1,2]",
        "1.5",
        "{}",
        "",
        "\x00",
        "~0",
        "é",
        "]",
    ]
)


@given(
    st.lists(
        st.one_of(
            st.lists(_PIECES, max_size=9).map("".join),
            st.tuples(st.just("A" * 22), _TEXT, _TEXT).map(
                lambda said: json.dumps(list(said), ensure_ascii=False, separators=(",", ":"))
            ),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_read_at_once_is_what_is_read_one_by_one(texts: list[str]) -> None:
    pieces = [base64.urlsafe_b64encode(text.encode()).rstrip(b"=") for text in texts]

    def asked(read: Callable[[], list[tuple[str, JSON]]]) -> list[tuple[str, JSON]] | type[Exception]:
        try:
            return read()
        except FieldkitError as error:
            return type(error)

    one_by_one = asked(lambda: [leaf._disclosed(text, "") for text in texts])
    assert asked(lambda: leaf._said(pieces, "")) == one_by_one
