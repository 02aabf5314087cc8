"""What a source was told, from the event to the incident: rules, counters, maintenance, grouping, hours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast, assemble, by, parse
from tocsin.core.incidents import Accept, Incident
from tocsin.core.maintenance import MaintenanceWindow
from tocsin.core.source_settings import PriorityMeaning, PriorityTemplate, SourceRules
from tocsin.core.support_hours import SupportDay, SupportHours
from tocsin.engine import escalations
from tocsin.kit.clock import ManualClock
from tocsin.kit.errors import BadInput, Conflict
from tocsin.kit.value import replace
from tocsin.store import decisions, events, incidents, intake, log, maintenance, sources, support_hours
from tocsin.store.database import Database
from tocsin.store.intake import Payload, Taken


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def tell(cast: Cast, **settings: Any) -> None:
    with cast.db.write() as tx:
        cast.source = sources.change(tx, replace(cast.source, **settings))


def taken(
    cast: Cast, body: str = '{"eventType":"ALERT","summary":"Disk full","incidentKey":"disk"}'
) -> Taken:
    return cast.event(body).taken[0]


def incident(cast: Cast, number: int | None) -> Incident:
    assert number is not None
    with cast.db.read() as tx:
        return incidents.get(tx, number)


def later(cast: Cast, **by: float) -> None:
    assert isinstance(cast.db.clock, ManualClock)
    cast.db.clock.advance(timedelta(**by))


def test_rules_make_incidents_of_a_payload_that_the_parser_does_not_know(cast: Cast) -> None:
    tell(
        cast,
        rules=SourceRules(
            create_when="event.state == down",
            resolve_when="event.state == up",
            key="{{ host }}",
            summary="{{ host }} is {{ state }}",
            priority=PriorityTemplate(
                value="{{ level }}", mappings=(PriorityMeaning(value="minor", means="LOW"),)
            ),
        ),
    )
    opened = taken(cast, '{"state":"down","host":"web01","level":"minor"}')
    made = incident(cast, opened.verdict.incident_id)
    assert (made.summary, made.key, made.priority) == ("web01 is down", "web01", "LOW")
    assert taken(cast, '{"state":"down","host":"WEB01"}').verdict.effect == "APPEND"
    assert taken(cast, '{"state":"up","host":"web01"}').verdict.effect == "RESOLVE"
    dropped = taken(cast, '{"state":"maybe","host":"web01"}').verdict
    assert (dropped.effect, dropped.code) == ("DROP", "EVENT_FILTERED")
    with cast.db.read() as tx:
        kept = events.listing(tx, cast.source.id, 0, 10, events.Search(effects=("DROP",)))
        assert [event.reason for event in kept] == [dropped.reason]
        assert len(events.listing(tx, cast.source.id, 0, 10, events.Search(text="IS DOWN"))) == 2
        assert events.listing(tx, cast.source.id, 0, 10, events.Search(text="is%down")) == []


def test_an_event_is_kept_with_what_its_body_cannot_tell(cast: Cast) -> None:
    payload = Payload(key=cast.source.integration_key, body=b"{", query={"a": "b"}, dialect="x")
    with cast.db.write() as tx:
        intake.take_in(tx, [payload], parse, cast.chance)
    with cast.db.read() as tx:
        (kept,) = events.listing(tx, cast.source.id, 0, 10, events.Search(effects=("REJECT",)))
        assert events.as_sent(tx, kept.id) == (b"{", {"query": {"a": "b"}, "headers": {}, "dialect": "x"})


def test_a_condition_counts_across_batches_and_anew_when_it_is_changed(cast: Cast) -> None:
    rules = SourceRules(event_filter="trigger_count.10m <= 2")
    tell(cast, rules=rules)
    assert [taken(cast).verdict.effect for _ in range(3)] == ["OPEN", "APPEND", "DROP"]
    tell(cast, name="renamed")
    assert taken(cast).verdict.effect == "DROP"
    later(cast, minutes=10)
    assert taken(cast).verdict.effect == "APPEND"
    tell(cast, rules=replace(rules, summary="x"))
    assert [taken(cast).verdict.effect for _ in range(3)] == ["APPEND", "APPEND", "DROP"]


def test_a_filter_may_ask_for_support_hours(cast: Cast) -> None:
    with cast.db.write() as tx:
        hours = support_hours.create(tx, office())
    tell(cast, rules=SourceRules(event_filter=f'now is_in {{"id": {hours.id}, "type": "SUPPORT_HOUR"}}'))
    assert taken(cast).verdict.effect == "OPEN", "Monday, 9:00"
    later(cast, hours=9)
    assert taken(cast).verdict.effect == "DROP"
    tell(cast, rules=SourceRules(event_filter='now is_in {"id": 99, "type": "ON_CALL_SCHEDULE"}'))
    assert taken(cast).verdict.effect == "DROP"


def test_maintenance_keeps_events_and_opens_nothing(cast: Cast) -> None:
    first = cast.alert(key="open before")
    with cast.db.write() as tx:
        window = MaintenanceWindow(
            summary="upgrade", start=tx.now, end=tx.now + timedelta(hours=1), source_ids=(cast.source.id,)
        )
        window = maintenance.create(tx, window)
        assert list(maintenance.maintained(tx, [cast.source.id])) == [cast.source.id]
    assert taken(cast).verdict.code == "IN_MAINTENANCE"
    assert cast.alert(key="open before") == first
    with cast.db.read() as tx:
        assert "in maintenance until" in events.listing(tx, cast.source.id, 0, 2)[1].reason
    later(cast, hours=1)
    assert taken(cast).verdict.effect == "OPEN"
    with cast.db.write() as tx:
        maintenance.change(tx, replace(window, end=tx.now + timedelta(hours=1)))
    assert taken(cast, '{"eventType":"ALERT","summary":"x"}').verdict.code == "IN_MAINTENANCE"
    with cast.db.write() as tx:
        maintenance.remove(tx, window.id)
        assert maintenance.listing(tx, maintenance.Wanted()) == []
    assert taken(cast, '{"eventType":"ALERT","summary":"x"}').verdict.effect == "OPEN"


def test_a_window_of_sources_that_are_not_there_is_refused(cast: Cast) -> None:
    with cast.db.write() as tx:
        end = tx.now + timedelta(hours=1)
        wanted = MaintenanceWindow(summary="x", start=tx.now, end=end, source_ids=(cast.source.id, 99))
        with pytest.raises(BadInput, match=r"alertSources\.1\.id"):
            maintenance.create(tx, wanted)


@pytest.mark.parametrize("mode", ["ONE_INCIDENT_GROUPED_PER_WINDOW", "INTELLIGENT_GROUPING"])
def test_a_window_groups_and_ends(cast: Cast, mode: str) -> None:
    tell(cast, incident_creation=mode, grouping_window=timedelta(minutes=5))
    first = cast.alert("Disk 91 % full", key="one")
    later(cast, minutes=4)
    assert cast.alert("disk 93% full", key="two") == first
    other = cast.alert("Certificate expires", key="three")
    assert (other == first) is (mode == "ONE_INCIDENT_GROUPED_PER_WINDOW")
    later(cast, minutes=2)
    assert cast.alert("Disk 95 % full", key="four") != first


def office() -> SupportHours:
    return SupportHours(
        name="office", timezone="UTC", support_days={"MONDAY": SupportDay(start="08:00", end="17:00")}
    )


def test_what_waits_is_raised_when_the_hours_begin(cast: Cast) -> None:
    with cast.db.write() as tx:
        hours = support_hours.create(tx, office())
    rule = {"incident_priority_rule": "HIGH_DURING_SUPPORT_HOURS", "support_hours_id": hours.id}
    tell(cast, **rule, auto_raise=True)
    assert incident(cast, cast.alert(key="in hours")).priority == "HIGH"
    later(cast, hours=9)
    waiting, accepted = cast.alert(key="waiting"), cast.alert(key="accepted")
    with cast.db.write() as tx:
        decisions.perform(tx, accepted, Accept(by=by(cast.ann)))
    assert incident(cast, waiting).priority == "LOW"
    with cast.db.read() as tx:
        assert incidents.next_due(tx) is not None
    while escalations.step(cast.db):
        pass
    later(cast, days=6, hours=13, minutes=59)
    escalations.step(cast.db)
    assert incident(cast, waiting).priority == "LOW"
    later(cast, minutes=1)
    escalations.step(cast.db)
    raised = incident(cast, waiting)
    assert (raised.priority, raised.escalation.phase, raised.raise_at) == ("HIGH", "WAITING", None)
    assert (incident(cast, accepted).priority, incident(cast, accepted).raise_at) == ("LOW", None)
    with cast.db.read() as tx:
        assert log.timeline(tx, waiting)[0].type == "IncidentRaisedBySystem"


def test_hours_that_are_changed_time_what_waits_anew(cast: Cast) -> None:
    with cast.db.write() as tx:
        hours = support_hours.create(tx, office())
    rule = {"incident_priority_rule": "HIGH_DURING_SUPPORT_HOURS", "support_hours_id": hours.id}
    tell(cast, **rule, auto_raise=True)
    later(cast, hours=9)
    waiting = cast.alert()
    evening = {"MONDAY": SupportDay(start="08:00", end="20:00")}
    with cast.db.write() as tx:
        support_hours.change(tx, replace(hours, support_days=evening))
    escalations.step(cast.db)
    assert incident(cast, waiting).priority == "HIGH", "it is within them now"
    with cast.db.write() as tx, pytest.raises(Conflict, match="monitoring"):
        support_hours.remove(tx, hours.id)
    tell(cast, support_hours_id=None, incident_priority_rule="HIGH")
    with cast.db.write() as tx:
        support_hours.remove(tx, hours.id)


def test_severity_and_services_are_kept(cast: Cast) -> None:
    body = '{"eventType":"ALERT","summary":"s","severity":2,"services":[{"alias":"shop"}]}'
    made = incident(cast, taken(cast, body).verdict.incident_id)
    assert (made.severity, [service.alias for service in made.services]) == (2, ["shop"])
    refused = cast.event('{"eventType":"ALERT","summary":"s","severity":"SEV1"}')
    assert [problem.path for problem in refused.problems] == ["severity"]
