"""The heartbeats of an earlier release go on in the table of all timers."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from tocsin.core.heartbeats import Signal
from tocsin.store import heartbeats, schema
from tocsin.store.database import Database

_DOCUMENT = "id, name, body, version, created_at, updated_at"
_POLICY = f"INSERT INTO escalation_policies ({_DOCUMENT}) VALUES (1, 'p', '{{}}', 1, 0, 0)"
_SOURCE = f"""INSERT INTO alert_sources ({_DOCUMENT}, integration_type, integration_key, policy_id)
VALUES (7, 's', '{{}}', 1, 0, 0, 'HEARTBEAT', 'k', 1)"""
_BEAT = """INSERT INTO heartbeats (source_id, key, interval_sec, state, last_ping_at, due_at, active)
VALUES (7, 'k', 60, 'HEALTHY', 5, 60000005, true)"""


def test_a_timer_keeps_running(empty_database_url: str, open_database: Callable[[str], Database]) -> None:
    db = open_database(empty_database_url)
    with db.write() as tx:
        schema.upgrade(tx, "0004")
        for statement in (_POLICY, _SOURCE, _BEAT):
            tx.run(sa.text(statement))
    schema.migrate(db)
    with db.write() as tx:
        beat = heartbeats.held(tx, [Signal(key="k")]).by_key["k"]
        assert (beat.source_id, beat.plan.interval_sec, beat.state) == (7, 60, "HEALTHY")
        assert beat.due_at is not None
        assert tx.next_id("beats") > beat.id
