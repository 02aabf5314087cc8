"""Text messages from strangers: incidents where there is a source for them, silence where there is none."""

from __future__ import annotations

import pytest

from tests.cast import assemble
from tests.engine.telephones import World
from tocsin.core.events import AlertSource
from tocsin.core.providers import ChannelProvider
from tocsin.core.source_settings import SourceRules
from tocsin.engine.ingest import parse_registered
from tocsin.store import documents, events, incidents, rehearsal, sources
from tocsin.store.database import Database
from tocsin.store.kinds import SOURCES

STRANGER = "+4930123456"


@pytest.fixture
def world(db: Database) -> World:
    cast = assemble(db)
    world = World(cast)
    world.telephone(cast.ann)
    world.rules(cast.ann, ("SMS", 0))
    return world


@pytest.fixture
def sms(world: World) -> ChannelProvider:
    return world.provider()


def listen(world: World, rules: SourceRules | None = None) -> None:
    with world.cast.db.write() as tx:
        wanted = AlertSource(
            name="texts", integration_type="SMS", policy_id=world.cast.policy.id, rules=rules
        )
        sources.create(tx, wanted, world.cast.chance)


def found(world: World) -> list[str]:
    with world.cast.db.read() as tx:
        return [one.summary for one in incidents.search(tx, incidents.Filter())][::-1]


def test_a_strangers_text_opens_an_incident_once_and_is_not_answered(
    world: World, sms: ChannelProvider
) -> None:
    listen(world)
    pages = world.text(sms, "Pump 3\nstands still", STRANGER)
    assert len(pages) == 1, "Ann is paged; the stranger hears nothing"
    assert found(world) == ["Pump 3 stands still"]
    world.call_back(sms, "", Body="Pump 3\nstands still", From=STRANGER, MessageSid="IN1")
    assert found(world) == ["Pump 3 stands still"]
    world.text(sms, "Pump 4", STRANGER)
    assert found(world) == ["Pump 3 stands still", "Pump 4"]


def test_the_words_of_carriers_and_of_our_own_people_are_no_alerts(
    world: World, sms: ChannelProvider
) -> None:
    listen(world)
    world.text(sms, "STOP", STRANGER)
    world.text(sms, "", STRANGER)
    world.text(sms, "ack")
    world.text(sms, "what is going on?")
    assert found(world) == []


def test_only_known_machines_may_be_let_in(world: World, sms: ChannelProvider) -> None:
    listen(world, SourceRules(event_filter=f"event.labels.from == '{STRANGER}'"))
    world.text(sms, "Pump 3", STRANGER)
    world.text(sms, "Nonsense", "+4930999999")
    assert found(world) == ["Pump 3"]


def test_a_text_can_be_read_again(world: World, sms: ChannelProvider) -> None:
    """So that a filter is tried on those that came."""
    listen(world)
    world.text(sms, "Pump 3", STRANGER)
    with world.cast.db.read() as tx:
        source = documents.find(tx, SOURCES, integration_type="SMS")
        assert source is not None
        (event,) = events.listing(tx, source.id, 0, 10)
        (again,) = rehearsal.replay(tx, source, event, parse_registered)
    assert (again.verdict.effect, again.event.summary, again.event.labels) == (
        "OPEN",
        "Pump 3",
        {"from": STRANGER},
    )


def test_without_a_source_a_stranger_is_met_with_silence(world: World, sms: ChannelProvider) -> None:
    assert world.text(sms, "Pump 3", STRANGER) == []
    assert found(world) == []
