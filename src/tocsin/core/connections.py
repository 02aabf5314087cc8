"""Outward: which connection tells what happened to an incident, and what is left of a try.

A connector holds the account of another product, a connection says what goes there and when. What
happens to an incident becomes *occasions*; each occasion that a connection wants becomes an *errand*,
stored in the transaction of the change itself. Errands of one incident run in order, one at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from tocsin.core.delivery import retry_seconds
from tocsin.core.incidents import Link, Priority, Status
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, field, replace, value

Trigger = Literal[
    "incident-created",
    "incident-assigned",
    "incident-auto-escalated",
    "incident-acknowledged",
    "incident-raised",
    "incident-comment-added",
    "incident-escalation-ended",
    "incident-resolved",
    "incident-auto-resolved",
    "incident-responder-added",
    "incident-responder-removed",
    "incident-channel-attached",
    "incident-channel-detached",
    "v-incident-not-resolved",
    "manual",
    "test",
]
"""What can happen, in the product's words; `manual` is the button on an incident, `test` the one on a connection."""

AUTOMATIC: tuple[Trigger, ...] = tuple(t for t in get_args(Trigger) if t not in {"manual", "test"})
"""What an automatic connection can be asked to tell."""

UNHEARD: frozenset[Trigger] = frozenset({"incident-responder-removed", "incident-channel-detached"})
"""What the product's clients may ask for and read back, though nothing of ours makes it happen."""

CHANNEL = "own"
"""Where `Remote.state` keeps the id of a chat's channel that the incident has to itself."""

MAX_ATTEMPTS = 12
"""With the back-off of deliveries the other product may be away for more than an hour."""
LEASE = timedelta(seconds=90)
"""How long one process may take over an errand, all its requests together."""


@value
class Connector:
    """The account of another product: where it is and how we prove who we are."""

    id: int = 0
    name: Annotated[str, MinLen(1), MaxLen(255)]
    type: str
    """`jira`; fixed at creation."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """As the type's class of connector parameters; secrets are sealed."""
    private_targets: tuple[str, ...] = ()
    """Private networks (CIDR) that this connector's requests may reach."""
    version: int = 0


@value
class Connection:
    """What of some alert sources goes where, and when."""

    id: int = 0
    name: Annotated[str, MinLen(1), MaxLen(255)]
    type: str
    source_ids: tuple[int, ...] = ()
    connector_id: int | None = None
    trigger_mode: Literal["AUTOMATIC", "MANUAL"] = "AUTOMATIC"
    triggers: tuple[Trigger, ...] = ()
    escalation_ended_delay_sec: Annotated[int, Ge(0), Le(7_200)] = 0
    not_resolved_delay_sec: Annotated[int, Ge(0), Le(172_800)] = 0
    conditions: Annotated[str, MaxLen(8_192)] = ""
    """A condition (docs/reference/conditions.md) over `alert.…` or `incident.…`; "" is always."""
    params: Mapping[str, Any] = field(default_factory=dict)
    today: bool = False
    """Whether it was made in today's vocabulary: then bodies say alert, not incident."""
    active: bool = True
    version: int = 0


@value
class Person:
    """A user as other products are told of them."""

    id: int
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""


@value
class Moment:
    """What of an incident was so at the instant of the occasion: it may have changed before it is told."""

    status: Status
    priority: Priority
    assigned_to: int | None = None
    by: str = ""
    """Who did it."""
    comment: str = ""
    via_connection: int | None = None
    """The connection that brought the change in, and that is not told of it."""


@value
class Occasion:
    """One thing that happened to an incident, with everything that a message to another product may say."""

    id: str
    """The same however often it is sent."""
    trigger: Trigger
    at: datetime
    today: bool = False
    incident_id: int
    summary: str
    details: str = ""
    key: str = ""
    status: Status
    priority: Priority
    reported_at: datetime
    source_id: int
    source: str
    source_type: str = ""
    """The source's tool: `JIRA`."""
    policy_id: int
    policy: str
    assigned_to: Person | None = None
    responders: tuple[tuple[Person, bool], ...] = ()
    """Everybody asked, with whether they accepted."""
    links: tuple[Link, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    custom_details: Mapping[str, Any] | None = None
    by: str = ""
    comment: str = ""
    url: str
    """The incident's page."""

    @property
    def event_type(self) -> str:
        """The trigger in the vocabulary of the connection: `incident-created`, or `alert-created`."""
        return self.trigger.replace("incident", "alert") if self.today else self.trigger

    @property
    def over(self) -> bool:
        """Whether the incident is resolved."""
        return self.status == "RESOLVED"


@value
class Remote:
    """What the incident is at the other product: a ticket, a message."""

    id: str
    url: str = ""
    state: Mapping[str, str] = field(default_factory=dict)
    """What later updates need besides the id (a channel, a thread)."""


@value
class Outcome:
    """What became of an errand, or of one try."""

    kind: Literal["DONE", "SKIPPED", "TEMPORARY", "PERMANENT"]
    answer: str = ""
    """The other product's words, or ours about why nothing was sent."""
    remote: Remote | None = None
    """What the incident is over there from now on."""
    retry_after_seconds: float | None = None
    """The wait that the other product asked for."""


ErrandState = Literal["SCHEDULED", "SENDING", "DONE", "SKIPPED", "FAILED"]


@value
class Errand:
    """One occasion to be told through one connection."""

    id: int
    connection_id: int
    incident_id: int | None
    """None for a test."""
    trigger: Trigger
    moment: Moment
    actor_id: int | None = None
    """Who pressed the button, when somebody did."""
    state: ErrandState = "SCHEDULED"
    due_at: datetime | None
    created_at: datetime
    finished_at: datetime | None = None
    attempts: int = 0
    answer: str = ""


def trigger_of(entry_type: str, said: Mapping[str, Any]) -> Trigger | None:
    """What a line of the timeline is to connections; None: nothing."""
    match entry_type:
        case "IncidentAssignedBySystem":
            first = int(said.get("level", 1)) <= 1 and int(said.get("cycle", 1)) <= 1
            return "incident-assigned" if first else "incident-auto-escalated"
        case "UserResponse" | "AlertSourceResponse":
            return "incident-acknowledged" if said.get("answer") == "ACCEPTED" else "incident-resolved"
        case _:
            return _TRIGGERS.get(entry_type)


_TRIGGERS: dict[str, Trigger] = {
    "IncidentAssignedByUser": "incident-assigned",
    "IncidentAssignedToPolicy": "incident-assigned",
    "IncidentAutoResolved": "incident-auto-resolved",
    "IncidentRaisedByUser": "incident-raised",
    "IncidentRaisedBySystem": "incident-raised",
    "CommentAdded": "incident-comment-added",
    "EscalationEnded": "incident-escalation-ended",
    "ResponderAdded": "incident-responder-added",
    "ChannelAttached": "incident-channel-attached",
}


def wants(connection: Connection, trigger: Trigger, moment: Moment) -> bool:
    """Whether an automatic connection tells of this.

    An automatic resolution also goes to those who asked for resolutions: the list of 2020 has no word for it.
    Nobody is told of what came in through the same connection.
    """
    if not connection.active or connection.trigger_mode != "AUTOMATIC":
        return False
    if moment.via_connection == connection.id:
        return False
    if trigger == "incident-auto-resolved" and "incident-resolved" in connection.triggers:
        return True
    return trigger in connection.triggers


def delay(connection: Connection, trigger: Trigger) -> timedelta:
    """How long after the occasion the errand is due."""
    match trigger:
        case "incident-escalation-ended":
            return timedelta(seconds=connection.escalation_ended_delay_sec)
        case "v-incident-not-resolved":
            return timedelta(seconds=connection.not_resolved_delay_sec)
        case _:
            return timedelta()


def told(errand: Errand, waited: timedelta, now: Moment) -> tuple[Moment, datetime]:
    """What an errand tells, and of when: as it was when it happened, but after a delay as it is `now`."""
    if not waited:
        return errand.moment, errand.created_at
    seen = replace(errand.moment, status=now.status, priority=now.priority, assigned_to=now.assigned_to)
    return seen, errand.created_at + waited


def circles(connection: Connection, told: Occasion, details: str) -> bool:
    """Whether the incident is about a ticket that we made in the same tool: it holds the link of an incident of ours.

    Telling that tool of it would make the next ticket, and so on.
    """
    own = told.url.rpartition("/")[0]
    automatic = told.trigger not in {"manual", "test"}
    return automatic and told.source_type.lower() == connection.type and f"{own}/" in details


def new_channel(before: Remote | None, after: Remote) -> str:
    """The chat's channel that the incident has to itself since just now; "" for none."""
    channel = after.state.get(CHANNEL, "")
    return "" if before and before.state.get(CHANNEL) == channel else channel


def outdated(errand: Errand, status: Status) -> bool:
    """Whether a delayed errand lost its reason: somebody took the incident, or it is over."""
    match errand.trigger:
        case "v-incident-not-resolved":
            return status == "RESOLVED"
        case "incident-escalation-ended":
            return status != "PENDING"
        case _:
            return False


def settle(errand: Errand, outcome: Outcome, now: datetime, unit: float) -> Errand:
    """An errand after a try. `unit` in [0, 1) spreads retries."""
    if outcome.kind == "TEMPORARY" and errand.attempts < MAX_ATTEMPTS:
        wait = max(outcome.retry_after_seconds or 0.0, retry_seconds(errand.attempts, unit))
        return replace(errand, state="SCHEDULED", due_at=now + timedelta(seconds=wait), answer=outcome.answer)
    states: dict[str, ErrandState] = {"DONE": "DONE", "SKIPPED": "SKIPPED"}
    state = states.get(outcome.kind, "FAILED")
    return replace(errand, state=state, due_at=None, finished_at=now, answer=outcome.answer)
