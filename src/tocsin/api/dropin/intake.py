"""The way of every event that comes through another product's API: counted, then taken in like any other."""

from __future__ import annotations

import base64
import binascii
import uuid

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from tocsin.api.arriving import MAX_KEY, EventLimit, usable
from tocsin.core.events import AlertSource
from tocsin.deployment import Deployment
from tocsin.kit.chance import uuid_text
from tocsin.store import sources
from tocsin.store.intake import Outcome, Payload

UNKNOWN = Outcome(source_id=None)


class Door:
    """What the routes of all drop-in APIs share."""

    def __init__(self, deployment: Deployment, limit: EventLimit) -> None:
        self.deployment = deployment
        self._limit = limit

    def new_id(self) -> str:
        """An id for a request."""
        return uuid_text(self.deployment.chance)

    async def take(self, key: str, body: bytes, dialect: str, *, request_id: str, kind: str = "") -> Outcome:
        """Take in a payload for the source with this key. Raises TooMany, Overloaded."""
        if not usable(key):
            return UNKNOWN
        now = self.deployment.clock.now()
        await self._limit.count(key)
        payload = Payload(
            key=key, body=body, content_type=kind[:MAX_KEY], at=now, spool_id=request_id, dialect=dialect
        )
        return await self.deployment.intake.receive(payload)

    async def source(self, key: str) -> AlertSource | None:
        """The source with this key."""
        return await run_in_threadpool(self._source, key) if usable(key) else None

    def _source(self, key: str) -> AlertSource | None:
        with self.deployment.db.read() as tx:
            return sources.by_keys(tx, [key]).get(key)


def credentials(request: Request, *, scheme: str = "") -> str:
    """The key in a request's authorization: of the product's own scheme, as a bearer, or by basic auth.

    In basic auth it is the password, or the user name of who has no password.
    """
    kind, _, said = request.headers.get("authorization", "").strip().partition(" ")
    if kind.lower() in {scheme.lower(), "bearer"} and kind:
        return said.strip()
    if kind.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(said, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return password.strip() or user.strip()


def is_request_id(text: str) -> bool:
    """Whether a text has the form of `new_id`."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
