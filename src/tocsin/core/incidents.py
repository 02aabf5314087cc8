"""The incident and the steps it can take.

PENDING climbs its escalation policy, ACCEPTED means somebody owns it, RESOLVED is final.
`decide` is the only place where an incident changes: it answers with the new incident and with
effects (pages, log entries, cancellations) that are stored in the same transaction. A step that
the state does not allow raises `Refused` and leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from tocsin.core.notifying import Page
from tocsin.core.people import Actor, Paged, Person
from tocsin.core.policies import EscalationPolicy
from tocsin.core.schedules import Absence, Rota
from tocsin.core.teams import Team
from tocsin.kit.value import field, value

Status = Literal["PENDING", "ACCEPTED", "RESOLVED"]
Priority = Literal["HIGH", "LOW"]
Phase = Literal["WAITING", "CLIMBING", "LOW", "ASSIGNED", "HELD", "ENDED"]
"""Where the escalation stands: before its first level; between levels; low priority, so on level
one only; assigned by hand, so nobody else; held by acceptance or resolution; at its end."""


@value
class Image:
    """A picture shown with an incident."""

    src: str
    href: str | None = None
    alt: str | None = None


@value
class Link:
    """A link shown with an incident."""

    href: str
    text: str | None = None


@value
class Comment:
    """A remark that came with an event, or that somebody wrote."""

    creator: str | None = None
    content: str


Severity = Literal[1, 2, 3, 4, 5]
"""1 is the worst."""


@value
class ServiceRef:
    """A service that is concerned, by its alias or its id."""

    id: int | None = None
    alias: str | None = None


@value
class Escalation:
    """How far an incident has climbed. `due_at` is the timer: None means nothing more happens by itself."""

    policy_id: int
    policy_version: int
    phase: Phase = "WAITING"
    cycle: int = 0
    """The pass through the rules, 0 for the first."""
    level: int = -1
    """The rule that was asked last, -1 before the first."""
    generation: int = 0
    """Raised whenever the escalation starts anew, so that its pages are new pages."""
    due_at: datetime | None = None


@value
class Incident:
    """A problem that somebody has to look at."""

    id: int
    source_id: int
    summary: str
    details: str = ""
    key: str
    """Groups events of one source; compared trimmed and without case."""
    priority: Priority = "HIGH"
    status: Status = "PENDING"
    reported_at: datetime
    accepted_at: datetime | None = None
    accepted_by: int | None = None
    accepted_by_type: Literal["USER", "SOURCE"] | None = None
    resolved_at: datetime | None = None
    resolved_by: int | None = None
    resolved_by_type: Literal["USER", "SOURCE", "SYSTEM"] | None = None
    assigned_to: int | None = None
    """The single assignee of the 2020 product: the last person asked, or who accepted."""
    escalation: Escalation
    auto_resolve_at: datetime | None = None
    raise_at: datetime | None = None
    """When its source's support hours begin (or end), which makes a LOW one HIGH."""
    severity: Severity | None = None
    services: tuple[ServiceRef, ...] = ()
    images: tuple[Image, ...] = ()
    links: tuple[Link, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    custom_details: Mapping[str, Any] | None = None
    version: int = 1

    @property
    def open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.status != "RESOLVED"


def fold(key: str) -> str:
    """The form in which keys are compared: trimmed, without case (reference EV-1)."""
    return key.strip().casefold()


# What can be asked of an incident.


@value
class Fire:
    """The escalation's timer ran out: ask the next level."""


@value
class Accept:
    """Somebody takes the incident."""

    by: Actor


@value
class Resolve:
    """The problem is over."""

    by: Actor


@value
class Escalate:
    """Ask the next level, or a given one, at once."""

    by: Actor
    level: int | None = None
    """Zero-based rule to go on from; None means the next."""


@value
class AssignToUser:
    """This user and nobody else from now on."""

    by: Actor
    user_id: int


@value
class AskToo:
    """One more person, besides those who were asked."""

    by: Actor
    user_id: int


@value
class AssignToPolicy:
    """Start again, under this policy."""

    by: Actor
    policy: EscalationPolicy


@value
class Raise:
    """Low priority becomes high, and climbs."""

    by: Actor


@value
class HoursChanged:
    """The support hours of its source began or ended: what still waits with low priority becomes high."""


@value
class Remark:
    """A comment."""

    by: Actor
    text: str
    to_subscribers: bool = False
    """Whether subscribers are told of it."""


@value
class Subscribe:
    """These users are kept informed from now on."""

    by: Actor
    user_ids: tuple[int, ...]


@value
class Unsubscribe:
    """These users are no longer kept informed."""

    by: Actor
    user_ids: tuple[int, ...]


@value
class Unreached:
    """Every page of the level asked last failed: nobody was told, so go on at once."""

    reason: str


ANSWERS: Mapping[str, type[Accept | Resolve | Escalate]] = {
    "ACCEPT": Accept,
    "RESOLVE": Resolve,
    "ESCALATE": Escalate,
}
"""The three answers to a page, by their names: each takes `by`."""

Command = (
    Fire
    | Accept
    | Resolve
    | Escalate
    | AssignToUser
    | AskToo
    | AssignToPolicy
    | Raise
    | HoursChanged
    | Remark
    | Subscribe
    | Unsubscribe
    | Unreached
)


# What follows from it.


@value
class Log:
    """An entry for the incident's timeline."""

    type: str
    """A key of core.words.LOG_WORDS."""
    by: Actor
    vars: Mapping[str, Any] = field(default_factory=dict)


@value
class Send:
    """A notification to be stored and sent. Its key is (incident, generation, cycle, level, user, rule, purpose)."""

    page: Page
    generation: int
    cycle: int
    level: int


@value
class Supersede:
    """Pages still waiting for these users (None: everybody) are no longer wanted."""

    reason: str
    user_ids: tuple[int, ...] | None = None


@value
class Respond:
    """This user is a responder of the incident from now on."""

    user_id: int
    accepted: bool = False


@value
class Subscription:
    """This user is a subscriber of the incident from now on, or no longer."""

    user_id: int
    wanted: bool


Effect = Log | Send | Supersede | Respond | Subscription


@value
class Decision:
    """The new incident and what follows."""

    incident: Incident
    effects: tuple[Effect, ...] = ()


@value
class Surroundings:
    """Everything a decision may depend on besides the incident and the time."""

    policy: EscalationPolicy
    people: Mapping[int, Person]
    """Every user of the policy, of its schedules and teams, of the fallback, of `paged` and `subscribers`, by id; a
    missing one was deleted."""
    rotas: Mapping[int, Rota] = field(default_factory=dict)
    """Every schedule of the policy, by id; a missing one was deleted."""
    teams: Mapping[int, Team] = field(default_factory=dict)
    """Every team of the policy, by id."""
    absences: tuple[Absence, ...] = ()
    """Of the users whom the policy and its teams name: a level passes them over while they are away."""
    turn: int = 0
    """How many incidents were opened under the policy before this one: whose turn it is in a round robin."""
    fallback: tuple[int, ...] = ()
    """Whom to tell when the policy reaches nobody: the account's setting, else its owner."""
    paged: tuple[Paged, ...] = ()
    """Who was told of this incident so far (a message left or may have left), each address once."""
    subscribers: tuple[int, ...] = ()
    """Who is kept informed of this incident."""
    reached: bool = False
    """Whether any page of the present generation left, or may still leave."""
    fallback_told: bool = False
    """Whether the fallback was already tried in the present generation."""


def send(incident: Incident, page: Page) -> Send:
    """A page as an effect, keyed by the escalation's present place."""
    place = incident.escalation
    return Send(page=page, generation=place.generation, cycle=place.cycle, level=place.level)
