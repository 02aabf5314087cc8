"""Before something is sent: trying a connector, listing what the other product offers, looking at a custom body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from anyio.from_thread import run as on_the_loop
from fastapi import Body, Path

from tocsin.api.call import Call, Calling
from tocsin.api.connection_wire import kind_of
from tocsin.api.connectors import TextId, text_id
from tocsin.api.routing import Resource
from tocsin.auth import parameters
from tocsin.connections import own_fields
from tocsin.connections.answers import words
from tocsin.connections.previews import Preview, preview
from tocsin.core import templates
from tocsin.core.connections import Connector
from tocsin.kit.value import MaxLen, field, value
from tocsin.plugins import Answer, Choice, ConnectionType, HttpAnswer, Offered, Request, reaching
from tocsin.store import documents, occasions
from tocsin.store.kinds import CONNECTORS

helps = Resource("connectors")
previews = Resource("connections")


@value
class Tried:
    """How it went."""

    success: bool
    answer: str
    """What the other product said."""


@value
class Chosen:
    """What is chosen already: some lists depend on it (the issue types of a project)."""

    params: dict[str, Any] = field(default_factory=dict)


@value
class PreviewWanted:
    """A custom body to be looked at."""

    template: Annotated[str, MaxLen(templates.MAX_LENGTH)]
    incident_id: int | None = None
    """For which incident; a made-up one otherwise."""


@helps.post("/{id}/test", "MANAGE_CONNECTORS", status_code=200)
def test_connector(call: Call, reference: TextId) -> Tried:
    """Ask the other product whether it knows us; nothing is changed there."""
    connector, kind, account = _account(call, reference)
    request = kind.probe(account)
    if request is None:
        return Tried(success=True, answer="nothing can be tried before a connection sends something")
    answer = _ask(call, request, connector)
    wrong = kind.refusal(answer)
    if wrong is not None:
        return Tried(success=False, answer=wrong.answer)
    return Tried(success=True, answer=words(answer) if isinstance(answer, HttpAnswer) else "")


@helps.post("/{id}/choices/{name}", "CONFIGURE", status_code=200)
def list_choices(
    call: Call,
    reference: TextId,
    name: Annotated[str, Path(max_length=100)],
    body: Annotated[Chosen, Body()],
) -> list[Choice]:
    """The possible values of a connection's parameter, from the other product; none for free text."""
    connector, kind, account = _account(call, reference)
    request = kind.choices(name, account, _partly(body.params))
    if request is None:
        return []
    answer = _ask(call, request, connector)
    return [] if kind.refusal(answer) else list(kind.read_choices(name, answer))


@helps.post("/{id}/fields", "CONFIGURE", status_code=200)
def list_fields(call: Call, reference: TextId, body: Annotated[Chosen, Body()]) -> list[Offered]:
    """The fields that the other product itself defines for what is chosen: those of a Jira issue type."""
    connector, kind, account = _account(call, reference)
    found = own_fields.offered(
        kind, account, _partly(body.params), lambda request: _ask(call, request, connector)
    )
    return list(found)


@previews.post("/preview", "CONFIGURE", status_code=200)
def preview_template(call: Call, body: Annotated[PreviewWanted, Body()]) -> Preview:
    """What a template says of an incident, and what is odd about it. Nothing is sent."""
    with call.read() as tx:
        occasion = occasions.imagined(
            tx,
            body.incident_id,
            today=call.dialect == "current",
            public_url=call.deployment.public_url,
        )
    return preview(body.template, occasion)


def _account(call: Calling, reference: str) -> tuple[Connector, ConnectionType, Any]:
    with call.read() as tx:
        connector = documents.get(tx, CONNECTORS, text_id(reference, "connector"))
    kind = kind_of(connector.type, "type")
    return connector, kind, parameters.account(call.deployment.vault, kind, connector)


def _ask(call: Calling, request: Request, connector: Connector) -> Answer:
    return on_the_loop(call.deployment.ask, reaching(request, connector.private_targets))


def _partly(params: Mapping[str, Any]) -> dict[str, str]:
    """What is chosen so far: short texts only."""
    return {name: text for name, text in params.items() if isinstance(text, str) and len(text) < 256}
