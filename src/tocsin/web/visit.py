"""One request, as the pages see it: who asks, in which language, and what they sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tocsin.auth import sessions
from tocsin.core.access import Action, Caller, can
from tocsin.core.people import Actor, Person
from tocsin.deployment import Deployment
from tocsin.kit.errors import Forbidden, NotFound, Unauthenticated
from tocsin.languages import Language, preferred
from tocsin.store import people
from tocsin.store.database import Transaction

COOKIE = "tocsin_session"
Form = ImmutableMultiDict[str, str]
"""What was sent; a field may come more than once."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request."""

    deployment: Deployment
    request: Request
    caller: Caller | None = None
    person: Person | None = None
    form: Form = field(default_factory=Form)

    @property
    def now(self) -> datetime:
        """The deployment's present instant."""
        return self.deployment.clock.now()

    @property
    def language(self) -> Language:
        """The person's language, or the browser's for nobody."""
        if self.person:
            return self.person.language
        return preferred(self.request.headers.get("accept-language", ""))

    @property
    def zone(self) -> str:
        """The person's time zone."""
        return self.person.timezone if self.person else "UTC"

    @property
    def fragment(self) -> bool:
        """Whether htmx asks, which wants the inside of the page only."""
        headers = self.request.headers
        return "hx-request" in headers and "hx-history-restore-request" not in headers

    @property
    def here(self) -> str:
        """This page's own address."""
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    @property
    def came_from(self) -> str:
        """The page of ours that the request came from; empty when the browser does not say."""
        parts = urlsplit(self.request.headers.get("referer", ""))
        own = parts.netloc == self.request.headers.get("host", "")
        return local_path(f"{parts.path}?{parts.query}", "") if own else ""

    @property
    def someone(self) -> Person:
        """Who is signed in. Raises Unauthenticated."""
        if self.person is None:
            raise Unauthenticated("sign in first")
        return self.person

    def actor(self, via: Literal["UI", "LINK"] = "UI") -> Actor:
        """Who is signed in, as the one who acts."""
        return Actor.of(self.someone, via)

    def may(self, action: Action) -> bool:
        """Whether the visitor may do this; for showing or leaving out buttons."""
        return can(self.caller, action)

    def number(self, name: str) -> int:
        """An id in the path. Raises NotFound for what cannot be one."""
        number = id_in(str(self.request.path_params[name]))
        if number is None:
            raise NotFound("there is no such page")
        return number

    def said(self, name: str, limit: int = 4096) -> str:
        """A form field, trimmed and cut to `limit` characters."""
        return self.form.get(name, "").strip()[:limit]

    def id_said(self, name: str) -> int | None:
        """The id in a form field; None for what cannot be one."""
        return id_in(self.said(name))

    def chosen(self, name: str, limit: int = 100) -> list[str]:
        """Everything that was sent under one name, such as ticked boxes; at most `limit`."""
        return [text.strip()[:255] for text in self.form.getlist(name)[:limit]]

    def require(self, action: Action, subject_user_id: int | None = None) -> None:
        """Stop whoever may not do this to that user. Raises Forbidden."""
        if not can(self.caller, action, subject_user_id):
            raise Forbidden("your role does not allow this")

    @property
    def asked(self) -> Mapping[str, str]:
        """The query of the address."""
        return self.request.query_params


def id_in(text: str) -> int | None:
    """The id that a text from outside is; None for what cannot be one, or is too long for the database."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def recognise(deployment: Deployment, request: Request, form: Form) -> Visit:
    """The visit of a request: looks the session up."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return Visit(deployment=deployment, request=request, form=form)
    with deployment.db.read() as tx:
        user_id = sessions.user(tx, secret)
        person = people.load(tx, (user_id,)).get(user_id) if user_id is not None else None
    caller = Caller(user_id=person.id, name=person.name, role=person.role) if person else None
    return Visit(deployment=deployment, request=request, form=form, caller=caller, person=person)


def sign_in(visit: Visit, tx: Transaction, user_id: int, to: str) -> Response:
    """Open a session, as a redirect that carries its cookie."""
    agent = visit.request.headers.get("user-agent", "")
    secret = sessions.create(tx, visit.deployment.chance, user_id, agent)
    answer = see_other(to)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(sessions.LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=visit.deployment.public_url.startswith("https://"),
    )
    return answer


def see_other(to: str) -> Response:
    """After a POST: go and look there."""
    return RedirectResponse(to, status_code=303)


def local_path(wanted: str, otherwise: str = "/incidents") -> str:
    """`wanted` if it is a path on this site, so that nobody is led away."""
    parts = urlsplit(wanted) if wanted.isprintable() else None
    fine = (
        parts is not None
        and not parts.scheme
        and not parts.netloc
        and wanted.startswith("/")
        and not wanted.startswith("//")
        and "\\" not in wanted
    )
    return wanted if fine else otherwise
