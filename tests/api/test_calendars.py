"""Calendars both ways: feeds under secret addresses, and calendars that schedules are read from."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from icalendar import Calendar
from starlette.applications import Starlette

from tests.api.fakes import BASE, Api
from tests.api.test_on_call import told
from tests.api.test_schedules import BY_HAND, WEEKLY, create
from tocsin.engine import calendars, duties
from tocsin.kit.clock import ManualClock
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, NetworkFailure, Request
from tocsin.store import documents
from tocsin.store.kinds import SCHEDULES
from tocsin.web.app import web_routes

ICS = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:x\r
BEGIN:VEVENT\r
UID:1\r
DTSTAMP:20260101T000000Z\r
DTSTART:20260302T080000Z\r
DTEND:20260303T080000Z\r
SUMMARY:Chi@example.org\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2\r
DTSTAMP:20260101T000000Z\r
DTSTART:20260303T080000Z\r
DTEND:20260304T080000Z\r
SUMMARY:Somebody else\r
END:VEVENT\r
END:VCALENDAR\r
"""


def fetch(api: Api, url: str) -> httpx2.Response:
    """As a calendar program does: without signing in."""

    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(Starlette(routes=web_routes(api.deployment)))
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.get(url)

    return asyncio.run(ask())


def events(api: Api, url: str) -> list[Any]:
    answer = fetch(api, url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def brief(found: list[Any]) -> list[tuple[str, str, int, str]]:
    return [(str(e["SUMMARY"]), f"{e['DTSTART'].dt:%m-%d}", e["SEQUENCE"], str(e["STATUS"])) for e in found]


def test_a_feed_follows_the_schedule_with_stable_ids(api: Api, clock: ManualClock) -> None:
    create(api)
    made = api.call("POST", "/api/schedules/1/calendar-feeds").json()
    duties.step(api.cast.db)
    before = events(api, made["url"])
    assert brief(before)[:2] == [("Bo Ruiz", "03-02", 0, "CONFIRMED"), ("Chi Wu", "03-09", 0, "CONFIRMED")]
    clock.advance(timedelta(days=1))
    layer = {**WEEKLY["scheduleLayers"][0], "users": [{"id": 2}, {"id": 1}]}
    api.call("PUT", "/api/schedules/1", json={**WEEKLY, "scheduleLayers": [layer]})
    duties.step(api.cast.db)
    after = events(api, made["url"])
    assert brief(after)[:4] == [
        ("Bo Ruiz", "03-02", 0, "CONFIRMED"),
        ("Ann Lee", "03-09", 0, "CONFIRMED"),
        ("Chi Wu", "03-09", 1, "CANCELLED"),
        ("Bo Ruiz", "03-16", 0, "CONFIRMED"),
    ], "what goes stays, cancelled"
    known = {str(e["UID"]) for e in before}
    assert known <= {str(e["UID"]) for e in after}


def test_a_feed_of_all_my_shifts_and_its_end(api: Api) -> None:
    create(api)
    create(api, BY_HAND)
    made = api.call("POST", "/api/users/current/calendar-feeds", api.cast.bo).json()
    while duties.step(api.cast.db):
        pass
    found = brief(events(api, made["url"]))
    assert ("On call: Rollout", "03-02", 0, "CONFIRMED") in found
    assert {summary for summary, *_ in found} == {"On call: Rollout", "On call: Night / EU"}
    assert api.get("/api/users/2/calendar-feeds") == [{"id": 1, "createdAt": "2026-03-02T09:00:00Z"}]
    assert api.call("DELETE", "/api/users/2/calendar-feeds/1", api.cast.chi).status_code == 403
    assert api.call("DELETE", "/api/users/2/calendar-feeds/1", api.cast.bo).status_code == 204
    assert fetch(api, made["url"]).status_code == 404
    assert fetch(api, "/ical/guessed.ics").status_code == 404
    assert api.call("DELETE", "/api/users/2/calendar-feeds/1").status_code == 404


def test_what_a_deleted_schedule_had_to_come_is_cancelled_in_calendars(api: Api, clock: ManualClock) -> None:
    create(api)
    made = api.call("POST", "/api/users/current/calendar-feeds", api.cast.bo).json()
    duties.step(api.cast.db)
    clock.advance(timedelta(days=1))
    assert api.call("DELETE", "/api/schedules/1").status_code == 204
    running, *to_come = events(api, made["url"])
    assert (running["DTEND"].dt, running["SEQUENCE"], str(running["STATUS"])) == (clock.now(), 1, "CONFIRMED")
    assert {(event["SEQUENCE"], str(event["STATUS"])) for event in to_come} == {(1, "CANCELLED")}


def test_a_file_gives_a_static_schedule_its_shifts(api: Api) -> None:
    create(api, BY_HAND)
    path = "/api/schedules/1/calendar/content"
    came = api.call("PUT", path, json={"content": ICS.decode()})
    assert came.json() == {"shifts": 1, "unknown": ["Somebody else"]}
    assert api.get("/api/schedules/1/user-on-call")["user"]["id"] == 3
    assert api.call("PUT", path, json={"content": "nonsense"}).status_code == 400
    create(api)
    refused = api.call("PUT", "/api/schedules/2/calendar/content", json={"content": ICS.decode()})
    assert refused.json()["details"][0]["field"] == "type"


class Web:
    """A calendar's server."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def __call__(self, request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        assert request.method == "GET"
        self.asked.append(request.url)
        return self.answer


def test_a_calendar_is_read_every_hour(api: Api, clock: ManualClock) -> None:
    create(api, BY_HAND)
    web = Web(HttpAnswer(status=200, body=ICS))
    reader = calendars.CalendarReader(db=api.cast.db, vault=api.deployment.vault, perform=web)
    path = "/api/schedules/1/calendar"
    assert api.call("GET", path).status_code == 404
    set_ = api.call("PUT", path, json={"url": "webcal://cal.example.org/secret/team.ics"})
    assert set_.json()["url"] == "https://cal.example.org/…", "the address may be a secret itself"
    assert asyncio.run(reader.step()) == 1
    assert web.asked == ["https://cal.example.org/secret/team.ics"]
    assert api.get(path) == {
        "url": "https://cal.example.org/…",
        "refreshedAt": "2026-03-02T09:00:00Z",
        "unknown": ["Somebody else"],
    }
    assert api.get("/api/schedules/1/user-on-call")["user"]["id"] == 3
    assert asyncio.run(reader.step()) == 0
    clock.advance(timedelta(hours=1))
    web.answer = NetworkFailure(reason="no route", sent="NO")
    assert asyncio.run(reader.step()) == 1
    assert api.get(path)["problem"] == "no route"
    assert api.get("/api/schedules/1/user-on-call")["user"]["id"] == 3, "the shifts stay"
    assert api.call("DELETE", path).status_code == 204
    clock.advance(timedelta(hours=1))
    assert asyncio.run(reader.step()) == 0


def test_administrators_are_told_when_a_calendar_cannot_be_read_for_a_day(
    api: Api, clock: ManualClock
) -> None:
    create(api, BY_HAND)
    api.call("PUT", "/api/schedules/1/calendar", json={"url": "https://cal.example.org/team.ics"})
    web = Web(HttpAnswer(status=403))
    reader = calendars.CalendarReader(db=api.cast.db, vault=api.deployment.vault, perform=web)
    said = "The calendar of the schedule Rollout cannot be read"
    asyncio.run(reader.step())
    assert told(api, api.cast.ann) == [said], "it never could"
    assert told(api, api.cast.bo) == []
    clock.advance(timedelta(hours=1))
    web.answer = HttpAnswer(status=200, body=ICS)
    asyncio.run(reader.step())
    web.answer = HttpAnswer(status=200, body=b"<html>")
    for _ in range(27):
        clock.advance(timedelta(hours=1))
        assert asyncio.run(reader.step()) == 1
    assert told(api, api.cast.ann) == [said, said], "once more, after a day of silence"


def test_reading_the_same_again_changes_nothing(api: Api, clock: ManualClock) -> None:
    create(api, BY_HAND)
    api.call("PUT", "/api/schedules/1/calendar", json={"url": "https://cal.example.org/team.ics"})
    web = Web(HttpAnswer(status=200, body=ICS))
    reader = calendars.CalendarReader(db=api.cast.db, vault=api.deployment.vault, perform=web)
    versions = []
    for _ in range(3):
        asyncio.run(reader.step())
        with api.cast.db.read() as tx:
            versions.append(documents.get(tx, SCHEDULES, 1).version)
        clock.advance(timedelta(hours=1))
    assert versions == [2, 2, 2]


@pytest.mark.parametrize(
    "url", ["ftp://example.org/x", "https://", "cal", "https://[x/", "file:///etc/passwd"]
)
def test_what_is_no_address_of_a_calendar_is_refused(api: Api, url: str) -> None:
    create(api, BY_HAND)
    assert api.call("PUT", "/api/schedules/1/calendar", json={"url": url}).status_code == 400
