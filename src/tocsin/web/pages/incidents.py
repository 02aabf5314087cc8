"""The list of incidents: filters in the address, rows that change in place, new ones in a bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from tocsin.core.incidents import Incident, Priority, Status
from tocsin.kit.value import replace
from tocsin.store import documents, incidents
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES
from tocsin.web.declare import Page
from tocsin.web.rows import rows
from tocsin.web.show import page
from tocsin.web.visit import Visit, id_in

PAGE_SIZE = 50
NEW_LIMIT = 99
"""New rows that a bar counts; beyond it says so with a plus."""
STATES: tuple[Status, ...] = ("PENDING", "ACCEPTED", "RESOLVED")
OPEN_STATES: tuple[Status, ...] = ("PENDING", "ACCEPTED")
PRIORITIES: tuple[Priority, ...] = ("HIGH", "LOW")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the address asks for."""

    mine: bool = False
    states: tuple[Status, ...] = OPEN_STATES
    priority: Priority | None = None
    source: int | None = None
    number: int = 1
    followed: bool = False
    """Whether the visitor sees only what they are subscribed to (reference ST-4)."""

    @property
    def filtered(self) -> bool:
        """Whether this is less than all open incidents."""
        return self.mine or self.states != OPEN_STATES or self.priority is not None or self.source is not None

    def wanted(self, user_id: int) -> incidents.Filter:
        """The same for the store."""
        return incidents.Filter(
            subscribers=(user_id,) if self.followed else (),
            states=self.states,
            sources=(self.source,) if self.source else (),
            priorities=(self.priority,) if self.priority else (),
            responders=(user_id,) if self.mine else (),
        )

    def address(self, **changes: object) -> str:
        """The address of this choice with changes; defaults are left out."""
        said = {"mine": self.mine, "states": self.states, "priority": self.priority, "source": self.source}
        said |= {"number": 1} | changes
        query: list[tuple[str, object]] = [("who", "mine")] if said["mine"] else []
        if said["states"] != OPEN_STATES:
            query += [("state", state) for state in said["states"]]  # type: ignore[attr-defined]
        query += [(name, said[name]) for name in ("priority", "source") if said[name]]
        query += [("page", said["number"])] if said["number"] != 1 else []
        return f"/incidents?{urlencode(query)}" if query else "/incidents"

    def toggled(self, state: Status) -> str:
        """The address with this state in or out; the last one cannot go."""
        kept = tuple(s for s in STATES if (s in self.states) != (s == state))
        return self.address(states=kept or self.states)


def choice(visit: Visit) -> Choice:
    """Read the address; what makes no sense is ignored."""
    query = visit.request.query_params
    states = tuple(state for state in STATES if state in query.getlist("state"))
    priority = next((p for p in PRIORITIES if p == query.get("priority")), None)
    return Choice(
        mine=query.get("who") == "mine",
        states=states or OPEN_STATES,
        priority=priority,
        source=id_in(query.get("source", "")),
        number=min(id_in(query.get("page", "")) or 1, 10_000),
        followed=not visit.may("VIEW"),
    )


def show(visit: Visit) -> Response:
    """The list."""
    chosen = choice(visit)
    with visit.deployment.db.read() as tx:
        found, fresh, more = _found(tx, visit, chosen)
        context: dict[str, Any] = {
            "rows": rows(tx, visit, found),
            "counts": _counts(tx, visit, chosen),
            "sources": [] if chosen.followed else documents.listing(tx, SOURCES),
            "mine_open": incidents.count(tx, incidents.Filter(states=OPEN_STATES, responders=(_me(visit),))),
        }
    marks: dict[str, Any] = {
        "fresh": fresh,
        "more": more,
        "newest": max([_seen(visit), *(i.id for i in found)]),
    }
    marks |= {"new_limit": NEW_LIMIT, "states": STATES}
    return page(visit, "incidents.html", chosen=chosen, **context, **marks)


def _found(tx: Transaction, visit: Visit, chosen: Choice) -> tuple[list[Incident], int, bool]:
    """The page's incidents, how many newer ones wait in the bar, and whether there are older ones."""
    wanted, offset = chosen.wanted(_me(visit)), (chosen.number - 1) * PAGE_SIZE
    seen = _seen(visit) if chosen.number == 1 else 0
    extra = NEW_LIMIT + 1 if seen else 0
    found = incidents.search(tx, wanted, offset, PAGE_SIZE + 1 + extra)
    old = [incident for incident in found if not seen or incident.id <= seen]
    return old[:PAGE_SIZE], len(found) - len(old), len(old) > PAGE_SIZE


def _counts(tx: Transaction, visit: Visit, chosen: Choice) -> dict[str, int]:
    """How many there are of mine and all, and in each state."""
    both = {
        name: incidents.count(tx, replace(chosen, mine=name == "mine").wanted(_me(visit)))
        for name in ("mine", "all")
    }
    return both | {
        state: incidents.count(tx, replace(chosen, states=(state,)).wanted(_me(visit))) for state in STATES
    }


def _me(visit: Visit) -> int:
    return visit.someone.id


def _seen(visit: Visit) -> int:
    """The newest incident that the open page shows: newer ones do not push it down."""
    return id_in(visit.asked.get("seen", "")) or 0


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/incidents", action="FOLLOW", get=show)]
