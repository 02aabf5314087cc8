"""Short messages through Twilio: out, delivery reports, and answers."""

from __future__ import annotations

from typing import Annotated

from tocsin.channels import twilio, twilio_messages
from tocsin.channels.hearing import is_telephone, takes_answers
from tocsin.channels.sms_text import MOST_SEGMENTS, Letters, page_text
from tocsin.core.delivery import Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import Ge, Le, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import Answer, Callback, Heard, HttpRequest, ProviderDefaults, Sending


@value
class TwilioSms:
    """A Twilio account that sends short messages."""

    account_sid: twilio.Text
    """The account's SID: `AC...`."""
    auth_token: twilio.Text
    """The account's auth token. It also proves that a callback is Twilio's."""
    sender: twilio.Text
    """The number that messages come from (`+14155550100`), a messaging service (`MG...`), or a name, which
    takes no answers: then a link does."""
    segments: Annotated[int, Ge(1), Le(6)] = MOST_SEGMENTS
    """How many short messages a page may cost."""
    letters: Letters = "PUNCTUATION"
    """AS_WRITTEN sends every character; PUNCTUATION makes typographic ones plain; PLAIN all of them."""
    api_url: ServerUrl = "https://api.twilio.com"
    """Twilio's API; another one for another region."""


class TwilioSmsProvider(ProviderDefaults):
    """SMS by Twilio."""

    method: Method = "SMS"
    type = "twilio"
    name = "Twilio SMS"
    config = TwilioSms
    secret_fields = frozenset({"authToken"})
    reports = True

    def takes(self, address: str) -> bool:
        """Telephone numbers with their country."""
        return is_telephone(address)

    def render(self, message: Message, config: TwilioSms, sending: Sending) -> HttpRequest:
        """`POST Messages.json`, with the URL that reports come back to."""
        by = "MessagingServiceSid" if config.sender.startswith("MG") else "From"
        short = page_text(message, config.segments, config.letters, heard=takes_answers(config.sender))
        fields = (
            ("To", message.to),
            (by, config.sender),
            ("Body", short.text),
            ("StatusCallback", f"{sending.callback_url}/status/{message.token}"),
        )
        return twilio.ask(config, "Messages", fields)

    def read(self, answer: Answer) -> Receipt:
        """The message's SID, or why there is none."""
        return twilio.read(answer)

    def hear(self, callback: Callback, config: TwilioSms) -> Heard:
        """Delivery reports (`/status`) and answers."""
        return twilio_messages.heard(callback, twilio.genuine_form(callback, config))

    def callers(self, config: TwilioSms) -> tuple[str, ...]:
        """The sender, when it is a number."""
        return (config.sender,) if is_telephone(config.sender) else ()


provider = TwilioSmsProvider()
