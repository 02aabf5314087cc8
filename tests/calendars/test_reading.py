"""Calendars of other programs, as shifts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tocsin.calendars.reading import MOST_BYTES, Reading, read
from tocsin.kit.errors import BadInput

USERS = {"ann@example.org": 1, "ann": 1, "bo@example.org": 2, "bo": 2}
SINCE = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = datetime(2027, 3, 1, tzinfo=UTC)


def calendar(*events: str, head: str = "") -> bytes:
    body = "".join(
        f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{event.strip()}\nEND:VEVENT\n" for event in events
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{body}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    ).encode()


def said(raw: bytes) -> Reading:
    return read(raw, SINCE, UNTIL, USERS)


def shifts(*events: str, head: str = "") -> list[tuple[int, str, str]]:
    found = said(calendar(*events, head=head)).shifts
    return [(s.user.id, f"{s.start:%m-%d %H:%M}", f"{s.end:%m-%d %H:%M}") for s in found]


def test_users_are_found_by_address_or_user_name_without_case() -> None:
    assert shifts(
        "UID:1\nDTSTART:20260302T080000Z\nDTEND:20260302T120000Z\nSUMMARY:Anything\nATTENDEE:mailto:Ann@Example.ORG",
        "UID:2\nDTSTART:20260303T080000Z\nDTEND:20260303T120000Z\nSUMMARY:[L1] BO@example.org",
        "UID:3\nDTSTART:20260304T080000Z\nDTEND:20260304T120000Z\nSUMMARY: Ann ",
    ) == [
        (1, "03-02 08:00", "03-02 12:00"),
        (2, "03-03 08:00", "03-03 12:00"),
        (1, "03-04 08:00", "03-04 12:00"),
    ]


def test_unknown_names_are_listed_and_leave_a_gap() -> None:
    reading = said(
        calendar(
            "UID:1\nDTSTART:20260302T080000Z\nDTEND:20260302T120000Z\nSUMMARY:Zoe\nATTENDEE:mailto:zoe@example.org",
            "UID:2\nDTSTART:20260303T080000Z\nDTEND:20260303T120000Z\nSUMMARY:Zoe\nATTENDEE:mailto:zoe@example.org",
            "UID:3\nDTSTART:20260304T080000Z\nDTEND:20260304T120000Z",
        )
    )
    assert reading == Reading(shifts=(), unknown=("zoe@example.org", "(no title)"))


def test_what_recurs_with_its_exceptions() -> None:
    assert shifts(
        "UID:1\nDTSTART;TZID=America/New_York:20260306T090000\nDTEND;TZID=America/New_York:20260306T170000\n"
        "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=America/New_York:20260309T090000\nSUMMARY:ann",
        "UID:1\nRECURRENCE-ID;TZID=America/New_York:20260308T090000\n"
        "DTSTART;TZID=America/New_York:20260308T120000\nDTEND;TZID=America/New_York:20260308T130000\nSUMMARY:bo",
    ) == [
        (1, "03-06 14:00", "03-06 22:00"),
        (1, "03-07 14:00", "03-07 22:00"),
        (2, "03-08 16:00", "03-08 17:00"),
        (1, "03-10 13:00", "03-10 21:00"),
    ], "nine o'clock stays nine o'clock when the clock is changed"


def test_a_rule_may_end_at_an_instant_of_another_zone() -> None:
    assert shifts(
        "UID:1\nDTSTART;TZID=Europe/Berlin:20260302T090000\nDTEND;TZID=Europe/Berlin:20260302T100000\n"
        "RRULE:FREQ=WEEKLY;UNTIL=20260309T080000Z\nSUMMARY:ann"
    ) == [(1, "03-02 08:00", "03-02 09:00"), (1, "03-09 08:00", "03-09 09:00")]


@pytest.mark.parametrize(
    "head, expected",
    [
        ("", (1, "03-02 00:00", "03-04 00:00")),
        ("X-WR-TIMEZONE:Europe/Berlin\n", (1, "03-01 23:00", "03-03 23:00")),
        ("X-WR-TIMEZONE:Mars/Base\n", (1, "03-02 00:00", "03-04 00:00")),
    ],
    ids=["no zone is UTC", "the calendar's zone", "an unknown zone is UTC"],
)
def test_whole_days(head: str, expected: tuple[int, str, str]) -> None:
    event = "UID:1\nDTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260304\nSUMMARY:ann"
    assert shifts(event, head=head) == [expected]


def test_local_times_that_do_not_exist_begin_after_the_gap() -> None:
    assert shifts(
        "UID:1\nDTSTART;TZID=America/Chicago:20260308T023000\nDTEND;TZID=America/Chicago:20260308T040000\nSUMMARY:ann"
    ) == [(1, "03-08 08:00", "03-08 09:00")]


def test_two_events_may_share_an_id_but_of_versions_the_last_holds() -> None:
    ann = "UID:1\nDTSTART:20260302T080000Z\nDTEND:20260302T120000Z\nSUMMARY:ann"
    bo = "UID:1\nDTSTART:20260303T080000Z\nDTEND:20260303T120000Z\nSUMMARY:bo"
    assert shifts(ann, bo) == [(1, "03-02 08:00", "03-02 12:00"), (2, "03-03 08:00", "03-03 12:00")]
    assert shifts(f"{bo}\nSEQUENCE:1", ann) == [(2, "03-03 08:00", "03-03 12:00")]


def test_cancelled_events_are_left_out() -> None:
    assert (
        shifts("UID:1\nDTSTART:20260302T080000Z\nDTEND:20260302T120000Z\nSUMMARY:ann\nSTATUS:CANCELLED") == []
    )


def test_of_overlapping_events_the_one_that_began_later_holds() -> None:
    assert shifts(
        "UID:1\nDTSTART:20260302T080000Z\nDTEND:20260302T180000Z\nSUMMARY:ann",
        "UID:2\nDTSTART:20260302T100000Z\nDTEND:20260302T120000Z\nSUMMARY:bo",
        "UID:3\nDTSTART:20260302T180000Z\nDTEND:20260302T200000Z\nSUMMARY:ann",
    ) == [
        (1, "03-02 08:00", "03-02 10:00"),
        (2, "03-02 10:00", "03-02 12:00"),
        (1, "03-02 12:00", "03-02 20:00"),
    ]


def test_shifts_are_whole_and_those_outside_the_window_left_out() -> None:
    assert shifts(
        "UID:1\nDTSTART:20250101T080000Z\nDTEND:20250102T180000Z\nSUMMARY:ann",
        "UID:2\nDTSTART:20260201T080000Z\nDTEND:20260302T180000Z\nSUMMARY:bo",
        "UID:3\nDTSTART:20280302T080000Z\nDTEND:20280302T180000Z\nSUMMARY:ann",
    ) == [(2, "02-01 08:00", "03-02 18:00")]


@pytest.mark.parametrize(
    "raw, why",
    [
        (b"", "no iCalendar file"),
        (b"hello", "no iCalendar file"),
        (
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:yesterday\r\nEND:VEVENT\r\nEND:VCALENDAR",
            "no iCalendar",
        ),
        (b"\xff\xfe" * 100, "no iCalendar file"),
        (b"x" * (MOST_BYTES + 1), "bytes"),
        (
            calendar("UID:1\nDTSTART:20260302T080000Z\nRRULE:FREQ=SECONDLY\nSUMMARY:ann"),
            "more often than daily",
        ),
        (
            calendar(
                *(
                    f"UID:{n}\nDTSTART:20260302T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nSUMMARY:ann"
                    for n in range(8)
                )
            ),
            "more than 2000 shifts",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(raw: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        said(raw)
