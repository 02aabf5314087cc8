"""What becomes of an event: every way of grouping, every kind of event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.people_and_policies import NOON, policy
from tocsin.core import events
from tocsin.core.events import (
    MAX_DETAILS,
    AlertSource,
    Creation,
    Event,
    EventType,
    Near,
    OpenIncident,
    Verdict,
    fold_summary,
    open_incident,
    priority_of,
    routing_keys,
    unrecognised,
)
from tocsin.core.incidents import ServiceRef, Status, fold
from tocsin.core.similarity import likeness
from tocsin.core.source_settings import PriorityTemplate, SourceRules
from tocsin.core.support_hours import SupportDay, SupportHours
from tocsin.kit.value import replace


def receive(of: AlertSource, event: Event, candidates: tuple[OpenIncident, ...]) -> Verdict:
    return events.receive(of, event, candidates, Near(now=NOON))


def source(creation: Creation = "ONE_INCIDENT_PER_EMAIL", **more: object) -> AlertSource:
    return AlertSource(id=1, name="s", integration_type="API", incident_creation=creation, **more)  # type: ignore[arg-type]


def open_one(
    number: int, key: str = "", summary: str = "Disk full", status: Status = "PENDING"
) -> OpenIncident:
    return OpenIncident(
        id=number, key_fold=fold(key), summary_fold=fold_summary(summary), status=status, policy_id=1
    )


def effect(event: Event, *candidates: OpenIncident, of: AlertSource | None = None) -> tuple[str, int | None]:
    verdict = receive(of or source(), event, candidates)
    return verdict.effect, verdict.incident_id


ALERT = Event(event_type="ALERT", summary="Disk full", key="disk")

PENDING, ACCEPTED = open_one(5, "a"), open_one(6, "b", status="ACCEPTED")


@pytest.mark.parametrize(
    "creation, candidates, then",
    [
        ("ONE_INCIDENT_PER_EMAIL", (PENDING,), ("OPEN", None)),
        ("ONE_INCIDENT_PER_EMAIL", (), ("OPEN", None)),
        ("ONE_INCIDENT_PER_EMAIL_SUBJECT", (PENDING,), ("APPEND", 5)),
        ("ONE_INCIDENT_PER_EMAIL_SUBJECT", (open_one(5, "a", "d i s k FULL"),), ("APPEND", 5)),
        ("ONE_INCIDENT_PER_EMAIL_SUBJECT", (open_one(5, "a", "Disk fuller"),), ("OPEN", None)),
        ("ONE_PENDING_INCIDENT_ALLOWED", (PENDING,), ("APPEND", 5)),
        ("ONE_PENDING_INCIDENT_ALLOWED", (ACCEPTED,), ("OPEN", None)),
        ("ONE_OPEN_INCIDENT_ALLOWED", (ACCEPTED,), ("APPEND", 6)),
        ("ONE_OPEN_INCIDENT_ALLOWED", (ACCEPTED, PENDING), ("APPEND", 6)),
        ("ONE_OPEN_INCIDENT_ALLOWED", (), ("OPEN", None)),
    ],
)
def test_creation_modes(
    creation: Creation, candidates: tuple[OpenIncident, ...], then: tuple[str, int | None]
) -> None:
    assert effect(ALERT, *candidates, of=source(creation)) == then


@pytest.mark.parametrize(
    "creation", ["ONE_INCIDENT_PER_EMAIL", "ONE_INCIDENT_PER_EMAIL_SUBJECT", "ONE_OPEN_INCIDENT_ALLOWED"]
)
def test_the_key_goes_before_every_mode(creation: Creation) -> None:
    found = (open_one(9, "other"), open_one(4, "disk", "Something else"))
    assert effect(ALERT, *found, of=source(creation)) == ("APPEND", 4)


@pytest.mark.parametrize("key", ["disk", "DISK", "  Disk\t", "Straße"])
def test_keys_are_compared_trimmed_and_without_case(key: str) -> None:
    stored = open_one(3, key)
    for said in (key.strip(), key.upper(), f" {key}\n"):
        assert effect(Event(event_type="RESOLVE", key=said), stored) == ("RESOLVE", 3)


def test_an_empty_key_matches_nothing() -> None:
    assert effect(Event(event_type="ALERT", summary="x", key=" "), open_one(3, "")) == ("OPEN", None)


@pytest.mark.parametrize(
    "kind, status, then",
    [
        ("ACCEPT", "PENDING", ("ACCEPT", 3)),
        ("ACCEPT", "ACCEPTED", ("APPEND", 3)),
        ("RESOLVE", "PENDING", ("RESOLVE", 3)),
        ("RESOLVE", "ACCEPTED", ("RESOLVE", 3)),
        ("COMMENT", "ACCEPTED", ("COMMENT", 3)),
    ],
)
def test_answers_find_their_incident(kind: EventType, status: Status, then: tuple[str, int]) -> None:
    assert effect(Event(event_type=kind, key="disk"), open_one(3, "disk", status=status)) == then


@pytest.mark.parametrize("kind", ["ACCEPT", "RESOLVE", "COMMENT"])
@pytest.mark.parametrize("creation", ["ONE_INCIDENT_PER_EMAIL", "ONE_OPEN_INCIDENT_ALLOWED"])
def test_an_answer_never_reaches_another_problem(kind: EventType, creation: Creation) -> None:
    verdict = receive(source(creation), Event(event_type=kind, key="disk"), (open_one(3, "net"),))
    assert (verdict.effect, verdict.code) == ("DROP", "NO_OPEN_INCIDENT_WITH_KEY")


@pytest.mark.parametrize("kind", ["ACCEPT", "RESOLVE", "COMMENT"])
def test_an_answer_needs_a_key_and_an_alert_a_summary(kind: EventType) -> None:
    assert receive(source(), Event(event_type=kind, key=" "), ()).reason.startswith("key:")
    refused = receive(source(), Event(event_type="ALERT", summary=" ", key="k"), (open_one(3, "k"),))
    assert (refused.effect, refused.reason.split(":")[0]) == ("REJECT", "summary")


def test_work_on_a_ticket_that_is_not_known_opens_an_incident() -> None:
    begun = Event(event_type="ACCEPT", summary="Disk full", key="a", or_opens=True)
    assert effect(begun) == ("OPEN", None)
    assert effect(begun, PENDING) == ("ACCEPT", 5)
    assert effect(replace(begun, summary="")) == ("DROP", None)


def test_what_cannot_be_read_is_an_alert_with_all_that_came() -> None:
    event = unrecognised("Pingdom", b"\xffoops", "this is no JSON")
    assert effect(event) == ("OPEN", None)
    assert "Not recognised: this is no JSON" in event.details
    assert event.details.endswith("\ufffdoops")
    assert event.labels == {"tocsin": "unrecognised"}
    assert unrecognised("Pingdom", b"\xffoops", "again").key == event.key
    assert unrecognised("Pingdom", b"other", "again").key != event.key
    assert len(unrecognised("Pingdom", b"x" * 1_000_000, "again").details) == MAX_DETAILS


def test_a_disabled_source_drops_everything_and_says_so() -> None:
    verdict = receive(source(active=False), ALERT, (open_one(3, "disk"),))
    assert (verdict.effect, verdict.code, verdict.incident_id) == ("DROP", "SOURCE_DISABLED", None)


@given(
    st.sampled_from(["ALERT", "ACCEPT", "RESOLVE", "COMMENT"]),
    st.text(max_size=3),
    st.text(max_size=3),
    st.sampled_from(
        [
            "ONE_INCIDENT_PER_EMAIL",
            "ONE_INCIDENT_PER_EMAIL_SUBJECT",
            "ONE_PENDING_INCIDENT_ALLOWED",
            "ONE_OPEN_INCIDENT_ALLOWED",
        ]
    ),
    st.lists(st.tuples(st.text(max_size=3), st.sampled_from(["PENDING", "ACCEPTED"])), max_size=3),
)
def test_every_verdict_names_its_incident_or_a_reason(
    kind: EventType, key: str, summary: str, creation: Creation, known: list[tuple[str, Status]]
) -> None:
    candidates = tuple(open_one(n, k, status=status) for n, (k, status) in enumerate(known, start=1))
    verdict = receive(source(creation), Event(event_type=kind, key=key, summary=summary), candidates)
    concerns_one = verdict.effect in {"APPEND", "ACCEPT", "RESOLVE", "COMMENT"}
    assert (verdict.incident_id is not None) == concerns_one
    if verdict.effect in {"DROP", "REJECT"}:
        assert verdict.reason
        assert verdict.code


def test_the_new_incident_waits_for_the_policys_delay() -> None:
    from tocsin.kit.value import replace  # noqa: PLC0415 - only here

    slow = replace(policy([1]), delay_min=3)
    made = open_incident(
        4, source(auto_resolution_timeout=timedelta(hours=1)), slow, ALERT, key="disk", now=NOON
    )
    assert made.escalation.due_at == NOON + timedelta(minutes=3)
    assert made.auto_resolve_at == NOON + timedelta(hours=1)
    assert (made.status, made.escalation.level, made.escalation.policy_version) == (
        "PENDING",
        -1,
        slow.version,
    )


@pytest.mark.parametrize(
    "of_source, of_event, then",
    [
        ("HIGH", None, "HIGH"),
        ("HIGH", "LOW", "LOW"),
        ("LOW", "HIGH", "LOW"),
        ("LOW", None, "LOW"),
        ("HIGH", "HIGH", "HIGH"),
    ],
)
def test_an_event_may_lower_the_priority_and_never_raise_it(
    of_source: str, of_event: str | None, then: str
) -> None:
    event = Event(event_type="ALERT", summary="x", priority=of_event)  # type: ignore[arg-type]
    assert (
        open_incident(
            1, source(incident_priority_rule=of_source), policy([1]), event, key="k", now=NOON
        ).priority
        == then
    )


def test_routing_keys_are_tried_in_order() -> None:
    assert routing_keys(Event(event_type="ALERT", routing_key=" db, ,web,")) == ("db", "web")


def near(seconds: int, summary: str, number: int = 1, status: Status = "PENDING") -> OpenIncident:
    """An open incident, opened that many seconds ago."""
    return OpenIncident(
        id=number,
        key_fold=f"k{number}",
        summary_fold=fold_summary(summary),
        summary=summary,
        status=status,
        policy_id=1,
        reported_at=NOON - timedelta(seconds=seconds),
    )


def test_a_window_takes_in_what_comes_within_it() -> None:
    of = source("ONE_INCIDENT_GROUPED_PER_WINDOW", grouping_window=timedelta(minutes=5))
    assert receive(of, ALERT, (near(299, "other"),)).effect == "APPEND"
    assert receive(of, ALERT, (near(300, "other"),)).effect == "OPEN"


@pytest.mark.parametrize(
    "summary, grouped",
    [
        ("Disk 97% full on web02", True),
        ("disk 3 % FULL on web99", True),
        ("Disk 91 % full on db01", True),
        ("Certificate of shop.example expires", False),
        ("", False),
    ],
)
def test_summaries_that_are_alike_are_one_problem(summary: str, grouped: bool) -> None:
    of = source("INTELLIGENT_GROUPING", grouping_window=timedelta(hours=1))
    event = Event(event_type="ALERT", summary=summary or "?", key="new")
    open_incidents = (near(10, "Memory low on web01", 2), near(20, "Disk 91 % full on web01", 1))
    verdict = receive(of, event, open_incidents)
    assert verdict.incident_id == (1 if grouped else None)


def test_how_alike_is_a_matter_of_the_threshold_and_old_ones_do_not_count() -> None:
    event = Event(event_type="ALERT", summary="Disk full on web01")
    other = near(10, "Disk nearly full at web01")
    assert receive(source("INTELLIGENT_GROUPING", score_threshold=0.99), event, (other,)).effect == "OPEN"
    assert receive(source("INTELLIGENT_GROUPING", score_threshold=0.5), event, (other,)).effect == "APPEND"
    old = near(3_601, "Disk full on web01")
    assert receive(source("INTELLIGENT_GROUPING"), event, (old,)).effect == "OPEN"


@given(one=st.text(max_size=50), other=st.text(max_size=50))
def test_likeness_is_symmetric_and_complete_for_the_same(one: str, other: str) -> None:
    assert likeness(one, one) == 1
    assert 0 <= likeness(one, other) == likeness(other, one) <= 1


def test_a_source_in_maintenance_opens_nothing_but_what_is_open_goes_on() -> None:
    maintained = Near(now=NOON, maintained_until=NOON + timedelta(hours=1))
    verdict = events.receive(source(), ALERT, (), maintained)
    assert (verdict.effect, verdict.code) == ("DROP", "IN_MAINTENANCE")
    assert verdict.reason.endswith("2026-03-02T13:00:00Z")
    assert events.receive(source(), ALERT, (open_one(3, "disk"),), maintained).effect == "APPEND"
    done = Event(event_type="RESOLVE", key="disk")
    assert events.receive(source(), done, (open_one(3, "disk"),), maintained).effect == "RESOLVE"


OFFICE = SupportHours(
    name="office", timezone="UTC", support_days={"MONDAY": SupportDay(start="08:00", end="17:00")}
)
"""NOON is on a Monday."""


@pytest.mark.parametrize(
    "rule, at, sent, expected",
    [
        ("HIGH", NOON, "LOW", "LOW"),
        ("LOW", NOON, "HIGH", "LOW"),
        ("HIGH_DURING_SUPPORT_HOURS", NOON, "LOW", "HIGH"),
        ("HIGH_DURING_SUPPORT_HOURS", NOON + timedelta(hours=6), None, "LOW"),
        ("LOW_DURING_SUPPORT_HOURS", NOON, None, "LOW"),
        ("LOW_DURING_SUPPORT_HOURS", NOON + timedelta(hours=6), None, "HIGH"),
    ],
)
def test_the_rule_decides_the_priority(rule: Any, at: datetime, sent: Any, expected: str) -> None:
    of = source(incident_priority_rule=rule)
    assert priority_of(of, Event(event_type="ALERT", priority=sent), at, OFFICE) == expected


def test_a_template_and_some_tools_are_stronger_than_the_rule() -> None:
    low = source(incident_priority_rule="LOW")
    assert priority_of(low, Event(event_type="ALERT", decided_priority="HIGH"), NOON) == "HIGH"
    grafana = AlertSource(id=1, name="g", integration_type="GRAFANA", incident_priority_rule="LOW")
    assert priority_of(grafana, Event(event_type="ALERT", priority="HIGH"), NOON) == "HIGH"
    templated = source(
        incident_priority_rule="LOW", rules=SourceRules(priority=PriorityTemplate(value="{{ x }}"))
    )
    assert priority_of(templated, Event(event_type="ALERT", priority="HIGH"), NOON) == "HIGH"
    lost = source(incident_priority_rule="HIGH_DURING_SUPPORT_HOURS")
    assert priority_of(lost, Event(event_type="ALERT"), NOON) == "HIGH", "hours that are gone"


def test_low_incidents_wait_for_the_hours_only_if_told_to() -> None:
    evening = NOON + timedelta(hours=6)
    of = source(incident_priority_rule="HIGH_DURING_SUPPORT_HOURS", auto_raise=True)
    opened = open_incident(1, of, policy([1]), ALERT, key="k", now=evening, hours=OFFICE)
    assert (opened.priority, opened.raise_at) == ("LOW", datetime(2026, 3, 9, 8, tzinfo=UTC))
    at_noon = open_incident(1, of, policy([1]), ALERT, key="k", now=NOON, hours=OFFICE)
    assert (at_noon.priority, at_noon.raise_at) == ("HIGH", None)
    quiet = source(incident_priority_rule="HIGH_DURING_SUPPORT_HOURS")
    assert open_incident(1, quiet, policy([1]), ALERT, key="k", now=evening, hours=OFFICE).raise_at is None


def test_severity_and_services_reach_the_incident() -> None:
    of = source(severity=3, services=(ServiceRef(id=1),))
    event = Event(
        event_type="ALERT", summary="s", severity=1, services=(ServiceRef(alias="shop"), ServiceRef(id=1))
    )
    opened = open_incident(1, of, policy([1]), event, key="k", now=NOON)
    assert (opened.severity, opened.services) == (1, (ServiceRef(id=1), ServiceRef(alias="shop")))
    assert open_incident(1, of, policy([1]), ALERT, key="k", now=NOON).severity == 3
