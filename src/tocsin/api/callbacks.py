"""Where providers call us. The path holds a secret; what the provider signs besides is the plugin's to check."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from tocsin.api.routing import RawRoute, read_body
from tocsin.deployment import Deployment
from tocsin.plugins import Callback

MOST_PARAMETERS = 200


def callback_routes(deployment: Deployment) -> list[RawRoute]:
    """`/callbacks/{token}` and everything below it."""

    async def receive(request: Request) -> Response:
        query = request.url.query
        path = request.url.path
        callback = Callback(
            method=request.method,
            url=f"{deployment.public_url}{path}" + (f"?{query}" if query else ""),
            rest=str(request.path_params.get("rest", "")).strip("/"),
            query=tuple(request.query_params.multi_items())[:MOST_PARAMETERS],
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await read_body(request),
            received_at=deployment.clock.now(),
        )
        reply = await deployment.callbacks.receive(str(request.path_params["token"]), callback)
        response = Response(reply.body, reply.status, media_type=reply.content_type)
        for name, value in reply.headers:
            response.headers[name] = value
        return response

    return [
        RawRoute(path, receive, action="TOKEN", methods=["GET", "POST"])
        for path in ("/callbacks/{token}", "/callbacks/{token}/{rest:path}")
    ]
