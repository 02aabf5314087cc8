"""An account and an address for every provider, and how one is asked and called back in tests."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from slack_sdk.signature import SignatureVerifier
from twilio.request_validator import RequestValidator

from tests.channels.examples import AT, PAGE
from tocsin.channels.apns import Apns
from tocsin.channels.fcm import Fcm
from tocsin.channels.gotify import Gotify
from tocsin.channels.http_sms import HttpSms
from tocsin.channels.matrix import Matrix
from tocsin.channels.mattermost import Mattermost
from tocsin.channels.ntfy import Ntfy
from tocsin.channels.pushover import Pushover
from tocsin.channels.slack import Slack
from tocsin.channels.teams import Teams
from tocsin.channels.telegram import Telegram
from tocsin.channels.tokens import base64url
from tocsin.channels.twilio_sms import TwilioSms
from tocsin.channels.twilio_voice import TwilioVoice
from tocsin.channels.twilio_whatsapp import TwilioWhatsApp
from tocsin.channels.vonage_sms import VonageSms
from tocsin.channels.vonage_voice import VonageVoice
from tocsin.channels.web_push import WebPush
from tocsin.channels.web_push_crypto import key_from, key_text
from tocsin.core.messages import Message
from tocsin.kit.value import replace
from tocsin.plugins import Callback, HttpAnswer, HttpRequest, Provider, Request, Sending

BACK = "https://t.example.com/api/callbacks/7/s3cret"
SENDING = Sending(callback_url=BACK, access_token="ya29.token", entropy=b"e" * 32)
TOKEN = "41x8c"
NUMBER = "+491701234567"
SUBSCRIPTION = json.dumps(
    {
        "endpoint": "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        "expirationTime": None,
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    }
)


@cache
def rsa_pem() -> str:
    """A private key as Google and Vonage hand out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def ec_pem() -> str:
    """A private key as Apple hands out."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def account(provider_key: tuple[str, str]) -> Any:
    """Settings that work for a provider."""
    twilio: dict[str, Any] = {
        "account_sid": "AC00000000000000000000000000000001",
        "auth_token": "twilio-secret",
    }
    match provider_key:
        case ("SMS", "twilio"):
            return TwilioSms(**twilio, sender="+14155550100")
        case ("VOICE", "twilio"):
            return TwilioVoice(**twilio, sender="+14155550100", detect_machines=True)
        case ("WHATSAPP", "twilio"):
            return TwilioWhatsApp(**twilio, sender="+14155550100")
        case ("SMS", "vonage"):
            return VonageSms(
                api_key="abcd1234", api_secret="v-secret", sender="+447700900000", signature_secret="v-sign"
            )
        case ("VOICE", "vonage"):
            return VonageVoice(
                application_id="aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
                private_key=rsa_pem(),
                sender="+447700900000",
                signature_secret="v-sign",
            )
        case ("SMS", "http"):
            return HttpSms(url="https://gw.example.com/send?to={{to}}&text={{text}}&id={{id}}", method="GET")
        case ("PUSH", _):
            return _push_account(provider_key[1])
        case _:
            return _chat_account(provider_key[1])


def _push_account(kind: str) -> Any:
    google = {
        "type": "service_account",
        "project_id": "pages-1234",
        "private_key_id": "k1",
        "private_key": rsa_pem(),
        "client_email": "tocsin@pages-1234.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    match kind:
        case "web":
            return WebPush(private_key=key_text(key_from(b"k" * 64)), contact="mailto:ops@example.com")
        case "ntfy":
            return Ntfy(url="https://ntfy.example.com", token="tk_1")
        case "pushover":
            return Pushover(token="azGDORePK8gMaC0QOYAMyEEuzJnyUi")
        case "gotify":
            return Gotify(url="https://gotify.example.com/")
        case "fcm":
            return Fcm(service_account=json.dumps(google), channel_id="urgent")
        case "apns":
            return Apns(
                key=ec_pem(),
                key_id="ABC1234567",
                team_id="DEF1234567",
                topic="com.example.app",
                critical=True,
            )
        case _:
            raise LookupError(kind)


def _chat_account(kind: str) -> Any:
    match kind:
        case "telegram":
            return Telegram(bot_token="123456:ABC-DEF", webhook_secret="tg-secret")
        case "slack":
            return Slack(bot_token="xoxb-1", signing_secret="8f742231b10e8888abcd99yyyzzz85a5")
        case "teams":
            return Teams()
        case "mattermost":
            return Mattermost(webhook_url="https://chat.example.com/hooks/xyz")
        case "matrix":
            return Matrix(homeserver="https://matrix.example.com", access_token="syt_1")
        case _:
            raise LookupError(kind)


ADDRESSES: dict[tuple[str, str], str] = {
    ("SMS", "twilio"): NUMBER,
    ("SMS", "vonage"): NUMBER,
    ("SMS", "http"): NUMBER,
    ("VOICE", "twilio"): NUMBER,
    ("VOICE", "vonage"): NUMBER,
    ("WHATSAPP", "twilio"): NUMBER,
    ("PUSH", "web"): SUBSCRIPTION,
    ("PUSH", "ntfy"): "ntfy:ann-pages-8f3k2",
    ("PUSH", "pushover"): "pushover:uQiRzpo4DXghDmr9QzzfQu27cmVRsG",
    ("PUSH", "gotify"): "gotify:AvWX5Oqx8lE2.fq",
    ("PUSH", "fcm"): "fcm:bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1",
    ("PUSH", "apns"): "apns:" + "0a1b2c3d" * 8,
    ("TELEGRAM", "telegram"): "987654321",
    ("SLACK", "slack"): "U012AB3CD",
    (
        "TEAMS",
        "teams",
    ): "https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=x",
    ("MATTERMOST", "mattermost"): "@ann.miller",
    ("MATRIX", "matrix"): "!abcdef:example.com",
}


def key_of(provider: Provider) -> tuple[str, str]:
    """What a provider is registered by."""
    return provider.method, provider.type


def to(provider: Provider, message: Message = PAGE, **changes: Any) -> Message:
    """A message for this provider's kind of address."""
    return replace(message, to=ADDRESSES[key_of(provider)], token=TOKEN, **changes)


def asked(provider: Provider, message: Message = PAGE, **changes: Any) -> HttpRequest:
    """The request that sends a message."""
    request: Request = provider.render(to(provider, message, **changes), account(key_of(provider)), SENDING)
    assert isinstance(request, HttpRequest)
    return request


def body_of(request: HttpRequest) -> Any:
    """The JSON that a request carries."""
    return json.loads(request.body)


def answer(status: int, body: Any = b"", **headers: str) -> HttpAnswer:
    """What a web server answered; a value becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status=status, body=raw, headers={k.replace("_", "-"): v for k, v in headers.items()})


def called_back(
    rest: str = "",
    form: Mapping[str, str] | None = None,
    said: Any = None,
    query: tuple[tuple[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Callback:
    """A provider's request to our callback URL, with a form or JSON, not signed."""
    body = urlencode(form).encode() if form is not None else json.dumps(said).encode() if said else b""
    url = f"{BACK}/{rest}".rstrip("/") + (f"?{urlencode(query)}" if query else "")
    return Callback(
        method="POST" if body else "GET",
        url=url,
        rest=rest,
        query=query,
        headers=headers or {},
        body=body,
        received_at=AT,
    )


def signed(callback: Callback, provider_key: tuple[str, str]) -> Callback:
    """The same as the provider's official library signs it."""
    match provider_key:
        case (_, "twilio"):
            return signed_by_twilio(callback)
        case (_, "slack"):
            return signed_by_slack(callback)
        case ("VOICE", "vonage"):
            return signed_by_vonage(callback)
        case _:
            return callback


def signed_by_twilio(callback: Callback, secret: str = "twilio-secret") -> Callback:
    """With the header that Twilio's own library computes."""
    fields: dict[str, list[str]] = {}
    for name, text in parse_qsl(
        callback.body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"
    ):
        fields.setdefault(name, []).append(text)
    signature = RequestValidator(secret).compute_signature(callback.url, MultiDict(fields))
    return replace(callback, headers={**callback.headers, "x-twilio-signature": signature})


class MultiDict(dict[str, list[str]]):
    """Fields that may come more than once, in the form that Twilio's library asks for."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def signed_by_slack(callback: Callback, secret: str | None = None, at: datetime = AT) -> Callback:
    """With the headers that Slack's own library computes."""
    verifier = SignatureVerifier(secret or account(("SLACK", "slack")).signing_secret)
    stamp = str(int(at.timestamp()))
    text = callback.body.decode("utf-8", "replace")
    signature = verifier.generate_signature(timestamp=stamp, body=text)
    assert signature is not None
    stamped = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    return replace(callback, headers={**callback.headers, **stamped})


def signed_by_vonage(callback: Callback, secret: str = "v-sign", at: datetime = AT) -> Callback:
    """The same with the token in the header that Vonage Voice sends."""
    claims = {
        "iat": int(at.timestamp()),
        "iss": "Vonage",
        "api_key": "abcd1234",
        "payload_hash": hashlib.sha256(callback.body).hexdigest(),
    }
    head = base64url(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    text = f"{head}.{base64url(json.dumps(claims).encode())}"
    signature = base64url(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())
    return replace(callback, headers={**callback.headers, "authorization": f"Bearer {text}.{signature}"})
