"""Which mails count, what they belong to, and which of them mean the end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.events import AlertSource, NothingToReport
from tocsin.core.mail_rules import Criteria, KeyExtractor, MailRules, Predicate
from tocsin.core.mail_source import Mail, address_of, check, event_of, ours_among
from tocsin.kit.errors import BadInput

SOURCE = AlertSource(name="m", integration_type="EMAIL")
EXTRACTING = AlertSource(name="m", integration_type="EMAIL", incident_creation="OPEN_RESOLVE_ON_EXTRACTION")
MAIL = Mail(sender="mon@x.example", subject="Disk full", body="db1 is full", message_id="<1@x>")


def event(rules: MailRules = MailRules(), source: AlertSource = SOURCE, **more: Any) -> Any:  # noqa: B008
    fields = {name: getattr(MAIL, name) for name in ("sender", "subject", "body", "message_id")}
    return event_of(source, rules, Mail(**{**fields, **more}))


def test_the_subject_is_the_summary_and_the_text_the_details() -> None:
    made = event()
    assert (made.event_type, made.summary, made.details) == ("ALERT", "Disk full", "db1 is full")
    assert event(subject=" ").summary == "A mail without a subject from mon@x.example"


def test_a_thread_is_one_problem() -> None:
    assert event(message_id="<2@x>", thread="<1@x>").key == event().key == "<1@x>"
    assert event(message_id="").key == ""


@pytest.mark.parametrize(
    "criteria, wanted, holds",
    [
        ("CONTAINS_ANY_WORDS", "disk memory", True),
        ("CONTAINS_ANY_WORDS", "is memory", False),
        ("CONTAINS_NOT_WORDS", "memory", True),
        ("CONTAINS_NOT_WORDS", "FULL", False),
        ("CONTAINS_STRING", "sk fu", True),
        ("CONTAINS_NOT_STRING", "sk fu", False),
        ("IS_STRING", "disk FULL ", True),
        ("IS_STRING", "disk", False),
        ("IS_NOT_STRING", "disk", True),
        ("MATCHES_REGEX", r"^Disk \w+$", True),
        ("MATCHES_REGEX", r"^full", False),
        ("MATCHES_NOT_REGEX", r"^full", True),
    ],
)
def test_what_a_field_must_be_like(criteria: Criteria, wanted: str, holds: bool) -> None:
    rule = Predicate(field="EMAIL_SUBJECT", criteria=criteria, value=wanted)
    rules = MailRules(filtered=True, predicates=(rule,))
    if holds:
        assert event(rules).summary
        return
    with pytest.raises(NothingToReport, match="filter"):
        event(rules)


def test_all_or_any_must_hold() -> None:
    yes = Predicate(field="EMAIL_FROM", criteria="CONTAINS_STRING", value="mon@")
    no = Predicate(field="EMAIL_BODY", criteria="CONTAINS_STRING", value="nowhere")
    assert event(MailRules(filtered=True, predicates=(yes, no), operator="OR"))
    assert event(MailRules(filtered=False, predicates=(no,)))
    with pytest.raises(NothingToReport):
        event(MailRules(filtered=True, predicates=(yes, no)))


UUID = "2f0b1f3e-0000-4000-8000-000000000001"
UUID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    "criteria, wanted, subject, key",
    [
        ("MATCHES_REGEX", UUID_PATTERN, f"Alarm {UUID} is on", UUID),
        ("MATCHES_REGEX", "(?<=Service:)(.*)(?=is)", "Service: web is CRITICAL", "web"),
        ("ALL_TEXT_BEFORE", " is ", "web is OK", "web"),
        ("ALL_TEXT_AFTER", "host=", "alarm host=db1", "db1"),
    ],
)
def test_the_key_is_cut_out(criteria: Any, wanted: str, subject: str, key: str) -> None:
    rules = MailRules(key_extractor=KeyExtractor(field="EMAIL_SUBJECT", criteria=criteria, value=wanted))
    assert event(rules, EXTRACTING, subject=subject).key == key
    with pytest.raises(NothingToReport, match="no key"):
        event(rules, EXTRACTING, subject="nothing of the kind")


def test_what_means_the_end_has_the_same_key() -> None:
    rules = MailRules(
        resolve_filtered=True,
        resolve_predicates=(Predicate(field="EMAIL_SUBJECT", criteria="CONTAINS_STRING", value="OK"),),
        key_extractor=KeyExtractor(
            field="EMAIL_SUBJECT", criteria="MATCHES_REGEX", value="(?<=Service:)(.*)(?=is)"
        ),
    )
    bad = event(rules, EXTRACTING, subject="Service: web is CRITICAL")
    good = event(rules, EXTRACTING, subject="Service: web is OK")
    assert (bad.event_type, good.event_type, bad.key) == ("ALERT", "RESOLVE", good.key)
    assert event(rules, subject="Service: web is OK").event_type == "ALERT", "only in that mode"


@pytest.mark.parametrize("operator", ["AND", "OR", None])
def test_a_filter_without_conditions_filters_nothing(operator: Any) -> None:
    """What was switched on before it was filled in must not swallow what comes meanwhile."""
    key = KeyExtractor(field="EMAIL_SUBJECT", criteria="ALL_TEXT_AFTER", value="host=")
    rules = MailRules(
        filtered=True,
        operator=operator,
        resolve_filtered=True,
        resolve_operator=operator,
        key_extractor=key,
    )
    assert event(rules, EXTRACTING, subject="down host=db1").event_type == "ALERT"


def test_a_source_without_an_extractor_cannot_extract() -> None:
    with pytest.raises(NothingToReport):
        event(source=EXTRACTING)


def test_wrong_patterns_are_named() -> None:
    wrong = Predicate(field="EMAIL_BODY", criteria="MATCHES_REGEX", value="(")
    rules = MailRules(
        predicates=(wrong,),
        resolve_predicates=(wrong,),
        key_extractor=KeyExtractor(field="EMAIL_BODY", criteria="MATCHES_REGEX", value="("),
    )
    with pytest.raises(BadInput) as refused:
        check(rules)
    paths = ["emailPredicates.0.value", "emailResolvePredicates.0.value", "resolveKeyExtractor.value"]
    assert [problem.path for problem in refused.value.problems] == paths


def test_addresses_of_sources() -> None:
    assert address_of("Disk", "T.example") == address_of("disk@t.example", "t.example") == "disk@t.example"
    for wrong in ("", "a b", "x" * 65, "reply", "postmaster", "x@other.example", ".x", "a+b"):
        with pytest.raises(BadInput):
            address_of(wrong, "t.example")


def test_a_suffix_is_part_of_the_address_or_not() -> None:
    assert ours_among(("<Disk+7@T.example>", "x@other.example"), "t.example") == (
        "disk+7@t.example",
        "disk@t.example",
    )


@given(st.text(), st.text(), st.sampled_from(["(a+)+$", r"\w*\d", "x"]))
def test_no_text_makes_a_rule_fail(subject: str, body: str, pattern: str) -> None:
    rule = Predicate(field="EMAIL_BODY", criteria="MATCHES_NOT_REGEX", value=pattern)
    try:
        assert event(MailRules(filtered=True, predicates=(rule,)), subject=subject, body=body).summary
    except NothingToReport:
        return
