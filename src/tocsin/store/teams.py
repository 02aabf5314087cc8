"""Teams and their members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from tocsin.core.policies import UserRef
from tocsin.core.teams import Team, TeamMember, checked
from tocsin.kit.errors import BadInput, Conflict, NotFound, Problem
from tocsin.kit.value import replace
from tocsin.store import documents, owners
from tocsin.store.database import WANTED, Transaction
from tocsin.store.kinds import POLICIES, TEAMS, USERS
from tocsin.store.tables import policy_teams, team_members, users


def create(tx: Transaction, team: Team) -> Team:
    """Store a new team. Raises BadInput for members who are unknown or named twice."""
    team = _known(tx, checked(team))
    stored = documents.insert(tx, TEAMS, replace(team, members=()))
    return _joined(tx, replace(stored, members=team.members))


def change(tx: Transaction, team: Team) -> Team:
    """Replace a team and its members. Raises NotFound, BadInput."""
    team = _known(tx, checked(team))
    stored = documents.save(tx, TEAMS, replace(team, members=()))
    tx.run(sa.delete(team_members).where(team_members.c.team_id == team.id))
    return _joined(tx, replace(stored, members=team.members))


def remove(tx: Transaction, team_id: int) -> None:
    """Delete a team. Raises NotFound, and Conflict naming the policies that ask it and what belongs to it."""
    team = documents.get(tx, TEAMS, team_id)
    used = [f"escalation policy {name!r}" for name in _asking(tx, team_id)]
    used += [f"{noun} {name!r}" for noun, name in owners.things_of(tx, team_id)]
    if used:
        names = ", ".join(dict.fromkeys(used))
        raise Conflict(f"the team {team.name!r} is used by {names}", code="IN_USE")
    tx.run(sa.delete(team_members).where(team_members.c.team_id == team_id))
    documents.delete(tx, TEAMS, team_id)


def add(tx: Transaction, team_id: int, member: TeamMember) -> TeamMember:
    """Add somebody to a team, or give a member another role. Raises NotFound, BadInput."""
    team = get(tx, team_id)
    others = tuple(one for one in team.members if one.user.id != member.user.id)
    changed = change(tx, replace(team, members=(*others, member)))
    return next(one for one in changed.members if one.user.id == member.user.id)


def leave(tx: Transaction, team_id: int, user_id: int) -> None:
    """Take a member out of a team. Raises NotFound."""
    team = get(tx, team_id)
    others = tuple(one for one in team.members if one.user.id != user_id)
    if len(others) == len(team.members):
        raise NotFound(f"the team {team.name!r} has no member with the id {user_id}")
    change(tx, replace(team, members=others))


def leave_all(tx: Transaction, user_id: int) -> None:
    """Take a user out of every team."""
    tx.run(sa.delete(team_members).where(team_members.c.user_id == user_id))


def get(tx: Transaction, team_id: int) -> Team:
    """A team with its members. Raises NotFound."""
    found = with_members(tx, (documents.get(tx, TEAMS, team_id),))
    return found[0]


def many(tx: Transaction, ids: Iterable[int]) -> dict[int, Team]:
    """The live teams with these ids, with their members, by id."""
    found = documents.many(tx, TEAMS, ids, deleted=False)
    return {team.id: team for team in with_members(tx, found.values())}


def with_members(tx: Transaction, found: Iterable[Team]) -> list[Team]:
    """Teams as they are stored with their members, in order of the users' ids."""
    found = list(found)
    if not found:
        return []
    joined: defaultdict[int, list[TeamMember]] = defaultdict(list)
    for row in tx.all(_MEMBERS, {"wanted": [team.id for team in found]}):
        joined[row.team_id].append(TeamMember(user=UserRef(id=row.user_id), role=row.role))
    return [replace(team, members=tuple(joined[team.id])) for team in found]


def of_user(tx: Transaction, user_id: int) -> list[int]:
    """The ids of the teams that a user is a member of."""
    query = sa.select(team_members.c.team_id).where(team_members.c.user_id == user_id)
    return sorted(row.team_id for row in tx.all(query))


def with_member(user_id: int) -> sa.ColumnElement[bool]:
    """The condition that a user is a member of a team."""
    theirs = sa.select(team_members.c.team_id).where(team_members.c.user_id == user_id)
    return TEAMS.table.c.id.in_(theirs)


def asked(tx: Transaction, ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Who is asked when these teams are, by team."""
    found = many(tx, ids)
    people = documents.many(tx, USERS, {m.user.id for team in found.values() for m in team.members})
    return {number: team.asked(people) for number, team in found.items()}


def _known(tx: Transaction, team: Team) -> Team:
    known = documents.many(tx, USERS, (member.user.id for member in team.members), deleted=False)
    wrong = [
        Problem(f"members.{index}.user.id", f"there is no user with the id {member.user.id}")
        for index, member in enumerate(team.members)
        if member.user.id not in known
    ]
    if wrong:
        raise BadInput(*wrong)
    return team


def _joined(tx: Transaction, team: Team) -> Team:
    rows = [{"team_id": team.id, "user_id": m.user.id, "role": m.role} for m in team.members]
    if rows:
        tx.run(sa.insert(team_members), rows)
    return team


def _asking(tx: Transaction, team_id: int) -> list[str]:
    query = sa.select(policy_teams.c.policy_id).where(policy_teams.c.team_id == team_id)
    ids = [row.policy_id for row in tx.all(query)]
    return [policy.name for policy in documents.many(tx, POLICIES, ids, deleted=False).values()]


_MEMBERS = (
    sa.select(team_members)
    .join(users, users.c.id == team_members.c.user_id)
    .where(team_members.c.team_id.in_(WANTED), users.c.deleted_at.is_(None))
    .order_by(team_members.c.team_id, team_members.c.user_id)
)
