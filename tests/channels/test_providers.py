"""What holds for every provider that is registered, ours and others'."""

from __future__ import annotations

import itertools
from dataclasses import fields
from typing import Any, get_args
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.examples import AT, PAGE, page
from tests.channels.providers import (
    ADDRESSES,
    BACK,
    SENDING,
    TOKEN,
    account,
    answer,
    asked,
    key_of,
    signed,
    to,
)
from tocsin.core.messages import Message
from tocsin.core.notifying import PLAIN, Purpose
from tocsin.kit.errors import BadInput, Forbidden
from tocsin.kit.value import adapter, decode, dumps, encode, loads, replace
from tocsin.plugins import Answered, Callback, Heard, HttpReply, HttpRequest, NetworkFailure, Provider, Reply
from tocsin.plugins import providers as registered

PROVIDERS = sorted(registered().items())
every = pytest.mark.parametrize(
    "provider", [p for _, p in PROVIDERS], ids=["-".join(k) for k, _ in PROVIDERS]
)


def messages() -> list[Message]:
    """One of every purpose, in both languages, and with a summary that hurts."""
    odd = page({"summary": "Ünïcödé 😀 <b>&\"'\x00 {{to}} " * 40, "details": "]]>" * 900})
    plain = {"subject": None, "answers": None, "headline": "Test page", "text": "It works. Code 4711."}
    made = [odd, page({"summary": ""}), replace(PAGE, reply_code="7", open_incidents=3)]
    for purpose in get_args(Purpose):
        changes: dict[str, Any] = dict(plain) if purpose in PLAIN else {}
        if purpose in ("ACCEPTED", "RESOLVED", "SUBSCRIPTION"):
            changes["answers"] = None
        code = "4711" if purpose == "VERIFICATION" else ""
        made += [
            replace(PAGE, purpose=purpose, language=language, code=code, **changes)
            for language in ("en", "de")
        ]
    return made


MESSAGES = messages()


def test_every_provider_has_an_account_and_an_address_here() -> None:
    assert {key for key, _ in PROVIDERS} == set(ADDRESSES)


@every
def test_settings_survive_being_stored(provider: Provider) -> None:
    config = account(key_of(provider))
    assert isinstance(config, provider.config)
    assert decode(provider.config, encode(provider.config, config)) == config


@every
def test_secrets_are_fields_of_the_settings(provider: Provider) -> None:
    names = set(encode(provider.config, account(key_of(provider))))
    assert provider.secret_fields <= names | {_camel(field.name) for field in fields(provider.config)}


@every
def test_settings_that_are_missing_are_refused_by_name(provider: Provider) -> None:
    needed = {
        f.name
        for f in fields(provider.config)
        if "MISSING" in repr(f.default) and "MISSING" in repr(f.default_factory)
    }
    if not needed:
        assert decode(provider.config, {}) is not None
        return
    with pytest.raises(BadInput) as refused:
        decode(provider.config, {})
    assert {problem.path for problem in refused.value.problems} == {_camel(name) for name in needed}


@every
def test_an_address_is_a_web_address(provider: Provider) -> None:
    stored = encode(provider.config, account(key_of(provider)))
    for name, said in adapter(provider.config).json_schema()["properties"].items():
        assert (said.get("format") == "uri") is (name == "homeserver" or name.lower().endswith("url")), name
        for text in ("ftp://x.example", "hello") if said.get("format") == "uri" else ():
            with pytest.raises(BadInput) as refused:
                decode(provider.config, {**stored, name: text})
            assert [problem.path for problem in refused.value.problems] == [name]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@every
def test_it_takes_its_own_kind_of_address_and_nothing_else(provider: Provider) -> None:
    assert provider.takes(ADDRESSES[key_of(provider)])
    for wrong in ("", "  ", "ann@example.com", "0170 1234567", "javascript:alert(1)", "{}"):
        assert not provider.takes(wrong)


def test_no_push_goes_through_a_provider_of_another_kind() -> None:
    pushes = [key for key, _ in PROVIDERS if key[0] == "PUSH"]
    for left, right in itertools.permutations(pushes, 2):
        assert not registered()[left].takes(ADDRESSES[right])


@every
def test_every_message_becomes_the_same_request_each_time(provider: Provider) -> None:
    config = account(key_of(provider))
    for message in MESSAGES:
        ready = to(provider, message)
        request = provider.render(ready, config, SENDING)
        assert request == provider.render(ready, config, SENDING)
        assert isinstance(request, HttpRequest)
        assert request.url.startswith("https://")
        assert len(request.body) < 30_000
        assert all(text.isprintable() for pair in request.headers for text in pair)
        if ("Content-Type", "application/json") in request.headers:
            assert loads(request.body)


@every
def test_a_page_shows_what_happened(provider: Provider) -> None:
    if key_of(provider) == ("PUSH", "web"):
        return  # encrypted: see test_web_push.py
    sent = asked(provider)
    assert b"Disk" in sent.body or "Disk" in sent.url


REFUSALS = {
    301: {"PERMANENT"},
    400: {"PERMANENT"},
    401: {"PERMANENT", "TEMPORARY"},
    403: {"PERMANENT"},
    429: {"TEMPORARY"},
    500: {"TEMPORARY"},
    503: {"TEMPORARY"},
}
BODIES = (b"", b"{}", b"<html>Bad gateway</html>", b"\xff\x00[[[")


@every
def test_refusals_are_read_sanely(provider: Provider) -> None:
    for status, body in itertools.product(REFUSALS, BODIES):
        receipt = provider.read(answer(status, body, retry_after="7"))
        assert receipt.outcome in REFUSALS[status]
        assert receipt.answer.startswith(str(status))
        assert receipt.reference is None
        assert receipt.pause_seconds == (7 if receipt.outcome == "TEMPORARY" else None)


@every
def test_a_limit_without_a_time_still_pauses(provider: Provider) -> None:
    pause = provider.read(answer(429)).pause_seconds
    assert pause is not None
    assert 0 < pause <= 3600


@every
@given(st.binary(max_size=300))
@settings(max_examples=20)
def test_garbage_is_never_a_failure_that_stops(provider: Provider, body: bytes) -> None:
    receipt = provider.read(answer(200, body))
    assert receipt.outcome in ("SENT", "UNKNOWN", "TEMPORARY")
    assert len(receipt.answer) <= 500


@every
@given(st.binary(max_size=300) | st.sampled_from([b'{"ok":true,"result":[7,{},{"update_id":"x"}]}']))
@settings(max_examples=20)
def test_garbage_is_no_update(provider: Provider, body: bytes) -> None:
    config = account(key_of(provider))
    for said in (answer(200, body), NetworkFailure(reason="reset", sent="MAYBE")):
        found = provider.polled(said, "5", config, AT)
        assert found is None or found.after == "5"
    assert provider.reply_by(HttpReply(body=body), config) is None


@every
def test_no_answer_is_not_an_answer(provider: Provider) -> None:
    assert provider.read(NetworkFailure(reason="refused", sent="NO")).outcome == "TEMPORARY"
    assert provider.read(NetworkFailure(reason="reset", sent="MAYBE")).outcome == "UNKNOWN"


_PATHS = st.sampled_from([
    "", "status", f"status/{TOKEN}", f"keys/{TOKEN}/1", f"machine/{TOKEN}", f"acknowledged/{TOKEN}", "button", "x/y/z/w",
])  # fmt: skip
_HEADERS = st.dictionaries(
    st.sampled_from([
        "authorization", "x-twilio-signature", "x-slack-signature", "x-slack-request-timestamp",
        "x-telegram-bot-api-secret-token", "content-type",
    ]),
    st.text(max_size=60),
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["message", "callback_query", "event", "type", "actions", "dtmf", "context", "data", "id", "text"]),
        inner,
    ),
    max_leaves=12,
)  # fmt: skip
_FORMS = st.dictionaries(
    st.sampled_from(
        ["From", "Body", "Digits", "CallStatus", "payload", "text", "msisdn", "status", "AnsweredBy"]
    ),
    st.text(max_size=20),
)
_BODIES = (
    st.binary(max_size=200)
    | _JSON.map(lambda said: dumps(said).encode())
    | _FORMS.map(lambda form: urlencode(form).encode())
)


def unguarded(config: Any) -> Any:
    """The settings without the secrets that may be left out, so that callbacks reach the reading."""
    names = {f.name for f in fields(config)} & {"signature_secret", "webhook_secret"}
    return replace(config, **dict.fromkeys(names, ""))


@every
@given(
    genuine=st.booleans(),
    rest=_PATHS,
    headers=_HEADERS,
    body=_BODIES,
    query=st.lists(st.tuples(st.text(), st.text()), max_size=3),
)
@settings(max_examples=40)
def test_whatever_calls_back_is_heard_or_refused(
    provider: Provider,
    *,
    genuine: bool,
    rest: str,
    headers: dict[str, str],
    body: bytes,
    query: list[tuple[str, str]],
) -> None:
    config = unguarded(account(key_of(provider)))
    callback = Callback(
        method="POST",
        url=f"{BACK}/{rest}",
        rest=rest,
        query=tuple(query),
        headers=headers,
        body=body,
        received_at=AT,
    )
    if genuine:
        callback = signed(callback, key_of(provider))
    try:
        heard = provider.hear(callback, config)
    except (BadInput, Forbidden):
        return
    assert isinstance(heard, Heard)
    for report in heard.reports:
        assert report.token or report.reference
    for said in (*heard.reports, *heard.replies):
        assert "\0" not in "".join(text for text in vars_of(said) if isinstance(text, str))
    done = tuple(Answered(reply=reply, outcome="NOT_UNDERSTOOD", text="Sorry?") for reply in heard.replies)
    assert isinstance(provider.respond(heard, done, config, SENDING), HttpReply)


def vars_of(said: Any) -> list[Any]:
    """Everything in a report or reply."""
    return [getattr(said, f.name) for f in fields(said)]


OUTCOMES = ("ACCEPT", "REPEAT", "NOT_UNDERSTOOD", "ALREADY_ACCEPTED", "UNKNOWN")


@every
def test_every_outcome_can_be_told(provider: Provider) -> None:
    reply = Reply(text="1", token=TOKEN, key="CA1/1", in_place=True)
    for outcome, message in itertools.product(OUTCOMES, (None, PAGE)):
        done = Answered(reply=reply, outcome=outcome, text="Done & <dusted>.", message=message)
        told = provider.respond(Heard(replies=(reply,)), (done,), account(key_of(provider)), SENDING)
        assert told.status == 200


@every
def test_only_web_push_works_without_an_account(provider: Provider) -> None:
    made = provider.ready_made(b"s" * 64, "mailto:ops@example.com")
    assert (made is not None) == (key_of(provider) == ("PUSH", "web"))


@every
def test_every_setting_is_explained(provider: Provider) -> None:
    properties = adapter(provider.config).json_schema().get("properties", {})
    assert [name for name, schema in properties.items() if not schema.get("description")] == []
