"""How tools report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from tocsin.core.events import Event
from tocsin.kit.value import field, value


@value
class Inbound:
    """A payload as a tool sent it."""

    body: bytes
    content_type: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name; only those that an integration asks for."""
    at: datetime | None = None
    """When it came."""


@value
class Integration:
    """How one kind of tool reports: a pure function, and what the catalogue says of it."""

    type: str
    """The product's name for it: PROMETHEUS."""
    name: str
    parse: Callable[[Inbound], tuple[Event, ...]]
    """The events in a payload. Raises BadInput for what it does not recognise, which then opens an incident
    with the raw body, and NothingToReport for what it understands and need not act on."""
    opens: str
    """What of the tool's opens an incident, in its own words."""
    accepts: str = ""
    """What accepts one; "" when nothing does."""
    resolves: str = ""
    """What resolves one; "" when nothing does."""
    tested: str = "documented payloads"
    """What the tests let it read."""
    page: str = ""
    """Its page in docs/integrations, when it shares one; else that of its slug."""
    aliases: tuple[str, ...] = ()
    """Slugs in URLs besides the lower-case type."""
    headers: tuple[str, ...] = ()
    """The request headers, by lower-case name, that say something."""
    by_get: bool = False
    """Whether the tool reports by GET, with everything in the query."""
    key_in: Callable[[bytes], str | None] | None = None
    """Finds the integration key in a body sent to a URL that has none: /events/nagios."""
    strict: bool = False
    """Whether the sender is told what to mend (400), instead of opening an incident with the raw body."""

    @property
    def slug(self) -> str:
        """Its name in URLs."""
        return self.type.lower()
