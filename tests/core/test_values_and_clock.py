"""Values and their JSON, instants and their texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.people_and_policies import NOON
from tocsin.core.events import AlertSource, Heartbeat
from tocsin.core.people import PhoneNumber, User
from tocsin.core.policies import EscalationPolicy
from tocsin.kit.chance import SeededChance, short_key
from tocsin.kit.clock import EPOCH, ManualClock, ScaledClock, from_micros, parse_instant, rfc3339, to_micros
from tocsin.kit.errors import BadInput
from tocsin.kit.value import (
    Ge,
    Le,
    MaxLen,
    MinLen,
    decode,
    decode_json,
    encode,
    encode_json,
    field,
    loads,
    value,
)

instants = st.datetimes(
    min_value=datetime.min.replace(year=1900),  # noqa: DTZ901 - Hypothesis wants naive bounds
    max_value=datetime.min.replace(year=9000),  # noqa: DTZ901 - the same
    timezones=st.just(UTC),
)
users = st.builds(
    User,
    id=st.integers(0, 2**62),
    username=st.text(max_size=8),
    email=st.text(max_size=8),
    role=st.sampled_from(["GUEST", "USER", "OWNER"]),
    mobile=st.none()
    | st.builds(PhoneNumber, region_code=st.none() | st.just("DE"), number=st.text(max_size=8)),
    update_states=st.lists(st.sampled_from(["ACCEPTED", "RESOLVED"])).map(tuple),
)
sources = st.builds(
    AlertSource,
    name=st.text(min_size=1, max_size=8),
    integration_type=st.just("API"),
    auto_resolution_timeout=st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=30)),
    heartbeat=st.none() | st.builds(Heartbeat, interval_sec=st.integers(25, 9999)),
)


@given(users)
def test_a_user_survives_json(user: User) -> None:
    assert decode(User, encode(User, user)) == user
    assert decode_json(User, encode_json(User, user)) == user


@given(sources)
def test_a_source_survives_json(source: AlertSource) -> None:
    assert decode_json(AlertSource, encode_json(AlertSource, source)) == source


def test_names_are_camel_case_and_absent_things_left_out() -> None:
    wire = encode(User, User(first_name="Ann"))
    assert wire["firstName"] == "Ann"
    assert "mobile" not in wire


@pytest.mark.parametrize(
    "given, said",
    [
        ({"escalationRules": [{"escalationTimeout": "soon"}]}, ["0.escalationTimeout: write a whole number"]),
        (
            {"escalationRules": [{"escalationTimeout": -1}, {"escalationTimeout": 10_081}]},
            ["0.escalationTimeout: write 0 or more", "1.escalationTimeout: write 10080 or less"],
        ),
        ({"escalationRules": [5]}, ["0: write an object"]),
        ({"escalationRules": []}, ["name at least 1"]),
        ({"escalationRules": 5}, ["write a list"]),
        ({"escalationRules": [{}] * 51}, ["name at most 50"]),
    ],
)
def test_each_fault_has_one_complaint(given: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(BadInput) as wrong:
        decode(EscalationPolicy, {"name": "x", **given})
    assert [str(p).removeprefix("escalationRules").lstrip(".: ") for p in wrong.value.problems] == said


@value
class OfEveryKind:
    """One field of every kind that the wire has."""

    text: Annotated[str, MinLen(1), MaxLen(3)] = "x"
    longer: Annotated[str, MinLen(3)] = "xxx"
    number: Annotated[int, Ge(1), Le(3)] = 1
    share: float = 0.5
    flag: bool = False
    word: Literal["A", "B"] = "A"
    at: datetime = NOON
    day: date = NOON.date()
    list: tuple[str, ...] = ()
    map: Mapping[str, str] = field(default_factory=dict)
    inner: PhoneNumber | None = None


@pytest.mark.parametrize("name", [f.name for f in fields(OfEveryKind)])
def test_what_is_wrong_is_said_in_our_words(name: str) -> None:
    for wrong in (
        None,
        "",
        "much too long",
        99,
        -99,
        1.5,
        True,
        [],
        ["x", 5],
        {"x": 5},
        "2026-99-99",
        "1e999",
    ):
        try:
            decode(OfEveryKind, {name: wrong})
        except BadInput as refused:
            for problem in refused.problems:
                assert problem.path.partition(".")[0] == name
                assert problem.message.startswith(("write ", "use one of ", "fill this in")), problem


def test_a_text_that_is_no_json_is_refused_in_our_words() -> None:
    with pytest.raises(BadInput, match="not valid JSON: "):
        decode_json(User, "{")


def test_what_is_not_known_is_ignored_and_what_is_wrong_refused() -> None:
    assert decode(User, {"firstName": "Ann", "shoeSize": 38}) == User(first_name="Ann")
    with pytest.raises(BadInput) as refused:
        decode(User, {"mobile": {"number": 5}, "role": "KING"})
    assert {p.path for p in refused.value.problems} == {"mobile.number", "role"}


@pytest.mark.parametrize("text", ["", "{", "nul", "\x00"])
def test_text_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        loads(text)
    with pytest.raises(BadInput):
        decode_json(User, text)


def test_a_value_cannot_change() -> None:
    @value
    class Thing:
        size: int

    with pytest.raises(AttributeError):
        Thing(size=1).size = 2  # type: ignore[misc]


@given(instants)
def test_instants_keep_every_microsecond(instant: datetime) -> None:
    assert from_micros(to_micros(instant)) == instant
    assert parse_instant(rfc3339(instant)) == instant


@given(instants, st.integers(-14 * 60, 14 * 60))
def test_any_offset_is_the_same_instant(instant: datetime, minutes: int) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(minutes=minutes)))
    assert parse_instant(elsewhere.isoformat()) == instant
    assert rfc3339(elsewhere) == rfc3339(instant)


def test_the_text_of_an_instant_says_no_more_than_is_known() -> None:
    assert rfc3339(NOON) == "2026-03-02T12:00:00Z"
    assert rfc3339(NOON + timedelta(microseconds=250_000)) == "2026-03-02T12:00:00.25Z"
    assert rfc3339(EPOCH + timedelta(seconds=10)) == "1970-01-01T00:00:10Z"
    assert parse_instant("2026-03-02T12:00:00") == NOON


def test_a_scaled_clock_keeps_its_anchor_and_never_turns_back() -> None:
    clock = ScaledClock(60, (NOON, EPOCH))
    assert clock.at(NOON) == EPOCH
    assert clock.at(NOON + timedelta(seconds=2)) == EPOCH + timedelta(minutes=2)
    assert clock.at(NOON - timedelta(seconds=2)) == EPOCH


def test_a_manual_clock_moves_when_told() -> None:
    clock = ManualClock(NOON)
    assert clock.now() == NOON == clock.at(EPOCH)
    clock.advance(timedelta(seconds=1))
    assert clock.now() == NOON + timedelta(seconds=1)


def test_a_seed_says_all() -> None:
    one, two, other = (short_key(SeededChance(seed)) for seed in (1, 1, 2))
    assert one == two != other
