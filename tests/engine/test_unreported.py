"""A page whose delivery nobody confirmed is handed on only while somebody still needs it."""

from __future__ import annotations

import pytest

from tests.cast import assemble, by
from tests.engine.telephones import World
from tocsin.core.incidents import Accept
from tocsin.store import decisions
from tocsin.store.database import Database


@pytest.mark.parametrize("reported", [False, True], ids=["no-report", "failed-report"])
def test_what_was_accepted_meanwhile_is_not_sent_again(db: Database, *, reported: bool) -> None:
    world = World(assemble(db))
    first = world.provider(account="AC1", report_seconds=300)
    world.provider(account="AC2", position=1)
    world.telephone(world.cast.ann)
    world.rules(world.cast.ann, ("SMS", 0))
    incident_id = world.cast.alert()
    assert world.run() == ["SMS 4567"]
    with db.write() as tx:
        decisions.perform(tx, incident_id, Accept(by=by(world.cast.bo)))
    if reported:
        world.report(first, "undelivered")
    assert world.wait(6) == []
    page = next(n for n in world.ledger(incident_id) if n.method == "SMS")
    assert (page.state, page.report_due_at) == ("FAILED" if reported else "SENT", None)
