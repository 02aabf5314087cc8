"""Shifts that change hands, absences, shares and calendars, as pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.engine.telephones import WHERE
from tests.web.conftest import SignIn, everything
from tests.web.test_access import newcomer
from tocsin.channels.email import channel as email
from tocsin.core.coverage import left_open
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Absence, Layer, Rota, Schedule
from tocsin.engine.deliveries import lease_step
from tocsin.kit.clock import ManualClock
from tocsin.store import calendars, documents, overrides, schedules, shift_requests
from tocsin.store.database import Database
from tocsin.store.kinds import SCHEDULES
from tocsin.web.held import Held, held, parts_in

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def schedule(db: Database, cast: Cast) -> Schedule:
    """Bo and Chi take turns by the day."""
    users = (UserRef(id=cast.bo.id), UserRef(id=cast.chi.id))
    layer = Layer(starts_on=START, users=users, rotation="P1D")
    with db.write() as tx:
        return schedules.create(tx, Schedule(name="Days", schedule_layers=(layer,)))


def shifts_of(db: Database, user_id: int) -> list[Held]:
    with db.read() as tx:
        return held(tx, user_id, tx.now + timedelta(days=10))


def test_what_a_form_names_is_read_or_left_out() -> None:
    part = parts_in(["3:1000000:2000000"])[0]
    assert (part.schedule_id, part.end - part.start) == (3, timedelta(seconds=1))
    assert (
        parts_in(["", "3", "3:x:1", "3:1", "3:1:2:3", "3:1:" + "9" * 18, "\N{ARABIC-INDIC DIGIT ONE}:1:2"])
        == ()
    )


def test_an_absence_leaves_open_only_what_nobody_else_covers() -> None:
    layers = tuple(
        Layer(
            starts_on=START, ends_on=START + timedelta(days=days), users=(UserRef(id=user),), rotation="P1D"
        )
        for user, days in ((1, 4), (2, 2))
    )
    away = Absence(id=9, user=UserRef(id=1), start=START + timedelta(days=1), end=START + timedelta(days=30))
    rota = Rota(schedule=Schedule(name="x", schedule_layers=layers), absences=(away,))
    holes = left_open(rota, away, START)
    assert [(hole.start, hole.end) for hole in holes] == [
        (START + timedelta(days=2), START + timedelta(days=4))
    ]
    assert left_open(rota, away, away.end) == ()


def test_a_swap_is_asked_for_and_taken(
    db: Database, cast: Cast, schedule: Schedule, signed_in: SignIn
) -> None:
    mine, theirs = shifts_of(db, cast.bo.id)[1], shifts_of(db, cast.chi.id)[2]
    bo = signed_in(cast.bo)
    assert mine.key in bo.get("/on-call/mine").text.replace("%3A", ":")
    before = everything(db)
    said = {"shift": mine.key, "colleague": str(cast.chi.id), "message": "My sister marries."}
    text = bo.post("/on-call/mine/requests/new", data={**said, "do": "refresh"}).text
    assert everything(db) == before
    assert theirs.key in text
    assert "My sister marries." in text
    answer = bo.post("/on-call/mine/requests/new", data={**said, "return": theirs.key, "do": "send"})
    assert answer.headers["location"] == "/on-call/mine/requests?said=sent"
    assert "Take it back" in bo.get("/on-call/mine/requests").text
    with db.read() as tx:
        number = shift_requests.of_user(tx, cast.bo.id)[0].id
    assert bo.post(f"/on-call/mine/requests/{number}/accept").status_code == 409
    chi = signed_in(cast.chi)
    links = [message.incident_url or "" for _, message in lease_step(db, email, WHERE, 10)]
    assert [link.removeprefix(WHERE.public_url) for link in links] == ["/on-call/mine/requests"]
    assert "Take the shifts" in chi.get("/on-call/mine/requests").text
    assert "Take the shifts" in chi.get("/on-call/mine").text
    assert chi.post(f"/on-call/mine/requests/{number}/accept").status_code == 303
    assert "accepted" in chi.get("/on-call/mine/requests").text
    with db.read() as tx:
        entered = overrides.of_schedules(tx, (schedule.id,), tx.now)[schedule.id]
    assert [(o.user.id, o.start) for o in entered] == [
        (cast.chi.id, mine.shift.start),
        (cast.bo.id, theirs.shift.start),
    ]
    assert signed_in(cast.ann).post(f"/on-call/mine/requests/{number}/cancel").status_code == 404


def test_a_stretch_of_the_timeline_chooses_the_part_of_ones_shift(
    db: Database, cast: Cast, schedule: Schedule, signed_in: SignIn
) -> None:
    shift = shifts_of(db, cast.bo.id)[1].shift
    bo = signed_in(cast.bo)
    start = shift.start + timedelta(hours=2)
    where = {"schedule": str(schedule.id), "zone": "UTC", "start": f"{start:%Y-%m-%dT%H:%M}"}
    text = bo.get("/on-call/mine/requests/new", params={**where, "end": f"{shift.end:%Y-%m-%dT%H:%M}"}).text
    assert text.count(" checked") == 1
    assert f'value="{where["start"]}"' in text
    said = {
        "shift": re.findall(r'value="([\d:]+)" checked', text),
        "colleague": str(cast.chi.id),
        "from": where["start"],
        "do": "send",
    }
    assert bo.post("/on-call/mine/requests/new", data=said).status_code == 303
    with db.read() as tx:
        asked = shift_requests.of_user(tx, cast.bo.id)[0]
    assert [(part.start, part.end) for part in asked.shifts] == [(start, shift.end)]


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"colleague": ""}, "choose whom to ask"),
        ({"colleague": "99"}, "there is no such user"),
        ({"shift": "x"}, "name at least one shift"),
        ({"shift": "99:1:2"}, "there is no such schedule"),
        ({"from": "soon"}, "write a date and a time"),
    ],
)
def test_a_wrong_request_is_refused(
    wrong: dict[str, str], said: str, db: Database, cast: Cast, schedule: Schedule, signed_in: SignIn
) -> None:
    bo = signed_in(cast.bo)
    form = {"shift": shifts_of(db, cast.bo.id)[1].key, "colleague": str(cast.chi.id), "do": "send"}
    answer = bo.post("/on-call/mine/requests/new", data=form | wrong)
    assert answer.status_code == 422
    assert said in answer.text


def test_all_shifts_of_somebody_are_handed_over(
    db: Database, cast: Cast, schedule: Schedule, signed_in: SignIn
) -> None:
    responder = newcomer(db, "RESPONDER")
    client = signed_in(responder)
    affected = shifts_of(db, cast.bo.id)[:2]
    form = {
        "whose": str(cast.bo.id),
        "user": str(cast.chi.id),
        "start": f"{affected[1].shift.start:%Y-%m-%dT%H:%M}",
        "end": f"{affected[1].shift.end:%Y-%m-%dT%H:%M}",
    }
    before = everything(db)
    assert "Days" in client.post("/on-call/mine/override/preview", data=form).text
    assert client.post("/on-call/mine/override", data=form).status_code == 403, "a responder only takes over"
    assert client.post("/on-call/mine/override", data=form | {"end": form["start"]}).status_code == 422
    assert client.post("/on-call/mine/override", data=form | {"whose": ""}).status_code == 422
    assert everything(db) == before
    assert client.post("/on-call/mine/override", data=form | {"user": str(responder.id)}).status_code == 303
    with db.read() as tx:
        entered = overrides.of_schedules(tx, (schedule.id,), tx.now)[schedule.id]
    assert [(o.user.id, o.start, o.end) for o in entered] == [
        (responder.id, affected[1].shift.start, affected[1].shift.end)
    ]


def test_one_takes_over_until_then(
    db: Database, cast: Cast, schedule: Schedule, ann: TestClient, clock: ManualClock
) -> None:
    until = clock.now().replace(second=0, microsecond=0) + timedelta(hours=5)
    path = f"/schedules/{schedule.id}/take"
    assert ann.post(path, data={"until": f"{until:%Y-%m-%dT%H:%M}"}).status_code == 303
    with db.read() as tx:
        entered = overrides.of_schedules(tx, (schedule.id,), tx.now)[schedule.id]
    assert [(one.user.id, one.end) for one in entered] == [(cast.ann.id, until)]
    for wrong in ("", "soon", "2020-01-01T00:00"):
        assert ann.post(path, data={"until": wrong}).status_code == 422


def test_an_absence_shows_its_hole_and_ends(
    db: Database, cast: Cast, schedule: Schedule, signed_in: SignIn, clock: ManualClock
) -> None:
    ann = signed_in(cast.ann)
    start = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    form = {"user": str(cast.bo.id), "start": start, "end": "2027-01-01T00:00", "reason": "Lisbon"}
    assert ann.post("/schedules/absences", data=form).status_code == 303
    text = ann.get("/schedules/absences").text
    assert "Lisbon" in text
    assert 'class="gap-word"' in text, "Chi has the other days only"
    chi = signed_in(cast.chi)
    assert chi.post("/schedules/absences", data=form).status_code == 403
    assert chi.post("/schedules/absences", data=form | {"user": ""}).status_code == 422
    number = re.search(r'name="absence" value="(\d+)"', signed_in(cast.ann).get("/schedules/absences").text)
    assert number
    ended = {"user": str(cast.bo.id), "absence": number[1]}
    assert signed_in(cast.chi).post("/schedules/absences/end", data=ended).status_code == 403
    assert signed_in(cast.bo).post("/schedules/absences/end", data=ended).status_code == 303
    assert "Nobody is away" in signed_in(cast.bo).get("/schedules/absences").text


def test_the_shares_of_a_time_are_shown(cast: Cast, schedule: Schedule, ann: TestClient) -> None:
    text = ann.get(
        "/schedules/load", params={"schedule": str(schedule.id), "days": "30", "country": "de"}
    ).text
    assert "Bo Ruiz" in text
    assert "50 %" in text
    assert "Holidays" in text
    assert "Nobody is on call in that time" in ann.get("/schedules/load?schedule=99").text
    assert ann.get("/schedules/load?country=Mars").status_code == 422


def test_a_calendar_link_is_shown_once_and_given_up(
    db: Database, cast: Cast, schedule: Schedule, signed_in: SignIn
) -> None:
    bo = signed_in(cast.bo)
    text = bo.post("/on-call/mine/calendars", data={"schedule": str(schedule.id)}).text
    found = re.search(r"/ical/[\w-]+\.ics", text)
    assert found
    assert bo.get(found[0]).status_code == 200
    page = bo.get("/on-call/mine/calendars").text
    assert found[0] not in page
    assert "Days" in page
    feed = re.search(r'name="feed" value="(\d+)"', page)
    assert feed
    assert (
        signed_in(cast.chi).post("/on-call/mine/calendars/revoke", data={"feed": feed[1]}).status_code == 404
    )
    assert (
        signed_in(cast.bo).post("/on-call/mine/calendars/revoke", data={"feed": feed[1]}).status_code == 303
    )
    assert bo.get(found[0]).status_code == 404
    assert bo.post("/on-call/mine/calendars", data={"schedule": "99"}).status_code == 404


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//x//EN
{}END:VCALENDAR
"""
EVENT = """BEGIN:VEVENT
UID:{uid}
DTSTART:{day}T080000Z
DTEND:{day}T180000Z
SUMMARY:{who}
END:VEVENT
"""


def test_a_calendar_becomes_the_shifts_of_a_static_schedule(
    db: Database, cast: Cast, schedule: Schedule, ann: TestClient, clock: ManualClock
) -> None:
    with db.write() as tx:
        plan = schedules.create(tx, Schedule(name="By hand", type="STATIC"))
    path = f"/schedules/{plan.id}/calendar"
    day = f"{clock.now() + timedelta(days=2):%Y%m%d}"
    events = EVENT.format(uid=1, day=day, who="bo@example.org")
    events += EVENT.format(uid=2, day=f"{clock.now() + timedelta(days=3):%Y%m%d}", who="Zoe")
    file = {"calendar": ("duty.ics", ICS.format(events).replace("\n", "\r\n").encode(), "text/calendar")}
    text = ann.post(path, data={"do": "file"}, files=file).text
    assert "1 shift was taken over." in text
    assert "Zoe" in text
    with db.read() as tx:
        assert [s.user.id for s in documents.get(tx, SCHEDULES, plan.id).shifts] == [cast.bo.id]
    nonsense = {"calendar": ("x.ics", b"\xff\x00", "text/calendar")}
    assert ann.post(path, data={"do": "file"}, files=nonsense).status_code == 422
    assert ann.post(path, data={"do": "url", "url": "ftp://x"}).status_code == 422
    url = {"do": "url", "url": "webcal://calendar.example.org/secret.ics"}
    assert ann.post(path, data=url).status_code == 303
    text = ann.get(path).text
    assert "https://calendar.example.org/…" in text
    assert "secret.ics" not in text
    assert "read from a calendar" in ann.get(f"/schedules/{plan.id}").text
    assert ann.post(path, data={"do": "stop"}).status_code == 303
    with db.read() as tx:
        assert calendars.of_schedule(tx, plan.id) is None
    assert ann.get(f"/schedules/{schedule.id}/calendar").status_code == 422
