"""JSON that is hashed has one form; JSON that is read has one meaning."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.errors import UnreadableError
from fieldkit.journal import canonical
from tests.shared_data import shared_data

LIMIT = 2**53
texts = st.text(max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(1 - LIMIT, LIMIT - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200)
@given(values)
def test_encode_agrees_with_another_implementation_of_rfc_8785_and_is_read_back(value: Any) -> None:
    encoded = canonical.encode(value)
    assert encoded == rfc8785.dumps(value)
    assert canonical.decode(encoded) == value


def test_names_are_ordered_by_utf_16_as_in_rfc_8785_section_3_2_3() -> None:
    sample = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(canonical.encode(sample)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_strings_are_written_as_in_rfc_8785_section_3_2_2() -> None:
    assert canonical.encode('\u20ac$\x0f\nA\'B"\\\\"/') == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "weird"])
def test_published_vectors(name: str) -> None:
    given_text = shared_data("vectors", "jcs", "input", f"{name}.json").read_text("utf-8")
    wanted = bytes.fromhex(shared_data("vectors", "jcs", "outhex", f"{name}.txt").read_text())
    value = json.loads(given_text, parse_float=lambda digits: int(float(digits)))
    assert canonical.encode(value) == wanted
    assert canonical.decode(wanted) == value


@pytest.mark.shared_data
def test_the_published_vector_with_fractions_is_refused_not_rounded() -> None:
    data = shared_data("vectors", "jcs", "input", "values.json").read_bytes()
    with pytest.raises(UnreadableError, match="fraction or an exponent"):
        canonical.decode(data)
    with pytest.raises(UnreadableError, match="float"):
        canonical.encode(json.loads(data))


BAD = {
    "a name twice": b'{"a":1,"b":2,"a":3}',
    "a name twice, differently written": b'{"a":1,"\\u0061":3}',
    "a name twice, inside": b'[{"x":{"a":1,"a":1}}]',
    "a fraction": b"1.0",
    "an exponent": b"1E400",
    "a small exponent": b"1e0",
    "beyond 2^53": b"9007199254740993",
    "beyond -2^53": b"-9007199254740993",
    "five thousand digits": b"1" * 5000,
    "minus zero": b"-0",
    "NaN": b"NaN",
    "infinity": b"[-Infinity]",
    "half a surrogate pair": b'"\\ud800"',
    "the other half, as a name": b'{"\\udc00":1}',
    "halves in the wrong order": b'"\\udc00\\ud800"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "an overlong form": b'"\xc0\xaf"',
    "not UTF-8": b'"\xff"',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16-le"),
    "10,000 arrays deep": b"[" * 10_000 + b"]" * 10_000,
    "10,000 objects deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "65 deep": b"[" * 65 + b"]" * 65,
    "never closed": b"[" * 100_000,
    "deep behind a string full of brackets": b'["' + b"]" * 200 + b'",' + b"[" * 70 + b"]" * 70 + b"]",
    "a control character": b'"a\x00b"',
    "a raw newline": b'"a\nb"',
    "two values": b"1 2",
    "a comma too many": b"[1,]",
    "a comment": b"[1/*x*/]",
    "single quotes": b"['a']",
    "a leading zero": b"01",
    "a plus": b"+1",
    "an odd escape": b'"\\x41"',
    "nothing": b"",
    "only space": b"  \n",
    "a form feed as space": b"\x0c1",
}


@pytest.mark.parametrize("defect", BAD)
def test_what_readers_could_take_differently_is_refused_and_says_where(defect: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        canonical.decode(BAD[defect], where="leaves.jsonl:7")
    assert caught.value.where == "leaves.jsonl:7"


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(UnreadableError, match="longer than"):
        canonical.decode(b'"' + b"x" * canonical.MAX_BYTES + b'"')


def test_brackets_in_strings_are_no_nesting() -> None:
    text = "[{" * 500 + '\\"' + "[" * 500
    assert canonical.decode(canonical.encode([text])) == [text]


def test_the_deepest_that_is_written_is_read() -> None:
    value: Any = "x"
    for _ in range(canonical.MAX_DEPTH):
        value = [value]
    assert canonical.decode(canonical.encode(value)) == value
    with pytest.raises(UnreadableError, match="deeper"):
        canonical.encode([value])


@pytest.mark.parametrize("number", [LIMIT, -LIMIT, 0, -1])
def test_integers_up_to_the_limit_pass(number: int) -> None:
    assert canonical.decode(canonical.encode(number)) == number


@pytest.mark.parametrize(
    "value",
    [0.5, float("nan"), LIMIT + 1, -LIMIT - 1, "\ud800", {"\udfff": 1}, {1: "a"}, b"bytes", {1, 2}, object()],
)
def test_what_may_not_be_in_an_entry_is_refused(value: Any) -> None:
    with pytest.raises(UnreadableError):
        canonical.encode(value)


@settings(max_examples=200)
@given(st.binary(max_size=40) | st.text(alphabet='[]{}",:\\u0d8e1-. \n', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused_in_the_familys_own_words(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except UnreadableError:
        return
    assert value == json.loads(data)
