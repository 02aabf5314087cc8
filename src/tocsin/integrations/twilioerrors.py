"""Twilio's Error Logs (once the Debugger), by their webhook: a form with JSON in one field."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import webhook
from tocsin.integrations.reading import Doc, event, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for each code of an account: one broken callback makes an error with every call."""
    said = read(inbound)
    account, found = said.text("AccountSid"), said.packed("Payload")
    code = found.text("error_code")
    if not (account and code):
        return webhook.parse(inbound)
    level = said.word("Level") or "error"
    what = found.text("more_info.Msg", "more_info.msg", "more_info.message", "more_info.parserMessage")
    return (
        event(
            "ALERT",
            key=f"{account}/{code}",
            summary=f"Twilio {level} {code}" + (f": {what}" if what else ""),
            details=found.lines(
                "Resource: resource_sid",
                "Service: service_sid",
                "Request: webhook.request.url",
                "Method: webhook.request.method",
                "Answer: webhook.response.status_code",
                "More: more_info",
            ),
            links={"What it means": f"https://www.twilio.com/docs/api/errors/{code}"},
            labels={"account": account, "level": level, "code": code},
            raw=Doc({**said.texts(), "Payload": found.data}),
        ),
    )


integration = Integration(
    type="TWILIOERRORS", name="Twilio Errors", parse=parse, opens="every error and warning"
)
