"""Teams: people who are named together, by policies to be asked and by resources as their owners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from tocsin.core.people import BYSTANDERS, User
from tocsin.core.policies import UserRef
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import MaxLen, MinLen, replace, value

TeamRole = Literal["STAKEHOLDER", "RESPONDER", "USER", "ADMIN"]


@value
class TeamMember:
    """Somebody of a team."""

    user: UserRef
    role: TeamRole = "RESPONDER"
    """A team's STAKEHOLDER is not asked when the team is."""


@value
class Team:
    """People who are named together."""

    id: int = 0
    name: Annotated[str, MinLen(1), MaxLen(255)]
    visibility: Literal["PUBLIC", "PRIVATE"] = "PUBLIC"
    members: Annotated[tuple[TeamMember, ...], MaxLen(1_000)] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0

    def asked(self, people: Mapping[int, User]) -> tuple[int, ...]:
        """The members who are asked when the team is: no stakeholders, and nobody who was deleted."""
        return tuple(
            member.user.id
            for member in self.members
            if member.role != "STAKEHOLDER"
            and member.user.id in people
            and people[member.user.id].role not in BYSTANDERS
        )


def checked(team: Team) -> Team:
    """The form in which a team is stored: members by id. Raises BadInput."""
    if not team.name.strip():
        raise BadInput.at("name", "give it a name")
    if team.visibility == "PRIVATE":
        raise BadInput.at(
            "visibility", "private teams are not available yet, so that nothing would be hidden: use PUBLIC"
        )
    ids = [member.user.id for member in team.members]
    wrong = [
        Problem(f"members.{index}.user.id", "the user is named twice")
        for index, number in enumerate(ids)
        if number in ids[:index]
    ]
    if wrong:
        raise BadInput(*wrong)
    members = sorted(team.members, key=lambda member: member.user.id)
    return replace(
        team,
        name=team.name.strip(),
        members=tuple(replace(member, user=UserRef(id=member.user.id)) for member in members),
        created_at=None,
        updated_at=None,
    )
