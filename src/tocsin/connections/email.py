"""E-mail to a list of addresses that need be no users."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Annotated

from tocsin.connections.answers import done, failed, templated, title
from tocsin.connections.tickets import Reading, facts, happened
from tocsin.core.connections import Outcome
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.plugins import Answer, Errand, MailRequest, Request, ValueClass
from tocsin.plugins.addresses import MailAddress, split_mailbox, wire_address

Address = Annotated[str, MaxLen(254), MailAddress()]


@value
class EmailParams:
    """To whom, and what."""

    recipients: Annotated[tuple[Address, ...], MinLen(1), MaxLen(10)]
    subject: Annotated[str, MaxLen(1_000)] = ""
    """A template; empty: state and summary."""
    body_template: Annotated[str, MaxLen(65_536)] = ""
    """A template; empty: the incident's facts."""


class Email(Reading):
    """The connection type `email`."""

    type = "email"
    name = "E-mail"
    params: ValueClass = EmailParams
    templates = frozenset({"subject"})

    def proceed(self, errand: Errand, answers: tuple[Answer, ...]) -> Request | Outcome:
        """One mail after the other; one that is refused stops none of the others."""
        recipients = errand.params.recipients
        if len(answers) < len(recipients):
            recipient = wire_address(recipients[len(answers)])
            _, sender = split_mailbox(errand.sender)
            return MailRequest(sender=sender, recipient=recipient, raw=_mail(errand, sender))
        wrong = [outcome for answer in answers if (outcome := failed(answer))]
        wrong.sort(key=lambda outcome: outcome.kind != "TEMPORARY")
        return wrong[0] if wrong else done(answers[-1])


def _mail(errand: Errand, own_address: str) -> bytes:
    o, params = errand.occasion, errand.params
    mail = EmailMessage(policy=SMTP)
    mail["From"] = errand.sender
    mail["To"] = ", ".join(map(wire_address, params.recipients))
    mail["Subject"] = _one_line(templated(params.subject, o) if params.subject else title(o))
    mail["Date"] = format_datetime(o.at)
    mail["Message-ID"] = f"<connection.{o.id}@{own_address.rpartition('@')[2] or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    own = params.body_template
    mail.set_content(templated(own, o) if own else f"{happened(o)}\n\n{facts(o)}\n")
    return mail.as_bytes()


def _one_line(text: str) -> str:
    return " ".join(text.split())


connection = Email()
