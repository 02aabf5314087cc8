"""Heartbeats as pages: what the job calls, when it is expected, what it last said."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import URL
from tocsin.core.events import AlertSource
from tocsin.core.heartbeats import HeartbeatMonitor, Plan
from tocsin.kit.chance import SeededChance
from tocsin.kit.value import replace
from tocsin.store import documents, heartbeat_monitors, sources
from tocsin.store.database import Database
from tocsin.store.kinds import MONITORS


@pytest.fixture
def hub(db: Database, cast: Cast) -> AlertSource:
    """The source that reports silence."""
    with db.write() as tx:
        wanted = AlertSource(name="Jobs", integration_type="HEARTBEAT2", policy_id=cast.policy.id)
        return sources.create(tx, wanted, SeededChance(9))


def form(hub: AlertSource, **more: Any) -> dict[str, Any]:
    said = {"name": "Backup", "source": str(hub.id), "interval": "1", "unit": "days", "grace": "90"}
    return {**said, "timezone": "UTC", "active": "on"} | more


def monitors(db: Database) -> list[HeartbeatMonitor]:
    with db.read() as tx:
        return documents.listing(tx, MONITORS)


def test_without_a_source_for_them_the_list_leads_to_one(cast: Cast, ann: TestClient) -> None:
    assert 'href="/sources/new/heartbeat2"' in ann.get("/heartbeats").text


def test_a_heartbeat_is_made_shown_changed_and_deleted(
    db: Database, ann: TestClient, hub: AlertSource
) -> None:
    answer = ann.post("/heartbeats/new", data=form(hub))
    assert answer.status_code == 303
    made = monitors(db)[0]
    assert (made.plan.interval_sec, made.plan.grace_sec, made.active) == (86_400, 5_400, True)
    text = ann.get(f"/heartbeats/{made.id}").text
    assert f"curl -fsS -m 10 --retry 5 {URL}/ping/" in text
    assert "waiting for the first ping" in text
    assert "every day" in ann.get("/heartbeats").text
    edited = ann.get(f"/heartbeats/{made.id}/edit").text
    assert '<option value="days" selected>' in edited
    assert ann.post(f"/heartbeats/{made.id}/edit", data=form(hub, cron="30 2 * * 1-5")).status_code == 303
    assert monitors(db)[0].plan.cron == "30 2 * * 1-5"
    assert "Its next times" in ann.get(f"/heartbeats/{made.id}").text
    assert ann.post(f"/heartbeats/{made.id}/delete").headers["location"] == "/heartbeats?said=deleted"
    assert monitors(db) == []


def test_a_change_keeps_what_the_form_does_not_show(db: Database, ann: TestClient, hub: AlertSource) -> None:
    with db.write() as tx:
        plan = Plan(interval_sec=90, max_run_sec=77, post_only=True)
        wanted = HeartbeatMonitor(name="Odd", source_id=hub.id, plan=plan)
        made = heartbeat_monitors.create(tx, wanted, SeededChance(3))
    assert 'value="1.5"' in ann.get(f"/heartbeats/{made.id}/edit").text
    ann.post(f"/heartbeats/{made.id}/edit", data=form(hub, interval="1.5", unit="minutes", grace="0"))
    assert monitors(db)[0].plan == replace(plan, timezone="UTC")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"source": ""},
        {"interval": "soon"},
        {"interval": "0"},
        {"grace": "-1"},
        {"cron": "nonsense"},
        {"timezone": "Mars"},
    ],
)
def test_a_wrong_heartbeat_is_refused_at_its_field(
    wrong: dict[str, str], db: Database, ann: TestClient, hub: AlertSource
) -> None:
    answer = ann.post("/heartbeats/new", data=form(hub) | wrong)
    assert answer.status_code == 422
    assert answer.text.count('class="problem"') == 1
    assert monitors(db) == []
