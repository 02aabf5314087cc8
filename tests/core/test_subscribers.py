"""Keeping subscribers informed: who is told of what, where, and why not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.people_and_policies import (
    NOON,
    TOOL,
    around,
    by,
    contact,
    incident,
    paged,
    person,
    policy,
    rule,
)
from tocsin.core.escalation import decide
from tocsin.core.incidents import (
    Accept,
    Command,
    Decision,
    Escalate,
    Log,
    Remark,
    Resolve,
    Send,
    Subscribe,
    Subscription,
    Unsubscribe,
)
from tocsin.core.people import Contact, Person
from tocsin.core.subscribers import may_subscribe, words
from tocsin.kit.value import replace

ANN, BO = person(1), person(2)
CY = person(3, contacts=[contact(30), contact(31)], rules=[rule(300, "SUBSCRIPTION", contact_id=31)])
SIX = Contact(id=60, method="PHONE", target="+491701234567", verified=("VOICE", "SMS"))
AROUND = around(policy([1], [2]), ANN, BO, CY, subscribers=(2, 3))
OPEN = incident(phase="CLIMBING", level=0)


def told(decision: Decision) -> list[tuple[int, str, str]]:
    """(user, address, what happened) of those who are kept informed."""
    pages = [e.page for e in decision.effects if isinstance(e, Send) and e.page.purpose == "SUBSCRIPTION"]
    return [(p.user_id, p.target.partition("@")[0], (p.content or {})["event"]) for p in pages]


@pytest.mark.parametrize(
    "command, expected",
    [
        (Subscribe(by=by(ANN), user_ids=(2, 3)), []),
        (Remark(by=by(ANN), text="soon"), []),
        (
            Remark(by=by(ANN), text="soon", to_subscribers=True),
            [(2, "c20", "COMMENT"), (3, "c31", "COMMENT")],
        ),
        (Remark(by=by(BO), text="soon", to_subscribers=True), [(3, "c31", "COMMENT")]),
        (Accept(by=by(ANN)), []),
        (Escalate(by=by(ANN)), []),
        (Resolve(by=TOOL), [(2, "c20", "RESOLVED"), (3, "c31", "RESOLVED")]),
        (Resolve(by=by(CY)), [(2, "c20", "RESOLVED")]),
    ],
)
def test_subscribers_hear_what_is_written_for_them_and_the_end(
    command: Command, expected: list[tuple[int, str, str]]
) -> None:
    assert told(decide(OPEN, command, NOON, AROUND)) == expected


def test_who_is_subscribed_hears_of_it_at_once_unless_it_was_their_own_doing() -> None:
    nobody = replace(AROUND, subscribers=())
    decision = decide(OPEN, Subscribe(by=by(BO), user_ids=(3, 2, 3)), NOON, nobody)
    assert told(decision) == [(3, "c31", "SUBSCRIBED")]
    changes = [e for e in decision.effects if isinstance(e, Subscription)]
    assert changes == [Subscription(user_id=3, wanted=True), Subscription(user_id=2, wanted=True)]
    assert decide(OPEN, Unsubscribe(by=by(BO), user_ids=(2,)), NOON, nobody).effects == ()


def test_whoever_was_paged_at_the_same_address_hears_the_end_once() -> None:
    decision = decide(OPEN, Resolve(by=TOOL), NOON, replace(AROUND, paged=(paged(BO),)))
    sent = [(e.page.user_id, e.page.purpose) for e in decision.effects if isinstance(e, Send)]
    assert sent == [(2, "RESOLVED"), (3, "SUBSCRIPTION")]


@pytest.mark.parametrize(
    "someone, where",
    [
        (person(6, [contact(60), contact(61)], []), ["c60", "c61"]),
        (person(6, [contact(60), SIX], [rule(1, "SUBSCRIPTION", contact_id=99)]), ["c60"]),
        (person(6, [SIX], []), ["+491701234567"]),
        (person(6, [contact(60, "BOUNCED")], []), "NO_CONTACT"),
        (replace(person(6), muted_until=NOON + timedelta(hours=1)), "MUTED"),
        (replace(person(6), muted_until=NOON), ["c60"]),
        (None, "USER_MISSING"),
    ],
    ids=[
        "no rules",
        "rules lead nowhere",
        "never by a call",
        "no address",
        "muted",
        "no longer muted",
        "gone",
    ],
)
def test_without_rules_they_hear_quietly_and_never_silently_nothing(
    someone: Person | None, where: list[str] | str
) -> None:
    near = around(policy([1]), ANN, *([someone] if someone else []))
    decision = decide(OPEN, Subscribe(by=by(ANN), user_ids=(6,)), NOON, near)
    silences = [e.vars["reason"] for e in decision.effects if isinstance(e, Log) and e.type == "NotTold"]
    assert ([address for _, address, _ in told(decision)] or silences[0]) == where


def test_two_updates_at_one_instant_are_two_messages() -> None:
    command = Remark(by=by(ANN), text="soon", to_subscribers=True)
    versions = (OPEN, replace(OPEN, version=2))
    rules = {
        e.page.rule
        for before in versions
        for e in decide(before, command, NOON, AROUND).effects
        if isinstance(e, Send)
    }
    assert len(rules) == 4


@pytest.mark.parametrize(
    "content, language, text",
    [
        (
            {"event": "SUBSCRIBED", "by": "Ann"},
            "en",
            "Ann wants you to be kept informed of this incident. You need not do anything.",
        ),
        ({"event": "COMMENT", "by": "Ann", "text": "soon {by}"}, "de", "Ann schreibt:\nsoon {by}"),
        ({"event": "RESOLVED", "by": "Ann"}, "en", "Resolved by Ann."),
    ],
)
def test_what_they_read(content: dict[str, str], language: str, text: str) -> None:
    headline, said = words(content, incident("RESOLVED"), language)
    assert headline.endswith("#7 Disk full")
    assert said == text


def test_guests_are_the_only_ones_who_may_not() -> None:
    assert [may_subscribe(replace(ANN, role=role)) for role in ("GUEST", "STAKEHOLDER", "OWNER")] == [
        False,
        True,
        True,
    ]
