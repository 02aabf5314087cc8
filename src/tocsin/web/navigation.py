"""Where one can go: the rail of wide windows, the bar and the sheet of phones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.core.access import Action
from tocsin.languages import msgid
from tocsin.web.visit import Visit


@dataclass(frozen=True, kw_only=True)
class Item:
    """One place."""

    path: str
    icon: str
    label: str
    action: Action
    """Who may not do this does not see it."""
    barred: bool = False
    """Whether it has a place of its own in the bar of phones."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Places under one heading; the first group has none."""

    label: str
    items: tuple[Item, ...]


GROUPS = (
    Group(
        label="",
        items=(
            Item(path="/incidents", icon="siren", label=msgid("Incidents"), action="FOLLOW", barred=True),
            Item(path="/on-call", icon="phone", label=msgid("On call"), action="VIEW", barred=True),
        ),
    ),
    Group(
        label=msgid("Arrange"),
        items=(
            Item(path="/on-call/mine", icon="shift", label=msgid("My shifts"), action="VIEW"),
            Item(path="/schedules", icon="calendar", label=msgid("Schedules"), action="VIEW"),
            Item(path="/policies", icon="route", label=msgid("Policies"), action="VIEW"),
        ),
    ),
    Group(
        label=msgid("Set up"),
        items=(
            Item(path="/sources", icon="plug", label=msgid("Sources"), action="VIEW", barred=True),
            Item(path="/heartbeats", icon="heart", label=msgid("Heartbeats"), action="VIEW"),
            Item(path="/maintenance", icon="wrench", label=msgid("Maintenance"), action="VIEW"),
            Item(path="/support-hours", icon="clock", label=msgid("Support hours"), action="VIEW"),
            Item(path="/channels", icon="send", label=msgid("Channels"), action="MANAGE_CONNECTORS"),
            Item(path="/connections", icon="link", label=msgid("Connections"), action="VIEW"),
            Item(path="/connectors", icon="key", label=msgid("Connectors"), action="MANAGE_CONNECTORS"),
            Item(path="/people", icon="users", label=msgid("People"), action="VIEW", barred=True),
        ),
    ),
    Group(
        label=msgid("System"),
        items=(
            Item(path="/outbox", icon="inbox", label=msgid("Outbox"), action="OPERATE"),
            Item(path="/api-docs/", icon="book", label=msgid("API"), action="PUBLIC"),
        ),
    ),
)


@dataclass(frozen=True)
class Navigation:
    """What this visitor may go to."""

    visit: Visit

    @property
    def groups(self) -> list[Group]:
        """The groups with something in them."""
        kept = [Group(label=group.label, items=tuple(self._allowed(group))) for group in GROUPS]
        return [group for group in kept if group.items]

    @property
    def bar(self) -> list[Item]:
        """What the bar of phones shows; the rest is in its sheet."""
        return [item for group in self.groups for item in group.items if item.barred]

    def here(self, item: Item) -> bool:
        """Whether the visitor is there: at the place with the longest path that fits."""
        fitting = [i.path for group in GROUPS for i in group.items if self._below(i.path)]
        return bool(fitting) and item.path == max(fitting, key=len)

    def _below(self, path: str) -> bool:
        at = self.visit.request.url.path
        return at == path or at.startswith(path.rstrip("/") + "/")

    @property
    def beyond_bar(self) -> bool:
        """Whether the visitor is at a place of the sheet."""
        return any(self.here(item) for group in self.groups for item in group.items if not item.barred)

    def _allowed(self, group: Group) -> Iterator[Item]:
        return (item for item in group.items if self.visit.may(item.action))
