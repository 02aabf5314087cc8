"""Amazon SNS asks whether its messages are wanted: yes, if it is Amazon that asks."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.cast import Cast, assemble
from tocsin.core.events import AlertSource
from tocsin.engine.ingest import Ingest
from tocsin.engine.spool import Spool
from tocsin.kit.chance import SeededChance
from tocsin.kit.errors import BadInput, Overloaded, TocsinError
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, NetworkFailure
from tocsin.store import events, sources
from tocsin.store.database import Database
from tocsin.store.intake import Payload

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
AMAZON = "https://sns.eu-central-1.amazonaws.com/"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:jobs"


def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    unsigned = x509.CertificateBuilder(name, name, KEY.public_key(), 1, day, day.replace(year=2046))
    return unsigned.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


PEM = certificate()


def question(version: str = "1", **changes: str) -> bytes:
    """As SNS asks: what is changed is changed before signing."""
    said = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37fb",
        "TopicArn": TOPIC,
        "Message": "You have chosen to subscribe",
        "SubscribeURL": f"{AMAZON}?Action=ConfirmSubscription&Token=2336412f37fb",
        "Timestamp": "2026-11-20T08:15:30.000Z",
        "SignatureVersion": version,
        "SigningCertURL": f"{AMAZON}SimpleNotificationService-0.pem",
    } | changes
    signed = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    text = "".join(f"{name}\n{said[name]}\n" for name in signed)
    kind = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = KEY.sign(text.encode(), padding.PKCS1v15(), kind)
    return json.dumps({**said, "Signature": base64.b64encode(signature).decode()}).encode()


class Amazon:
    """The network, as far as it leads to Amazon."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = {"pem": HttpAnswer(status=200, body=PEM), "yes": HttpAnswer(status=200)} | answers
        self.asked: list[str] = []

    async def __call__(self, request: HttpRequest) -> Answer:
        assert request.method == "GET"
        self.asked.append(request.url)
        return self.answers["pem" if request.url.endswith(".pem") else "yes"]


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def receive(cast: Cast, folder: Path, amazon: Amazon, body: bytes, kind: str = "AMAZONSNS") -> list[Any]:
    """The event log after the payload, oldest first; a refusal comes last."""
    with cast.db.write() as tx:
        wanted = AlertSource(name="topic", integration_type=kind, policy_id=cast.policy.id)
        source = sources.create(tx, wanted, cast.chance)
    chance = SeededChance(3)
    ingest = Ingest(cast.db, Spool(folder / "spool", chance), chance, ask=amazon)

    async def run() -> TocsinError | None:
        stopping = asyncio.Event()
        worker = asyncio.create_task(ingest.run(stopping))
        refused = None
        try:
            await ingest.receive(Payload(key=source.integration_key, body=body))
        except TocsinError as wrong:
            refused = wrong
        stopping.set()
        await worker
        return refused

    refused = asyncio.run(run())
    with cast.db.read() as tx:
        told = [(event.effect, event.reason) for event in reversed(events.listing(tx, source.id, 0, 10))]
    return [*told, *([refused] if refused else [])]


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_topic_that_asks_is_told_yes(cast: Cast, tmp_path: Path, version: str) -> None:
    amazon = Amazon()
    asked, confirmed = receive(cast, tmp_path, amazon, question(version))
    assert asked == ("DROP", f"the topic {TOPIC} asks whether its messages are wanted")
    assert confirmed == ("DROP", f"the subscription to {TOPIC} was confirmed")
    assert amazon.asked == [
        f"{AMAZON}SimpleNotificationService-0.pem",
        f"{AMAZON}?Action=ConfirmSubscription&Token=2336412f37fb",
    ]


@pytest.mark.parametrize(
    "body, where",
    [
        (question(SubscribeURL="https://sns.eu-central-1.amazonaws.com.example.com/x"), "SubscribeURL"),
        (question(SubscribeURL="http://sns.eu-central-1.amazonaws.com/x"), "SubscribeURL"),
        (question(SubscribeURL="https://u@sns.eu-central-1.amazonaws.com/x"), "SubscribeURL"),
        (question(SubscribeURL="https://169.254.169.254/latest"), "SubscribeURL"),
        (question(SigningCertURL="https://sns.a.example.com/amazonaws.com/c.pem"), "SigningCertURL"),
        (question().replace(b"2336412f37fb", b"2336412f37fc"), "Signature"),
        (question().replace(b'"Signature": "', b'"Signature": "!'), "Signature"),
        (question("2").replace(b'"SignatureVersion": "2"', b'"SignatureVersion": "1"'), "Signature"),
        (question(SignatureVersion="3"), "Signature"),
    ],
)
def test_whoever_else_asks_is_refused(cast: Cast, tmp_path: Path, body: bytes, where: str) -> None:
    amazon = Amazon()
    _, told, refused = receive(cast, tmp_path, amazon, body)
    assert isinstance(refused, BadInput)
    assert refused.problems[0].path == where
    assert told == ("REJECT", refused.message)
    assert not any("Action" in url or "169.254" in url for url in amazon.asked)
    assert all(url.startswith(AMAZON) for url in amazon.asked)


@pytest.mark.parametrize(
    "answers",
    [
        {"pem": NetworkFailure(reason="no route", sent="NO")},
        {"pem": HttpAnswer(status=404)},
        {"yes": HttpAnswer(status=500)},
    ],
)
def test_while_amazon_cannot_be_asked_the_topic_is_to_ask_again(
    cast: Cast, tmp_path: Path, answers: dict[str, Answer]
) -> None:
    _, told, refused = receive(cast, tmp_path, Amazon(**answers), question())
    assert isinstance(refused, Overloaded)
    assert refused.message.partition(";")[0] in (
        "Amazon did not answer: no route",
        "Amazon answered 404",
        "Amazon answered 500",
    )
    assert told == ("REJECT", refused.message)


def test_a_certificate_that_is_none(cast: Cast, tmp_path: Path) -> None:
    amazon = Amazon(pem=HttpAnswer(status=200, body=b"<html>"))
    *_, refused = receive(cast, tmp_path, amazon, question())
    assert isinstance(refused, BadInput)


def test_a_source_of_another_type_asks_nobody(cast: Cast, tmp_path: Path) -> None:
    amazon = Amazon()
    assert [effect for effect, _ in receive(cast, tmp_path, amazon, question(), "PINGDOM")] == ["OPEN"]
    assert amazon.asked == []
