"""The people and things that most tests need: Ann (owner), Bo and Chi, a policy, a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.core.events import AlertSource, Heartbeat
from tocsin.core.people import Actor, Person, User
from tocsin.core.policies import EscalationPolicy, EscalationRule, UserRef
from tocsin.engine.ingest import parse_registered
from tocsin.kit.chance import SeededChance
from tocsin.store import intake, people, policies, sources
from tocsin.store.database import Database
from tocsin.store.tables import counters, metadata

parse = parse_registered


@dataclass
class Cast:
    """A small account."""

    db: Database
    ann: Person
    bo: Person
    chi: Person
    policy: EscalationPolicy
    source: AlertSource
    chance: SeededChance = field(default_factory=lambda: SeededChance(7))

    def event(self, body: str, key: str | None = None) -> intake.Outcome:
        """One payload comes in."""
        with self.db.write() as tx:
            payload = intake.Payload(key=key or self.source.integration_key, body=body.encode())
            return intake.take_in(tx, [payload], parse, self.chance)[0]

    def alert(self, summary: str = "Disk full", key: str = "disk") -> int:
        """An ALERT; the id of its incident."""
        outcome = self.event(f'{{"eventType":"ALERT","summary":"{summary}","incidentKey":"{key}"}}')
        incident_id = outcome.taken[0].verdict.incident_id
        assert incident_id is not None
        return incident_id

    def heartbeat(self, interval_sec: int = 60) -> AlertSource:
        """A source that expects pings."""
        with self.db.write() as tx:
            wanted = AlertSource(
                name="nightly backup",
                integration_type="HEARTBEAT",
                policy_id=self.policy.id,
                heartbeat=Heartbeat(summary="The backup is late", interval_sec=interval_sec),
            )
            return sources.create(tx, wanted, self.chance)

    def policy_of(
        self, *levels: tuple[Person, ...], minutes: int = 5, routing_key: str | None = None
    ) -> EscalationPolicy:
        """A policy that asks these people, level by level."""
        rules = tuple(
            EscalationRule(users=tuple(UserRef(id=p.id) for p in level), escalation_timeout=minutes)
            for level in levels
        )
        with self.db.write() as tx:
            return policies.create(
                tx, EscalationPolicy(name="Other", escalation_rules=rules, routing_key=routing_key)
            )


def by(person: Person) -> Actor:
    """That person, over the API."""
    return Actor.of(person, "API")


def assemble(db: Database) -> Cast:
    """Create everybody, in an empty database.

    Their rows are the same every time: all but the first test on a kind of database gets copies of them.
    """
    key = (db.sqlite, db.clock.now())
    if key not in _recorded:
        cast = _create(db)
        _recorded[key] = Recorded.of(cast)
        return cast
    return _recorded[key].again(db)


@dataclass(frozen=True)
class Recorded:
    """A cast with its rows."""

    cast: Cast
    rows: Mapping[sa.Table, list[dict[str, Any]]]
    drawn: Mapping[str, int]
    """The last id of each sequence that was used, on PostgreSQL."""

    @classmethod
    def of(cls, cast: Cast) -> Recorded:
        """What a cast left in its database."""
        with cast.db.read() as tx:
            rows = {t: [dict(row._mapping) for row in tx.all(t.select())] for t in metadata.sorted_tables}
            drawn = {} if tx.sqlite else dict(map(tuple, tx.all(_DRAWN)))
        return cls(cast, {table: found for table, found in rows.items() if found}, drawn)

    def again(self, db: Database) -> Cast:
        """The same cast in another database, which is empty."""
        with db.write() as tx:
            if tx.sqlite:
                tx.run(counters.delete())
            for table, rows in self.rows.items():
                tx.run(table.insert(), rows)
            if self.drawn:
                tx.run(_DRAW, {"names": [*self.drawn], "last": [*self.drawn.values()]})
        return replace(self.cast, db=db, chance=SeededChance(7))


_recorded: dict[tuple[bool, datetime], Recorded] = {}
_DRAWN = sa.text("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
_DRAW = sa.text(
    "SELECT setval(name, value) FROM unnest(CAST(:names AS text[]), CAST(:last AS bigint[])) AS drawn(name, value)"
)


def _create(db: Database) -> Cast:
    chance = SeededChance(1)
    with db.write() as tx:
        ann = people.create(
            tx, User(first_name="Ann", last_name="Lee", email="ann@example.org", role="OWNER", username="ann")
        )
        bo = people.create(tx, User(first_name="Bo", last_name="Ruiz", email="bo@example.org", username="bo"))
        chi = people.create(
            tx, User(first_name="Chi", last_name="Wu", email="chi@example.org", username="chi")
        )
        rules = (
            EscalationRule(users=(UserRef(id=ann.id),), escalation_timeout=5),
            EscalationRule(users=(UserRef(id=bo.id), UserRef(id=chi.id)), escalation_timeout=10),
        )
        policy = policies.create(tx, EscalationPolicy(name="Default", escalation_rules=rules, repeating=True))
        source = sources.create(
            tx, AlertSource(name="monitoring", integration_type="API", policy_id=policy.id), chance
        )
    return Cast(db=db, ann=ann, bo=bo, chi=chi, policy=policy, source=source)
