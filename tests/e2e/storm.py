"""Clients that send events whatever happens, and remember what was answered."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

import httpx2

from tests.e2e.harness import Server


@dataclass(frozen=True)
class Sent:
    """An event that was sent once and never again."""

    summary: str
    """Unlike any other: it finds the event in the source's log."""
    alert: str
    status: int | None
    """None: nobody answered, so it may be there or not."""

    @property
    def promised(self) -> bool:
        """Whether the answer says that it is kept."""
        return self.status is not None and 200 <= self.status < 300


@dataclass
class Storm:
    """Several clients at once; one event in `new_one_in` is about something new."""

    server: Server
    key: str
    clients: int = 4
    new_one_in: int = 15
    pause_seconds: float = 0.02
    sent: list[Sent] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def promised(self) -> list[Sent]:
        """What must not be lost."""
        return [sent for sent in tuple(self.sent) if sent.promised]

    def start(self) -> None:
        """Begin to send."""
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(self.clients)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; every request has ended too."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a client hangs"

    def _send(self, number: int) -> None:
        chance = random.Random(number)
        known = [f"k{number}.0"]
        with httpx2.Client(timeout=30, trust_env=False) as client:
            count = 0
            while not self._over.is_set():
                count += 1
                if chance.randrange(self.new_one_in) == 0:
                    known.append(f"k{number}.{len(known)}")
                self._one(client, f"event {number}.{count}", chance.choice(known[-4:]))
                time.sleep(self.pause_seconds)

    def _one(self, client: httpx2.Client, summary: str, alert: str) -> None:
        body = {"eventType": "ALERT", "summary": summary, "incidentKey": alert}
        status = None
        try:
            status = client.post(f"{self.server.url}/api/v1/events/{self.key}", json=body).status_code
        except httpx2.TransportError:
            time.sleep(0.15)  # refused: it starts
        self.sent.append(Sent(summary, alert, status))


def assert_nothing_lost(storm: Storm, source: int) -> dict[str, int]:
    """Every promised event is kept once, in the one incident of its key; the incidents by key."""
    server = storm.server
    assert storm.promised, "nothing was ever answered: the test shows nothing"
    kept: dict[str, list[dict[str, object]]] = {}
    for event in server.events(source):
        kept.setdefault(str(event["summary"]), []).append(event)
    twice = {summary: events for summary, events in kept.items() if len(events) > 1}
    assert not twice, f"stored twice: {twice}"
    incidents: dict[str, int] = {}
    for incident in server.incidents():
        assert incident["incidentKey"] not in incidents, f"two incidents for {incident['incidentKey']}"
        incidents[incident["incidentKey"]] = incident["id"]
    for sent in storm.promised:
        assert sent.summary in kept, f"answered with {sent.status} and lost: {sent}"
        event = kept[sent.summary][0]
        assert event["effect"] in ("OPEN", "APPEND"), event
        assert event["incidentId"] == incidents[sent.alert], event
    return incidents
