"""The two courses that most products' errands take: one message, or one ticket that is kept in step."""

from __future__ import annotations

import base64
from abc import abstractmethod

from tocsin.connections.answers import done, failed
from tocsin.core.connections import Occasion, Outcome, Remote
from tocsin.plugins import Answer, ConnectionDefaults, Errand, Request


class OneMessage(ConnectionDefaults):
    """Every occasion is one request."""

    def proceed(self, errand: Errand, answers: tuple[Answer, ...]) -> Request | Outcome:
        """Ask once, and read the answer."""
        if not answers:
            return self.request(errand)
        return self.refusal(answers[0]) or done(answers[0])

    @abstractmethod
    def request(self, errand: Errand) -> Request:
        """The one request."""

    def refusal(self, answer: Answer) -> Outcome | None:
        """What went wrong; None for success."""
        return failed(answer)


class Ticket(ConnectionDefaults):
    """The first occasion makes something over there; later ones change it."""

    updates = True

    def proceed(self, errand: Errand, answers: tuple[Answer, ...]) -> Request | Outcome:
        """Create, or make the changes one after the other."""
        for answer in answers:
            if wrong := self.refusal(answer):
                return wrong
        if errand.remote is not None:
            steps = self.change(errand, errand.remote)
            return steps[len(answers)] if len(answers) < len(steps) else done(answers[-1])
        if not answers:
            return self.create(errand)
        there = self.made(errand, answers[0])
        if there is None:
            return Outcome(kind="PERMANENT", answer=f"{self.name} did not say what it made")
        return done(answers[0], there)

    @abstractmethod
    def create(self, errand: Errand) -> Request:
        """The request that makes the ticket."""

    @abstractmethod
    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """What was made; None when the answer does not say."""

    @abstractmethod
    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """The requests that tell the ticket of a later occasion, at least one."""

    def refusal(self, answer: Answer) -> Outcome | None:
        """What went wrong; None for success."""
        return failed(answer)


def basic(user: str, password: str) -> tuple[str, str]:
    """Basic authorization."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return ("authorization", f"Basic {pair}")


def facts(o: Occasion) -> str:
    """The incident as plain text: what a new ticket says."""
    links = "\n".join(f"{link.text or 'Link'}: {link.href}" for link in o.links)
    about = f"Priority: {o.priority}\nSource: {o.source}\nIncident: {o.url}"
    return "\n\n".join(part for part in (o.details, links, about) if part)


def happened(o: Occasion) -> str:
    """What happened, as a sentence: what a later comment says."""
    who = f" by {o.by}" if o.by else ""
    said = f": {o.comment}" if o.comment else ""
    return f"{o.event_type.replace('-', ' ')}{who}{said} ({o.status})"
