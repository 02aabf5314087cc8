"""Where providers call us. The path holds a secret; what the provider signs besides is the plugin's to check."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from tocsin.api.called import callback_of, response_of
from tocsin.api.routing import RawRoute
from tocsin.deployment import Deployment


def callback_routes(deployment: Deployment) -> list[RawRoute]:
    """`/callbacks/{token}` and everything below it."""

    async def receive(request: Request) -> Response:
        token = str(request.path_params["token"])
        callback = await callback_of(deployment, request)
        return response_of(await deployment.callbacks.receive(token, callback))

    return [
        RawRoute(path, receive, action="TOKEN", methods=["GET", "POST"])
        for path in ("/callbacks/{token}", "/callbacks/{token}/{rest:path}")
    ]
