"""An account with a provider: who carries messages of one method, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from tocsin.core.delivery import Failover
from tocsin.core.people import Method
from tocsin.kit.value import Ge, Le, field, value

DEFAULT_REPORT_SECONDS = 60


@value
class ChannelProvider:
    """A configured provider."""

    id: int = 0
    channel: Method
    type: str
    name: str = ""
    position: Annotated[int, Ge(0), Le(1000)] = 0
    """The lowest is tried first."""
    active: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)
    """The provider's own settings; secret ones sealed."""
    report_seconds: Annotated[int, Ge(0), Le(3600)] = DEFAULT_REPORT_SECONDS
    """How long a delivery report may take before the next provider tries; 0: for ever."""
    version: int = 0


Takes = Callable[[ChannelProvider, str], bool]
"""Whether a provider carries messages to an address: push has addresses of several kinds."""


def in_order(providers: Sequence[ChannelProvider], method: Method) -> list[ChannelProvider]:
    """The active providers of a method, the first to be tried first."""
    return sorted(
        (p for p in providers if p.active and p.channel == method), key=lambda p: (p.position, p.id)
    )


def failover(present_id: int | None, chain: Sequence[ChannelProvider], *, reports: bool) -> Failover:
    """Who could send instead of the present provider. `chain` are those that take the address, in order."""
    ids = [provider.id for provider in chain]
    if present_id not in ids:
        return Failover(first_id=ids[0] if ids else None)
    at = ids.index(present_id)
    seconds = chain[at].report_seconds if reports else 0
    return Failover(
        next_id=ids[at + 1] if at + 1 < len(ids) else None,
        first_id=ids[0],
        report_within=timedelta(seconds=seconds) if seconds else None,
    )
