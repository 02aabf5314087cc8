"""One call of the API: who calls, in which dialect, and the ways to the data."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from tocsin.api import dialect
from tocsin.core.access import Action, Caller, can
from tocsin.core.people import Actor
from tocsin.deployment import Deployment
from tocsin.kit.errors import Forbidden
from tocsin.store import people
from tocsin.store.database import Transaction


@dataclass(frozen=True, kw_only=True)
class Calling:
    """What a handler knows of its request besides its parameters.

    A handler opens its one transaction itself, `with call.write() as tx:`, and so leaves it, committed,
    before the response starts. A dependency that held it open could starve: forty requests waiting for
    SQLite's one writer would hold every worker thread that the writer needs to go on.
    """

    deployment: Deployment
    dialect: dialect.Dialect
    known: Caller | None

    @property
    def caller(self) -> Caller:
        """The caller, on routes that ask for one."""
        assert self.known is not None
        return self.known

    def read(self) -> AbstractContextManager[Transaction]:
        """A transaction that only reads."""
        return self.deployment.db.read()

    def write(self) -> AbstractContextManager[Transaction]:
        """The transaction of a call that changes something."""
        return self.deployment.db.write()

    def may(self, action: Action, subject_user_id: int | None = None) -> bool:
        """Whether the caller may do `action`."""
        return can(self.known, action, subject_user_id)

    def require(self, action: Action, subject_user_id: int | None = None) -> None:
        """Raise Forbidden unless the caller may do `action`."""
        if not self.may(action, subject_user_id):
            raise Forbidden("your role does not allow this")

    def actor(self, tx: Transaction) -> Actor:
        """The caller as who does something to an incident."""
        return Actor.of(people.one(tx, self.caller.user_id), "API")

    def location(self, resource: str, number: int) -> str:
        """The URL of a resource in the dialect of the call."""
        base = self.deployment.public_url + dialect.prefix(self.dialect)
        return f"{base}/{dialect.resource(resource, self.dialect)}/{number}"


def _calling(request: Request) -> Calling:
    found: Calling = request.state.calling
    return found


async def _of_request(request: Request) -> Calling:
    return _calling(request)


Call = Annotated[Calling, Depends(_of_request)]
