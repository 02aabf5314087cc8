"""Events as the rules of their sources leave them, with the counters of the rules' conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from tocsin.core.conditions import Counters
from tocsin.core.events import AlertSource, Event
from tocsin.core.source_rules import Circumstances, Sent, Shaped, counts, shape
from tocsin.kit.value import decode_json, encode_json
from tocsin.store import support_hours
from tocsin.store.database import Transaction
from tocsin.store.tables import condition_counters


class Shaping:
    """The shaping of one batch. Counters are read once, and written by `keep`."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.covers = support_hours.covering(tx)
        self.known: dict[int, dict[str, Counters]] = {}
        self.changed: set[tuple[int, str]] = set()

    def shape(
        self, source: AlertSource, found: Iterable[Event], raw: bytes, at: datetime | None = None
    ) -> tuple[Shaped, ...]:
        """The events of one payload in turn."""
        sent = Sent(raw)
        return tuple(self._shape(source, event, sent, at or self.tx.now) for event in found)

    def _shape(self, source: AlertSource, event: Event, sent: Sent, at: datetime) -> Shaped:
        if source.rules is None:
            return Shaped(event=event)
        around = Circumstances(sent=sent, now=at, covers=self.covers, counters=self._counters(source))
        shaped = shape(source.rules, event, around)
        if shaped.counters:
            self.known[source.id].update(shaped.counters)
            self.changed.update((source.id, name) for name in shaped.counters)
        return shaped

    def _counters(self, source: AlertSource) -> Mapping[str, Counters]:
        if source.rules is None or not counts(source.rules):
            return {}
        if source.id not in self.known:
            query = sa.select(
                condition_counters.c.condition, sa.cast(condition_counters.c.body, sa.Text).label("json")
            ).where(condition_counters.c.source_id == source.id)
            rows = self.tx.all(query)
            self.known[source.id] = {row.condition: decode_json(Counters, row.json) for row in rows}
        return self.known[source.id]

    def keep(self) -> None:
        """Store the counters that changed. Of two processes that count at once the later one is right enough."""
        for source_id, name in sorted(self.changed):
            body = encode_json(Counters, self.known[source_id][name])
            same = sa.and_(
                condition_counters.c.source_id == source_id, condition_counters.c.condition == name
            )
            if not self.tx.run(sa.update(condition_counters).where(same).values(body=body)).rowcount:
                row = {"source_id": source_id, "condition": name, "body": body}
                self.tx.run(sa.insert(condition_counters), row)
        self.changed.clear()
