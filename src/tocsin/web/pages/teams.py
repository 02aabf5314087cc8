"""Teams: who is in one, what asks it and what is its own; made and changed in place."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from tocsin.core.people import User
from tocsin.core.policies import EscalationPolicy, UserRef
from tocsin.core.teams import Team, TeamMember
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import decode, replace
from tocsin.languages import msgid
from tocsin.store import documents, owners, readiness, teams
from tocsin.store.database import Transaction
from tocsin.store.documents import Kind
from tocsin.store.kinds import CONNECTIONS, POLICIES, SCHEDULES, SOURCES, TEAMS, USERS
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other

ROLES = ("RESPONDER", "USER", "ADMIN", "STAKEHOLDER")
_PLACES: tuple[tuple[str, str, Kind[Any]], ...] = (
    ("/sources", msgid("Sources"), SOURCES),
    ("/policies", msgid("Escalation policies"), POLICIES),
    ("/schedules", msgid("Schedules"), SCHEDULES),
    ("/connections", msgid("Connections"), CONNECTIONS),
)
"""What belongs to teams: where its pages are, and what it is called."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A team with the people of it, and the policies that ask it."""

    team: Team
    members: list[tuple[User, str]]
    """With their role in the team."""
    asked_by: list[EscalationPolicy]


def show_list(visit: Visit) -> Response:
    """Every team."""
    return _list(visit, Problems())


def show(visit: Visit) -> Response:
    """One team."""
    return _page(visit, Problems())


def create(visit: Visit) -> Response:
    """Make a team of this name; whoever makes it is in it."""
    me = TeamMember(user=UserRef(id=visit.someone.id), role="ADMIN")
    try:
        with visit.deployment.db.write() as tx:
            made = teams.create(tx, replace(_named(visit), members=(me,)))
    except BadInput as wrong:
        return _list(visit, problems_by_field(wrong))
    return see_other(f"/people/teams/{made.id}?said=created")


def rename(visit: Visit) -> Response:
    """Give a team another name. Raises NotFound."""
    try:
        with visit.deployment.db.write() as tx:
            teams.change(tx, replace(teams.get(tx, visit.number("id")), name=_named(visit).name))
    except BadInput as wrong:
        return _page(visit, problems_by_field(wrong))
    return _back(visit, "saved")


def join(visit: Visit) -> Response:
    """Add somebody, or give a member another role. Raises NotFound."""
    try:
        with visit.deployment.db.write() as tx:
            teams.add(tx, visit.number("id"), _member(visit))
    except BadInput:
        return _page(visit, Problems(user="choose somebody"))
    return _back(visit, "saved")


def leave(visit: Visit) -> Response:
    """Take somebody out. Raises NotFound."""
    number = visit.id_said("user")
    if number is None:
        raise NotFound("the team has no such member")
    with visit.deployment.db.write() as tx:
        teams.leave(tx, visit.number("id"), number)
    return _back(visit, "saved")


def remove(visit: Visit) -> Response:
    """Delete a team that nothing asks and that owns nothing. Raises NotFound, Conflict."""
    with visit.deployment.db.write() as tx:
        teams.remove(tx, visit.number("id"))
    return see_other("/people/teams?said=deleted")


def _named(visit: Visit) -> Team:
    """A team of the name in the form. Raises BadInput."""
    return decode(Team, {"name": visit.said("name", 300)})


def _member(visit: Visit) -> TeamMember:
    """The member in the form. Raises BadInput."""
    return decode(TeamMember, {"user": {"id": visit.id_said("user") or 0}, "role": visit.said("role", 20)})


def _back(visit: Visit, said: str) -> Response:
    return see_other(f"/people/teams/{visit.number('id')}?said={said}")


def _list(visit: Visit, problems: Problems) -> Response:
    with visit.deployment.db.read() as tx:
        found = _shown(tx, documents.listing(tx, TEAMS))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    return page(visit, "teams.html", status=status, teams=found, problems=problems)


def _page(visit: Visit, problems: Problems) -> Response:
    with visit.deployment.db.read() as tx:
        shown = _shown(tx, [documents.get(tx, TEAMS, visit.number("id"))])[0]
        within = {user.id for user, _ in shown.members}
        ready = {one.user_id: one for one in readiness.of_users(tx, within)}
        others = [user for user in documents.listing(tx, USERS) if user.id not in within]
        owned = [
            (path, called, thing)
            for path, called, kind in _PLACES
            for thing in documents.listing(tx, kind, where=owners.owned_by(kind, (shown.team.id,)))
        ]
    return page(
        visit,
        "team.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        shown=shown,
        others=others,
        ready=ready,
        owned=owned,
        roles=ROLES,
        problems=problems,
    )


def _shown(tx: Transaction, found: list[Team]) -> list[Shown]:
    whole = teams.with_members(tx, found)
    users = documents.many(tx, USERS, {m.user.id for team in whole for m in team.members})
    policies = documents.listing(tx, POLICIES)
    return [
        Shown(
            team=team,
            members=[(users[member.user.id], member.role) for member in team.members],
            asked_by=[policy for policy in policies if team.id in policy.team_ids],
        )
        for team in whole
    ]


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/people/teams", action="VIEW", get=show_list),
        Page(path="/people/teams/new", action="MANAGE_USERS", post=create),
        Page(path="/people/teams/{id}", action="VIEW", get=show),
        Page(path="/people/teams/{id}/rename", action="MANAGE_USERS", post=rename),
        Page(path="/people/teams/{id}/members", action="MANAGE_USERS", post=join),
        Page(path="/people/teams/{id}/members/remove", action="MANAGE_USERS", post=leave),
        Page(path="/people/teams/{id}/delete", action="MANAGE_USERS", post=remove),
    ]
