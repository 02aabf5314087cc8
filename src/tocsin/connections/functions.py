"""Serverless functions called by their address: AWS Lambda, Azure Functions, Google Cloud Functions.

The body is the webhook's; the connector holds what goes into the Authorization header, as in the product.
With AWS keys instead, a Lambda is invoked by its name and the request is signed (Signature Version 4).
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from tocsin.connections.aws_signature import AwsKeys, signed
from tocsin.connections.tickets import OneMessage
from tocsin.connections.webhook import body_of
from tocsin.kit.errors import BadInput
from tocsin.kit.schema_words import demand
from tocsin.kit.value import MaxLen, value
from tocsin.kit.web_address import Url, WebAddress
from tocsin.languages import msgid
from tocsin.plugins import Errand, HttpRequest, Request, ValueClass

WHICH = msgid("give the function's URL, or its name for a signed invocation")


@value
class FunctionConnector:
    """How the function knows us."""

    authorization: Annotated[str, MaxLen(4_096)] = ""
    """The value of the Authorization header; empty for none."""


@value
class LambdaConnector:
    """How AWS knows us: a header for a function URL, or keys for a signed invocation."""

    authorization: Annotated[str, MaxLen(4_096)] = ""
    """The value of the Authorization header for a function URL; empty for none."""
    region: Annotated[str, MaxLen(50)] = ""
    """`eu-central-1`; only for a signed invocation."""
    access_key_id: Annotated[str, MaxLen(128)] = ""
    secret_access_key: Annotated[str, MaxLen(256)] = ""
    endpoint: Annotated[str, MaxLen(2_048), WebAddress(optional=True)] = ""
    """Another address than AWS's own, for private endpoints."""

    def __post_init__(self) -> None:
        """Raise BadInput for keys that do not suffice to sign."""
        keys = {"accessKeyId": self.access_key_id, "secretAccessKey": self.secret_access_key}
        if any(keys.values()):
            demand({"region": self.region, **keys})


@value
class FunctionParams:
    """Which function."""

    webhook_url: Url
    body_template: Annotated[str, MaxLen(65_536)] = ""


@value
class LambdaParams:
    """Which function: its URL, or its name for a signed invocation."""

    webhook_url: Annotated[str, MaxLen(2_048), WebAddress(optional=True)] = ""
    function_name: Annotated[str, MaxLen(255)] = ""
    body_template: Annotated[str, MaxLen(65_536)] = ""

    def __post_init__(self) -> None:
        """Raise BadInput when neither is given."""
        if not (self.webhook_url or self.function_name):
            raise BadInput.at("webhookUrl", WHICH)


class Function(OneMessage):
    """A function behind a URL: `azure_faas` and `google_faas`."""

    connector: ValueClass | None = FunctionConnector
    params: ValueClass = FunctionParams
    secrets = frozenset({"authorization"})

    def __init__(self, type_name: str, name: str) -> None:
        self.type = type_name
        self.name = name

    def request(self, errand: Errand) -> Request:
        """One POST."""
        return _by_url(errand)


class Lambda(OneMessage):
    """The connection type `aws_lambda`."""

    type = "aws_lambda"
    name = "AWS Lambda"
    connector: ValueClass | None = LambdaConnector
    params: ValueClass = LambdaParams
    secrets = frozenset({"authorization", "secret_access_key"})

    def request(self, errand: Errand) -> Request:
        """One POST to the function's URL, or a signed invocation. Raises BadInput when neither is given."""
        if errand.params.webhook_url:
            return _by_url(errand)
        if not errand.params.function_name or not errand.connector.access_key_id:
            raise BadInput.at("params.functionName", "give the function's URL, or its name and AWS keys")
        account = errand.connector
        base = account.endpoint.rstrip("/") or f"https://lambda.{account.region}.amazonaws.com"
        request = HttpRequest(
            url=f"{base}/2015-03-31/functions/{quote(errand.params.function_name, safe='')}/invocations",
            headers=(("content-type", "application/json"), ("x-amz-invocation-type", "Event")),
            body=body_of(errand.occasion, errand.params.body_template),
        )
        keys = AwsKeys(
            access_key_id=account.access_key_id,
            secret_access_key=account.secret_access_key,
            region=account.region,
            service="lambda",
        )
        return signed(request, keys, errand.now)


def _by_url(errand: Errand) -> HttpRequest:
    wanted = errand.connector.authorization
    known = (("authorization", wanted),) if wanted else ()
    return HttpRequest(
        url=errand.params.webhook_url,
        headers=(("content-type", "application/json"), *known),
        body=body_of(errand.occasion, errand.params.body_template),
    )


aws_lambda = Lambda()
azure = Function("azure_faas", "Azure Functions")
google = Function("google_faas", "Google Cloud Functions")
