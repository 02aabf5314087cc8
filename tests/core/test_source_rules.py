"""What the rules of a source make of an event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.people_and_policies import NOON
from tocsin.core.events import MAX_KEY, Event
from tocsin.core.incidents import Link, ServiceRef
from tocsin.core.source_rules import Circumstances, Sent, Shaped, checked, counts, from_anything, shape
from tocsin.core.source_settings import (
    LinkTemplate,
    PriorityMeaning,
    PriorityTemplate,
    SeverityMeaning,
    SeverityTemplate,
    SourceRules,
)
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace

PAYLOAD = {
    "status": "firing",
    "host": {"name": "web01", "team": "net"},
    "level": "Critical",
    "tags": ["Shop", "Search"],
    "url": "https://mon.example/1",
}
EVENT = Event(
    event_type="ALERT", summary="Disk full", details="90 %", key="k", priority="LOW", custom_details=PAYLOAD
)


def apply(event: Event = EVENT, raw: bytes = b"", **rules: Any) -> Shaped:
    return shape(
        SourceRules(**rules), event, Circumstances(sent=Sent(raw), now=NOON, covers=lambda *_: False)
    )


def test_templates_fill_the_fields() -> None:
    event = apply(
        summary="{{ host.name.upperCase() }}: {{ event.summary }}",
        details="{{ status }}",
        key="{{ host.name }}/{{ level }}",
        routing="{{ host.team }}",
        links=(
            LinkTemplate(text="See {{ host.name }}", href="{{ url }}"),
            LinkTemplate(text="x", href="{{ none }}"),
        ),
        services=("{{ tags.join(',') }}", "{{ none }}"),
    ).event
    assert (event.summary, event.details, event.key) == ("WEB01: Disk full", "firing", "web01/Critical")
    assert event.routing_key == "net"
    assert event.links == (Link(href="https://mon.example/1", text="See web01"),)
    assert event.services == (ServiceRef(alias="Shop"), ServiceRef(alias="Search"))


def test_a_template_that_says_nothing_leaves_what_was_there() -> None:
    event = apply(summary="{{ none }}", details="{{ none }}", key=" {{ none }} ", routing="{{ none }}").event
    assert event == EVENT


def test_keys_that_differ_only_far_behind_stay_two_problems() -> None:
    template = "/long/path" * 30 + "/{{ level }}"
    one, same, other = (
        apply(replace(EVENT, custom_details={"level": level}), key=template).event.key
        for level in ("warning", "warning", "critical")
    )
    assert one == same != other
    assert len(one) <= MAX_KEY


def test_a_link_leads_to_the_web_or_nowhere() -> None:
    assert apply(links=(LinkTemplate(text="x", href="javascript:alert({{ level }})"),)).event.links == ()


def test_a_value_means_a_priority_and_a_severity() -> None:
    priority = PriorityTemplate(
        value="{{ level }}", mappings=(PriorityMeaning(value="critical", means="HIGH"),)
    )
    severity = SeverityTemplate(value="{{ level }}", mappings=(SeverityMeaning(value="CRITICAL ", means=1),))
    event = apply(priority=priority, severity=severity).event
    assert (event.decided_priority, event.severity) == ("HIGH", 1)
    other = apply(
        priority=PriorityTemplate(value="{{ level }}", mappings=(PriorityMeaning(value="x", means="HIGH"),))
    )
    assert other.event.decided_priority is None


def test_the_event_filter_drops_and_says_so() -> None:
    assert apply(event_filter="event.customDetails.level == critical and event.priority == LOW").dropped == ""
    assert apply(event_filter="event.host.name == web01").dropped == "", "the payload's own names do too"
    assert "filter" in apply(event_filter="event.level == info").dropped


@pytest.mark.parametrize(
    "rules, becomes",
    [
        ({"resolve_when": "event.status == firing", "create_when": "true"}, "RESOLVE"),
        ({"accept_when": "event.status == firing", "create_when": "true"}, "ACCEPT"),
        ({"create_when": "event.status == firing"}, "ALERT"),
        ({"create_when": "event.status == ok"}, None),
        ({"resolve_when": "event.status == ok"}, "ALERT"),
    ],
)
def test_conditions_decide_what_an_event_is(rules: dict[str, Any], becomes: str | None) -> None:
    shaped = apply(**rules)
    if becomes is None:
        assert "creating" in shaped.dropped
    else:
        assert (shaped.dropped, shaped.event.event_type) == ("", becomes)


def test_a_filter_may_name_many_cases() -> None:
    cases = " or ".join(f"event.level == level{number}" for number in range(80))
    for level, dropped in (("level0", False), ("level79", False), ("level80", True)):
        event = replace(EVENT, custom_details={"level": level})
        assert bool(apply(event, event_filter=cases).dropped) is dropped


def test_any_json_is_an_event_for_rules_that_can_read_it() -> None:
    raw = json.dumps(PAYLOAD).encode()
    shaped = apply(
        from_anything(raw), raw, create_when="event.status == firing", summary="{{ host.name }} is down"
    )
    assert (shaped.event.event_type, shaped.event.summary) == ("ALERT", "web01 is down")
    assert from_anything(b"[1]").custom_details == {"payload": [1]}
    with pytest.raises(BadInput):
        from_anything(b"no json")


def test_a_payload_that_says_event_itself_is_heard_first() -> None:
    event = Event(event_type="ALERT", summary="own", custom_details={"event": {"name": "x"}})
    assert apply(event, summary="{{ event.name }} {{ event.summary }}").event.summary == "x own"


def test_a_text_of_amazon_sns_is_read_as_json() -> None:
    raw = b'{"Message": "{\\"alarm\\": \\"cpu\\"}"}'
    assert apply(raw=raw, summary="{{ _ilert.parsedMessage.alarm }}").event.summary == "cpu"


def test_counters_come_out_and_go_in_again() -> None:
    rules = SourceRules(event_filter="trigger_count.10m <= 1")
    assert counts(rules)
    assert not counts(SourceRules(event_filter="true"))
    first = shape(rules, EVENT, Circumstances(sent=Sent(b""), now=NOON, covers=lambda *_: False))
    again = Circumstances(sent=Sent(b""), now=NOON, covers=lambda *_: False, counters=first.counters)
    assert not first.dropped
    assert shape(rules, EVENT, again).dropped


def test_every_rule_that_cannot_be_read_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        checked(
            SourceRules(
                event_filter="a =",
                summary="{{",
                links=(LinkTemplate(text="x", href="{{ a.b() }}"),),
                services=("ok", "{{#x}}"),
            )
        )
    paths = [problem.path for problem in refused.value.problems]
    assert paths == ["eventFilter", "summaryTemplate", "linkTemplates.0.hrefTemplate", "servicesTemplate.1"]


def test_rules_that_cannot_be_read_any_more_are_as_if_not_there() -> None:
    assert apply(event_filter="a =", summary="{{", key="{{ level }}").event.key == "Critical"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    data=st.dictionaries(st.sampled_from(["level", "host", "Message", "x"]), JSON, max_size=4),
    raw=st.binary(max_size=20),
)
def test_no_payload_makes_the_rules_raise(data: dict[str, Any], raw: bytes) -> None:
    event = Event(event_type="ALERT", summary="s", custom_details=data)
    shaped = apply(
        event,
        raw,
        event_filter="event.level != nil and event.host.name not contains x",
        summary="{{ host.name }}{{#level}}{{.}}{{/level}}",
        links=(LinkTemplate(text="{{ x }}", href="http://{{ host }}"),),
        priority=PriorityTemplate(
            value="{{ level.lowerCase() }}", mappings=(PriorityMeaning(value="x", means="LOW"),)
        ),
    )
    assert shaped.event.summary
