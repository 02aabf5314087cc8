"""“Please take these shifts of mine”: what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from tests.core.rotas import layer, override, rota, said, utc
from tocsin.core.on_call import Roster, clipped
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Rota
from tocsin.core.shift_requests import Answer, Outcome, ShiftPart, ShiftRequest, answered, requested, shown
from tocsin.kit.errors import BadInput, Refused
from tocsin.kit.value import replace

ANN, BO, CHI = 1, 2, 3
NOW = utc("2026-03-09T08:00")


def hour(number: float) -> datetime:
    return utc("2026-03-09") + timedelta(hours=number)


BASE = rota(
    layer(CHI, starts=hour(0), rotation="P1Y", ends_on=hour(24)),
    layer(ANN, starts=hour(12), rotation="P1Y", ends_on=hour(15)),
    layer(BO, starts=hour(18), rotation="P1Y", ends_on=hour(20)),
)
"""Ann has 12 to 15, Bo 18 to 20, Chi the rest of the day."""


def wanted(start: float, end: float, in_return: tuple[float, float] | None = None) -> ShiftRequest:
    back = (ShiftPart(schedule_id=1, start=hour(in_return[0]), end=hour(in_return[1])),) if in_return else ()
    return ShiftRequest(
        requester=UserRef(id=ANN, username="ann"),
        colleague=UserRef(id=BO),
        shifts=(ShiftPart(schedule_id=1, start=hour(start), end=hour(end)),),
        in_return=back,
        message="Dentist",
    )


def rosters(found: Rota = BASE) -> Mapping[int, Roster]:
    return {1: Roster(found)}


def pending(start: float = 12, end: float = 15, in_return: tuple[float, float] | None = None) -> ShiftRequest:
    return requested(wanted(start, end, in_return), rosters(), NOW)


def after(outcome: Outcome) -> list[str]:
    """The day from noon on, once the overrides are stored."""
    overrides = tuple(replace(o, id=n) for n, (_, o) in enumerate(outcome.overrides, 10))
    found = Roster(replace(BASE, overrides=(*BASE.overrides, *overrides)))
    return said(clipped(found.shifts(hour(12), hour(16)), hour(12), hour(16)))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (12, 15, ["2 09 12:00-09 15:00", "3 09 15:00-09 16:00"]),
        (13, 18, ["1 09 12:00-09 13:00", "2 09 13:00-09 15:00", "3 09 15:00-09 16:00"]),
        (10, 13, ["2 09 12:00-09 13:00", "1 09 13:00-09 15:00", "3 09 15:00-09 16:00"]),
        (
            13,
            14,
            ["1 09 12:00-09 13:00", "2 09 13:00-09 14:00", "1 09 14:00-09 15:00", "3 09 15:00-09 16:00"],
        ),
    ],
)
def test_an_accepted_request_hands_over_what_the_window_holds_of_the_shift(
    start: float, end: float, expected: list[str]
) -> None:
    request = pending(start, end)
    assert said(Roster(BASE).shifts(hour(12), hour(15))) == ["1 09 12:00-09 15:00"]
    outcome = answered(request, "ACCEPT", BO, rosters(), NOW)
    assert after(outcome) == expected
    assert (outcome.request.state, outcome.request.answered_at, outcome.tell) == ("ACCEPTED", NOW, ANN)


def test_a_request_is_narrowed_to_the_shifts_that_are_the_requesters() -> None:
    request = pending(10, 18)
    assert request.shifts == (ShiftPart(schedule_id=1, start=hour(12), end=hour(15)),)
    assert (request.requester, request.state, request.created_at) == (UserRef(id=ANN), "PENDING", NOW)


def test_a_swap_gives_each_the_others_shift() -> None:
    outcome = answered(pending(12, 15, in_return=(18, 20)), "ACCEPT", BO, rosters(), NOW)
    assert [(schedule, o.user.id, o.start, o.end) for schedule, o in outcome.overrides] == [
        (1, BO, hour(12), hour(15)),
        (1, ANN, hour(18), hour(20)),
    ]


def test_a_shift_that_runs_is_handed_over_from_the_moment_of_acceptance() -> None:
    outcome = answered(pending(), "ACCEPT", BO, rosters(), hour(13))
    assert [(o.start, o.end) for _, o in outcome.overrides] == [(hour(13), hour(15))]


@pytest.mark.parametrize(
    ("answer", "by", "state", "tell"), [("DECLINE", BO, "DECLINED", ANN), ("CANCEL", ANN, "CANCELLED", BO)]
)
def test_a_declined_or_cancelled_request_changes_nothing_and_tells_the_other(
    answer: Answer, by: int, state: str, tell: int
) -> None:
    outcome = answered(pending(), answer, by, rosters(), NOW)
    assert (outcome.request.state, outcome.overrides, outcome.tell) == (state, (), tell)


@pytest.mark.parametrize(
    ("answer", "by"), [("ACCEPT", ANN), ("ACCEPT", CHI), ("DECLINE", ANN), ("CANCEL", BO)]
)
def test_only_the_colleague_answers_and_only_the_requester_cancels(answer: Answer, by: int) -> None:
    with pytest.raises(Refused) as raised:
        answered(pending(), answer, by, rosters(), NOW)
    assert raised.value.code == "NOT_YOURS"


@pytest.mark.parametrize("first", ["ACCEPT", "DECLINE", "CANCEL"])
def test_a_request_is_answered_once(first: Answer) -> None:
    done = answered(pending(), first, ANN if first == "CANCEL" else BO, rosters(), NOW).request
    for answer, by in (("ACCEPT", BO), ("DECLINE", BO), ("CANCEL", ANN)):
        with pytest.raises(Refused, match="already"):
            answered(done, answer, by, rosters(), NOW)  # type: ignore[arg-type]


def test_what_is_over_or_was_given_to_somebody_else_cannot_be_accepted() -> None:
    with pytest.raises(Refused) as raised:
        answered(pending(), "ACCEPT", BO, rosters(), hour(15))
    assert raised.value.code == "NOTHING_LEFT"
    taken = replace(BASE, overrides=(override(1, CHI, hour(12), hour(15)),))
    with pytest.raises(Refused):
        answered(pending(), "ACCEPT", BO, rosters(taken), NOW)
    returned = replace(BASE, overrides=(override(1, CHI, hour(18), hour(20)),))
    with pytest.raises(Refused, match="in return"):
        answered(pending(12, 15, in_return=(18, 20)), "ACCEPT", BO, rosters(returned), NOW)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"colleague": UserRef(id=ANN)}, "colleague"),
        ({"shifts": ()}, "shifts"),
        ({"shifts": (ShiftPart(schedule_id=1, start=hour(4), end=hour(7)),)}, "shifts.0.end"),
        ({"shifts": (ShiftPart(schedule_id=1, start=hour(13), end=hour(13)),)}, "shifts.0.end"),
        ({"shifts": (ShiftPart(schedule_id=1, start=hour(16), end=hour(17)),)}, "shifts.0"),
        ({"shifts": (ShiftPart(schedule_id=9, start=hour(12), end=hour(15)),)}, "shifts.0.scheduleId"),
        ({"in_return": (ShiftPart(schedule_id=1, start=hour(12), end=hour(15)),)}, "inReturn.0"),
    ],
)
def test_ones_own_the_past_and_shifts_of_others_are_refused(change: dict[str, object], path: str) -> None:
    with pytest.raises(BadInput) as raised:
        requested(replace(wanted(12, 15), **change), rosters(), NOW)
    assert raised.value.problems[0].path == path


def test_an_answered_request_is_shown_for_another_day() -> None:
    request = pending()
    done = answered(request, "DECLINE", BO, rosters(), NOW).request
    assert shown(request, NOW + timedelta(days=9))
    assert shown(done, NOW + timedelta(hours=23))
    assert not shown(done, NOW + timedelta(hours=24))
