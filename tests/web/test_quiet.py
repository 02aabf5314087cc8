"""Maintenance, support hours, and what a source is told about its events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast, parse
from tests.web.conftest import everything
from tocsin.core.maintenance import MaintenanceWindow
from tocsin.kit.clock import ManualClock
from tocsin.store import documents, intake
from tocsin.store.database import Database
from tocsin.store.intake import Payload
from tocsin.store.kinds import MAINTENANCE, SOURCES, SUPPORT_HOURS


def window(cast: Cast, clock: ManualClock, **more: Any) -> dict[str, Any]:
    """What the form sends: tomorrow, for an hour."""
    start = clock.now() + timedelta(days=1)
    return {
        "summary": "New disks",
        "source": [str(cast.source.id)],
        "start": f"{start:%Y-%m-%dT%H:%M}",
        "end": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "timezone": "UTC",
        "every": "",
    } | more


def windows(db: Database) -> list[MaintenanceWindow]:
    with db.read() as tx:
        return documents.listing(tx, MAINTENANCE)


def test_maintenance_is_planned_changed_and_deleted(
    db: Database, cast: Cast, ann: TestClient, clock: ManualClock
) -> None:
    assert "No maintenance planned" in ann.get("/maintenance").text
    assert ann.post("/maintenance/new", data=window(cast, clock)).status_code == 303
    made = windows(db)[0]
    assert (made.summary, made.source_ids, made.recurrence) == ("New disks", (cast.source.id,), None)
    weekly = window(cast, clock, every="days", day=["SATURDAY", "SUNDAY"])
    assert ann.post(f"/maintenance/{made.id}/edit", data=weekly).status_code == 303
    again = windows(db)[0].recurrence
    assert again
    assert again.days == ("SATURDAY", "SUNDAY")
    text = ann.get(f"/maintenance/{made.id}/edit").text
    assert '<option value="days" selected>' in text
    assert "again and again" in ann.get("/maintenance").text
    assert ann.post(f"/maintenance/{made.id}/delete").status_code == 303
    assert windows(db) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"summary": ""},
        {"source": []},
        {"start": "x"},
        {"timezone": "Mars"},
        {"every": "days", "day": []},
        {"end": "2020-01-01T00:00"},
        {"every": "P1D", "until": "2026-13-45T99:00"},
        {"source": "99"},
    ],
)
def test_a_wrong_window_is_refused(
    wrong: dict[str, Any], db: Database, cast: Cast, ann: TestClient, clock: ManualClock
) -> None:
    before = everything(db)
    answer = ann.post("/maintenance/new", data=window(cast, clock) | wrong)
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text
    assert everything(db) == before


def test_a_source_is_quiet_at_once_and_rings_again(
    db: Database, cast: Cast, ann: TestClient, clock: ManualClock
) -> None:
    said = {"source": str(cast.source.id), "minutes": "60"}
    assert (
        ann.post("/maintenance/now", data=said).headers["location"] == f"/sources/{cast.source.id}?said=saved"
    )
    clock.advance(timedelta(minutes=1))
    assert "In maintenance until" in ann.get(f"/sources/{cast.source.id}").text
    assert "Under way" in ann.get("/maintenance").text
    assert ann.post(f"/maintenance/{windows(db)[0].id}/end").status_code == 303
    clock.advance(timedelta(minutes=1))
    assert "In maintenance until" not in ann.get(f"/sources/{cast.source.id}").text
    assert ann.post("/maintenance/now", data={"source": "1", "minutes": "9999"}).status_code == 422


HOURS = {
    "name": "Office",
    "timezone": "Europe/Berlin",
    "MONDAY.on": "on",
    "MONDAY.start": "08:00",
    "MONDAY.end": "17:00",
    "exceptions": "2026-12-24 2026-12-26 off Christmas",
}


def test_support_hours_are_kept_and_used_by_a_source(db: Database, cast: Cast, ann: TestClient) -> None:
    assert ann.post("/support-hours/new", data=HOURS).status_code == 303
    with db.read() as tx:
        made = documents.listing(tx, SUPPORT_HOURS)[0]
    monday = made.support_days["MONDAY"]
    assert monday
    assert (monday.start, monday.end, made.exceptions[0].name) == ("08:00", "17:00", "Christmas")
    assert "2026-12-24 2026-12-26 off Christmas" in ann.get(f"/support-hours/{made.id}/edit").text
    said = {
        "name": "monitoring",
        "policy": str(cast.policy.id),
        "priority": "HIGH_DURING_SUPPORT_HOURS",
        "hours": str(made.id),
        "auto_raise": "on",
    }
    assert ann.post(f"/sources/{cast.source.id}/edit", data=said).status_code == 303
    with db.read() as tx:
        source = documents.get(tx, SOURCES, cast.source.id)
    assert (source.incident_priority_rule, source.support_hours_id) == ("HIGH_DURING_SUPPORT_HOURS", made.id)
    assert source.auto_raise
    assert 'name="auto_raise" value="on" checked' in ann.get(f"/sources/{source.id}/edit").text
    assert "High in support hours, else low" in ann.get("/sources").text
    assert ann.post(f"/support-hours/{made.id}/delete").status_code == 409


def test_public_holidays_become_exceptions(db: Database, ann: TestClient) -> None:
    ann.post("/support-hours/new", data=HOURS)
    said = {"country": "de", "subdivision": "BY", "years": "2026, 2027"}
    assert ann.post("/support-hours/1/holidays", data=said).status_code == 303
    text = ann.get("/support-hours/1/edit").text
    assert "2026-01-06 2026-01-06 off Epiphany" in text
    assert "2027-01-06 2027-01-06 off Epiphany" in text
    assert text.count("2026-12-25") == 0, "an exception already"
    with db.read() as tx:
        before = documents.get(tx, SUPPORT_HOURS, 1)
    for wrong in (
        {"country": "XX"},
        {"subdivision": "ZZ"},
        {"years": "soon"},
        {"years": "99999"},
        {"years": ""},
    ):
        refused = ann.post("/support-hours/1/holidays", data=said | wrong)
        assert (refused.status_code, refused.text.count('class="problem"')) == (422, 1)
        assert 'value="08:00"' in refused.text, "the hours are shown as they are"
    with db.read() as tx:
        assert documents.get(tx, SUPPORT_HOURS, 1) == before
    assert ann.post("/support-hours/9/holidays", data=said).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"timezone": "Mars"}, {"exceptions": "soon"}, {"MONDAY.start": "25:00"}]
)
def test_wrong_support_hours_are_refused(wrong: dict[str, str], cast: Cast, ann: TestClient) -> None:
    answer = ann.post("/support-hours/new", data=HOURS | wrong)
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text
    assert 'value="17:00"' in answer.text
    assert answer.text.count(" checked") == 1, "the days are as they were sent"


def test_a_priority_by_support_hours_needs_some(db: Database, cast: Cast, ann: TestClient) -> None:
    said = {"name": "x", "policy": str(cast.policy.id), "priority": "LOW_DURING_SUPPORT_HOURS", "hours": ""}
    answer = ann.post(f"/sources/{cast.source.id}/edit", data=said)
    assert answer.status_code == 422
    assert "name the support hours" in answer.text


def test_rules_are_tried_on_the_last_events_before_they_are_kept(
    db: Database, cast: Cast, ann: TestClient
) -> None:
    cast.alert("Disk full", key="disk")
    before = everything(db)
    path = f"/sources/{cast.source.id}/rules"
    said = {
        "summary": "Look: {{ summary }}",
        "event_filter": "",
        "priority": "{{ event.incidentKey }}",
        "means": "disk = low\nother = HIGH",
    }
    tried = ann.post(f"{path}/preview", data=said).text
    assert "Look: Disk full" in tried
    assert "Low" in tried
    dropped = ann.post(f"{path}/preview", data={"event_filter": 'event.summary == "Nothing"'}).text
    assert "the event filter of the source does not hold" in dropped
    assert everything(db) == before
    assert ann.post(path, data=said | {"links": "Runbook | https://example.org"}).status_code == 303
    with db.read() as tx:
        rules = documents.get(tx, SOURCES, cast.source.id).rules
    assert rules
    assert (rules.summary, rules.links[0].text) == ("Look: {{ summary }}", "Runbook")
    assert rules.priority
    assert [(one.value, one.means) for one in rules.priority.mappings] == [("disk", "LOW"), ("other", "HIGH")]
    assert all(text in ann.get(path).text for text in ("Look: Disk full", "disk = LOW"))
    assert ann.post(path, data={}).status_code == 303
    with db.read() as tx:
        assert documents.get(tx, SOURCES, cast.source.id).rules is None


def test_rules_are_tried_on_an_event_as_it_came(db: Database, cast: Cast, ann: TestClient) -> None:
    """By another product's door."""
    body = b'{"routing_key":"x","event_action":"trigger","payload":{"summary":"s","source":"db1","severity":"error"}}'
    sent = Payload(key=cast.source.integration_key, body=body, spool_id="r", dialect="pagerduty-v2")
    with db.write() as tx:
        intake.take_in(tx, [sent], parse, cast.chance)
    said = {"details": "Look at {{ payload.source }}"}
    assert "Look at db1" in ann.post(f"/sources/{cast.source.id}/rules/preview", data=said).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_filter": "and and ("},
        {"summary": "{{ unclosed"},
        {"links": "no address"},
        {"priority": "{{ unclosed"},
        {"means": "critical", "priority": "{{ level }}"},
        {"priority": "", "means": "critical = HIGH"},
    ],
)
def test_rules_that_cannot_be_read_are_refused_at_their_field(
    wrong: dict[str, str], cast: Cast, ann: TestClient
) -> None:
    answer = ann.post(f"/sources/{cast.source.id}/rules", data=wrong)
    assert answer.status_code == 422
    assert f'id="h-{next(iter(wrong))}"' in answer.text


def test_an_email_source_has_the_address_that_was_wished_for(
    db: Database, cast: Cast, ann: TestClient
) -> None:
    said = {"type": "EMAIL", "name": "Mails", "policy": str(cast.policy.id), "priority": "HIGH"}
    assert ann.post("/sources/new", data=said | {"address": "not an address"}).status_code == 422
    answer = ann.post("/sources/new", data=said | {"address": "monitoring"})
    assert answer.status_code == 303
    assert "monitoring@tocsin.example.org" in ann.get(answer.headers["location"]).text
