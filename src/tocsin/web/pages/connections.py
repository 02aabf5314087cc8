"""Connections: what of which alert sources goes where, and when; and everything that went."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from tocsin.auth import parameters
from tocsin.auth.hook_tokens import hook_url
from tocsin.core import conditions
from tocsin.core.connections import AUTOMATIC, UNHEARD, Connection, Connector, Trigger
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import replace
from tocsin.languages import say
from tocsin.plugins import ConnectionType, connection_types
from tocsin.store import connections as stored
from tocsin.store import documents, errands
from tocsin.store.database import Transaction
from tocsin.store.kinds import CONNECTIONS, CONNECTORS, SOURCES, USERS
from tocsin.web import settings_form
from tocsin.web.declare import Page
from tocsin.web.pages import connection_choices, connection_fields
from tocsin.web.pages.connectors import type_name, type_of
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, id_in, see_other

HISTORY = 50
_FIRST: set[Trigger] = {"incident-created", "incident-acknowledged", "incident-resolved"}
"""What a new connection tells a product that gets one message after the other."""
_LATE: set[Trigger] = {"incident-escalation-ended", "v-incident-not-resolved"}
"""What a new connection does not tell a product that keeps in step."""


def show_list(visit: Visit) -> Response:
    """Every connection, or those of one source."""
    wanted = visit.asked.get("source", "")
    with visit.deployment.db.read() as tx:
        found = [
            c for c in documents.listing(tx, CONNECTIONS) if not wanted or wanted in map(str, c.source_ids)
        ]
        sources = documents.many(tx, SOURCES, {i for c in found for i in c.source_ids})
        failing = errands.failing(tx)
    rows = [
        (c, type_name(c.type), [sources[i] for i in c.source_ids if i in sources], failing.get(c.id))
        for c in found
    ]
    return page(visit, "connections.html", rows=rows)


def choose(visit: Visit) -> Response:
    """Which product."""
    kinds = sorted(connection_types().values(), key=lambda kind: kind.name)
    return page(visit, "connection_kinds.html", kinds=kinds, source=id_in(visit.asked.get("source", "")))


def begin(visit: Visit) -> Response:
    """A new one. Raises NotFound."""
    return _form(visit, _blank(visit), Problems())


def create(visit: Visit) -> Response:
    """Store it: it tells of what happens from now on. Raises NotFound."""
    blank = _blank(visit)
    try:
        wanted = _read(visit, blank)
        connection_fields.check(visit, wanted)
        with visit.deployment.db.write() as tx:
            made = stored.create(tx, wanted)
    except BadInput as wrong:
        return _form(visit, blank, problems_by_field(wrong))
    return see_other(f"/connections/{made.id}?said=created")


def show(visit: Visit) -> Response:
    """One connection: its settings in words, and what it told. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        connection = documents.get(tx, CONNECTIONS, visit.number("id"))
        history = errands.of_connection(tx, connection.id, limit=HISTORY)
        sources = documents.many(tx, SOURCES, connection.source_ids)
        actors = documents.many(tx, USERS, {e.actor_id for e in history if e.actor_id})
    kind = connection_types().get(connection.type)
    deployment = visit.deployment
    known = kind is not None and kind.two_way and visit.may("MANAGE_CONNECTORS")
    return page(
        visit,
        "connection.html",
        connection=connection,
        kind=type_name(connection.type),
        sources=[sources[i] for i in connection.source_ids],
        history=[(one, actors.get(one.actor_id or 0)) for one in history],
        hook=hook_url(deployment.public_url, deployment.secret, connection.id) if known else "",
    )


def edit(visit: Visit) -> Response:
    """The settings of one. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        return _form(visit, documents.get(tx, CONNECTIONS, visit.number("id")), Problems())


def save(visit: Visit) -> Response:
    """Change it; secrets left empty stay. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        before = documents.get(tx, CONNECTIONS, visit.number("id"))
    try:
        connection_fields.check(visit, _read(visit, before))
        with visit.deployment.db.write() as tx:
            before = documents.get(tx, CONNECTIONS, visit.number("id"))
            stored.change(tx, _read(visit, before))
    except BadInput as wrong:
        return _form(visit, before, problems_by_field(wrong))
    return see_other(f"/connections/{before.id}?said=saved")


def remove(visit: Visit) -> Response:
    """Delete it; what still waits is not sent. Raises NotFound."""
    with visit.deployment.db.write() as tx:
        stored.remove(tx, visit.number("id"))
    return see_other("/connections?said=deleted")


def copy(visit: Visit) -> Response:
    """A second one like it, switched off until it was looked at. Raises NotFound."""
    with visit.deployment.db.write() as tx:
        like = documents.get(tx, CONNECTIONS, visit.number("id"))
        name = say(visit.language, "{name} (copy)", name=like.name)[:255]
        made = stored.create(tx, replace(like, id=0, version=0, name=name, active=False))
    return see_other(f"/connections/{made.id}/edit")


def test(visit: Visit) -> Response:
    """Send a made-up incident. Raises NotFound."""
    with visit.deployment.db.write() as tx:
        connection = documents.get(tx, CONNECTIONS, visit.number("id"))
        errands.test(tx, connection, visit.actor())
    return see_other(f"/connections/{connection.id}?said=sent")


def _blank(visit: Visit) -> Connection:
    kind = type_of(str(visit.request.path_params["type"]))
    first = set(AUTOMATIC) - _LATE - UNHEARD if kind.updates else _FIRST
    triggers = tuple(trigger for trigger in AUTOMATIC if trigger in first)
    source = id_in(visit.asked.get("source", ""))
    sources = () if source is None else (source,)
    return Connection(name=kind.name, type=kind.type, source_ids=sources, triggers=triggers, today=True)


def _fields(connection: Connection) -> list[settings_form.Field]:
    kind = type_of(connection.type)
    secret = parameters.secret_names(kind)
    drawn = settings_form.fields(kind.params, secret, parameters.masked(connection.params))
    return [field for field in drawn if field.name != kind.own_fields]


def _read(visit: Visit, before: Connection) -> Connection:
    """The connection as the form wants it. Raises BadInput."""
    kind = type_of(before.type)
    given = parameters.kept(kind, settings_form.read(visit, _fields(before)), before.params)
    if kind.own_fields:
        given[kind.own_fields] = connection_fields.sent(visit.form)
    sources = tuple(number for text in visit.chosen("source") if (number := id_in(text)) is not None)
    triggers = tuple(trigger for trigger in AUTOMATIC if trigger in visit.chosen("trigger"))
    manual = visit.said("mode") == "MANUAL"
    wrong = [Problem("source", "name at least one alert source")] if not sources else []
    if not manual and not triggers:
        wrong.append(Problem("trigger", "say what is to be told"))
    account = visit.id_said("connector")
    if kind.connector is not None and account is None:
        wrong.append(Problem("connector", "choose an account"))
    if wrong:
        raise BadInput(*wrong)
    text = visit.said("conditions", 8_192)
    if text:
        conditions.parse(text, "conditions")
    return replace(
        before,
        name=visit.said("name", 255) or kind.name,
        source_ids=sources,
        connector_id=account if kind.connector is not None else None,
        trigger_mode="MANUAL" if manual else "AUTOMATIC",
        triggers=triggers,
        not_resolved_delay_sec=_seconds(visit, "not_resolved", 172_800),
        escalation_ended_delay_sec=_seconds(visit, "escalation_ended", 7_200),
        conditions=text,
        params=parameters.seal(visit.deployment.vault, kind, kind.params, given, before.params),
        active=visit.said("active") == "on",
    )


def _seconds(visit: Visit, name: str, most: int) -> int:
    text = visit.said(name, 7) or "0"
    if not text.isdecimal() or int(text) > most:
        raise BadInput(Problem(name, "write seconds within the limit"))
    return int(text)


def _form(visit: Visit, connection: Connection, problems: Problems) -> Response:
    drawn = settings_form.typed(visit, _fields(connection))
    with visit.deployment.db.read() as tx:
        sources, accounts = documents.listing(tx, SOURCES), _accounts(tx, connection)
    kind = type_of(connection.type)
    sent = bool(visit.form)
    return page(
        visit,
        "connection_edit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        connection=connection,
        kind=kind,
        fields=drawn,
        listed=connection_choices.listed(visit, kind, accounts[0], [f.name for f in drawn])
        if accounts
        else frozenset(),
        templates={f.name for f in drawn if parameters.is_template(kind, f.name)},
        own=_own(visit, connection, kind),
        why="",
        problems=settings_form.by_field(problems),
        name=visit.said("name", 255) or connection.name,
        sources=sources,
        chosen=visit.chosen("source") if sent else [str(i) for i in connection.source_ids],
        accounts=[(str(one.id), one.name) for one in accounts],
        account=visit.said("connector", 18) if sent else str(connection.connector_id or ""),
        triggers=[t for t in AUTOMATIC if t not in UNHEARD or t in connection.triggers],
        told=visit.chosen("trigger") if sent else list(connection.triggers),
        mode=visit.said("mode") if sent else connection.trigger_mode,
        not_resolved=visit.form.get("not_resolved", connection.not_resolved_delay_sec),
        escalation_ended=visit.form.get("escalation_ended", connection.escalation_ended_delay_sec),
        conditions=visit.said("conditions", 8_192) if sent else connection.conditions,
        active=visit.said("active") == "on" if sent else connection.active,
    )


def _own(visit: Visit, connection: Connection, kind: ConnectionType) -> list[connection_fields.Row]:
    stored_already = connection.params.get(kind.own_fields, ())
    return connection_fields.rows(connection_fields.sent(visit.form) if visit.form else stored_already)


def _accounts(tx: Transaction, connection: Connection) -> list[Connector]:
    return [c for c in documents.listing(tx, CONNECTORS) if c.type == connection.type]


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/connections", action="VIEW", get=show_list),
        Page(path="/connections/new", action="CONFIGURE", get=choose),
        Page(path="/connections/new/{type}", action="CONFIGURE", get=begin, post=create, fields=300),
        Page(path="/connections/{id}", action="VIEW", get=show),
        Page(path="/connections/{id}/edit", action="CONFIGURE", get=edit, post=save, fields=300),
        Page(path="/connections/{id}/delete", action="CONFIGURE", post=remove),
        Page(path="/connections/{id}/copy", action="CONFIGURE", post=copy),
        Page(path="/connections/{id}/test", action="CONFIGURE", post=test),
    ]
