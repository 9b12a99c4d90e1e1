"""Entries as they lie in the store: whatever was packed comes out to the byte, and its leaf is made again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.journal.leaf import contents_of, disclose, leaf_of, seal
from fieldkit.vault.packing import pack, pack_sealed, unpack
from tests.journal import logs
from tests.journal.test_canonical import values
from tests.journal.test_leaf import names

LOG = logs.device("one").log_id


@settings(max_examples=60)
@given(st.dictionaries(names, values, max_size=20), st.binary(min_size=32, max_size=32))
def test_an_entry_comes_out_as_it_was_sealed(fields: Any, secret: bytes) -> None:
    sealed = seal(LOG, 7, fields, secret)
    contents = contents_of(fields)
    own, foreign = pack_sealed(contents, secret), pack(sealed.disclosures)
    assert unpack(own) == unpack(foreign) == disclose(contents, secret) == sealed.disclosures
    assert leaf_of(unpack(own), LOG, 7) == sealed.leaf
    assert len(own) < len(foreign) < len(sealed.disclosures)


@pytest.mark.parametrize(
    "disclosures", [b"[]", b'[""]', b'["A"]', b'["WyJB="]', b'["WyJC"]', b"no array at all"]
)
def test_disclosures_of_another_form_are_kept_as_they_are(disclosures: bytes) -> None:
    assert unpack(pack(disclosures)) == disclosures
