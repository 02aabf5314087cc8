"""WhatsApp through Twilio: out, delivery and reading reports, and answers.

WhatsApp lets a business write first only in words it has approved: name that template in the settings.
Without one, only people who wrote within the last day are reached.
"""

from __future__ import annotations

from typing import Annotated

from tocsin.channels import twilio, twilio_messages
from tocsin.channels.hearing import is_telephone
from tocsin.channels.push_text import push_text
from tocsin.channels.short_words import short_words
from tocsin.core.delivery import Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import MaxLen, dumps, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import Answer, Callback, Heard, HttpRequest, ProviderDefaults, Sending

_MAX_VARIABLE = 1000


@value
class TwilioWhatsApp:
    """A Twilio account that sends WhatsApp messages."""

    account_sid: twilio.Text
    """The account's SID: `AC...`."""
    auth_token: twilio.Text
    """The account's auth token. It also proves that a callback is Twilio's."""
    sender: twilio.Text
    """The number that messages come from, without `whatsapp:`."""
    content_sid: Annotated[str, MaxLen(100)] = ""
    """The approved template (`HX...`). Its variable 1 is the whole text, on one line."""
    api_url: ServerUrl = "https://api.twilio.com"
    """Twilio's API; another one for another region."""


class TwilioWhatsAppProvider(ProviderDefaults):
    """WhatsApp by Twilio."""

    method: Method = "WHATSAPP"
    type = "twilio"
    name = "Twilio WhatsApp"
    config = TwilioWhatsApp
    secret_fields = frozenset({"authToken"})
    reports = True

    def takes(self, address: str) -> bool:
        """Telephone numbers with their country."""
        return is_telephone(address)

    def render(self, message: Message, config: TwilioWhatsApp, sending: Sending) -> HttpRequest:
        """`POST Messages.json` with the text, or with the template that holds it."""
        fields = [
            ("To", f"whatsapp:{message.to}"),
            ("From", f"whatsapp:{config.sender.removeprefix('whatsapp:')}"),
            ("StatusCallback", f"{sending.callback_url}/status/{message.token}"),
        ]
        text = _text(message)
        if config.content_sid:
            variables = {"1": " · ".join(text.splitlines())[:_MAX_VARIABLE]}
            fields += [("ContentSid", config.content_sid), ("ContentVariables", dumps(variables))]
        else:
            fields.append(("Body", text))
        return twilio.ask(config, "Messages", fields)

    def read(self, answer: Answer) -> Receipt:
        """The message's SID, or why there is none."""
        return twilio.read(answer)

    def hear(self, callback: Callback, config: TwilioWhatsApp) -> Heard:
        """Delivery and reading reports (`/status`), answers, and taps on a template's buttons."""
        return twilio_messages.heard(callback, twilio.genuine_form(callback, config))

    def callers(self, config: TwilioWhatsApp) -> tuple[str, ...]:
        """The sender."""
        return (config.sender,) if is_telephone(config.sender) else ()


def _text(message: Message) -> str:
    shown, words = push_text(message), short_words(message.language)
    answers = words.answer_by_code if message.reply_code else words.answer_by_text
    asked = answers.format(code=message.reply_code) if message.answers else ""
    return "\n".join(filter(None, (shown.text, asked, shown.url)))


provider = TwilioWhatsAppProvider()
