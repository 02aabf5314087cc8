"""ICL: what a condition means, what is refused with which position, and that nothing makes it raise."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.conditions import Counters, parse
from tocsin.kit.errors import BadInput

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "event": {
        "summary": "Disk full on Web01",
        "priority": "HIGH",
        "count": 5,
        "ratio": 0.5,
        "text number": "1",
        "key wi:th spaces": "x",
        "flag": True,
        "off": False,
        "empty": None,
        "tags": ["prod", "EU"],
        "hosts": [{"name": "a"}, {"name": "b"}],
        "at": "2026-03-02T08:00:00Z",
        "epoch": 1772438400,
        "epochMs": 1772438400000,
    }
}


def holds(text: str) -> bool:
    return parse(text).holds(EVENT, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "event.count > 1 and (event.count < 2 or event.count == 5)",
        "true",
        "event.flag",
        "not event.off",
        "event.priority == HIGH",
        "event.priority == high",
        "event.priority matches 'high'",
        "event.priority exact_matches HIGH",
        "event.priority not_exact_matches high",
        "event.priority != LOW",
        "event.count >= 5 and event.count <= 5.0",
        "event.ratio < 1",
        "'1' == 1",
        "event['text number'] == 1",
        'event["text number"] == 1.0',
        "event[key\\ wi:th\\ spaces] == x",
        "event.flag == true and event.flag == 'TRUE'",
        "event.missing == nil and event.empty == nil",
        "event.missing.deeper[3] == nil",
        "event.missing not contains x",
        "event.hosts[1].name == b",
        "event.hosts[2] == nil",
        "event.summary contains 'WEB01'",
        "event.summary exact_contains Web01",
        "event.summary not exact_contains web01",
        "event.summary not_contains oracle",
        "event.summary starts_with disk and event.summary ends_with web01",
        "event.summary contains_any ['memory', 'disk']",
        "event.summary starts_with_any [cpu, disk]",
        "event.summary ends_with_any ['01', '02']",
        "event.summary not_ends_with_any ['x', 'y']",
        "event.summary regex '^Disk .* Web\\d+$'",
        "event.summary regex '(?<=on )\\w+'",
        "event.summary not regex 'disk'",
        "event.count contains 5",
        "event.tags contains eu",
        "prod in event.tags and dev not in event.tags",
        "event.priority in [HIGH, 'LOW']",
        "event.count is_in [1, 5]",
        "3 >= 'three' or 3 < 9",
        "now > 2026-03-02T08:59:59Z and now < 2026-03-03",
        "event.at < now",
        "event.epoch == event.epochMs or event.epoch < now",
        "event.at == 2026-03-02T09:00:00+01:00",
        "'it\\'s' == \"it's\"",
        "'a\\\\b' regex '^a\\\\\\\\b$'",
        "not not event.flag",
        "event.tags == ['prod', 'EU']",
        "event.hosts[0] == {'name': a}",
        "true or false and false",
        "9007199254740993 == 9007199254740992.0",
    ],
)
def test_it_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "false",
        "event.count",
        "'true'",
        "3 > 'three'",
        "3 not > 'three'",
        "event.missing > 3",
        "event.flag == 1",
        "event.summary contains_any 'disk'",
        "event.count in 5",
        "event.hosts[0] starts_with a",
        "nil contains x",
        "event.summary regex '^(a+)+$'",
        "now is_in {'id': 1, 'type': 'SUPPORT_HOUR'}",
        "'soon' is_in {'id': 1, 'type': 'SUPPORT_HOUR'}",
        "event.empty",
    ],
)
def test_it_does_not_hold(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(
    "text, position, what",
    [
        ("", 1, "a condition is expected"),
        ("event.priority = HIGH", 16, "write == to compare"),
        ("event.flag && true", 12, "write and"),
        ("event.priority == ", 19, "is expected here"),
        ("(event.flag", 12, ") is expected"),
        ("event.flag event.off", 12, "after a whole condition"),
        ("evnt.priority == HIGH", 1, "'evnt' is not known"),
        ("event.priority == end", 19, "put it in quotes"),
        ("event.summary regex '('", 21, "not a regular expression"),
        ("event.summary regex event.pattern", 21, "in quotes"),
        ("'open", 1, "never closed"),
        ("event['open", 7, "never closed"),
        ("1 < 2 < 3", 7, "two sides"),
        ("trigger_count.1s > 3", 1, "5 seconds to 2 days"),
        ("trigger_count.soon > 3", 1, "is no duration"),
        ("5 < trigger_count.10m", 3, "on the left"),
        ("event.x in [1, 2", 17, ", is expected"),
        ("5kg == 5", 1, "no number"),
        ("event.at == 2026-13-01", 13, "no date"),
        ("event.x not 5", 13, "after not comes an operator"),
        ("(" * 60 + "true" + ")" * 60, 51, "deep"),
    ],
)
def test_what_is_wrong_is_said_with_its_position(text: str, position: int, what: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text, "eventFilter")
    problem = refused.value.problems[0]
    assert problem.path == "eventFilter"
    assert problem.message.startswith(f"position {position}: ")
    assert what in problem.message


def test_patterns_are_few() -> None:
    with pytest.raises(BadInput, match="20 patterns"):
        parse(" or ".join(["event.summary regex 'x'"] * 21))


def test_a_long_chain_is_no_deep_one() -> None:
    assert holds(" and ".join(["event.flag"] * 500))
    with pytest.raises(BadInput, match="characters at the most"):
        parse("event.flag and " * 1_000 + "true")


def test_support_hours_and_schedules_are_asked_of_whoever_knows_them() -> None:
    asked: list[tuple[str, int, datetime]] = []

    def covers(kind: str, number: int, at: datetime) -> bool:
        asked.append((kind, number, at))
        return number == 2

    condition = parse(
        'event.at is_in [{"id": 1, "type": "SUPPORT_HOUR"}, {"id": 2, "type": "ON_CALL_SCHEDULE"}]'
    )
    assert condition.holds(EVENT, NOW, covers=covers)
    at = NOW - timedelta(hours=1)
    assert asked == [("SUPPORT_HOUR", 1, at), ("ON_CALL_SCHEDULE", 2, at)]
    assert parse('now not is_in {"id": 1, "type": "SUPPORT_HOUR"}').holds(EVENT, NOW, covers=covers)


def judged(text: str, *seconds: int) -> list[bool]:
    """The answers to the same event at these times."""
    counters, answers = Counters(), []
    for second in seconds:
        judgement = parse(text).judge(EVENT, NOW + timedelta(seconds=second), counters)
        counters = judgement.counters
        answers.append(judgement.holds)
    return answers


def test_a_counter_begins_anew_when_its_time_is_over() -> None:
    assert judged("trigger_count.1m <= 2", 0, 10, 20, 59, 60, 61, 62) == [
        True,
        True,
        False,
        False,
        True,
        True,
        False,
    ]


def test_a_resetting_counter_begins_anew_at_its_limit() -> None:
    assert judged("resetting_trigger_count.PT10M >= 3", *range(7)) == [
        False,
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    assert judged("resetting_trigger_count.10m > 2", *range(6)) == [False, False, True, False, False, True]
    assert judged("resetting_trigger_count.10m < 3", *range(6)) == [True, True, False, True, True, False]


def test_a_counter_counts_only_what_comes_to_it_and_one_evaluation_once() -> None:
    assert judged("event.priority == LOW and trigger_count.1m > 0", 0, 1) == [False, False]
    condition = parse("event.priority == LOW and trigger_count.1m > 0")
    assert condition.judge(EVENT, NOW).counters == Counters()
    twice = parse("trigger_count.1m > 0 and trigger_count.60s == 1").judge(EVENT, NOW)
    assert twice.holds
    assert [tally.count for tally in twice.counters.tallies.values()] == [1]


def test_counters_of_a_clock_that_went_back_begin_anew() -> None:
    assert judged("trigger_count.1m <= 1", 100, 0) == [True, True]


def test_a_list_of_a_payload_is_not_looked_through_for_ever() -> None:
    many = {"event": {"many": list(range(20_000))}}
    assert not parse("5 in event.many").holds(many, NOW)
    assert parse("5 in event.many").holds({"event": {"many": list(range(5_000))}}, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
OPERATORS = [
    *(
        "==",
        "!=",
        ">",
        ">=",
        "<",
        "<=",
        "in",
        "is_in",
        "contains_any",
        "starts_with_any",
        "ends_with_any",
        "regex",
    ),
    *("matches", "exact_matches", "contains", "exact_contains", "starts_with", "ends_with"),
]
LITERALS = [
    "'x'",
    "1",
    "1.5",
    "-3",
    "true",
    "nil",
    "now",
    "[1, 'a', [nil]]",
    '{"id": 1, "type": "SUPPORT_HOUR"}',
]
OPERANDS = st.sampled_from(
    ["event.a", "event['b c']", "event.a[0]", "context", "trigger_count.5s", *LITERALS]
)
COMPARISONS = st.builds(
    lambda left, negation, operator, right: f"{left} {negation}{operator} {right}",
    OPERANDS,
    st.sampled_from(["", "not ", "not_"]),
    st.sampled_from(OPERATORS),
    OPERANDS,
)
EXPRESSIONS = st.recursive(
    COMPARISONS | OPERANDS,
    lambda inner: st.one_of(
        st.builds("({}) and {}".format, inner, inner),
        st.builds("{} or ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)
NOISE = st.lists(
    st.sampled_from([*OPERATORS, *LITERALS, "(", ")", "[", "'", "\\", "event.a", "not", "and", " ", "é"])
)


@given(text=EXPRESSIONS, data=JSON)
def test_no_context_makes_a_condition_raise(text: str, data: Any) -> None:
    try:
        condition = parse(text)
    except BadInput:
        return
    for context in (data, {"event": data}, {"event": {"a": data, "b c": data}}):
        assert isinstance(condition.holds(context, NOW), bool)


@given(text=st.text(max_size=80) | NOISE.map(" ".join) | NOISE.map("".join))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    with contextlib.suppress(BadInput):
        parse(text).holds(EVENT, NOW)


@given(first=st.booleans(), second=st.booleans(), third=st.booleans())
def test_and_binds_tighter_than_or(first: bool, second: bool, third: bool) -> None:
    text = f"{first} or {second} and not {third}".lower()
    assert holds(text) is (first or (second and not third))
