"""Asking a colleague to take shifts, with or without some in return; and taking all of somebody's shifts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import Body
from starlette.responses import Response

from tocsin.api import user_wire
from tocsin.api.call import Call, Calling
from tocsin.api.parameters import Id, IdRef, Instant, Number
from tocsin.api.routing import Resource
from tocsin.core.policies import UserRef
from tocsin.core.shift_requests import Answer, ShiftPart, ShiftRequest, State
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.store import documents
from tocsin.store import shift_requests as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS

shift_requests = Resource("shift-requests")


@value
class PartWire:
    """A stretch of a schedule."""

    schedule_id: Number
    start: Instant
    end: Instant


@value
class ShiftRequestDraft:
    """What the caller asks of a colleague."""

    colleague: IdRef
    shifts: Annotated[tuple[PartWire, ...], MinLen(1), MaxLen(50)]
    """The caller's shifts, or parts of them."""
    in_return: Annotated[tuple[PartWire, ...], MaxLen(50)] = ()
    """Shifts of the colleague that the caller takes: then it is a swap."""
    message: Annotated[str, MaxLen(2_000)] = ""


@value
class ShiftRequestWire:
    """Somebody asks a colleague to take shifts."""

    id: int
    state: State
    requester: UserRef
    colleague: UserRef
    shifts: tuple[ShiftPart, ...]
    in_return: tuple[ShiftPart, ...] = ()
    message: str = ""
    created_at: datetime | None = None
    answered_at: datetime | None = None


@shift_requests.get("", "RESPOND")
def list_shift_requests(call: Call) -> list[ShiftRequestWire]:
    """The caller's requests and those made to the caller: waiting, or answered in the last day; newest first."""
    with call.read() as tx:
        return _shown(tx, stored.of_user(tx, call.caller.user_id))


@shift_requests.post("", "RESPOND")
def ask_for_cover(
    call: Call, body: Annotated[ShiftRequestDraft, Body()], response: Response
) -> ShiftRequestWire:
    """Ask a colleague, who is told. Nothing changes before they accept."""
    wanted = ShiftRequest(
        requester=UserRef(id=call.caller.user_id),
        colleague=UserRef(id=body.colleague.id),
        shifts=_parts(body.shifts),
        in_return=_parts(body.in_return),
        message=body.message.strip(),
    )
    with call.write() as tx:
        created = _one(tx, stored.create(tx, wanted))
    response.headers["location"] = call.location("shift-requests", created.id)
    return created


@shift_requests.get("/{id}", "RESPOND")
def get_shift_request(call: Call, number: Id) -> ShiftRequestWire:
    """One request of the caller, or to the caller."""
    with call.read() as tx:
        return _one(tx, stored.one(tx, number, call.caller.user_id))


@shift_requests.route("PUT POST", "/{id}/accept", "RESPOND")
def accept_shift_request(call: Call, number: Id) -> ShiftRequestWire:
    """The colleague takes the shifts: overrides for what is left of them. Whoever asked is told."""
    return _answer(call, number, "ACCEPT")


@shift_requests.route("PUT POST", "/{id}/decline", "RESPOND")
def decline_shift_request(call: Call, number: Id) -> ShiftRequestWire:
    """The colleague does not take the shifts. Whoever asked is told."""
    return _answer(call, number, "DECLINE")


@shift_requests.route("PUT POST", "/{id}/cancel", "RESPOND")
def cancel_shift_request(call: Call, number: Id) -> ShiftRequestWire:
    """Whoever asked takes the request back while it waits. The colleague is told."""
    return _answer(call, number, "CANCEL")


def _answer(call: Calling, number: int, given: Answer) -> ShiftRequestWire:
    with call.write() as tx:
        return _one(tx, stored.answer(tx, number, given, call.caller.user_id))


def _parts(drafts: tuple[PartWire, ...]) -> tuple[ShiftPart, ...]:
    return tuple(ShiftPart(schedule_id=d.schedule_id, start=d.start, end=d.end) for d in drafts)


def _one(tx: Transaction, request: ShiftRequest) -> ShiftRequestWire:
    return _shown(tx, [request])[0]


def _shown(tx: Transaction, found: Iterable[ShiftRequest]) -> list[ShiftRequestWire]:
    found = list(found)
    users = documents.many(tx, USERS, {i for one in found for i in (one.requester.id, one.colleague.id)})
    names = {i: user_wire.reference(user) for i, user in users.items()}
    return [
        ShiftRequestWire(
            id=request.id,
            state=request.state,
            requester=names.get(request.requester.id, request.requester),
            colleague=names.get(request.colleague.id, request.colleague),
            shifts=request.shifts,
            in_return=request.in_return,
            message=request.message,
            created_at=request.created_at,
            answered_at=request.answered_at,
        )
        for request in found
    ]
