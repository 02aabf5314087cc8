"""An occasion for tests of connection types, and a pretended server that answers by method and path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from tocsin.core.connections import Occasion, Outcome, Person
from tocsin.kit.value import dumps, loads
from tocsin.plugins import Answer, Callback, ConnectionType, Errand, HttpAnswer, HttpRequest

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BO = Person(id=2, username="bo", first_name="Bo", last_name="Ruiz", email="bo@example.org")


def occasion(**changes: Any) -> Occasion:
    """Something that happened."""
    plain: dict[str, Any] = {
        "id": "3-17",
        "trigger": "incident-created",
        "at": NOON,
        "incident_id": 42,
        "summary": "Disk full on db-1",
        "details": "97 % used",
        "key": "db-1",
        "status": "PENDING",
        "priority": "HIGH",
        "reported_at": NOON,
        "source_id": 1,
        "source": "monitoring",
        "policy_id": 1,
        "policy": "Default",
        "assigned_to": BO,
        "responders": ((BO, False),),
        "url": "https://tocsin.example/incidents/42",
    }
    return Occasion(**{**plain, **changes})


def callback(body: object, **headers: str) -> Callback:
    """A web request of the other product."""
    raw = body if isinstance(body, bytes) else dumps(body).encode()
    return Callback(
        method="POST", url="https://tocsin.example/api/hooks/x", headers=headers, body=raw, received_at=NOON
    )


class Server:
    """Answers by `METHOD /path`; remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Answer | int]) -> None:
        self.answers = answers
        self.requests: list[HttpRequest] = []

    @property
    def bodies(self) -> list[Any]:
        """The JSON bodies that it got, of those requests that had one."""
        return [loads(r.body) for r in self.requests if r.body]

    def play(self, kind: ConnectionType, errand: Errand) -> Outcome:
        """Run an errand to its end."""
        given: tuple[Answer, ...] = ()
        for _ in range(12):
            step = kind.proceed(errand, given)
            if isinstance(step, Outcome):
                return step
            assert isinstance(step, HttpRequest)
            self.requests.append(step)
            answer = self.answers[f"{step.method} {urlsplit(step.url).path}"]
            given = (*given, HttpAnswer(status=answer) if isinstance(answer, int) else answer)
        raise AssertionError("it does not end")
