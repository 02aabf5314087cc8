"""Which incidents a list shows: the query parameters of both dialects, in any mixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query

from tocsin.api.parameters import Instant, Number, user_id
from tocsin.core.incidents import Priority, Status
from tocsin.kit.errors import NotFound
from tocsin.store.database import Transaction
from tocsin.store.incidents import Filter

State = Literal["NEW", "PENDING", "ACCEPTED", "RESOLVED"]
States = Annotated[list[State] | None, Query(max_length=50)]
Numbers = list[Number] | None
Names = list[Annotated[str, Query(max_length=255)]] | None
NOBODY = -1
"""An id that nobody has: an unknown responder has no incidents, rather than all."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The filter as it was asked for."""

    states: tuple[State, ...]
    sources: tuple[int, ...]
    policies: tuple[int, ...]
    responders: tuple[str, ...]
    priorities: tuple[Priority, ...]
    from_: Instant | None
    until: Instant | None

    def filter(self, tx: Transaction) -> Filter:
        """The same with users by id."""
        return Filter(
            states=tuple(dict.fromkeys(_status(state) for state in self.states)),
            sources=self.sources,
            policies=self.policies,
            responders=tuple(_responder(tx, name) for name in self.responders),
            priorities=self.priorities,
            from_=self.from_,
            until=self.until,
        )


async def _wanted(
    *,
    state: States = None,
    states: States = None,
    alert_source: Annotated[Numbers, Query(alias="alert-source", max_length=100)] = None,
    sources: Annotated[Numbers, Query(max_length=100)] = None,
    policies: Annotated[Numbers, Query(max_length=100)] = None,
    assigned_to: Annotated[Names, Query(alias="assigned-to", max_length=100)] = None,
    responders: Annotated[Names, Query(max_length=100)] = None,
    priorities: Annotated[list[Priority] | None, Query(max_length=10)] = None,
    from_: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query()] = None,
) -> Wanted:
    return Wanted(
        states=(*(state or ()), *(states or ())),
        sources=(*(alert_source or ()), *(sources or ())),
        policies=tuple(policies or ()),
        responders=(*(assigned_to or ()), *(responders or ())),
        priorities=tuple(priorities or ()),
        from_=from_,
        until=until,
    )


WantedIncidents = Annotated[Wanted, Depends(_wanted)]


def _status(state: State) -> Status:
    """The product once told NEW from PENDING; nothing is NEW any more."""
    return "PENDING" if state == "NEW" else state


def _responder(tx: Transaction, name: str) -> int:
    try:
        return user_id(tx, name)
    except NotFound:
        return NOBODY
