"""Where an agent takes events and pings: the server's own addresses, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tocsin.core.doors import MAX_BODY
from tocsin.kit.chance import SystemChance, uuid_text
from tocsin.kit.clock import Clock
from tocsin.kit.errors import Overloaded
from tocsin.ops.agent_journal import Journal, Taken
from tocsin.plugins import telling

_EVENTS = re.compile(r"/api/(v1/)?events(/[^/?]+){0,2}")
_PINGS = re.compile(
    r"/api/(v1/)?((pings|heartbeats)/[^/?]+(/[^/?]+)?|push/[^/?]+)"
    r"|/ping/[^/?]+(/[^/?]+){0,2}"  # as the page of a heartbeat shows it
    r"|/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(/[^/?]+)?"
)


def is_ping(target: str) -> bool:
    """Whether a request is a ping."""
    return _PINGS.fullmatch(target.partition("?")[0]) is not None


def agent_app(journal: Journal, clock: Clock, taken: Callable[[], None]) -> Starlette:
    """The agent's web server; `taken` is called after something was taken."""
    chance = SystemChance()

    async def take(request: Request) -> Response:
        path = request.url.path
        if not (_EVENTS.fullmatch(path) or is_ping(path)):
            return _answer({"message": "an agent takes events and pings only"}, 404)
        body = await _body(request)
        if body is None:
            return _answer({"message": f"a body may have {MAX_BODY} bytes"}, 413)
        query = request.url.query
        kept = Taken(
            id=uuid_text(chance),
            at=clock.now(),
            method="POST" if request.method == "HEAD" else request.method,
            target=request.scope["raw_path"].decode("ascii", "replace") + (f"?{query}" if query else ""),
            content_type=request.headers.get("content-type", "")[:255],
            headers=telling(request.scope["headers"]),
            body=body,
        )
        try:
            await run_in_threadpool(journal.put, kept)
        except (Overloaded, OSError) as wrong:
            return _answer({"message": str(wrong)}, 503, {"Retry-After": "10"})
        taken()
        return _answer({"responseCode": "EVENT_STORED"}, 202)

    async def health(_: Request) -> Response:
        return _answer({"waiting": len(journal)}, 200)

    methods = ["GET", "HEAD", "POST", "PUT"]
    return Starlette(
        routes=[Route("/healthz", health, methods=["GET"]), Route("/{path:path}", take, methods=methods)]
    )


async def _body(request: Request) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _answer(content: object, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(content), status, headers, media_type="application/json")
