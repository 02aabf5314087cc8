"""The header `team-context` (older clients: `x-team-context`): whose resources a list shows."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends, Header

from tocsin.api.call import Calling
from tocsin.kit.value import value
from tocsin.store import owners, teams
from tocsin.store.database import Transaction
from tocsin.store.documents import Kind

EVERYBODYS, MINE = 0, -1


@value
class Context:
    """One team's resources, one's own teams' (-1), or everybody's (0)."""

    wanted: int = EVERYBODYS

    def of(self, tx: Transaction, call: Calling, kind: Kind[Any]) -> sa.ColumnElement[bool] | None:
        """The condition that documents of this kind must meet; None for all. Raises NotFound."""
        if self.wanted == EVERYBODYS:
            return None
        if self.wanted == MINE:
            return owners.owned_by(kind, teams.of_user(tx, call.caller.user_id))
        return owners.owned_by(kind, (teams.get(tx, self.wanted).id,))


_Header = Annotated[
    int | None, Header(ge=MINE, le=2**63 - 1, description="0: all, -1: of my teams, else of this team")
]


async def _context(team_context: _Header = None, x_team_context: _Header = None) -> Context:
    said = x_team_context if team_context is None else team_context
    return Context(wanted=EVERYBODYS if said is None else said)


TeamContext = Annotated[Context, Depends(_context)]
