"""What a job says by the address it asks for: `…/start`, `…/fail`, `…/log`, or its exit status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tocsin.core.heartbeats import MAX_BODY_KEPT, Signal, SignalKind
from tocsin.kit.errors import BadInput

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SLUG = re.compile(r"[a-z0-9_-]{1,100}")
_VERBS: Mapping[str, SignalKind] = {"": "SUCCESS", "start": "START", "fail": "FAIL", "log": "LOG"}
MAX_MILLISECONDS = 10**11


def read_ping(
    key: str, verb: str, query: Mapping[str, str], *, method: str, body: bytes, slug: str | None = None
) -> Signal:
    """The signal of a request to a ping address, in Healthchecks' manner. Raises BadInput."""
    status: int | None = None
    kind = _VERBS.get(verb)
    if kind is None:
        if not (verb.isascii() and verb.isdigit() and len(verb) <= 3 and int(verb) <= 255):
            raise BadInput.at("", "invalid url format")
        status = int(verb)
        kind = "FAIL" if status else "SUCCESS"
    if slug is not None and not _SLUG.fullmatch(slug):
        raise BadInput.at("", "invalid url format")
    run_id = query.get("rid")
    if run_id is not None and not is_uuid(run_id.lower()):
        raise BadInput.at("rid", "invalid uuid format")
    return Signal(
        key=key,
        slug=slug,
        create=query.get("create") == "1",
        kind=kind,
        method=method,
        exit_status=status,
        run_id=run_id,
        body=body[:MAX_BODY_KEPT],
    )


def read_push(token: str, query: Mapping[str, str], *, method: str) -> Signal:
    """The signal of a push in Uptime Kuma's manner: everything but `up` is a failure."""
    return Signal(
        key=token,
        kind="SUCCESS" if query.get("status", "up") == "up" else "FAIL",
        method="POST" if method not in {"GET", "HEAD"} else method,
        duration_ms=_milliseconds(query.get("ping")),
        body=query.get("msg", "").encode("utf-8", "replace")[:MAX_BODY_KEPT],
    )


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID, in small letters."""
    return _UUID.fullmatch(text) is not None


def _milliseconds(text: Any) -> int | None:
    try:
        took = float(text)
    except (TypeError, ValueError):
        return None
    return int(took) if 0 <= took <= MAX_MILLISECONDS else None
