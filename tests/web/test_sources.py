"""Alert sources: the wizard, how a tool reaches one, what it sent, and switching it off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import URL, SignIn
from tests.web.test_access import newcomer
from tocsin.core.events import AlertSource
from tocsin.core.source_settings import SourceRules
from tocsin.kit.value import replace
from tocsin.plugins import integrations
from tocsin.store import brokers, documents, events, sources
from tocsin.store.database import Database
from tocsin.store.kinds import SOURCES
from tocsin.web.source_form import BEAT_UNITS, kinds


def form(cast: Cast, **said: Any) -> dict[str, Any]:
    """What the wizard sends."""
    return {"type": "API", "name": "Mine", "policy": str(cast.policy.id), "priority": "HIGH"} | said


def source(db: Database, number: int) -> AlertSource:
    with db.read() as tx:
        return documents.get(tx, SOURCES, number)


def test_the_wizard_offers_every_registered_tool(cast: Cast, ann: TestClient) -> None:
    text = ann.get("/sources/new").text
    for kind in {*integrations(), "HEARTBEAT"}:
        assert f'href="/sources/new/{kind.lower()}"' in text
    for kind in ("API", "HEARTBEAT", "PINGDOM"):
        assert f'value="{kind}"' in ann.get(f"/sources/new/{kind.lower()}").text
    assert ann.get("/sources/new/pigeon").status_code == 404
    assert len({kind.type for kind in kinds()}) == len(kinds())


def test_a_source_is_made_and_shows_its_key_once_and_for_all(
    db: Database, cast: Cast, ann: TestClient
) -> None:
    answer = ann.post("/sources/new", data=form(cast, type="PROMETHEUS", resolve_after="30", priority="LOW"))
    assert answer.status_code == 303
    text = ann.get(answer.headers["location"]).text
    made = source(db, int(answer.headers["location"].split("/")[2].split("?")[0]))
    assert f"{URL}/api/v1/events/prometheus/{made.integration_key}" in text
    assert "send_resolved: true" in text
    assert made.auto_resolution_timeout == timedelta(minutes=30)
    assert made.incident_priority_rule == "LOW"


def test_a_source_tells_what_its_tool_can_say(cast: Cast, ann: TestClient) -> None:
    answer = ann.post("/sources/new", data=form(cast, type="NAGIOS"))
    text = ann.get(answer.headers["location"]).text
    nagios = integrations()["NAGIOS"]
    assert all(said in text for said in ("An incident opens", nagios.opens, nagios.accepts, nagios.resolves))
    assert "An incident opens" not in ann.get(f"/sources/{cast.source.id}").text


def test_the_commands_to_copy_hold_the_key(cast: Cast, ann: TestClient) -> None:
    text = ann.get(f"/sources/{cast.source.id}").text
    assert f"curl {URL}/api/v1/events" in text
    assert text.count(cast.source.integration_key) == 4  # the key, the address, two commands


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"policy": ""},
        {"policy": "999"},
        {"resolve_after": "soon"},
        {"resolve_after": "0"},
        {"window": "-5"},
        {"alike": "nan"},
        {"alike": "101"},
        {"type": "EMAIL", "address": "x", "creation": "OPEN_RESOLVE_ON_EXTRACTION"},
        {"type": "HEARTBEAT", "interval": "x"},
        {"type": "HEARTBEAT", "interval": "99", "unit": "days"},
    ],
)
def test_what_is_wrong_is_said_at_its_field(wrong: dict[str, str], cast: Cast, ann: TestClient) -> None:
    answer = ann.post("/sources/new", data=form(cast) | wrong)
    assert answer.status_code == 422
    assert answer.text.count('class="problem"') == 1
    assert ann.post("/sources/new", data=form(cast, type="PIGEON")).status_code == 422


def test_a_change_keeps_what_the_form_does_not_show(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.source.id
    ann.post(f"/sources/{number}/active", data={})
    assert ann.post(f"/sources/{number}/edit", data=form(cast, name="Renamed")).status_code == 303
    changed = source(db, number)
    assert (changed.name, changed.active, changed.integration_key) == (
        "Renamed",
        False,
        cast.source.integration_key,
    )
    assert "its events are dropped" in ann.get(f"/sources/{number}").text
    ann.post(f"/sources/{number}/active", data={"active": "on"})
    assert source(db, number).active


def test_how_events_are_put_together_is_kept_and_shown(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.source.id
    said = form(cast, creation="INTELLIGENT_GROUPING", window="30", alike="62.5")
    assert ann.post(f"/sources/{number}/edit", data=said).status_code == 303
    kept = source(db, number)
    assert (kept.incident_creation, kept.grouping_window, kept.score_threshold) == (
        "INTELLIGENT_GROUPING",
        timedelta(minutes=30),
        0.625,
    )
    shown = ann.get(f"/sources/{number}/edit").text
    assert all(text in shown for text in ('value="30"', 'value="62.5"'))


def test_a_heartbeat_is_shown_in_the_unit_that_fits(db: Database, cast: Cast, ann: TestClient) -> None:
    said = form(cast, type="HEARTBEAT", interval="2", unit="days")
    answer = ann.post("/sources/new", data=said)
    number = int(answer.headers["location"].split("/")[2].split("?")[0])
    beat = source(db, number).heartbeat
    assert beat
    assert beat.interval_sec == 2 * BEAT_UNITS["days"]
    text = ann.get(f"/sources/{number}/edit").text
    assert '<option value="days" selected>' in text
    assert "none yet" in ann.get(f"/sources/{number}").text


def test_every_event_is_shown_with_what_became_of_it(cast: Cast, ann: TestClient) -> None:
    cast.alert("<b>Disk full</b>", key="disk")
    cast.event('{"eventType":"RESOLVE","incidentKey":"nothing"}')
    cast.event("not JSON at all")
    text = ann.get(f"/sources/{cast.source.id}/events").text
    for word in ("opened", "dropped", "not readable", "not JSON at all", 'href="/incidents/1"'):
        assert word in text
    assert "<b>Disk" not in text
    assert ann.get(f"/sources/{cast.source.id}/events?page=2").text.count('class="told event"') == 0
    for strange in ("0", "-1", "x", "9" * 30):
        assert ann.get(f"/sources/{cast.source.id}/events?page={strange}").status_code == 200


def test_a_source_with_open_incidents_says_so_before_it_is_deleted(cast: Cast, ann: TestClient) -> None:
    number = cast.source.id
    assert f'action="/sources/{number}/delete"' in ann.get(f"/sources/{number}").text
    cast.alert()
    text = ann.get(f"/sources/{number}").text
    assert "It has an open incident: resolve it first." in text
    assert f'action="/sources/{number}/delete"' not in text
    assert ann.post(f"/sources/{number}/delete").status_code == 409
    ann.post("/incidents/1/resolve")
    assert ann.post(f"/sources/{number}/delete").headers["location"] == "/sources?said=deleted"


def test_the_list_tells_the_states_apart_and_hides_keys(db: Database, cast: Cast, signed_in: SignIn) -> None:
    cast.alert()
    client = signed_in(newcomer(db, "RESPONDER"))
    text = client.get("/sources").text
    assert "1 open" in text
    assert f'href="/sources/{cast.source.id}"' not in text
    assert cast.source.integration_key not in text
    assert "Nothing fits" in client.get("/sources?q=nowhere").text
    assert "monitoring" in client.get("/sources?q=default").text


def test_a_broker_is_entered_shown_and_kept(db: Database, cast: Cast, ann: TestClient) -> None:
    assert "settings.servers" not in ann.get("/sources/new/api").text
    said = form(cast, type="MQTT") | {
        "settings.servers": "mqtt.example.com:8883",
        "settings.topics": "plant/+/state\nalerts/#",
        "settings.username": "tocsin",
        "settings.password": "secret",
        "settings.tls": "on",
    }
    refused = ann.post("/sources/new", data=said | {"settings.servers": "mqtt.example.com"})
    assert refused.status_code == 422
    assert "write host:port" in refused.text
    assert "plant/+/state" in refused.text
    assert "secret" not in refused.text
    number = int(ann.post("/sources/new", data=said).headers["location"].split("/")[2].split("?")[0])
    with db.write() as tx:
        brokers.claim(tx, number, "here")
        brokers.note(tx, number, "here", "AWAY", "Not authorized")
    shown = ann.get(f"/sources/{number}").text
    assert all(text in shown for text in ("mqtt.example.com:8883", "Not connected", "Not authorized"))
    editing = ann.get(f"/sources/{number}/edit").text
    assert "Stored. Leave it empty to keep it." in editing
    before = source(db, number).broker
    assert before is not None
    assert (before.topics, before.tls) == (("plant/+/state", "alerts/#"), True)
    ann.post(f"/sources/{number}/edit", data=said | {"settings.password": ""})
    assert source(db, number).broker == before


def test_the_log_is_searched_and_an_event_is_tried_again(db: Database, cast: Cast, ann: TestClient) -> None:
    cast.alert("Disk full", key="disk")
    cast.event("nonsense")
    base = f"/sources/{cast.source.id}/events"

    def listed(query: str) -> int:
        return ann.get(f"{base}?{query}").text.count('class="told event"')

    assert [listed(q) for q in ("", "q=DISK", "effect=REJECT", "q=disk&effect=REJECT", "effect=x")] == [
        2,
        1,
        1,
        0,
        2,
    ]
    assert "Nothing found" in ann.get(f"{base}?q=nothing").text
    with db.read() as tx:
        rejected, opened = events.listing(tx, cast.source.id, 0, 2)
    with db.write() as tx:
        rules = SourceRules(event_filter="event.summary contains memory")
        sources.change(tx, replace(cast.source, rules=rules))
    text = ann.get(f"{base}/{opened.id}").text
    assert all(said in text for said in ("What it would do now", "dropped", "the event filter"))
    assert "not readable" in ann.get(f"{base}/{rejected.id}").text
    with db.read() as tx:
        assert len(events.listing(tx, cast.source.id, 0, 9)) == 2
    assert ann.get(f"{base}/999999").status_code == 404
