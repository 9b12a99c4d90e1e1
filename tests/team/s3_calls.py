"""Calls to an S3 server that obstore does not make: buckets, object lock, versions. Signed as S3 wants it (version 4)."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import NamedTuple

ACCESS, SECRET, REGION = "fieldkit", "only-for-tests", "us-east-1"


class Answer(NamedTuple):
    """Status, headers (names in lower case) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(
    endpoint: str,
    method: str,
    path: str,
    body: bytes = b"",
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One call; an answer of any status comes back. `OSError` where nobody answers."""
    asked = "&".join(
        f"{urllib.parse.quote(name, safe='')}={urllib.parse.quote(value, safe='')}"
        for name, value in sorted((query or {}).items())
    )
    now = datetime.datetime.now(datetime.UTC)
    digest = hashlib.sha256(body).hexdigest()
    signed = {
        **{name.lower(): value for name, value in (headers or {}).items()},
        "host": urllib.parse.urlsplit(endpoint).netloc,
        "x-amz-content-sha256": digest,
        "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
    }
    listed = ";".join(sorted(signed))
    lines = [method, urllib.parse.quote(path), asked]
    lines += [f"{name}:{signed[name]}" for name in sorted(signed)]
    canonical = "\n".join([*lines, "", listed, digest])
    scope = f"{now:%Y%m%d}/{REGION}/s3/aws4_request"
    key = b"AWS4" + SECRET.encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    told = (
        f"AWS4-HMAC-SHA256\n{signed['x-amz-date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    )
    signature = hmac.digest(key, told.encode(), "sha256").hex()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={ACCESS}/{scope}, SignedHeaders={listed}, Signature={signature}"
    )
    address = endpoint + urllib.parse.quote(path) + (f"?{asked}" if asked else "")
    request = urllib.request.Request(address, body or None, signed, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, _lower(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers), error.read())


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
