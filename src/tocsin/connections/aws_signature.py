"""AWS Signature Version 4, as AWS documents it: a request signed with keys, valid for minutes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote, urlsplit

from tocsin.kit.value import field, replace, value
from tocsin.plugins import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"


@value
class AwsKeys:
    """Who signs, and for which service of which region."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str
    service: str


def signed(request: HttpRequest, keys: AwsKeys, now: datetime) -> HttpRequest:
    """The request with its date and signature. Its query must be empty or in order."""
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    headers = {name.lower(): " ".join(text.split()) for name, text in request.headers}
    headers |= {"host": urlsplit(request.url).netloc, "x-amz-date": stamp}
    names = ";".join(sorted(headers))
    scope = f"{now:%Y%m%d}/{keys.region}/{keys.service}/aws4_request"
    canonical = _canonical(request, headers, names)
    to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(_key(keys, now), to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={keys.access_key_id}/{scope}"
    authorization = f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"
    added = (("x-amz-date", stamp), ("authorization", authorization))
    return replace(request, headers=(*request.headers, *added))


def _canonical(request: HttpRequest, headers: dict[str, str], names: str) -> str:
    url = urlsplit(request.url)
    # Every service but S3 encodes the path once more than the URL does.
    path = quote(url.path, safe="/~")
    listed = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    body = hashlib.sha256(request.body).hexdigest()
    return "\n".join((request.method, path or "/", url.query, listed, names, body))


def _key(keys: AwsKeys, now: datetime) -> bytes:
    key = f"AWS4{keys.secret_access_key}".encode()
    for part in (f"{now:%Y%m%d}", keys.region, keys.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
