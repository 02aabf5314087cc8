"""Signing in and out."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from tocsin.auth import sessions
from tocsin.auth.invitations import forgot
from tocsin.auth.passwords import verify_password
from tocsin.auth.throttle import Windows
from tocsin.kit.errors import Overloaded
from tocsin.languages import msgid
from tocsin.store import people
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.visit import COOKIE, Visit, local_path, see_other, sign_in

TRIES_A_MINUTE = 10
"""Per address that is tried, and per client that tries."""


class Login:
    """The sign-in page, with its count of tries."""

    def __init__(self) -> None:
        self.tries = Windows(TRIES_A_MINUTE)

    def show(self, visit: Visit) -> Response:
        """The form; whoever is signed in already is led on."""
        wanted = local_path(visit.request.query_params.get("next", ""))
        return see_other(wanted) if visit.caller else _form(visit, wanted)

    def enter(self, visit: Visit) -> Response:
        """Check the password and open a session."""
        wanted = local_path(visit.said("next"))
        email, password = visit.said("email", 255), visit.form.get("password", "")[:1024]
        if not self._allowed(visit, email):
            problem = msgid("Too many tries. Wait a minute, then try again.")
            return _form(visit, wanted, problem, HTTPStatus.TOO_MANY_REQUESTS)
        with visit.deployment.db.read() as tx:
            user, stored = people.by_login(tx, email) or (None, None)
        if not verify_password(stored, password) or user is None:
            problem = msgid("E-mail or password is wrong.")
            return _form(visit, wanted, problem, HTTPStatus.UNPROCESSABLE_ENTITY)
        with visit.deployment.db.write() as tx:
            return sign_in(visit, tx, user.id, wanted)

    def send_link(self, visit: Visit) -> Response:
        """Send the link by which a password is chosen; the answer is the same when there is nobody."""
        email = visit.said("email", 255)
        if not self._allowed(visit, email):
            raise Overloaded("Too many tries. Wait a minute, then try again.")
        with visit.deployment.db.write() as tx:
            if found := people.by_login(tx, email):
                forgot(tx, visit.deployment, people.one(tx, found[0].id))
        return page(visit, "forgotten.html", sent=True)

    def _allowed(self, visit: Visit, email: str) -> bool:
        client = visit.request.client.host if visit.request.client else ""
        by_client = self.tries.allow(f"client:{client}", visit.now)
        by_email = self.tries.allow(f"email:{email.casefold()}", visit.now)
        return by_client and by_email


def _form(visit: Visit, wanted: str, problem: str = "", status: int = 200) -> Response:
    email = visit.said("email", 255)
    return page(visit, "login.html", status=status, next=wanted, problem=problem, email=email)


def show_forgotten(visit: Visit) -> Response:
    """The form for somebody who forgot the password."""
    return page(visit, "forgotten.html", sent=False)


def leave(visit: Visit) -> Response:
    """Sign out."""
    secret = visit.request.cookies.get(COOKIE)
    if secret:
        with visit.deployment.db.write() as tx:
            sessions.revoke(tx, secret)
    answer = see_other("/login")
    answer.delete_cookie(COOKIE, path="/")
    return answer


def pages() -> list[Page]:
    """The routes of this file."""
    login = Login()
    return [
        Page(path="/login", action="PUBLIC", get=login.show, post=login.enter),
        Page(path="/login/forgotten", action="PUBLIC", get=show_forgotten, post=login.send_link),
        Page(path="/logout", action="PUBLIC", post=leave),
    ]
