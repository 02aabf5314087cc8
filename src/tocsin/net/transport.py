"""From a request value to the network that performs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tocsin.net.http import HttpClient
from tocsin.plugins import Answer, HttpRequest, MailRequest, Request

PerformMail = Callable[[MailRequest], Awaitable[Answer]]


@dataclass(frozen=True)
class Transport:
    """Every way out of this process."""

    mail: PerformMail
    http: HttpClient

    async def perform(self, request: Request) -> Answer:
        """Perform a request; a fault of the network is an answer too."""
        match request:
            case MailRequest():
                return await self.mail(request)
            case HttpRequest():
                return await self.http.perform(request)
