"""Maintenance windows."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Body, Query
from starlette.responses import Response

from tocsin.api import maintenance_wire
from tocsin.api.call import Call
from tocsin.api.maintenance_wire import MaintenanceWindowWire
from tocsin.api.parameters import Id, Instant, Number, Paging
from tocsin.api.routing import Resource
from tocsin.core.maintenance import MaintenanceWindow
from tocsin.store import documents
from tocsin.store import maintenance as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import MAINTENANCE
from tocsin.store.maintenance import Wanted

maintenance_windows = Resource("maintenance-windows")
Numbers = Annotated[list[Number] | None, Query(max_length=100)]


@maintenance_windows.get("", "VIEW")
def list_maintenance_windows(
    call: Call,
    *,
    page: Paging,
    state: Literal["OPEN", "CLOSED"] | None = None,
    sources: Numbers = None,
    services: Numbers = None,
    from_: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query()] = None,
) -> list[MaintenanceWindowWire]:
    """Windows in order of their ids. OPEN are those that last or are still to come."""
    wanted = Wanted(
        state=state, sources=tuple(sources or ()), services=tuple(services or ()), from_=from_, until=until
    )
    with call.read() as tx:
        return maintenance_wire.shown(tx, stored.listing(tx, wanted, page.start, page.count))


@maintenance_windows.post("", "CONFIGURE", status_code=200)
def create_maintenance_window(
    call: Call, body: Annotated[MaintenanceWindowWire, Body()], response: Response
) -> MaintenanceWindowWire:
    """Create a window."""
    with call.write() as tx:
        created = stored.create(tx, maintenance_wire.read(body, None, call.caller.name))
        shown = _one(tx, created)
    response.headers["location"] = call.location("maintenance-windows", created.id)
    return shown


@maintenance_windows.get("/{id}", "VIEW")
def get_maintenance_window(call: Call, number: Id) -> MaintenanceWindowWire:
    """One window."""
    with call.read() as tx:
        return _one(tx, documents.get(tx, MAINTENANCE, number))


@maintenance_windows.put("/{id}", "CONFIGURE")
def update_maintenance_window(
    call: Call, number: Id, body: Annotated[MaintenanceWindowWire, Body()]
) -> MaintenanceWindowWire:
    """Replace a window."""
    with call.write() as tx:
        before = documents.get(tx, MAINTENANCE, number)
        return _one(tx, stored.change(tx, maintenance_wire.read(body, before, call.caller.name)))


@maintenance_windows.delete("/{id}", "CONFIGURE")
def delete_maintenance_window(call: Call, number: Id) -> None:
    """Delete a window; a maintenance that lasts ends."""
    with call.write() as tx:
        stored.remove(tx, number)


def _one(tx: Transaction, window: MaintenanceWindow) -> MaintenanceWindowWire:
    return maintenance_wire.shown(tx, [window])[0]
