"""The courses that errands take: one message, one ticket that is kept in step, or one of the product's own."""

from __future__ import annotations

import base64
from abc import abstractmethod
from collections.abc import Generator
from typing import TypeVar

from tocsin.connections.answers import done, failed
from tocsin.core.connections import Occasion, Outcome, Remote
from tocsin.plugins import Answer, ConnectionDefaults, Errand, Request

T = TypeVar("T")
Asking = Generator[Request, Answer, T]
"""Requests that depend on the answers before them, as a generator: it returns what came of it all."""
Steps = Asking[Outcome]


def replay(asking: Asking[T], answers: tuple[Answer, ...]) -> Request | T:
    """The next request after these answers, or what came of it: the same ones lead to the same request."""
    try:
        request = next(asking)
        for answer in answers:
            request = asking.send(answer)
    except StopIteration as end:
        found: T = end.value
        return found
    return request


class Reading(ConnectionDefaults):
    """Answers mean what their status says."""

    def refusal(self, answer: Answer) -> Outcome | None:
        """What went wrong; None for success."""
        return failed(answer)


class Course(Reading):
    """Several requests, each of which may depend on the answers before it."""

    def proceed(self, errand: Errand, answers: tuple[Answer, ...]) -> Request | Outcome:
        """The next request, or how it ended."""
        return replay(self.steps(errand), answers)

    @abstractmethod
    def steps(self, errand: Errand) -> Steps:
        """The course."""


class OneMessage(Reading):
    """Every occasion is one request."""

    def proceed(self, errand: Errand, answers: tuple[Answer, ...]) -> Request | Outcome:
        """Ask once, and read the answer."""
        if not answers:
            return self.request(errand)
        return self.refusal(answers[0]) or done(answers[0])

    @abstractmethod
    def request(self, errand: Errand) -> Request:
        """The one request."""


class Ticket(Reading):
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
