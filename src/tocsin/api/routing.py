"""How a resource is served: declared once, mounted in both dialects, every route with its action.

The route decides in this order: who calls, may they, is the body readable. Then FastAPI validates and
the handler runs, in a worker thread. The body was translated to our vocabulary before, the answer is
translated from it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from fastapi.routing import APIRoute
from pydantic_core import from_json, to_json
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute
from starlette.types import Receive, Scope, Send

from tocsin.api import dialect, schemas
from tocsin.api.call import Calling
from tocsin.api.errors import TooLarge
from tocsin.core.access import Action, Caller, can
from tocsin.core.doors import MAX_BODY
from tocsin.deployment import Deployment
from tocsin.kit.errors import BadInput, Forbidden

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Declared:
    path: str
    endpoint: Callable[..., Any]
    methods: tuple[str, ...]
    action: Action
    options: dict[str, Any]


class Resource:
    """The routes of one resource, before they are mounted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._declared: list[_Declared] = []

    def route(self, methods: str, path: str, action: Action, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a route: its methods ("PUT POST"), its path below the resource, and who may call it."""

        def declare(endpoint: Handler) -> Handler:
            self._declared.append(_Declared(path, endpoint, tuple(methods.split()), action, options))
            return endpoint

        return declare

    def get(self, path: str, action: Action, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a GET."""
        return self.route("GET", path, action, **options)

    def post(self, path: str, action: Action, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a POST that creates."""
        return self.route("POST", path, action, **{"status_code": 201, **options})

    def put(self, path: str, action: Action, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a PUT."""
        return self.route("PUT", path, action, **options)

    def delete(self, path: str, action: Action, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a DELETE."""
        return self.route("DELETE", path, action, **{"status_code": 204, **options})

    def mount(self, spoken: dialect.Dialect) -> list[Route]:
        """The routes, as `spoken` names them."""
        below = f"{dialect.prefix(spoken)}/{dialect.resource(self.name, spoken)}"
        return [
            Route(f"{below}{declared.path}", declared, method, self.name, spoken)
            for declared in self._declared
            for method in declared.methods
        ]


class Route(StarletteRoute):
    """An operation of a resource. FastAPI's part is made when it is first asked for: all of them are half a start."""

    def __init__(
        self, path: str, declared: _Declared, method: str, tag: str, spoken: dialect.Dialect
    ) -> None:
        super().__init__(path, declared.endpoint)
        self.methods = {method}
        self.action = declared.action
        self._declared = declared
        self._method = method
        self._tag = tag
        self._spoken = spoken

    @cached_property
    def served(self) -> Served:
        """What validates, calls the handler and describes itself."""
        schemas.prepare(self._declared.endpoint)
        several = len(self._declared.methods) > 1
        name = f"{self.name}_{self._method.lower()}" if several else self.name
        return Served(
            self.path,
            self._declared,
            methods=[self._method],
            tags=[self._tag],
            operation_id=f"{self._spoken}_{self._tag}_{name}".replace("-", "_"),
        )

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the request is for this route."""
        match, found = super().matches(scope)
        return self.served.matches(scope) if match is Match.FULL else (match, found)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that matches, or matches but for its method."""
        await self.served.handle(scope, receive, send)


class Served(APIRoute):
    """FastAPI's route, between admission and translation."""

    def __init__(self, path: str, declared: _Declared, **options: Any) -> None:
        self.action: Action = declared.action
        super().__init__(
            path, declared.endpoint, response_model_exclude_none=True, **options, **declared.options
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler between admission and translation."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            _refuse_nul(request)
            calling = await admit(request, self.action)
            request.state.calling = calling
            if self.body_field is not None:
                request = await _translated(request)
            response = await inner(request)
            return _answer(response, calling.dialect)

        return handle


class RawRoute(StarletteRoute):
    """A route without FastAPI, for what must be quick; it too names its action."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, action: Action, methods: list[str]
    ) -> None:
        super().__init__(path, endpoint, methods=methods, include_in_schema=False)
        self.action = action


async def admit(request: Request, action: Action) -> Calling:
    """Who calls. Raises Unauthenticated or Forbidden when they may not do `action`."""
    deployment: Deployment = request.app.state.deployment
    caller: Caller | None = None
    if action not in ("PUBLIC", "TOKEN"):
        header = request.headers.get("authorization")
        caller = await run_in_threadpool(request.app.state.authenticator.caller, header)
        if not can(caller, action):
            raise Forbidden("your role does not allow this")
    return Calling(deployment=deployment, dialect=dialect.of_path(request.url.path), known=caller)


async def read_body(request: Request) -> bytes:
    """The body, up to MAX_BODY. Raises TooLarge."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and (len(announced) > 12 or int(announced) > MAX_BODY):
        raise TooLarge(f"a body may have {MAX_BODY} bytes")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise TooLarge(f"a body may have {MAX_BODY} bytes")
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class _Translated(Request):
    """A request whose body is in our vocabulary, whatever content type it claims."""

    def __init__(self, request: Request, raw: bytes, data: Any) -> None:
        scope = dict(request.scope)
        scope["headers"] = list(scope["headers"])
        MutableHeaders(scope=scope)["content-type"] = "application/json"
        super().__init__(scope, request.receive)
        self._raw = raw
        self._data = data

    async def body(self) -> bytes:
        """The bytes as they came."""
        return self._raw

    async def json(self) -> Any:
        """The translated body."""
        return self._data


async def _translated(request: Request) -> Request:
    raw = await read_body(request)
    if not raw.strip():
        return _Translated(request, b"", None)
    try:
        data = from_json(raw, allow_inf_nan=False)
    except ValueError as wrong:
        raise BadInput.at("", f"not valid JSON: {wrong}") from None
    return _Translated(request, raw, dialect.read(data))


def _answer(response: Response, spoken: dialect.Dialect) -> Response:
    if spoken == "current" and response.body and response.media_type == "application/json":
        response.body = to_json(dialect.write(from_json(bytes(response.body)), spoken))
        response.headers["content-length"] = str(len(response.body))
    return response


def _refuse_nul(request: Request) -> None:
    """PostgreSQL takes no NUL in text, and nobody means one."""
    if "\0" in request.url.path or b"%00" in request.scope["query_string"]:
        raise BadInput.at("", "must not contain the character NUL")
