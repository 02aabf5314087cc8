"""What every connection type must do, ours and third parties'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connections.occasions import NOON, callback, occasion
from tests.connections.samples import HOOK, SAMPLES
from tocsin.auth import parameters
from tocsin.auth.vault import MASK, Vault
from tocsin.core.connections import Outcome, Remote
from tocsin.kit.chance import SeededChance
from tocsin.kit.errors import BadInput, Forbidden
from tocsin.kit.value import adapter, decode, dumps, encode
from tocsin.plugins import (
    Answer,
    ConnectionDefaults,
    ConnectionType,
    Errand,
    HttpAnswer,
    HttpRequest,
    MailRequest,
    NetworkFailure,
    connection_types,
)

TYPES = sorted(connection_types())
VAULT = Vault("s" * 32, SeededChance(1))
STRANGE: tuple[Answer, ...] = (
    *(
        HttpAnswer(status=code, body=b"")
        for code in (200, 201, 204, 302, 400, 401, 403, 404, 409, 413, 429, 500, 503)
    ),
    HttpAnswer(status=200, body=b"\xff\x00 no text"),
    HttpAnswer(status=200, body=b"[1,2"),
    HttpAnswer(status=200, body=b"[]"),
    HttpAnswer(status=200, body=b'{"id":null,"ok":true}'),
    HttpAnswer(status=429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    NetworkFailure(reason="refused", sent="NO"),
    NetworkFailure(reason="lost", sent="MAYBE"),
)


def errand(kind: ConnectionType, **changes: Any) -> Errand:
    """An errand with the sample parameters of a type."""
    sample = SAMPLES[kind.type]
    account = decode(kind.connector, sample["connector"]) if kind.connector else None
    plain = {"occasion": occasion(), "params": decode(kind.params, sample["params"]), "connector": account}
    return Errand(**{**plain, "now": NOON, "sender": "tocsin@example.org", **changes})


@pytest.fixture(params=TYPES)
def kind(request: pytest.FixtureRequest) -> ConnectionType:
    return connection_types()[request.param]


def test_every_type_has_a_sample_and_its_parameters_survive_the_wire(kind: ConnectionType) -> None:
    for values, sample in ((kind.params, "params"), (kind.connector, "connector")):
        if values is not None:
            given = SAMPLES[kind.type][sample]
            assert encode(values, decode(values, given)) == {**encode(values, decode(values, given)), **given}
            assert adapter(values).json_schema()["type"] == "object"


WITHOUT_ACCOUNT = {"aws_lambda", "azure_faas", "google_faas"}
"""A function may be open to everybody who knows its address."""


def classes(kind: ConnectionType) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Its classes of parameters, each with the sample."""
    for values, sample in ((kind.connector, "connector"), (kind.params, "params")):
        if values is not None:
            yield values, SAMPLES[kind.type][sample]


def refused(kind: ConnectionType, values: Any, given: dict[str, Any]) -> list[str]:
    """The paths of what is wrong with parameters that are to be stored."""
    with pytest.raises(BadInput) as wrong:
        parameters.seal(VAULT, kind, values, given, {})
    return [problem.path for problem in wrong.value.problems]


def test_what_is_needed_is_refused_when_it_is_missing_or_empty(kind: ConnectionType) -> None:
    for values, sample in classes(kind):
        schema = adapter(values).json_schema()
        for name in schema.get("required", ()):
            left = {key: text for key, text in sample.items() if key != name}
            assert refused(kind, values, left) == [f"params.{name}"]
            empty = "" if schema["properties"][name].get("type") == "string" else None
            assert refused(kind, values, {**sample, name: empty})[0].startswith(f"params.{name}")


def test_no_account_is_taken_that_says_nothing(kind: ConnectionType) -> None:
    if kind.connector is not None and kind.type not in WITHOUT_ACCOUNT:
        assert refused(kind, kind.connector, {})


@pytest.mark.parametrize(
    "name, values, given, path",
    [
        ("slack", "connector", {"clientId": "1"}, "botToken"),
        ("servicenow", "connector", {"url": "https://a.example", "password": "x"}, "username"),
        ("aws_lambda", "connector", {"accessKeyId": "A", "secretAccessKey": "s"}, "region"),
        ("aws_lambda", "connector", {"accessKeyId": "A", "region": "r"}, "secretAccessKey"),
        ("aws_lambda", "params", {}, "webhookUrl"),
        ("autotask", "params", {"queueId": {}}, "queueId"),
        ("email", "params", {"recipients": ["a@b.example"], "subject": "{{#open}}"}, "subject"),
        ("webhook", "params", {"webhookUrl": HOOK, "bodyTemplate": "{{#open}}"}, "bodyTemplate"),
        (
            "email",
            "params",
            {"recipients": ["a@b.example", "a@b.example\r\nBcc: c@d.example"]},
            "recipients.1",
        ),
        (
            "webhook",
            "params",
            {"webhookUrl": HOOK, "headers": [{"key": "a b", "value": ""}]},
            "headers.0.key",
        ),
        (
            "webhook",
            "params",
            {"webhookUrl": HOOK, "headers": [{"key": "a", "value": "b\nc"}]},
            "headers.0.value",
        ),
    ],
)
def test_what_could_never_be_sent_is_refused_where_it_stands(
    name: str, values: str, given: dict[str, Any], path: str
) -> None:
    kind = connection_types()[name]
    assert refused(kind, getattr(kind, values), given) == [f"params.{path}"]


def test_an_address_is_a_web_address(kind: ConnectionType) -> None:
    for values, sample in classes(kind):
        for name, said in adapter(values).json_schema().get("properties", {}).items():
            assert (said.get("format") == "uri") is (name == "endpoint" or name.lower().endswith("url")), name
            if said.get("format") == "uri":
                for text in ("ftp://x.example", "hello", "https://", "https://a b/", "https://x:99999"):
                    assert refused(kind, values, {**sample, name: text}) == [f"params.{name}"]
                for text in (
                    "http://10.0.0.1:8080/x",
                    "https://u:p@bücher.example/?a=b c",
                    sample.get(name, ""),
                ):
                    parameters.seal(VAULT, kind, values, {**sample, name: text or said["default"]}, {})


def test_secrets_are_sealed_in_the_store_and_masked_for_others(kind: ConnectionType) -> None:
    for values, sample in ((kind.params, "params"), (kind.connector, "connector")):
        if values is None:
            continue
        given = SAMPLES[kind.type][sample]
        stored = parameters.seal(VAULT, kind, values, given, {})
        assert parameters.opened(VAULT, kind, stored) == encode(values, decode(values, given))
        secrets = {n for n, v in stored.items() if isinstance(v, dict) and "sealed" in v}
        assert all(parameters.masked(stored)[n] == MASK for n in secrets)
        assert all(given[n] not in dumps(stored) for n in secrets)


def test_a_password_in_an_address_is_sealed_and_the_rest_of_it_shown() -> None:
    kind = connection_types()["webhook"]
    given = {"webhookUrl": "https://bo:geheim@hooks.example/in"}
    stored = parameters.seal(VAULT, kind, kind.params, given, {})
    assert "geheim" not in dumps(stored)
    shown = parameters.masked(stored)["webhookUrl"]
    assert shown == f"https://{MASK}@hooks.example/in"
    for before in (stored, {**stored, **given}):
        again = parameters.seal(VAULT, kind, kind.params, {"webhookUrl": shown}, before)
        assert parameters.opened(VAULT, kind, again)["webhookUrl"] == given["webhookUrl"]
    plain = parameters.seal(VAULT, kind, kind.params, {"webhookUrl": "https://hooks.example/in"}, stored)
    assert plain["webhookUrl"] == "https://hooks.example/in"


def test_the_first_request_is_deterministic_and_goes_over_the_web_or_by_mail(kind: ConnectionType) -> None:
    first = kind.proceed(errand(kind), ())
    assert first == kind.proceed(errand(kind), ())
    assert isinstance(first, HttpRequest | MailRequest)
    if isinstance(first, HttpRequest):
        assert first.url.startswith(("https://", "http://"))


@pytest.mark.parametrize("there", [None, Remote(id="7", url="https://x.example/7", state={"channel": "C1"})])
def test_any_answer_is_read(kind: ConnectionType, there: Remote | None) -> None:
    for answer in STRANGE:
        for status in ("PENDING", "ACCEPTED", "RESOLVED"):
            step = kind.proceed(errand(kind, remote=there, occasion=occasion(status=status)), (answer,))
            assert isinstance(step, Outcome | HttpRequest | MailRequest)
            if isinstance(step, MailRequest):
                continue  # the other recipients get theirs first
            if isinstance(answer, NetworkFailure):
                assert isinstance(step, Outcome)
                assert step.kind == "TEMPORARY", "what may not have arrived is sent again"
            elif isinstance(answer, HttpAnswer) and answer.status in {401, 403, 404}:
                assert isinstance(step, Outcome)
            elif isinstance(answer, HttpAnswer) and answer.status in {429, 500, 503}:
                assert isinstance(step, Outcome)
                assert step.kind == "TEMPORARY"


def test_a_target_that_we_may_not_ask_is_not_asked_again(kind: ConnectionType) -> None:
    step = kind.proceed(
        errand(kind), (NetworkFailure(reason="10.0.0.1 is private", sent="NO", refused=True),)
    )
    if isinstance(step, Outcome):  # mails have other ways
        assert (step.kind, step.answer) == ("PERMANENT", "10.0.0.1 is private")
    else:
        assert isinstance(step, MailRequest)


def test_an_errand_ends(kind: ConnectionType) -> None:
    answers: tuple[Answer, ...] = ()
    for _ in range(12):
        step = kind.proceed(errand(kind, remote=Remote(id="7", state={"channel": "C1"})), answers)
        if isinstance(step, Outcome):
            return
        answers = (*answers, HttpAnswer(status=200, body=b"{}"))
    pytest.fail("it goes on asking")


def course(one: Errand, kind: ConnectionType) -> list[object]:
    """The requests of an errand, to a product that is content with everything."""
    asked: list[object] = []
    answers: tuple[Answer, ...] = ()
    while not isinstance(step := kind.proceed(one, answers), Outcome):
        asked.append(step)
        answers = (*answers, HttpAnswer(status=200, body=b'{"ok":true,"id":7,"key":"7","access_token":"t"}'))
    return asked


def test_what_the_table_of_types_says_is_so(kind: ConnectionType) -> None:
    there = Remote(id="7", state={"channel": "C1"})
    first, later = course(errand(kind), kind), course(errand(kind, remote=there), kind)
    assert (later != first) is kind.updates, "what keeps in step changes what it made"
    if not kind.two_way:
        with pytest.raises(Forbidden, match="does not report back"):
            kind.hear(callback(b"{}"), None, None)
    else:
        own = {type(kind).hear.__qualname__, type(kind).listen.__qualname__}
        assert own - {ConnectionDefaults.hear.__qualname__, ConnectionDefaults.listen.__qualname__}


@settings(max_examples=40)
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.text(max_size=9),
            lambda t: (
                st.lists(t, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "issue",
                            "key",
                            "comment",
                            "user",
                            "changelog",
                            "items",
                            "action",
                            "ticket",
                            "payload",
                        ]
                    ),
                    t,
                    max_size=3,
                )
            ),
            max_leaves=9,
        ).map(lambda j: dumps(j).encode()),
    )
)
def test_whatever_comes_back_is_read_or_refused(body: bytes) -> None:
    for name in TYPES:
        kind = connection_types()[name]
        one = errand(kind)
        try:
            kind.listen(callback(body), one.connector, one.params, ())
        except (BadInput, Forbidden):
            continue
