"""Schedules as pages: the timeline, standing in, the editor with its preview, one's own shifts."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn, everything
from tests.web.test_access import newcomer
from tocsin.core.people import User
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Layer, Override, Rota, Schedule
from tocsin.kit.clock import ManualClock
from tocsin.store import absences, documents, overrides, schedules
from tocsin.store.database import Database
from tocsin.store.kinds import SCHEDULES
from tocsin.web.schedule_form import Draft, turn_of
from tocsin.web.timeline_grid import COLUMNS, Window, grid

BERLIN = "Europe/Berlin"


def layer(*users: int, rotation: str = "P7D") -> Layer:
    return Layer(
        starts_on=datetime(2026, 1, 5, 8, tzinfo=UTC),
        users=tuple(UserRef(id=number) for number in users),
        rotation=rotation,
    )


def form(cast: Cast, **more: Any) -> dict[str, Any]:
    """What the editor sends: Bo and Chi by the week."""
    return {
        "kind": "RECURRING",
        "name": "Nights",
        "timezone": BERLIN,
        "layers": "1",
        "layers.0.user": [str(cast.bo.id), str(cast.chi.id)],
        "layers.0.count": "1",
        "layers.0.unit": "weeks",
        "layers.0.starts": "2026-01-05T09:00",
        "do": "save",
    } | more


@pytest.fixture
def schedule(db: Database, cast: Cast) -> Schedule:
    """Bo and Chi take turns by the week."""
    with db.write() as tx:
        wanted = Schedule(name="Weeks", timezone=BERLIN, schedule_layers=(layer(cast.bo.id, cast.chi.id),))
        return schedules.create(tx, wanted)


@given(
    days=st.integers(1, 60),
    first=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    zone=st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_every_span_lies_inside_the_grid_and_the_final_line_has_no_hole(
    days: int, first: date, zone: str
) -> None:
    users = {1: User(id=1, first_name="A"), 2: User(id=2, first_name="B")}
    plan = Schedule(name="x", timezone=BERLIN, schedule_layers=(layer(1, 2, rotation="P1D"),))
    found = grid(
        Rota(schedule=plan),
        users,
        Window(first=first, days=days, zone=zone),
        datetime(2026, 6, 1, tzinfo=UTC),
    )
    spans = found.rows[0].spans
    assert (spans[0].first, spans[-1].last) == (0, COLUMNS)
    assert all(0 <= span.first < span.last <= COLUMNS for span in spans)
    assert all(before.last == after.first for before, after in itertools.pairwise(spans))
    assert found.days[0].first == 0
    assert (
        sum(day.hours for day in found.days) * 3600 == (found.window.end - found.window.start).total_seconds()
    )


def test_a_day_on_which_the_clock_is_changed_is_marked() -> None:
    window = Window(first=date(2026, 3, 23), days=14, zone=BERLIN)
    plan = Schedule(name="x", timezone=BERLIN, schedule_layers=(layer(1),))
    hours = [day.hours for day in grid(Rota(schedule=plan), {}, window, window.start).days]
    assert hours == [24] * 6 + [23] + [24] * 7


def test_gaps_overrides_and_layers_have_their_lines() -> None:
    upper = Layer(
        starts_on=datetime(2026, 1, 5, tzinfo=UTC),
        ends_on=datetime(2026, 1, 7, tzinfo=UTC),
        users=(UserRef(id=2),),
    )
    lower = Layer(
        starts_on=datetime(2026, 1, 5, tzinfo=UTC),
        ends_on=datetime(2026, 1, 9, tzinfo=UTC),
        users=(UserRef(id=1),),
    )
    plan = Schedule(name="x", schedule_layers=(lower, upper))
    replaced = Override(
        id=3,
        user=UserRef(id=1),
        start=datetime(2026, 1, 6, tzinfo=UTC),
        end=datetime(2026, 1, 6, 12, tzinfo=UTC),
    )
    window = Window(first=date(2026, 1, 5), days=7, zone="UTC")
    found = grid(Rota(schedule=plan, overrides=(replaced,)), {}, window, window.start)
    assert [row.kind for row in found.rows] == ["final", "overrides", "layer", "layer"]
    assert [span.kind for span in found.rows[0].spans] == ["shift", "override", "shift", "shift", "gap"]
    assert found.now == 0


def test_the_list_shows_now_and_next_and_says_gaps(
    db: Database, cast: Cast, ann: TestClient, schedule: Schedule
) -> None:
    text = ann.get("/schedules").text
    assert "Bo Ruiz" in text
    assert "Chi Wu" in text
    assert "gap in two weeks" not in text
    assert "No policy asks it." in text
    assert "Nothing fits" in ann.get("/schedules?q=other").text


def test_the_timeline_is_a_view_in_the_address(
    db: Database, cast: Cast, ann: TestClient, schedule: Schedule
) -> None:
    for query in ("", "?weeks=1", "?weeks=4&from=2026-12-07&zone=utc", "?weeks=x&from=never&zone=mars"):
        text = ann.get(f"/schedules/{schedule.id}{query}").text
        assert "Final schedule" in text, query
        assert "Somebody is on call in every minute of the next 60 days." in text
    assert text.count('class="day ') == 14
    assert f'href="/schedules/{schedule.id}/override?start=' in text


def test_standing_in_is_entered_shown_and_taken_back(
    db: Database, cast: Cast, ann: TestClient, schedule: Schedule, clock: ManualClock
) -> None:
    start = clock.now() + timedelta(hours=2)
    said = {
        "user": str(cast.ann.id),
        "zone": "UTC",
        "start": f"{start:%Y-%m-%dT%H:%M}",
        "end": f"{start + timedelta(hours=4):%Y-%m-%dT%H:%M}",
    }
    answer = ann.post(f"/schedules/{schedule.id}/override", data=said)
    assert answer.headers["location"] == f"/schedules/{schedule.id}?said=saved"
    with db.read() as tx:
        entered = overrides.of_schedules(tx, (schedule.id,), tx.now)[schedule.id][0]
    assert (entered.user.id, entered.end - entered.start) == (cast.ann.id, timedelta(hours=4))
    assert "Take back" in ann.get(f"/schedules/{schedule.id}").text
    ann.post(f"/schedules/{schedule.id}/take-back", data={"override": str(entered.id)})
    with db.read() as tx:
        assert overrides.of_schedules(tx, (schedule.id,), tx.now) == {}


@pytest.mark.parametrize(
    "wrong", [{"start": ""}, {"end": "never"}, {"user": ""}, {"user": "999"}, {"end": "2020-01-01T00:00"}]
)
def test_a_wrong_override_is_refused_at_its_field(
    wrong: dict[str, str], cast: Cast, ann: TestClient, schedule: Schedule, clock: ManualClock
) -> None:
    start = clock.now() + timedelta(hours=2)
    said = {
        "user": str(cast.bo.id),
        "start": f"{start:%Y-%m-%dT%H:%M}",
        "end": f"{start + timedelta(hours=4):%Y-%m-%dT%H:%M}",
    }
    answer = ann.post(f"/schedules/{schedule.id}/override", data=said | wrong)
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text


def test_responders_stand_in_themselves_and_enter_nobody_else(
    db: Database, cast: Cast, signed_in: SignIn, schedule: Schedule, clock: ManualClock
) -> None:
    dana = newcomer(db, "RESPONDER")
    client = signed_in(dana)
    start = clock.now() + timedelta(hours=2)
    times = {"start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{start + timedelta(hours=4):%Y-%m-%dT%H:%M}"}
    path = f"/schedules/{schedule.id}/override"
    assert client.post(path, data={"user": str(cast.bo.id), **times}).status_code == 403
    assert client.post(path, data={"user": str(dana.id), **times}).status_code == 303
    assert client.post(f"/schedules/{schedule.id}/take", data={"hours": "3"}).status_code == 303
    assert client.post(f"/schedules/{schedule.id}/take", data={"hours": "9999"}).status_code == 422
    text = client.get("/on-call/mine").text
    assert text.count('<li class="current">') == 1


def test_a_schedule_is_made_changed_and_deleted(db: Database, cast: Cast, ann: TestClient) -> None:
    assert 'value="UTC"' in ann.get("/schedules/new").text
    answer = ann.post("/schedules/new", data=form(cast))
    assert answer.status_code == 303
    number = int(answer.headers["location"].split("/")[2].split("?")[0])
    with db.read() as tx:
        made = documents.get(tx, SCHEDULES, number)
    assert made.schedule_layers[0].rotation == "P7D"
    assert made.schedule_layers[0].starts_on == datetime(2026, 1, 5, 8, tzinfo=UTC)
    windows = {
        "layers.0.when": "WEEK",
        "layers.0.windows": "1",
        "layers.0.windows.0.from_day": "MONDAY",
        "layers.0.windows.0.from_time": "09:00",
        "layers.0.windows.0.to_day": "FRIDAY",
        "layers.0.windows.0.to_time": "17:00",
    }
    assert (
        ann.post(f"/schedules/{number}/edit", data=form(cast, name="Weekdays") | windows).status_code == 303
    )
    text = ann.get(f"/schedules/{number}").text
    assert "Nobody is on call, in the next 60 days:" in text
    assert ann.post(f"/schedules/{number}/delete").headers["location"] == "/schedules?said=deleted"


def test_the_editor_shows_what_it_was_given(
    db: Database, cast: Cast, ann: TestClient, schedule: Schedule
) -> None:
    draft = Draft.of(schedule)
    assert draft.schedule(schedule) == schedule
    text = ann.get(f"/schedules/{schedule.id}/edit").text
    assert 'value="2026-01-05T09:00"' in text
    assert "Somebody is on call in every minute of the next 60 days." in text


def test_the_buttons_of_the_editor_change_the_form_only(db: Database, cast: Cast, ann: TestClient) -> None:
    before = everything(db)
    sent = form(cast)
    assert 'name="layers" value="2"' in ann.post("/schedules/new", data=sent | {"do": "add-layer"}).text
    earlier = ann.post("/schedules/new", data=sent | {"do": "earlier:0:1"}).text
    assert earlier.index(f'.user" value="{cast.chi.id}"') < earlier.index(f'.user" value="{cast.bo.id}"')
    twice = ann.post("/schedules/new", data=sent | {"layers.0.add": str(cast.bo.id), "do": "refresh"}).text
    assert twice.count(f'.user" value="{cast.bo.id}"') == 2
    for strange in ("up:0", "drop-user:0:9", "drop-layer:7", "x:y:z", ":::", "drop-shift:0"):
        assert ann.post("/schedules/new", data=sent | {"do": strange}).status_code == 200
    assert everything(db) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"timezone": "Mars/Olympus"},
        {"layers": "0"},
        {"layers.0.user": []},
        {"layers.0.starts": ""},
        {"layers.0.count": "0"},
        {"layers.0.ends": "2020-01-01T00:00"},
    ],
)
def test_a_wrong_schedule_is_refused_where_it_is_wrong(
    wrong: dict[str, Any], cast: Cast, ann: TestClient
) -> None:
    answer = ann.post("/schedules/new", data=form(cast) | wrong)
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text


def test_shifts_by_hand_follow_one_another(db: Database, cast: Cast, ann: TestClient) -> None:
    said = {
        "kind": "STATIC",
        "name": "Christmas",
        "timezone": BERLIN,
        "shifts": "1",
        "shifts.0.user": str(cast.bo.id),
        "shifts.0.start": "2026-12-24T09:00",
        "shifts.0.end": "2026-12-25T09:00",
    }
    more = ann.post("/schedules/new", data=said | {"do": "add-shift"}).text
    assert 'name="shifts.1.start" value="2026-12-25T09:00"' in more
    assert 'name="shifts.1.end" value="2026-12-26T09:00"' in more
    assert ann.post("/schedules/new", data=said | {"do": "save"}).status_code == 303
    assert ann.post("/schedules/new", data=said | {"do": "save", "shifts.0.user": ""}).status_code == 422


def test_whoever_is_away_is_told_of_shifts_that_fall_into_it(
    db: Database, cast: Cast, signed_in: SignIn, schedule: Schedule, clock: ManualClock
) -> None:
    client = signed_in(cast.bo)
    assert "Weeks" in client.get("/on-call/mine").text
    start = clock.now() + timedelta(days=1)
    said = {
        "start": f"{start:%Y-%m-%dT%H:%M}",
        "end": f"{start + timedelta(days=1):%Y-%m-%dT%H:%M}",
        "reason": "dentist",
    }
    assert client.post("/on-call/away", data=said).status_code == 303
    assert "dentist" in client.get("/on-call/mine").text
    assert client.post("/on-call/away", data={"start": "", "end": ""}).status_code == 422
    with db.read() as tx:
        number = absences.listing(tx, cast.bo.id, tx.now)[0].absence.id
    assert client.post("/on-call/back", data={"absence": str(number)}).status_code == 303
    with db.read() as tx:
        assert absences.listing(tx, cast.bo.id, tx.now) == []


def test_who_is_on_call_names_the_person_behind_a_schedule(
    db: Database, cast: Cast, ann: TestClient, schedule: Schedule
) -> None:
    sent = {
        "name": "By plan",
        "steps": "1",
        "steps.0.target": f"schedule:{schedule.id}",
        "steps.0.minutes": "5",
        "do": "save",
    }
    assert ann.post("/policies/new", data=sent).status_code == 303
    text = ann.get("/on-call").text
    assert f'href="/schedules/{schedule.id}"' in text
    assert "Weeks" in text
    assert ann.post(f"/schedules/{schedule.id}/delete").status_code == 409
    assert "on call by Weeks" in ann.get("/policies/2").text


@pytest.mark.parametrize(
    "rotation, shown",
    [
        ("P7D", (1, "weeks")),
        ("P2W", (2, "weeks")),
        ("P1D", (1, "days")),
        ("PT36H", (36, "hours")),
        ("P1Y", (12, "months")),
    ],
)
def test_a_turn_is_shown_in_its_largest_unit(rotation: str, shown: tuple[int, str]) -> None:
    assert turn_of(rotation) == shown
