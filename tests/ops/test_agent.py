"""The agent: everything once and in order, whatever the network and the machine do in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import START
from tocsin.kit.clock import ManualClock
from tocsin.kit.errors import Overloaded
from tocsin.ops import agent as running_agent
from tocsin.ops import agent_journal
from tocsin.ops.agent import PING_AGE, Forwarder, run_agent
from tocsin.ops.agent_journal import Journal, Taken
from tocsin.ops.agent_routes import agent_app, is_ping
from tocsin.plugins import HttpAnswer, HttpRequest, NetworkFailure

Answers = Callable[[HttpRequest], HttpAnswer | NetworkFailure]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "agent")


def taken(number: int, target: str = "/api/v1/events/k") -> Taken:
    return Taken(
        id=str(number), at=START, method="POST", target=target, content_type="text/plain", body=b"%d" % number
    )


async def until(done: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if done():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never happened")


def ask(journal: Journal, method: str, path: str, **options: Any) -> httpx2.Response:
    async def call() -> httpx2.Response:
        app = agent_app(journal, ManualClock(START), lambda: None)
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://agent.test") as client:
            return await client.request(method, path, **options)

    return asyncio.run(call())


def forward(journal: Journal, answers: Answers, clock: ManualClock | None = None) -> list[HttpRequest]:
    """Send until the journal is empty or a request must wait; what was asked."""
    asked: list[HttpRequest] = []

    async def perform(request: HttpRequest) -> HttpAnswer | NetworkFailure:
        asked.append(request)
        return answers(request)

    async def run() -> None:
        forwarder = Forwarder(journal, "https://tocsin.test", perform, clock or ManualClock(START))
        while (oldest := journal.oldest()) is not None and await forwarder.forward(oldest):
            pass

    asyncio.run(run())
    return asked


def test_what_is_taken_is_forwarded_as_it_came(journal: Journal) -> None:
    path = "/api/v1/events/prometheus/k%20?x=1"
    answer = ask(journal, "POST", path, content=b"{}", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (202, {"responseCode": "EVENT_STORED"})
    (asked,) = forward(journal, lambda _: HttpAnswer(status=200))
    assert (asked.url, asked.method, asked.body) == (f"https://tocsin.test{path}", "POST", b"{}")
    assert dict(asked.headers)["content-type"] == "application/json"
    assert len(journal) == 0


def test_headers_that_say_something_to_an_integration_go_along(journal: Journal) -> None:
    sent = {
        "Check-Status": "down",
        "Sentry-Hook-Resource": "issue",
        "X-Other": "1",
        "Authorization": "Bearer x",
    }
    ask(journal, "POST", "/api/v1/events/healthchecksio/k", content=b"x", headers=sent)
    (asked,) = forward(journal, lambda _: HttpAnswer(status=202))
    said = dict(asked.headers)
    assert said.pop("tocsin-request-id")
    assert said == {"check-status": "down", "sentry-hook-resource": "issue"}


def test_a_file_of_a_version_that_kept_no_headers_is_forwarded(journal: Journal, tmp_path: Path) -> None:
    file = {"id": "7", "at": "2026-01-05T09:00:00Z", "method": "POST", "target": "/api/events/k"}
    file |= {"contentType": "text/plain", "body": "eA=="}
    (tmp_path / "agent" / "000000000001.request").write_text(json.dumps(file))
    (asked,) = forward(Journal(tmp_path / "agent"), lambda _: HttpAnswer(status=202))
    assert asked.body == b"x"
    assert dict(asked.headers) == {"tocsin-request-id": "7", "content-type": "text/plain"}


def test_a_header_that_cannot_be_sent_as_it_came_holds_up_nobody(journal: Journal) -> None:
    ask(
        journal,
        "POST",
        "/api/events/k",
        content=b"x",
        headers={"content-type": "text/\xfc".encode("latin-1")},
    )
    (asked,) = forward(journal, lambda _: HttpAnswer(status=202))
    assert dict(asked.headers)["content-type"] == "text/?"


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/api/pings/ih2:60:x", 202),
        ("HEAD", "/api/heartbeats/k", 202),
        ("POST", "/api/pings/k/start?rid=x", 202),
        ("POST", "/api/events", 202),
        ("GET", "/api/alerts", 404),
        ("POST", "/api/v1/users", 404),
        ("POST", "/api/events/a/b/c", 404),
        ("GET", "/healthz", 200),
    ],
)
def test_events_and_pings_and_nothing_else(journal: Journal, method: str, path: str, status: int) -> None:
    assert ask(journal, method, path).status_code == status


def test_limits(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(journal, "POST", "/api/events/k", content=b" " * 1_048_577).status_code == 413
    monkeypatch.setattr(agent_journal, "MOST_WAITING", 1)
    journal.put(taken(1))
    assert ask(journal, "POST", "/api/events/k").status_code == 503
    with pytest.raises(Overloaded):
        journal.put(taken(2))


@pytest.mark.parametrize(
    "answer", [NetworkFailure(reason="no route", sent="NO"), HttpAnswer(status=503), HttpAnswer(status=429)]
)
def test_order_is_kept_while_the_server_is_away(journal: Journal, answer: Any) -> None:
    for number in range(3):
        journal.put(taken(number))
    assert len(forward(journal, lambda _: answer)) == 1
    asked = forward(journal, lambda _: HttpAnswer(status=202))
    assert [request.body for request in asked] == [b"0", b"1", b"2"]


def test_what_is_refused_is_set_aside_and_holds_up_nobody(journal: Journal, tmp_path: Path) -> None:
    for number in range(3):
        journal.put(taken(number))
    asked = forward(journal, lambda r: HttpAnswer(status=400 if r.body == b"1" else 202))
    assert len(asked) == 3
    assert [path.name for path in (tmp_path / "agent").iterdir()] == ["000000000002.refused"]


def test_a_crash_loses_nothing_and_the_id_goes_along_again(journal: Journal, tmp_path: Path) -> None:
    journal.put(taken(7))
    first = forward(journal, lambda _: NetworkFailure(reason="x", sent="MAYBE"))
    (tmp_path / "agent" / "000000000002.request.draft").write_bytes(b"{half")
    again = Journal(tmp_path / "agent")
    again.put(taken(8))
    second = forward(again, lambda _: HttpAnswer(status=202))
    assert [dict(request.headers)["tocsin-request-id"] for request in (*first, *second)] == ["7", "7", "8"]


def test_what_is_set_aside_is_kept_when_the_agent_starts_again(journal: Journal, tmp_path: Path) -> None:
    for number in range(2):
        journal.put(taken(number))
        forward(journal, lambda _: HttpAnswer(status=400))
        journal = Journal(tmp_path / "agent")
    kept = sorted((tmp_path / "agent").iterdir())
    assert [path.name for path in kept] == ["000000000001.refused", "000000000002.refused"]


def test_a_fault_of_the_disk_holds_up_forwarding_and_does_not_end_it(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_agent, "PAUSES_SECONDS", (0.001,))
    journal.put(taken(1))
    journal.put(taken(2))
    file = tmp_path / "agent" / "000000000001.request"
    whole = file.read_bytes()
    file.unlink()
    file.mkdir()
    asked: list[bytes] = []

    async def perform(request: HttpRequest) -> HttpAnswer:
        asked.append(request.body)
        return HttpAnswer(status=202)

    async def run() -> None:
        forwarder, stopping = (
            Forwarder(journal, "http://t.test", perform, ManualClock(START)),
            asyncio.Event(),
        )
        sending = asyncio.create_task(forwarder.run(stopping))
        await until(lambda: forwarder.failures >= 3 or sending.done())
        file.rmdir()
        file.write_bytes(whole)
        await until(lambda: not len(journal) or sending.done())
        stopping.set()
        await sending

    asyncio.run(asyncio.wait_for(run(), 10))
    assert asked == [b"1", b"2"]


def test_a_file_that_somebody_removed_holds_up_nobody(journal: Journal, tmp_path: Path) -> None:
    journal.put(taken(1))
    journal.put(taken(2))
    (tmp_path / "agent" / "000000000001.request").unlink()
    assert [request.body for request in forward(journal, lambda _: HttpAnswer(status=202))] == [b"2"]


def test_an_agent_that_has_ceased_to_forward_takes_nothing(
    journal: Journal, tmp_path: Path, free_port: int
) -> None:
    class Stopped(ManualClock):
        def now(self) -> datetime:
            raise ArithmeticError

    journal.put(taken(1, "/api/pings/k"))
    with pytest.raises(ArithmeticError):
        run_agent("http://127.0.0.1:1", "127.0.0.1", free_port, tmp_path / "agent", Stopped(START))


def test_a_damaged_file_is_set_aside(journal: Journal, tmp_path: Path) -> None:
    journal.put(taken(1))
    journal.put(taken(2))
    (tmp_path / "agent" / "000000000001.request").write_bytes(b"{")
    assert [request.body for request in forward(journal, lambda _: HttpAnswer(status=202))] == [b"2"]


def test_old_pings_tell_of_no_life(journal: Journal) -> None:
    journal.put(taken(1, "/api/pings/k"))
    journal.put(taken(2))
    late = ManualClock(START + PING_AGE + timedelta(seconds=1))
    assert [request.body for request in forward(journal, lambda _: HttpAnswer(status=202), late)] == [b"2"]
    journal.put(taken(3, "/api/pings/k"))
    assert len(forward(journal, lambda _: HttpAnswer(status=202))) == 1


UUID = "2f0b1f3e-0000-4000-8000-000000000001"


def test_which_requests_are_pings() -> None:
    assert all(
        is_ping(path)
        for path in (
            "/api/pings/k",
            "/api/v1/heartbeats/k",
            "/api/pings/k/3?x",
            "/api/push/t",
            f"/ping/{UUID}/start",
            "/ping/k/nightly-backup/0?create=1",
            f"/{UUID}",
            f"/{UUID}/fail?rid={UUID}",
        )
    )
    others = ("/api/events/k", "/api/v1/events/heartbeats/k", "/ping/a/b/c/d", f"/{UUID}/a/b", "/v2/enqueue")
    assert not any(is_ping(path) for path in others)
