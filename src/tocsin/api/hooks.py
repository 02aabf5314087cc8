"""Where other products report back what people did there: tickets closed, buttons pressed.

The address is the secret (a signed connection id); what a product signs besides is checked by its type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from anyio.from_thread import run as on_the_loop
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin import plugins
from tocsin.api.called import callback_of, response_of
from tocsin.api.hook_orders import linked, may_respond, obey, stranger
from tocsin.api.routing import RawRoute
from tocsin.auth import parameters
from tocsin.auth.hook_tokens import PATH, hook_connection
from tocsin.auth.vault import Vault
from tocsin.core.connections import Connection
from tocsin.core.incidents import ANSWERS, Command, Remark
from tocsin.core.people import Actor
from tocsin.deployment import Deployment
from tocsin.kit.errors import BadInput, NotFound, Refused
from tocsin.plugins import (
    Answer,
    Callback,
    ConnectionType,
    HookHeard,
    HttpAnswer,
    HttpReply,
    HttpRequest,
    Told,
    connection_types,
    reaching,
)
from tocsin.plugins.said import hearing
from tocsin.store import connections, contacts, decisions, documents, errands, people
from tocsin.store.database import Transaction
from tocsin.store.kinds import CONNECTIONS, CONNECTORS

MOST_REQUESTS = 6
PUBLISHED_LASTS = timedelta(hours=1)
MOST_PUBLISHED = 100

Asking = Callable[[plugins.Request], Answer]


class HookRoutes:
    """The routes of one process."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._published: dict[plugins.Request, tuple[datetime, Answer]] = {}

    def routes(self) -> list[BaseRoute]:
        """One address for every product."""
        return [RawRoute(PATH + "{token}", self._hear, action="TOKEN", methods=["POST"])]

    async def _hear(self, request: Request) -> Response:
        callback = await callback_of(self._deployment, request)
        token = request.path_params["token"]
        reply = await run_in_threadpool(take_in, self._deployment, token, callback, self._ask)
        return response_of(reply)

    def _ask(self, request: plugins.Request) -> Answer:
        """Perform a request from a worker thread; what is public is asked once in an hour."""
        public = isinstance(request, HttpRequest) and request.method == "GET" and not _signed(request)
        now = self._deployment.clock.now()
        kept = self._published.get(request) if public else None
        if kept and kept[0] > now:
            return kept[1]
        answer = on_the_loop(self._deployment.ask, request)
        if public and isinstance(answer, HttpAnswer) and answer.status == HTTPStatus.OK:
            self._published[request] = (now + PUBLISHED_LASTS, answer)
            while len(self._published) > MOST_PUBLISHED:
                del self._published[next(iter(self._published))]
        return answer


def _signed(request: HttpRequest) -> bool:
    return any(name.lower() == "authorization" for name, _ in request.headers)


def take_in(deployment: Deployment, token: str, callback: Callback, asking: Asking) -> HttpReply:
    """Hear a product and do what it says. Raises NotFound, Forbidden, BadInput."""
    number = hook_connection(deployment.secret, token)
    if number is None:
        raise NotFound("there is no such address")
    with deployment.db.read() as tx:
        connection = documents.get(tx, CONNECTIONS, number)
        listening = _listening(tx, deployment.vault, connection)
    heard = listening.hear(callback, asking)
    if heard.ordered is not None:
        return obey(deployment, connection, heard.ordered)
    for told in heard.told:
        with deployment.db.write() as tx:
            _do(tx, connection, told)
    return heard.answer


@dataclass(frozen=True)
class _Listening:
    """A connection's type with what it needs to hear."""

    kind: ConnectionType
    account: Any
    params: Any
    private_targets: tuple[str, ...]

    def hear(self, callback: Callback, asking: Asking) -> HookHeard:
        """What the product says; it is asked itself for what that takes. No transaction is open."""
        answers: tuple[Answer, ...] = ()
        while len(answers) < MOST_REQUESTS:
            with hearing(self.kind.name):
                step = self.kind.listen(callback, self.account, self.params, answers)
            if isinstance(step, HookHeard):
                return step
            answers = (*answers, asking(reaching(step, self.private_targets)))
        raise BadInput.at("", f"no end after {MOST_REQUESTS} requests")


def _listening(tx: Transaction, vault: Vault, connection: Connection) -> _Listening:
    kind = connection_types().get(connection.type)
    if kind is None:
        raise NotFound("the product of this address is not installed any more")
    number = connection.connector_id
    connector = documents.get(tx, CONNECTORS, number, deleted=True) if number is not None else None
    account = parameters.account(vault, kind, connector)
    params = parameters.instance(vault, kind, kind.params, connection.params)
    return _Listening(kind, account, params, connector.private_targets if connector else ())


def _do(tx: Transaction, connection: Connection, told: Told) -> None:
    """What was done there is done here, once: an incident that is so already stays as it is."""
    incident_id = told.incident_id or errands.incident_of(tx, connection.id, told.remote_id)
    by = _actor(tx, connection, told)
    if incident_id is None or by is None or not connections.covers(tx, connection, incident_id):
        return
    try:
        decisions.perform(tx, incident_id, _command(told, by))
    except Refused:
        return


def _command(told: Told, by: Actor) -> Command:
    return Remark(by=by, text=told.text) if told.action == "COMMENT" else ANSWERS[told.action](by=by)


def _actor(tx: Transaction, connection: Connection, told: Told) -> Actor | None:
    """The linked user, else the product itself; None for a user whose role does not allow it."""
    came = None if told.redraw else connection.id
    user = contacts.by_identity(tx, connection.type.upper(), told.identity) if told.identity else None
    if user is None and told.email:
        user = people.by_email(tx, told.email)
    if user is not None:
        return linked(user, came) if may_respond(user) else None
    return stranger(connection, told.by, came)
