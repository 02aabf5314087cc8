"""Heartbeats whose silence or failure nobody was to hear of: it is told as soon as somebody is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import Cast, assemble, by
from tocsin.core.events import AlertSource
from tocsin.core.heartbeats import HeartbeatMonitor, Plan, Signal, SignalKind
from tocsin.core.incidents import Resolve
from tocsin.core.maintenance import MaintenanceWindow
from tocsin.engine import heartbeats
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.store import decisions, heartbeat_monitors, incidents, log, maintenance, sources
from tocsin.store.database import Database


class Jobs:
    """A source with one job, due every minute."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.db = cast.db
        heartbeats.start_listening(self.db)
        with self.db.write() as tx:
            wanted = AlertSource(name="jobs", integration_type="HEARTBEAT2", policy_id=cast.policy.id)
            self.source = sources.create(tx, wanted, cast.chance)
            monitor = HeartbeatMonitor(
                name="backup", source_id=self.source.id, plan=Plan(interval_sec=60), summary="No backup"
            )
            monitor = heartbeat_monitors.create(tx, monitor, cast.chance)
            self.key = heartbeat_monitors.watched(tx, [monitor.id])[monitor.id].key

    def says(self, kind: SignalKind = "SUCCESS") -> None:
        heartbeats.ping_step(self.db, [Signal(key=self.key, kind=kind)], self.cast.chance)

    def wait(self, minutes: float) -> None:
        """Time passes while we listen."""
        assert isinstance(self.db.clock, ManualClock)
        for _ in range(int(minutes * 6)):
            self.db.clock.advance(timedelta(seconds=10))
            heartbeats.step(self.db)

    def maintain(self, minutes: int) -> int:
        with self.db.write() as tx:
            end = tx.now + timedelta(minutes=minutes)
            window = MaintenanceWindow(
                summary="new disks", start=tx.now, end=end, source_ids=(self.source.id,)
            )
            return maintenance.create(tx, window).id

    def switch(self, *, active: bool) -> None:
        with self.db.write() as tx:
            sources.change(tx, replace(self.source, active=active))

    @property
    def told(self) -> list[tuple[str, str]]:
        with self.db.read() as tx:
            return [(i.summary, str(i.status)) for i in incidents.search(tx, incidents.Filter())][::-1]


@pytest.fixture
def jobs(db: Database) -> Jobs:
    return Jobs(assemble(db))


@pytest.mark.parametrize("ended", [False, True], ids=["runs out", "is ended"])
def test_a_failure_in_maintenance_is_told_when_that_is_over(jobs: Jobs, ended: bool) -> None:
    window = jobs.maintain(10)
    jobs.says("FAIL")
    jobs.wait(5)
    assert jobs.told == []
    if ended:
        with jobs.db.write() as tx:
            maintenance.remove(tx, window)
        jobs.wait(1)
    else:
        jobs.says("START")
        jobs.wait(6)
    assert jobs.told == [("No backup", "PENDING")]
    jobs.wait(60)
    assert len(jobs.told) == 1, "once"


def test_what_ends_within_maintenance_is_told_to_nobody(jobs: Jobs) -> None:
    jobs.maintain(10)
    jobs.says("FAIL")
    jobs.wait(9.5)
    jobs.says()
    jobs.wait(0.5)
    jobs.says()
    assert jobs.told == []


def test_what_went_silent_while_its_source_was_off_is_told_when_it_is_on(jobs: Jobs) -> None:
    jobs.says()
    jobs.switch(active=False)
    jobs.wait(5)
    assert jobs.told == []
    jobs.switch(active=True)
    jobs.wait(1)
    assert jobs.told == [("No backup", "PENDING")]


def test_what_fails_once_more_joins_its_incident_or_rings_anew(jobs: Jobs) -> None:
    for _ in range(3):
        jobs.says("FAIL")
    assert jobs.told == [("No backup", "PENDING")]
    with jobs.db.write() as tx:
        assert [entry.type for entry in log.timeline(tx, 1)].count("AlertReceived") == 3
        decisions.perform(tx, 1, Resolve(by=by(jobs.cast.ann)))
    jobs.wait(5)
    assert len(jobs.told) == 1, "a silence that somebody has seen to rings no more"
    jobs.says("FAIL")
    assert jobs.told == [("No backup", "RESOLVED"), ("No backup", "PENDING")]
