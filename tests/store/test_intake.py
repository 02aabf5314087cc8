"""From payload to incident: grouping, answers of tools, and that nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast, assemble, by, parse
from tocsin.core.incidents import Accept, Resolve
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.store import decisions, events, incidents, intake, log, policies, sources
from tocsin.store.database import Database


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def test_one_key_one_open_incident(cast: Cast) -> None:
    first = cast.alert(key="Disk")
    assert cast.alert(key=" dISK ") == first
    with cast.db.write() as tx:
        decisions.perform(tx, first, Resolve(by=by(cast.ann)))
    second = cast.alert(key="disk")
    assert second != first


def test_an_incident_keeps_what_it_was_opened_with(cast: Cast) -> None:
    """Whoever was paged for it finds what the page said; what came later stands in the timeline."""
    first = cast.alert("Disk full on db1")
    with cast.db.read() as tx:
        opened = incidents.get(tx, first)
    assert isinstance(cast.db.clock, ManualClock)
    cast.db.clock.advance(timedelta(minutes=3))
    assert cast.alert("Disk full on db1 and db2") == first
    with cast.db.read() as tx:
        now = incidents.get(tx, first)
        assert (now.summary, now.reported_at) == ("Disk full on db1", opened.reported_at)
        newest = events.listing(tx, cast.source.id, 0, 1)[0]
    assert (newest.summary, newest.incident_id) == ("Disk full on db1 and db2", first)


def test_what_is_open_stays_together_when_the_source_is_changed(cast: Cast) -> None:
    first = cast.alert()
    with cast.db.write() as tx:
        changed = replace(cast.source, name="renamed", incident_creation="ONE_INCIDENT_PER_EMAIL_SUBJECT")
        cast.source = sources.change(tx, changed)
    assert cast.alert("another summary") == first


def test_two_sources_may_use_the_same_key(cast: Cast) -> None:
    first = cast.alert()
    with cast.db.write() as tx:
        twin = sources.create(tx, replace(cast.source, name="twin"), cast.chance)
    outcome = cast.event('{"eventType":"ALERT","summary":"x","incidentKey":"disk"}', twin.integration_key)
    assert outcome.taken[0].verdict.incident_id != first


def test_a_whole_life_in_one_batch(cast: Cast) -> None:
    bodies = [
        b'{"eventType":"ALERT","summary":"a","incidentKey":"k"}',
        b'{"eventType":"ALERT","summary":"a","incidentKey":"K"}',
        b'{"eventType":"ACCEPT","incidentKey":"k"}',
        b'{"eventType":"ACCEPT","incidentKey":"k"}',
        b'{"eventType":"RESOLVE","incidentKey":"k"}',
        b'{"eventType":"RESOLVE","incidentKey":"k"}',
        b'{"eventType":"ALERT","summary":"b","incidentKey":"k"}',
    ]
    with cast.db.write() as tx:
        payloads = [intake.Payload(key=cast.source.integration_key, body=body) for body in bodies]
        outcomes = intake.take_in(tx, payloads, parse, cast.chance)
    effects = [o.taken[0].verdict.effect for o in outcomes]
    assert effects == ["OPEN", "APPEND", "ACCEPT", "APPEND", "RESOLVE", "DROP", "OPEN"]
    assert outcomes[5].taken[0].verdict.code == "NO_OPEN_INCIDENT_WITH_KEY"
    with cast.db.read() as tx:
        newest = incidents.search(tx, incidents.Filter())
        assert [i.status for i in newest] == ["PENDING", "RESOLVED"]
        assert newest[1].accepted_by_type == "SOURCE"
        assert events.counts(tx, [newest[1].id])[newest[1].id] == 5


def test_what_cannot_be_read_is_kept_with_the_reason(cast: Cast) -> None:
    for body in ('{"eventType":"NO"}', "not json", "[]", '{"eventType":"ALERT"}'):
        outcome = cast.event(body)
        assert outcome.problems or outcome.taken[0].verdict.effect == "REJECT"
    with cast.db.read() as tx:
        kept = events.listing(tx, cast.source.id, 0, 10)
    assert [e.raw for e in kept][::-1] == ['{"eventType":"NO"}', "not json", "[]", '{"eventType":"ALERT"}']
    assert all(e.effect == "REJECT" and e.reason for e in kept)


def test_an_unknown_key_is_not_kept(cast: Cast) -> None:
    assert cast.event('{"eventType":"ALERT","summary":"x"}', "no-such-key").source_id is None


@pytest.mark.parametrize(
    ("mode", "accepted_first", "same"),
    [
        ("ONE_PENDING_INCIDENT_ALLOWED", False, True),
        ("ONE_PENDING_INCIDENT_ALLOWED", True, False),
        ("ONE_OPEN_INCIDENT_ALLOWED", True, True),
        ("ONE_INCIDENT_PER_EMAIL", False, False),
    ],
)
def test_creation_modes(cast: Cast, mode: str, accepted_first: bool, same: bool) -> None:
    with cast.db.write() as tx:
        cast.source = sources.change(tx, replace(cast.source, incident_creation=mode))
    first = cast.alert(key="one")
    if accepted_first:
        with cast.db.write() as tx:
            decisions.perform(tx, first, Accept(by=by(cast.bo)))
    assert (cast.alert(key="two") == first) is same


def test_subjects_group_without_case_and_spaces(cast: Cast) -> None:
    with cast.db.write() as tx:
        cast.source = sources.change(
            tx, replace(cast.source, incident_creation="ONE_INCIDENT_PER_EMAIL_SUBJECT")
        )
    first = cast.alert("Disk  full", key="1")
    assert cast.alert("disk FULL", key="2") == first
    assert cast.alert("Disk empty", key="3") != first


def test_a_spooled_payload_is_stored_once(cast: Cast) -> None:
    body = b'{"eventType":"ALERT","summary":"no key"}'
    payload = intake.Payload(
        key=cast.source.integration_key, body=body, spool_id="s1", at=cast.db.clock.now()
    )
    for _ in range(2):
        with cast.db.write() as tx:
            intake.take_in(tx, [payload], parse, cast.chance)
    with cast.db.read() as tx:
        assert incidents.count(tx, incidents.Filter()) == 1


def test_a_disabled_source_opens_nothing_but_keeps_the_event(cast: Cast) -> None:
    with cast.db.write() as tx:
        cast.source = sources.change(tx, replace(cast.source, active=False))
    assert cast.event('{"eventType":"ALERT","summary":"x"}').taken[0].verdict.code == "SOURCE_DISABLED"
    with cast.db.read() as tx:
        assert incidents.count(tx, incidents.Filter()) == 0
        assert len(events.listing(tx, cast.source.id, 0, 10)) == 1


def test_a_later_routing_key_hands_the_incident_over(cast: Cast) -> None:
    other = cast.policy_of((cast.chi,), routing_key="net")
    first = cast.alert()
    outcome = cast.event('{"eventType":"ALERT","summary":"x","incidentKey":"disk","routingKey":"none, NET"}')
    assert outcome.taken[0].verdict.incident_id == first
    with cast.db.read() as tx:
        assert incidents.get(tx, first).escalation.policy_id == other.id
        assert policies.sources_of(tx, cast.policy.id) == [cast.source.id]


def test_comments_of_tools_reach_the_timeline(cast: Cast) -> None:
    first = cast.alert()
    cast.event(
        '{"eventType":"COMMENT","incidentKey":"disk","comments":[{"creator":"Zoe","content":"rebooted"}]}'
    )
    with cast.db.read() as tx:
        timeline = log.timeline(tx, first)
    assert [entry.type for entry in timeline] == ["CommentAdded", "AlertReceived", "AlertReceived"]
    assert timeline[0].vars["text"] == "rebooted"
    assert timeline[0].by.name == "Zoe"


def test_answers_of_one_batch_are_given_together_and_timelines_keep_their_order(cast: Cast) -> None:
    def sent(kind: str, key: str, more: str = "") -> intake.Payload:
        body = f'{{"eventType":"{kind}","summary":"a","incidentKey":"{key}"{more}}}'
        return intake.Payload(key=cast.source.integration_key, body=body.encode())

    said = ',"comments":[{"creator":"Zoe","content":"rebooted"}]'
    keys = [f"k{number}" for number in range(30)]
    opened = [cast.alert(key=key) for key in keys]
    payloads = [
        sent("ACCEPT", "k0"),
        sent("RESOLVE", "k0", said),
        *(sent("RESOLVE", key) for key in keys[1:]),
        sent("ALERT", "k1"),
    ]
    with cast.db.write() as tx:
        intake.take_in(tx, payloads, parse, cast.chance)
    with cast.db.read() as tx:
        assert {i.status for i in incidents.many(tx, opened)} == {"RESOLVED"}
        assert [i.key for i in incidents.search(tx, incidents.Filter(states=("PENDING",)))] == ["k1"]
        timeline = [entry.type for entry in log.timeline(tx, opened[0])][::-1]
    assert timeline == [
        "AlertReceived",
        "AlertReceived",
        "AlertSourceResponse",
        "AlertReceived",
        "AlertSourceResponse",
        "CommentAdded",
    ]


@pytest.mark.parametrize(
    ("creation", "later"),
    [
        ("ONE_INCIDENT_PER_EMAIL", '{"eventType":"RESOLVE","incidentKey":"DISK"}'),
        ("ONE_OPEN_INCIDENT_ALLOWED", '{"eventType":"ALERT","summary":"b","incidentKey":"other"}'),
    ],
)
def test_a_resolution_stands_in_the_log_before_what_would_have_joined_it(
    cast: Cast, creation: Any, later: str
) -> None:
    with cast.db.write() as tx:
        sources.change(tx, replace(cast.source, incident_creation=creation))
    number = cast.alert()
    bodies = ['{"eventType":"RESOLVE","incidentKey":"disk"}', later]
    with cast.db.write() as tx:
        payloads = [intake.Payload(key=cast.source.integration_key, body=body.encode()) for body in bodies]
        intake.take_in(tx, payloads, parse, cast.chance)
    with cast.db.read() as tx:
        resolution = log.timeline(tx, number)[0]
        newest = events.listing(tx, cast.source.id, 0, 1)[0]
        assert resolution.type == "AlertSourceResponse"
        assert resolution.id < newest.id


def test_turns_are_counted_within_a_policy(cast: Cast) -> None:
    other = cast.policy_of((cast.chi,), routing_key="net")
    body = '{{"eventType":"ALERT","summary":"x","incidentKey":"{}","routingKey":"{}"}}'
    for number in range(6):
        cast.event(body.format(number, "net" if number % 3 == 0 else ""))
    with cast.db.read() as tx:
        opened = sorted(incidents.search(tx, incidents.Filter()), key=lambda incident: incident.id)
        counted = incidents.turns(tx, opened[::-1])
        assert [counted[incident.id] for incident in opened] == [0, 0, 1, 1, 2, 3]
        assert incidents.turns(tx, opened[4:5]) == {opened[4].id: 2}
        assert incidents.turn_of_next(tx, other.id) == 2
