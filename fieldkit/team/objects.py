"""A depot in an object store: S3 and what is compatible with it, Azure, Google Cloud, memory for trials.

Addresses and credentials are obstore's: `s3://bucket/prefix` with AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, … in the
environment. Nothing is relied on but put, get and list: names carry hashes, which every reader checks. So S3 is told a
CRC-64/NVME with every object, against what happens on the way and because it asks for a checksum in buckets with object lock,
and its content is not hashed once more for the signature.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from fieldkit.errors import UnavailableError, UsageError
from fieldkit.team.store import Listed, gone, too_large

_AT_ONCE = 1000
_S3 = ("s3://", "s3a://")
_CHECKED = {"checksum_algorithm": "CRC64NVME", "unsigned_payload": "true"}
"""For S3, unless the environment says otherwise (AWS_CHECKSUM_ALGORITHM, AWS_UNSIGNED_PAYLOAD)."""


class ObjectStore:
    """Objects by obstore."""

    def __init__(self, address: str, **options: Any) -> None:
        self._address = address
        if address.startswith(_S3):
            said = {
                name: value for name, value in _CHECKED.items() if f"AWS_{name.upper()}" not in os.environ
            }
            options = {"config": said, **options}
        try:
            self._store: Any = from_url(
                address,
                client_options={"allow_http": True, "timeout": timedelta(seconds=60)},
                retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=60)},
                **options,
            )
        except (BaseError, ValueError, TypeError) as error:
            raise UsageError(
                "not the address of a store that is known",
                where=address,
                remedy="Name a folder, or an address as s3://bucket/prefix.",
            ) from error

    @property
    def where(self) -> str:
        """The address."""
        return self._address

    def names(self, prefix: str) -> Iterator[Listed]:
        """Every object below the prefix."""
        try:
            for page in obstore.list(self._store, prefix=prefix.rstrip("/"), chunk_size=_AT_ONCE):
                for one in page:
                    yield Listed(one["path"], one["size"])
        except (BaseError, OSError) as error:
            raise self._unavailable(error) from error

    def read(self, name: str, limit: int) -> bytes:
        """The object's bytes; no more than the limit is fetched."""
        try:
            result = obstore.get(self._store, name)
            if result.meta["size"] > limit:
                raise too_large(f"{self._address}: {name}", limit)
            data = bytearray()
            for chunk in result.stream(min_chunk_size=1 << 20):
                data += memoryview(chunk)
                if len(data) > limit:
                    raise too_large(f"{self._address}: {name}", limit)
        except FileNotFoundError:
            raise gone(f"{self._address}: {name}") from None
        except (BaseError, OSError) as error:
            raise self._unavailable(error) from error
        return bytes(data)

    def write(self, name: str, data: bytes) -> None:
        """Put the object."""
        try:
            obstore.put(self._store, name, data)
        except (BaseError, OSError) as error:
            raise self._unavailable(error) from error

    def remove(self, name: str) -> None:
        """Delete the object."""
        try:
            obstore.delete(self._store, name)
        except FileNotFoundError:
            raise gone(f"{self._address}: {name}") from None
        except (BaseError, OSError) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> UnavailableError:
        first = str(error).strip().splitlines()
        return UnavailableError(
            f"the store answered: {first[0][:200] if first else type(error).__name__}",
            where=self._address,
            remedy="Check the address, the credentials and the network; what was copied stays, and is not copied again.",
        )
