"""Every refusal as the same JSON body: status, message, code, details."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tocsin.api import dialect
from tocsin.core.schedules import BrokenSchedule
from tocsin.kit.errors import (
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Overloaded,
    Problem,
    Refused,
    TocsinError,
    Unauthenticated,
)
from tocsin.kit.schema_words import problems
from tocsin.store.database import Contended, DatabaseAway

RETRY_SECONDS = 5
_log = structlog.get_logger(__name__)


class TooMany(TocsinError):
    """More requests than a minute allows; no Retry-After, as the product answers."""

    code = "RATE_LIMIT"


class TooLarge(TocsinError):
    """The body is larger than we read."""

    code = "PAYLOAD_TOO_LARGE"


class AlreadyResponder(TocsinError):
    """The product answers 405 here, and its clients know that."""

    code = "ALREADY_RESPONDER"


_STATUS: dict[type[TocsinError], int] = {
    BadInput: 400,
    Refused: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    AlreadyResponder: 405,
    Conflict: 409,
    BrokenSchedule: 409,
    TooLarge: 413,
    TooMany: 429,
    Overloaded: 503,
    DatabaseAway: 503,
    Contended: 503,
}
_CODES = {400: "BAD_REQUEST", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "PAYLOAD_TOO_LARGE"}


def install(app: FastAPI) -> None:
    """Answer every exception in our form."""
    app.add_exception_handler(TocsinError, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, unexpected)


def body(status: int, message: str, code: str, details: Any = None) -> dict[str, Any]:
    """The body of a refusal."""
    return {"status": status, "message": message, "code": code, "details": details}


def respond(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Plain data as a response of exactly `application/json`."""
    return Response(to_json(content), status, headers, media_type="application/json")


def status_of(wrong: TocsinError) -> int:
    """The status of a refusal."""
    return next((status for kind, status in _STATUS.items() if isinstance(wrong, kind)), 500)


def said_of(wrong: TocsinError) -> str:
    """What whoever called may read of a refusal: where the database is, is not theirs to know."""
    return "the database is away" if isinstance(wrong, DatabaseAway) else wrong.message


def refusal(request: Request, wrong: TocsinError) -> Response:
    """The response for a refusal of ours."""
    status = status_of(wrong)
    if isinstance(wrong, BadInput):
        return respond(_problems(request, wrong.problems, wrong.code), 400)
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Tocsin", Bearer'
    if status == 503:
        headers["Retry-After"] = str(RETRY_SECONDS)
    message = dialect.prose(said_of(wrong), dialect.of_path(request.url.path))
    return respond(body(status, message, wrong.code), status, headers)


async def _refusal(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, TocsinError)
    return refusal(request, wrong)


async def _invalid(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)
    # The first step of a path says which part of the request it is.
    return respond(_problems(request, problems(wrong.errors(), skip=1), "BAD_REQUEST"), 400)


async def _http(_: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, HTTPException)
    code = _CODES.get(wrong.status_code, "ERROR")
    headers = dict(wrong.headers or {})
    return respond(body(wrong.status_code, wrong.detail, code), wrong.status_code, headers)


async def unexpected(request: Request, wrong: Exception) -> Response:
    """The response for a fault of ours; the log has the rest."""
    _log.error("request failed", method=request.method, path=request.url.path, exc_info=wrong)
    message = "something went wrong on our side; it is in the log"
    return respond(body(500, message, "INTERNAL_ERROR"), 500)


def _problems(request: Request, wrong: Sequence[Problem], code: str) -> dict[str, Any]:
    spoken = dialect.of_path(request.url.path)
    found = [Problem(dialect.path_of(p.path, spoken), dialect.prose(p.message, spoken)) for p in wrong]
    details = [{"field": p.path, "message": p.message} for p in found]
    return body(400, "; ".join(map(str, found)), code, details)
