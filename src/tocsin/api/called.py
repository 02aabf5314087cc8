"""Web requests of providers and other products as values, and what they are answered with."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from tocsin.api.routing import read_body
from tocsin.deployment import Deployment
from tocsin.plugins import Callback, HttpReply

MOST_PARAMETERS = 200


async def callback_of(deployment: Deployment, request: Request) -> Callback:
    """What somebody called us with. Raises TooLarge."""
    path, query = request.url.path, request.url.query
    return Callback(
        method=request.method,
        url=f"{deployment.public_url}{path}" + (f"?{query}" if query else ""),
        rest=str(request.path_params.get("rest", "")).strip("/"),
        query=tuple(request.query_params.multi_items())[:MOST_PARAMETERS],
        headers={name.lower(): text for name, text in request.headers.items()},
        body=await read_body(request),
        received_at=deployment.clock.now(),
    )


def response_of(reply: HttpReply) -> Response:
    """The answer as it goes out."""
    return Response(reply.body, reply.status, headers=dict(reply.headers), media_type=reply.content_type)
