"""Teams: people who are named together. Their visibility is PUBLIC: everybody sees what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Body, Path, Query
from starlette.responses import Response

from tocsin.api import user_wire
from tocsin.api.call import Call
from tocsin.api.parameters import Id, Number, Paging
from tocsin.api.routing import Resource
from tocsin.core.teams import Team, TeamMember
from tocsin.kit.value import replace
from tocsin.store import documents
from tocsin.store import teams as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import TEAMS, USERS

teams = Resource("teams")


@teams.get("", "VIEW")
def list_teams(
    call: Call,
    page: Paging,
    member: Annotated[Number | None, Query(alias="members", description="Only teams with this user")] = None,
) -> list[Team]:
    """Every team, in order of their ids."""
    with call.read() as tx:
        where = None if member is None else stored.with_member(member)
        return _shown(tx, documents.listing(tx, TEAMS, page.start, page.count, where=where))


@teams.post("", "MANAGE_USERS")
def create_team(call: Call, body: Annotated[Team, Body()], response: Response) -> Team:
    """Create a team."""
    with call.write() as tx:
        created = _one(tx, stored.create(tx, body).id)
    response.headers["location"] = call.location("teams", created.id)
    return created


@teams.get("/name/{name:path}", "VIEW")
def get_team_by_name(call: Call, name: str) -> Team:
    """The team of exactly this name."""
    with call.read() as tx:
        return _one(tx, documents.named(tx, TEAMS, name).id)


@teams.get("/{id}", "VIEW")
def get_team(call: Call, number: Id) -> Team:
    """One team with its members."""
    with call.read() as tx:
        return _one(tx, number)


@teams.put("/{id}", "MANAGE_USERS")
def update_team(call: Call, number: Id, body: Annotated[Team, Body()]) -> Team:
    """Replace a team and its members."""
    with call.write() as tx:
        stored.change(tx, replace(body, id=number))
        return _one(tx, number)


@teams.delete("/{id}", "MANAGE_USERS")
def delete_team(call: Call, number: Id) -> None:
    """Delete a team that no escalation policy asks and to which nothing belongs."""
    with call.write() as tx:
        stored.remove(tx, number)


@teams.post("/{id}/members", "MANAGE_USERS", status_code=200)
def add_team_member(call: Call, number: Id, body: Annotated[TeamMember, Body()]) -> TeamMember:
    """Add a member, or give one another role."""
    with call.write() as tx:
        stored.add(tx, number, body)
        return next(one for one in _one(tx, number).members if one.user.id == body.user.id)


@teams.delete("/{id}/members/{user_id}", "MANAGE_USERS")
def remove_team_member(call: Call, number: Id, user_id: Annotated[Number, Path()]) -> None:
    """Take a member out of a team."""
    with call.write() as tx:
        stored.leave(tx, number, user_id)


def _one(tx: Transaction, number: int) -> Team:
    return _shown(tx, [documents.get(tx, TEAMS, number)])[0]


def _shown(tx: Transaction, found: Iterable[Team]) -> list[Team]:
    """Teams with the names of their members, and when they were made and changed."""
    whole = stored.with_members(tx, found)
    users = documents.many(tx, USERS, {m.user.id for team in whole for m in team.members})
    times = documents.times(tx, TEAMS, (team.id for team in whole))
    return [
        replace(
            team,
            members=tuple(replace(m, user=user_wire.reference(users[m.user.id])) for m in team.members),
            created_at=times[team.id][0],
            updated_at=times[team.id][1],
        )
        for team in whole
    ]
