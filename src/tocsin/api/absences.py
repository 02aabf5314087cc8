"""Absences: a user's vacation, whatever a schedule says. The engine passes over whoever is away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Body, Path, Query
from starlette.responses import Response

from tocsin.api.call import Call
from tocsin.api.parameters import Instant, Number, Reference, user_id
from tocsin.api.routing import Resource
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Absence
from tocsin.kit.value import MaxLen, value
from tocsin.store import absences as stored
from tocsin.store import replacing
from tocsin.store.absences import Noted

absences = Resource("users")
AbsenceId = Annotated[Number, Path(alias="absence_id")]


@value
class AbsenceDraft:
    """From when until when somebody is away."""

    start: Instant
    end: Instant
    reason: Annotated[str, MaxLen(500)] = ""


@value
class AbsenceWire:
    """When somebody is away."""

    id: int
    start: datetime
    end: datetime
    reason: str = ""


@absences.get("/{id}/absences", "SELF")
def list_absences(
    call: Call,
    reference: Reference,
    *,
    since: Annotated[
        Instant | None, Query(alias="from", description="Leave out what is over then; now")
    ] = None,
) -> list[AbsenceWire]:
    """When a user is away, in order of time."""
    with call.read() as tx:
        number = user_id(tx, reference, call)
        if number != call.caller.user_id:
            call.require("VIEW")
        return [_shown(noted) for noted in stored.listing(tx, number, since or tx.now)]


@absences.post("/{id}/absences", "SELF")
def add_absence(
    call: Call, reference: Reference, body: Annotated[AbsenceDraft, Body()], response: Response
) -> AbsenceWire:
    """Enter an absence; it begins now at the earliest."""
    with call.write() as tx:
        number = user_id(tx, reference, call)
        call.require("SELF", number)
        entered = replacing.add_absence(tx, _read(body, number), call.caller.user_id)
    base = call.location("users", number)
    response.headers["location"] = f"{base}/absences/{entered.absence.id}"
    return _shown(entered)


@absences.get("/{id}/absences/{absence_id}", "SELF")
def get_absence(call: Call, reference: Reference, absence: AbsenceId) -> AbsenceWire:
    """One absence."""
    with call.read() as tx:
        number = user_id(tx, reference, call)
        if number != call.caller.user_id:
            call.require("VIEW")
        return _shown(stored.one(tx, number, absence))


@absences.put("/{id}/absences/{absence_id}", "SELF")
def update_absence(
    call: Call, reference: Reference, absence: AbsenceId, body: Annotated[AbsenceDraft, Body()]
) -> AbsenceWire:
    """Replace an absence from now on: what of it is past stays, and what follows has a new id."""
    with call.write() as tx:
        number = user_id(tx, reference, call)
        call.require("SELF", number)
        before = stored.one(tx, number, absence)
        return _shown(replacing.change_absence(tx, before, _read(body, number), call.caller.user_id))


@absences.delete("/{id}/absences/{absence_id}", "SELF")
def delete_absence(call: Call, reference: Reference, absence: AbsenceId) -> None:
    """The user is there after all, from now on."""
    with call.write() as tx:
        number = user_id(tx, reference, call)
        call.require("SELF", number)
        replacing.end_absence(tx, stored.one(tx, number, absence))


def _read(draft: AbsenceDraft, number: int) -> Noted:
    absence = Absence(user=UserRef(id=number), start=draft.start, end=draft.end)
    return Noted(absence=absence, reason=draft.reason.strip())


def _shown(noted: Noted) -> AbsenceWire:
    away = noted.absence
    return AbsenceWire(id=away.id, start=away.start, end=away.end, reason=noted.reason)
