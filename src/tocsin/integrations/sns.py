"""Amazon SNS: the envelope that every tool of AWS's comes in, over an HTTPS subscription.

A topic first asks whether we want its messages. The answer is a request to AWS: only the engine makes it,
only to hosts of AWS's, and only if AWS signed the question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tocsin.core.events import NothingToReport
from tocsin.integrations.reading import Doc, read, require
from tocsin.kit.errors import BadInput
from tocsin.kit.value import loads, value
from tocsin.plugins import HttpRequest, Inbound

SUBSCRIPTION = "SUBSCRIPTION_CONFIRMATION"
"""The code of NothingToReport that asks the engine to confirm."""
HEADERS = ("x-amz-sns-message-type", "x-amz-sns-topic-arn")

_URL_OF_AWS = re.compile(r"https://sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?/[!-~]{1,2000}")
_SIGNED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@value
class Notice:
    """One message of a topic."""

    subject: str
    message: str
    topic: str
    attributes: Mapping[str, str]
    envelope: Doc

    @property
    def parsed(self) -> Doc:
        """The message, if it is JSON; else an empty object."""
        try:
            return Doc(loads(self.message)) if self.message.startswith("{") else Doc({})
        except BadInput:
            return Doc({})


def notice(inbound: Inbound) -> Notice:
    """The message in a body. Raises BadInput, and NothingToReport for what only concerns the subscription."""
    try:
        said = read(inbound)
    except BadInput:
        # "Raw message delivery": the body is the message itself.
        said = Doc({})
    kind, topic = said.text("Type"), said.text("TopicArn")
    if kind == "SubscriptionConfirmation":
        raise NothingToReport(f"the topic {topic} asks whether its messages are wanted", code=SUBSCRIPTION)
    if kind == "UnsubscribeConfirmation":
        raise NothingToReport(f"the topic {topic} was unsubscribed from")
    if kind != "Notification" or not topic:
        body = inbound.body.decode("utf-8", "replace").strip()
        require(body, "a message of SNS's")
        topic = inbound.headers.get("x-amz-sns-topic-arn", "")
        return Notice(subject="", message=body, topic=topic, attributes={}, envelope=said)
    attributes = said.get("MessageAttributes")
    named = attributes if isinstance(attributes, dict) else {}
    return Notice(
        subject=said.text("Subject"),
        message=said.text("Message"),
        topic=topic,
        attributes={str(name): Doc(one).text("Value") for name, one in named.items()},
        envelope=said,
    )


@value
class Confirmation:
    """A topic's question, and how to answer it."""

    topic: str
    certificate: HttpRequest
    """Fetches the certificate that the question must be signed with."""
    subscribe: HttpRequest
    """Says yes."""
    signed: bytes
    signature: str
    """In base64."""
    version: str


def confirmation(body: bytes) -> Confirmation:
    """What to do about a SubscriptionConfirmation. Raises BadInput if it leads anywhere but to AWS."""
    said = read(Inbound(body=body))
    certificate, subscribe = said.text("SigningCertURL"), said.text("SubscribeURL")
    for name, url in (("SigningCertURL", certificate), ("SubscribeURL", subscribe)):
        if not _URL_OF_AWS.fullmatch(url):
            raise BadInput.at(name, "is no address of Amazon SNS, so it is not asked")
    text = "".join(f"{name}\n{said.text(name)}\n" for name in _SIGNED if said.text(name))
    return Confirmation(
        topic=said.text("TopicArn"),
        certificate=HttpRequest(url=certificate, method="GET"),
        subscribe=HttpRequest(url=subscribe, method="GET"),
        signed=text.encode(),
        signature=said.text("Signature"),
        version=said.text("SignatureVersion") or "1",
    )
