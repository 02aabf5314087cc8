"""How incidents are carried to other products."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Protocol

from tocsin.core.connections import Occasion, Outcome, Remote
from tocsin.kit.errors import Forbidden
from tocsin.kit.value import field, value
from tocsin.plugins.channel import Callback, HttpReply
from tocsin.plugins.network import Answer, Request, ValueClass


@value
class Errand:
    """What a connection type needs to tell one occasion."""

    occasion: Occasion
    params: Any
    """An instance of the type's class of parameters."""
    connector: Any = None
    """An instance of the type's class of connector parameters; None where it has none."""
    remote: Remote | None = None
    """What the incident is over there already; None before the first success."""
    now: datetime
    """The instant of this try: some products want it signed."""
    sender: str = ""
    """The address that mails come from."""


@value
class Choice:
    """One possible value of a parameter, as the other product knows it."""

    value: str
    label: str = ""


@value
class Told:
    """What the other product says of a ticket or message of ours."""

    remote_id: str
    """As `Remote.id`; "" when the incident is named by `incident_id`."""
    incident_id: int | None = None
    action: Literal["ACCEPT", "RESOLVE", "ESCALATE", "COMMENT"]
    by: str = ""
    """Who did it over there."""
    identity: str = ""
    """Their id over there: a user who has it as a contact acts as that user."""
    text: str = ""
    """The comment."""
    redraw: bool = False
    """Whether the product is to be told what came of it all the same: a chat redraws its message."""


@value
class Ordered:
    """A command that somebody typed over there, and that is answered with words at once."""

    order: Literal["ON_CALL", "OPEN", "HELP"]
    summary: str = ""
    """OPEN: of the new incident."""
    by: str = ""
    """As in `Told`."""
    identity: str = ""
    """As in `Told`."""


@value
class HookHeard:
    """What a web request of the other product says."""

    told: tuple[Told, ...] = ()
    ordered: Ordered | None = None
    """Answered by us in plain text, instead of `answer`."""
    answer: HttpReply = field(default_factory=HttpReply)


class ConnectionType(Protocol):
    """One product that incidents are carried to. Pure: requests out, answers in."""

    type: str
    """The product's name for it: `jira`."""
    name: str
    connector: ValueClass | None
    """A `@value` class: the parameters of a connector; None where a connection needs no connector."""
    params: ValueClass
    """A `@value` class: the parameters of a connection; its schema draws the form."""
    secrets: frozenset[str]
    """The names of parameters, of either, that are kept sealed and shown masked."""
    updates: bool
    """Whether later occasions change what the first one made (a ticket, a message)."""
    two_way: bool
    """Whether the product reports back what people do there."""

    def proceed(self, errand: Errand, answers: tuple[Answer, ...]) -> Request | Outcome:
        """The next request, given the answers to those before, or how it ended. Deterministic."""
        ...

    def probe(self, connector: Any) -> Request | None:
        """The request that proves a connector right without changing anything; None where there is none."""
        ...

    def choices(self, name: str, connector: Any, params: Any) -> Request | None:
        """The request for the possible values of a parameter (its JSON name); None: free text."""
        ...

    def read_choices(self, name: str, answer: Answer) -> tuple[Choice, ...]:
        """The values in the answer; none when it holds none."""
        ...

    def hear(self, callback: Callback, connector: Any, params: Any) -> HookHeard:
        """What a web request of the product says. Raises Forbidden when it is not the product's, BadInput."""
        ...


class ConnectionDefaults:
    """What many products leave as it is: one way, nothing to choose from."""

    name: str
    connector: ValueClass | None = None
    secrets: frozenset[str] = frozenset()
    updates = False
    two_way = False

    def probe(self, connector: Any) -> Request | None:
        """Nothing proves it but a message."""
        del connector
        return None

    def choices(self, name: str, connector: Any, params: Any) -> Request | None:
        """Everything is free text."""
        del name, connector, params
        return None

    def read_choices(self, name: str, answer: Answer) -> tuple[Choice, ...]:
        """None."""
        del name, answer
        return ()

    def hear(self, callback: Callback, connector: Any, params: Any) -> HookHeard:
        """Raises Forbidden: the product has nothing to say."""
        del callback, connector, params
        raise Forbidden("this product does not report back")
