"""From a declared page to a route: recognise, check access, run in a worker thread, design the errors."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tocsin.core.access import can
from tocsin.deployment import Deployment
from tocsin.kit.errors import Forbidden, NotFound, TocsinError, Unauthenticated
from tocsin.store.database import DatabaseAway
from tocsin.web.declare import Page
from tocsin.web.security import WebMiddleware
from tocsin.web.show import failure, status_of
from tocsin.web.visit import Form, Visit, recognise, see_other


def route(page: Page, deployment: Deployment) -> Route:
    """The Starlette route of a page."""

    async def endpoint(request: Request) -> Response:
        form = await _form(request, page) if request.method == "POST" else Form()
        if page.stream:
            return await _stream(page, deployment, request)
        return await run_in_threadpool(_answer, page, deployment, request, form)

    guard = Middleware(WebMiddleware, deployment.public_url, foreign_posts=page.foreign_posts)
    return Route(
        page.path,
        endpoint,
        methods=page.methods,
        name=page.path,
        middleware=[guard],
        max_body_size=page.body,
    )


async def _form(request: Request, page: Page) -> Form:
    async with request.form(max_files=page.files, max_fields=page.fields) as sent:
        return Form([(name, await _text(given)) for name, given in sent.multi_items()])


async def _text(given: UploadFile | str) -> str:
    return given if isinstance(given, str) else (await given.read()).decode(errors="replace")


async def _stream(page: Page, deployment: Deployment, request: Request) -> Response:
    try:
        visit = await run_in_threadpool(recognise, deployment, request, Form())
    except DatabaseAway:
        return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    if page.stream is None or not can(visit.caller, page.action):
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    return await page.stream(visit)


def _answer(page: Page, deployment: Deployment, request: Request, form: Form) -> Response:
    visit = Visit(deployment=deployment, request=request, form=form)
    try:
        visit = recognise(deployment, request, form)
        return _permitted(page, visit)
    except TocsinError as wrong:
        return failure(visit, status_of(wrong), wrong)


def _permitted(page: Page, visit: Visit) -> Response:
    """Run the page's handler if the visitor may. Raises Forbidden, and what the handler raises."""
    method = visit.request.method
    if not can(visit.caller, page.needs(method)):
        if visit.caller is None:
            return to_login(visit)
        raise Forbidden("your role does not allow this")
    handler = page.post if method == "POST" else page.get
    if handler is None:
        raise NotFound("there is no such page")
    try:
        return handler(visit)
    except Unauthenticated:
        return to_login(visit)


def not_found(deployment: Deployment, request: Request) -> Response:
    """The page for an address that nothing answers, in the visitor's frame."""
    visit = Visit(deployment=deployment, request=request)
    with suppress(DatabaseAway):
        visit = recognise(deployment, request, Form())
    return failure(visit, HTTPStatus.NOT_FOUND)


def to_login(visit: Visit) -> Response:
    """Nobody is signed in: sign in first, then come back."""
    back = visit.here if visit.request.method in ("GET", "HEAD") else "/incidents"
    address = f"/login?{urlencode({'next': back})}"
    if visit.fragment:
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": address})
    return see_other(address)
