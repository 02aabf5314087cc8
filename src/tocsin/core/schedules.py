"""On-call schedules as values: layers whose users take turns, shifts by hand, what replaces them.

`core.on_call` says who is on call; `core.recurrence` does the wall-clock arithmetic. What was shown
for the past never changes: an edit takes effect from an instant on (`edited`), and whatever replaces
somebody for a while begins when it is entered (`from_now`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from tocsin.core.policies import UserRef
from tocsin.kit.errors import TocsinError
from tocsin.kit.value import MaxLen, MinLen, named, value

Day = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
RestrictionType = Literal["TIMES_OF_WEEK", "TIMES_OF_DAY"]


@value
class TimeOfWeek:
    """A local time, on one day of the week or, for times of day, on every day."""

    day_of_week: Day | None = None
    """Required for TIMES_OF_WEEK."""
    time: Annotated[str, MaxLen(8)]
    """`15:00`"""


@value
class Restriction:
    """A window of the week (or day) in which a layer applies; it may run past midnight and past Sunday.

    From a time to the same time is a whole week (or day).
    """

    from_: Annotated[TimeOfWeek, named("from")]
    to: TimeOfWeek


@value
class Layer:
    """Users who take turns."""

    name: Annotated[str, MaxLen(255)] = ""
    starts_on: datetime
    """The first turn's beginning; its local time of day is the hand-over. Sent without an offset, it
    is local time of the zone."""
    ends_on: datetime | None = None
    """No turn goes beyond."""
    users: Annotated[tuple[UserRef, ...], MinLen(1), MaxLen(200)]
    """In the order of their turns; somebody named twice has two turns."""
    rotation: Annotated[str, MaxLen(32)] = "P7D"
    """How long a turn is, as an ISO 8601 period: `PT12H`, `P1D`, `P2W`, `P1M`."""
    restriction_type: RestrictionType | None = None
    """What kind of times `restrictions` are; TIMES_OF_WEEK when absent."""
    restrictions: Annotated[tuple[Restriction, ...], MaxLen(100)] = ()
    """When the layer applies; always, if there are none."""
    skip_restricted: bool = False
    """Whether days that the restrictions leave out entirely use up no turn (ours); by default they do."""
    timezone: Annotated[str, MaxLen(64)] | None = None
    """The zone of this layer's hand-overs and restrictions, if it is not the schedule's (ours, for teams
    that follow the sun)."""


@value
class Shift:
    """Somebody on call from an instant until another."""

    user: UserRef
    start: datetime
    end: datetime


@value
class Override(Shift):
    """Somebody takes over. Where overrides overlap, the one with the greater id wins: it came later."""

    id: int = 0


@value
class Absence(Shift):
    """Somebody is away (ours): whatever would have them on call passes on, as if it had a gap."""

    id: int = 0


@value
class Schedule:
    """Who is on call when. At any instant at most one user is."""

    id: int = 0
    name: Annotated[str, MinLen(1), MaxLen(255)]
    timezone: Annotated[str, MaxLen(64)] = "UTC"
    """IANA name, `Europe/Berlin`; it never changes after creation."""
    type: Literal["STATIC", "RECURRING"] = "RECURRING"
    """STATIC: shifts by hand. RECURRING: layers. It never changes after creation."""
    schedule_layers: Annotated[tuple[Layer, ...], MaxLen(50)] = ()
    """Where several apply at once, the one later in the list wins."""
    shifts: Annotated[tuple[Shift, ...], MaxLen(2_000)] = ()
    """The shifts of a STATIC schedule, in order, none overlapping another."""
    show_gaps: bool = False
    """Whether the editor of a STATIC schedule warns of gaps."""
    default_shift_duration: Annotated[str, MaxLen(32)] = "P7D"
    """How long a newly drawn shift of a STATIC schedule is."""
    version: int = 0


@value
class Revision:
    """A schedule as it stood from an instant on, until the next revision."""

    effective_from: datetime
    schedule: Schedule


@value
class Rota:
    """Everything that decides who is on call by one schedule, at any instant of past and future."""

    schedule: Schedule
    """As it stands now (or will, after its last revision)."""
    revisions: tuple[Revision, ...] = ()
    """How it stood since when, in order of time (the last one is `schedule`); empty when it was never edited. The first one also
    holds for the time before."""
    overrides: tuple[Override, ...] = ()
    absences: tuple[Absence, ...] = ()
    """Of any user."""

    @property
    def user_ids(self) -> tuple[int, ...]:
        """Everybody whom it may have on call, at any time, each once."""
        every = [override.user.id for override in self.overrides]
        for schedule in (self.schedule, *(revision.schedule for revision in self.revisions)):
            every += [user.id for layer in schedule.schedule_layers for user in layer.users]
            every += [shift.user.id for shift in schedule.shifts]
        return tuple(dict.fromkeys(every))


class BrokenSchedule(TocsinError):
    """A stored schedule that cannot be read, such as one whose zone is no longer known.

    Whoever looks at many schedules catches it, sets this one aside and goes on with the others.
    """

    code = "BROKEN_SCHEDULE"

    def __init__(self, schedule: Schedule, wrong: Exception) -> None:
        super().__init__(f"the schedule {schedule.name!r} cannot be read: {wrong}")
        self.schedule_id = schedule.id
