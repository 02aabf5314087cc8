"""What becomes of an event: every way of grouping, every kind of event."""

from __future__ import annotations

from datetime import timedelta

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
    routing_keys,
    unrecognised,
)
from tocsin.core.incidents import Status, fold
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
