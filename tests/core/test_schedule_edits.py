"""What is stored of a schedule, what is refused and where, and what may still be changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.rotas import absence, by_hand, layer, override, rota, utc, week
from tocsin.core.policies import UserRef
from tocsin.core.schedule_edits import between_shifts, checked, from_now, refuse_gaps, taken_back
from tocsin.core.schedules import Layer, Schedule
from tocsin.kit.errors import BadInput, Conflict
from tocsin.kit.value import decode, encode, replace

NOW = utc("2026-03-09T12:00")


def schedule(*layers: Layer, **more: object) -> Schedule:
    return Schedule(name="s", schedule_layers=layers, **more)  # type: ignore[arg-type]


def refused(wanted: Schedule) -> list[str]:
    with pytest.raises(BadInput) as raised:
        checked(wanted)
    return [problem.path for problem in raised.value.problems]


def test_what_a_client_sends_is_what_is_stored() -> None:
    sent = {
        "name": "First line",
        "timezone": "America/New_York",
        "type": "RECURRING",
        "scheduleLayers": [
            {
                "name": "Days",
                "startsOn": "2026-03-07T09:00:00",
                "endsOn": "2026-12-31T00:00:00-05:00",
                "users": [{"id": 1, "firstName": "Ann"}, {"id": 2}, {"id": 1}],
                "rotation": "P7D",
                "restrictions": [
                    {
                        "from": {"dayOfWeek": "MONDAY", "time": "09:00"},
                        "to": {"dayOfWeek": "FRIDAY", "time": "17:00"},
                    }
                ],
            }
        ],
        "shifts": [{"user": {"id": 3}, "start": "2026-03-07T09:00:00Z", "end": "2026-03-08T09:00:00Z"}],
    }
    stored = encode(Schedule, checked(decode(Schedule, sent)))
    assert stored["shifts"] == []
    assert stored["scheduleLayers"] == [
        {
            "name": "Days",
            "startsOn": "2026-03-07T14:00:00Z",
            "endsOn": "2026-12-31T05:00:00Z",
            "users": [{"id": 1}, {"id": 2}, {"id": 1}],
            "rotation": "P7D",
            "restrictionType": "TIMES_OF_WEEK",
            "restrictions": sent["scheduleLayers"][0]["restrictions"],  # type: ignore[index]
            "skipRestricted": False,
        }
    ]


def test_shifts_by_hand_are_kept_in_order() -> None:
    wanted = by_hand(
        (2, utc("2026-03-10"), utc("2026-03-11")), (1, utc("2026-03-09"), utc("2026-03-10"))
    ).schedule
    assert [shift.user.id for shift in checked(wanted).shifts] == [1, 2]


@pytest.mark.parametrize(
    ("wrong", "paths"),
    [
        (schedule(layer(1, starts=NOW), timezone="Mars/Olympus"), ["timezone"]),
        (schedule(layer(1, starts=NOW), default_shift_duration="a week"), ["defaultShiftDuration"]),
        (schedule(), ["scheduleLayers"]),
        (schedule(layer(1, starts=NOW), layer(starts=NOW)), ["scheduleLayers.1.users"]),
        (schedule(layer(1, starts=NOW, rotation="P1.5D")), ["scheduleLayers.0.rotation"]),
        (schedule(layer(1, starts=NOW, timezone="Nowhere")), ["scheduleLayers.0.timezone"]),
        (schedule(layer(1, starts=NOW, ends_on=NOW)), ["scheduleLayers.0.endsOn"]),
        (schedule(layer(1, starts=utc("0001-01-01"))), ["scheduleLayers.0.startsOn"]),
        (schedule(layer(1, starts=NOW, ends_on=utc("9999-12-31"))), ["scheduleLayers.0.endsOn"]),
        (
            schedule(layer(1, starts=NOW, restrictions=[week("MONDAY 09:00", "MONDAY 25:00")])),
            ["scheduleLayers.0.restrictions.0.to.time"],
        ),
        (
            schedule(
                replace(layer(1, starts=NOW, restrictions=[week("9:00", "17:00")]), restriction_type=None)
            ),
            [
                "scheduleLayers.0.restrictions.0.from.dayOfWeek",
                "scheduleLayers.0.restrictions.0.from.time",
                "scheduleLayers.0.restrictions.0.to.dayOfWeek",
            ],
        ),
        (
            schedule(
                layer(
                    1,
                    starts=NOW,
                    rotation="PT12H",
                    restrictions=[week("MONDAY 09:00", "MONDAY 17:00")],
                    skip_restricted=True,
                )
            ),
            ["scheduleLayers.0.rotation"],
        ),
    ],
)
def test_what_is_wrong_is_refused_by_its_path(wrong: Schedule, paths: list[str]) -> None:
    assert refused(wrong) == paths


def test_shifts_by_hand_must_not_overlap_or_run_backwards() -> None:
    a, b, c = (utc(f"2026-03-{day:02}") for day in (10, 11, 12))
    assert refused(by_hand((1, a, c), (2, b, c)).schedule) == ["shifts.1.start"]
    assert refused(by_hand((1, a, b), (2, c, b)).schedule) == ["shifts.1.end"]


def test_gaps_are_refused_where_the_caller_wants_none() -> None:
    whole = layer(1, starts=NOW)
    refuse_gaps(schedule(whole), NOW)
    with pytest.raises(
        BadInput, match=r"2026-03-09T17:00:00Z to 2026-03-10T09:00:00Z.* and \d+ more"
    ) as raised:
        refuse_gaps(
            schedule(replace(whole, restrictions=(week("09:00", "17:00"),), restriction_type="TIMES_OF_DAY")),
            NOW,
        )
    assert (raised.value.code, raised.value.problems[0].path) == ("SCHEDULE_HAS_GAPS", "scheduleLayers")


def test_gaps_between_shifts_by_hand_are_refused_from_now_until_the_last() -> None:
    days = [utc(f"2026-03-{day:02}") for day in range(1, 20)]
    gap_in_the_past = by_hand((1, days[0], days[2]), (2, days[5], days[15])).schedule
    refuse_gaps(gap_in_the_past, NOW)
    assert [(g.start, g.end) for g in between_shifts(gap_in_the_past)] == [(days[2], days[5])]
    gap_ahead = by_hand((1, days[0], days[11]), (2, days[12], days[15])).schedule
    with pytest.raises(BadInput, match=r"2026-03-12T00:00:00Z to 2026-03-13T00:00:00Z$"):
        refuse_gaps(gap_ahead, NOW)
    assert between_shifts(schedule(type="STATIC")) == ()
    with pytest.raises(BadInput, match="nobody is on call"):
        refuse_gaps(schedule(type="STATIC"), NOW)


# What replaces somebody for a while.


def test_an_override_begins_now_at_the_earliest_and_never_touches_the_past() -> None:
    day = timedelta(days=1)
    begun = from_now(override(0, 2, NOW - day, NOW + day), NOW)
    assert (begun.start, begun.end) == (NOW, NOW + day)
    ahead = from_now(
        replace(override(0, 2, NOW + day, NOW + 2 * day), user=UserRef(id=2, username="bo")), NOW
    )
    assert ahead == override(0, 2, NOW + day, NOW + 2 * day)
    with pytest.raises(BadInput, match="past cannot be changed"):
        from_now(override(0, 2, NOW - 2 * day, NOW), NOW)
    with pytest.raises(BadInput, match="after the start"):
        from_now(absence(2, NOW + day, NOW + day), NOW)
    with pytest.raises(BadInput, match="400 days"):
        from_now(absence(2, NOW, NOW + 500 * day), NOW)


@pytest.mark.parametrize(("start", "end", "left"), [(-2, 2, (-2, 0)), (1, 2, None), (0, 2, None)])
def test_an_override_that_is_deleted_was_in_force_until_now(
    start: int, end: int, left: tuple[int, int] | None
) -> None:
    hour = timedelta(hours=1)
    remains = taken_back(override(4, 2, NOW + start * hour, NOW + end * hour), NOW)
    assert remains == (override(4, 2, NOW + left[0] * hour, NOW + left[1] * hour) if left else None)


def test_an_override_that_is_over_cannot_be_deleted() -> None:
    with pytest.raises(Conflict, match="past cannot be changed"):
        taken_back(override(4, 2, NOW - timedelta(hours=2), NOW), NOW)


def test_everybody_whom_a_rota_names_is_known() -> None:
    found = rota(layer(1, 2, 1, starts=NOW), overrides=[override(1, 5, NOW, NOW + timedelta(hours=1))])
    assert found.user_ids == (5, 1, 2)
    assert by_hand((4, NOW, NOW + timedelta(hours=1))).user_ids == (4,)
