"""“Please take these shifts of mine”, with some of yours in return or without: a request and its answers.

PENDING is answered once: ACCEPTED or DECLINED by the colleague, or CANCELLED by whoever asked. Only
acceptance changes who is on call: it yields overrides for what each of the two still has of what was
named, from that moment on. A step that the state forbids raises Refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

from tocsin.core.on_call import Roster, clipped
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Override
from tocsin.kit.errors import BadInput, Refused
from tocsin.kit.value import MaxLen, replace, value
from tocsin.languages import msgid

State = Literal["PENDING", "ACCEPTED", "DECLINED", "CANCELLED"]
Answer = Literal["ACCEPT", "DECLINE", "CANCEL"]

SHOWN_AFTER_ANSWER = timedelta(hours=24)
LONGEST = timedelta(days=400)


@value
class ShiftPart:
    """A stretch of a schedule."""

    schedule_id: int
    start: datetime
    end: datetime


@value
class ShiftRequest:
    """Somebody asks a colleague to take shifts."""

    id: int = 0
    requester: UserRef
    colleague: UserRef
    shifts: Annotated[tuple[ShiftPart, ...], MaxLen(50)]
    """What the colleague is to take: the requester's shifts, or parts of them."""
    in_return: Annotated[tuple[ShiftPart, ...], MaxLen(50)] = ()
    """What the requester takes of the colleague's: then it is a swap."""
    message: Annotated[str, MaxLen(2_000)] = ""
    state: State = "PENDING"
    created_at: datetime | None = None
    answered_at: datetime | None = None


@value
class Outcome:
    """An answered request and what follows."""

    request: ShiftRequest
    overrides: tuple[tuple[int, Override], ...] = ()
    """New overrides, each with the id of its schedule."""
    tell: int
    """The id of the user to be told: the other one."""


def requested(wanted: ShiftRequest, rosters: Mapping[int, Roster], now: datetime) -> ShiftRequest:
    """A new request, its windows narrowed to the shifts that they hold. Raises BadInput."""
    if wanted.requester.id == wanted.colleague.id:
        raise BadInput.at("colleague", msgid("choose somebody else: these are your own shifts"))
    theirs = (
        ("shifts", wanted.shifts, wanted.requester.id),
        ("inReturn", wanted.in_return, wanted.colleague.id),
    )
    for field, parts, user_id in theirs:
        for index, part in enumerate(parts):
            _check(part, f"{field}.{index}", rosters, now)
            if not _held(part, user_id, rosters, now):
                whose = "the requester" if field == "shifts" else "the colleague"
                raise BadInput.at(f"{field}.{index}", f"{whose} has no shift in that time")
    if not wanted.shifts:
        raise BadInput.at("shifts", msgid("name at least one shift"))
    return replace(
        wanted,
        requester=UserRef(id=wanted.requester.id),
        colleague=UserRef(id=wanted.colleague.id),
        shifts=_all_held(wanted.shifts, wanted.requester.id, rosters, now),
        in_return=_all_held(wanted.in_return, wanted.colleague.id, rosters, now),
        state="PENDING",
        created_at=now,
        answered_at=None,
    )


def answered(
    request: ShiftRequest, answer: Answer, by: int, rosters: Mapping[int, Roster], now: datetime
) -> Outcome:
    """What an answer makes of a request. Raises Refused."""
    if request.state != "PENDING":
        raise Refused(f"the request is already {request.state.lower()}", code="ALREADY_ANSWERED")
    if by != (request.requester.id if answer == "CANCEL" else request.colleague.id):
        who = "whoever asked cancels" if answer == "CANCEL" else "the colleague answers"
        raise Refused(f"only {who} a request", code="NOT_YOURS")
    match answer:
        case "CANCEL":
            return _closed(request, "CANCELLED", request.colleague.id, now)
        case "DECLINE":
            return _closed(request, "DECLINED", request.requester.id, now)
        case "ACCEPT":
            return _accepted(request, rosters, now)


def shown(request: ShiftRequest, now: datetime) -> bool:
    """Whether lists still show it: while it is pending, and for a day after its answer."""
    return request.answered_at is None or now < request.answered_at + SHOWN_AFTER_ANSWER


def _accepted(request: ShiftRequest, rosters: Mapping[int, Roster], now: datetime) -> Outcome:
    taken = _all_held(request.shifts, request.requester.id, rosters, now)
    if not taken:
        raise Refused(msgid("the requester no longer has these shifts"), code="NOTHING_LEFT")
    returned = _all_held(request.in_return, request.colleague.id, rosters, now)
    if request.in_return and not returned:
        raise Refused(msgid("the colleague no longer has the shifts to give in return"), code="NOTHING_LEFT")
    overrides = (*_overrides(taken, request.colleague), *_overrides(returned, request.requester))
    return replace(_closed(request, "ACCEPTED", request.requester.id, now), overrides=overrides)


def _closed(request: ShiftRequest, state: State, tell: int, now: datetime) -> Outcome:
    return Outcome(request=replace(request, state=state, answered_at=now), tell=tell)


def _overrides(parts: Iterable[ShiftPart], user: UserRef) -> tuple[tuple[int, Override], ...]:
    return tuple((p.schedule_id, Override(user=user, start=p.start, end=p.end)) for p in parts)


def _check(part: ShiftPart, path: str, rosters: Mapping[int, Roster], now: datetime) -> None:
    if part.schedule_id not in rosters:
        raise BadInput.at(f"{path}.scheduleId", "there is no such schedule")
    if part.end <= part.start or part.end - part.start > LONGEST:
        raise BadInput.at(f"{path}.end", f"it must come after the start, by at most {LONGEST.days} days")
    if part.end <= now:
        raise BadInput.at(f"{path}.end", msgid("the shift is over: choose one in the future"))


def _all_held(
    parts: Iterable[ShiftPart], user_id: int, rosters: Mapping[int, Roster], now: datetime
) -> tuple[ShiftPart, ...]:
    return tuple(held for part in parts for held in _held(part, user_id, rosters, now))


def _held(
    part: ShiftPart, user_id: int, rosters: Mapping[int, Roster], now: datetime
) -> tuple[ShiftPart, ...]:
    """What of a part, from now on, the user is on call for."""
    roster, start = rosters.get(part.schedule_id), max(part.start, now)
    if roster is None or start >= part.end:
        return ()
    return tuple(
        ShiftPart(schedule_id=part.schedule_id, start=shift.start, end=shift.end)
        for shift in clipped(roster.shifts(start, part.end), start, part.end)
        if shift.user.id == user_id
    )
