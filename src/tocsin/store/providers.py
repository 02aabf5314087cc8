"""Which providers there are, in which order, and which of them pause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from tocsin import plugins
from tocsin.core.delivery import Failover, Notification
from tocsin.core.people import Method
from tocsin.core.providers import ChannelProvider, Takes, failover, in_order
from tocsin.kit.value import replace
from tocsin.store import documents
from tocsin.store import notifications as ledger
from tocsin.store.database import Transaction, one_of
from tocsin.store.kinds import PROVIDERS
from tocsin.store.tables import channel_providers, notifications

NO_PROVIDER = "no provider is configured that reaches this address"
LAST_POSITION = 1000
_ROUTED = 500


def active(tx: Transaction) -> list[ChannelProvider]:
    """Every provider in use whose plugin is installed, by method and in order."""
    query = (
        sa.select(channel_providers.c.id)
        .where(channel_providers.c.deleted_at.is_(None), channel_providers.c.active)
        .order_by(channel_providers.c.method, channel_providers.c.position, channel_providers.c.id)
    )
    ids = [row.id for row in tx.all(query)]
    found = documents.many(tx, PROVIDERS, ids, deleted=False)
    installed = plugins.providers()
    return [found[i] for i in ids if (found[i].channel, found[i].type) in installed]


def create(tx: Transaction, provider: ChannelProvider, position: int | None = None) -> ChannelProvider:
    """Store a new provider, the last of its channel unless its position is said."""
    if position is None:
        same = [p.position for p in documents.listing(tx, PROVIDERS) if p.channel == provider.channel]
        position = min(max(same, default=-1) + 1, LAST_POSITION)
    tx.wake("providers")
    return documents.insert(tx, PROVIDERS, replace(provider, position=position))


def change(tx: Transaction, provider: ChannelProvider) -> ChannelProvider:
    """Replace a provider: a pause ends, for whoever changes it wants to see whether it works. Raises NotFound."""
    changed = documents.save(tx, PROVIDERS, provider)
    resume(tx, provider.id)
    tx.wake("providers")
    return changed


def remove(tx: Transaction, provider_id: int) -> None:
    """Delete a provider: what it was to send goes to the next of its channel. Raises NotFound."""
    documents.delete(tx, PROVIDERS, provider_id)
    tx.wake("providers", "deliveries")


def pause(tx: Transaction, provider_id: int, until: datetime, reason: str) -> None:
    """The provider asks us to slow down: its lane waits."""
    change = {"paused_until": until, "pause_reason": reason}
    tx.run(sa.update(channel_providers).where(channel_providers.c.id == provider_id).values(change))


def postpone(tx: Transaction, provider_id: int, until: datetime, reason: str) -> None:
    """What the provider was to send waits for the end of its pause, and says so."""
    waiting = sa.and_(
        notifications.c.provider_id == provider_id,
        notifications.c.state == "SCHEDULED",
        notifications.c.due_at < until,
    )
    said = f"waits until {until:%H:%M:%S} UTC: the provider asked for a pause ({reason})"
    tx.run(sa.update(notifications).where(waiting).values(due_at=until, reason=said))


def resume(tx: Transaction, provider_id: int) -> None:
    """The provider is asked again."""
    here = channel_providers.c.id == provider_id
    tx.run(sa.update(channel_providers).where(here).values(paused_until=None, pause_reason=""))


def paused(tx: Transaction, ids: Iterable[int]) -> dict[int, tuple[datetime, str]]:
    """Until when, and why, of those that pause now."""
    query = sa.select(channel_providers).where(
        channel_providers.c.id.in_(list(ids)), channel_providers.c.paused_until > tx.now
    )
    return {row.id: (row.paused_until, row.pause_reason) for row in tx.all(query)}


def route(tx: Transaction, method: Method, takes: Takes) -> list[Notification]:
    """Give due notifications of a method to the first provider that takes their address.

    Also those whose provider is gone. Returns the ones that no provider takes: they have to fail.
    """
    chain = in_order(active(tx), method)
    waiting = paused(tx, [provider.id for provider in chain])
    # Who pauses is asked only when nobody else can: the page would wait.
    chain.sort(key=lambda provider: provider.id in waiting)
    known = [provider.id for provider in chain if provider.id not in waiting]
    lost = sa.or_(notifications.c.provider_id.is_(None), notifications.c.provider_id.not_in(known))
    query = (
        sa.select(notifications.c.id, notifications.c.target)
        .where(notifications.c.due_at <= tx.now, notifications.c.method == method, lost)
        .order_by(notifications.c.due_at)
        .limit(_ROUTED)
        .with_for_update(skip_locked=True)
    )
    given: defaultdict[int | None, list[int]] = defaultdict(list)
    for row in tx.all(query):
        first = next((provider.id for provider in chain if takes(provider, row.target)), None)
        given[first].append(row.id)
    nowhere = given.pop(None, [])
    for provider_id, numbers in given.items():
        here = one_of(notifications.c.id, numbers)
        tx.run(sa.update(notifications).where(here).values(provider_id=provider_id))
    return [n for n in (ledger.one(tx, number) for number in nowhere) if n is not None]


def others(
    tx: Transaction, sent: Sequence[Notification], takes: Takes, *, reports: bool
) -> dict[int, Failover]:
    """For each notification, who could send it instead of its present provider."""
    everybody = active(tx)
    result = {}
    for n in sent:
        able = [p for p in everybody if p.id == n.provider_id] if n.tries_provider else everybody
        chain = [p for p in in_order(able, n.method) if takes(p, n.target)]
        result[n.id] = failover(n.provider_id, chain, reports=reports)
    return result


def methods_due(tx: Transaction, served: Iterable[Method]) -> list[Method]:
    """Methods with something due that nobody serves."""
    query = (
        sa.select(notifications.c.method)
        .where(notifications.c.due_at <= tx.now, notifications.c.method.not_in(list(served)))
        .distinct()
    )
    return [row.method for row in tx.all(query)]


def next_unrouted(tx: Transaction, method: Method) -> datetime | None:
    """When the next notification of a method is due that no provider has, or one that is gone."""
    known = [provider.id for provider in active(tx)]
    query = sa.select(sa.func.min(notifications.c.due_at)).where(
        notifications.c.due_at.is_not(None),
        notifications.c.method == method,
        sa.or_(notifications.c.provider_id.is_(None), notifications.c.provider_id.not_in(known)),
    )
    found: datetime | None = tx.scalar(query)
    return found


def assign(tx: Transaction, notification_id: int, provider_id: int) -> None:
    """Let this provider send a notification, whoever is first in order."""
    here = notifications.c.id == notification_id
    tx.run(sa.update(notifications).where(here).values(provider_id=provider_id))
