"""How incidents are carried to other products."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from tocsin.core.connections import Occasion, Outcome, Remote
from tocsin.kit.errors import Forbidden
from tocsin.kit.value import MaxLen, MinLen, field, value
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
    identities: Mapping[int, str] = field(default_factory=dict)
    """Who of those asked is known over there: user id to their id in the product, proven."""


@value
class Choice:
    """One possible value of a parameter, as the other product knows it."""

    value: str
    label: str = ""


@value
class Offered:
    """A field that the other product itself defines, for what we make there: one of a Jira issue."""

    key: str
    label: str = ""
    kind: str = "string"
    """What its values are, in the product's words; goes back in `OwnField`."""
    required: bool = False
    options: tuple[str, ...] = ()
    """The possible values, if it has a list."""


@value
class OwnField:
    """What goes into such a field."""

    key: Annotated[str, MinLen(1), MaxLen(255)]
    kind: Annotated[str, MaxLen(100)] = "string"
    """As `Offered.kind`."""
    value: Annotated[str, MaxLen(10_000)] = ""
    """A template; several values are separated by commas."""


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
    email: str = ""
    """Their mail address, if the product's directory vouches for it: the user who signs in with it acts."""
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


class Installation(Protocol):
    """How a product hands us a token of its own accord (OAuth 2, authorization code). Pure."""

    scopes: tuple[str, ...]
    """What is asked for."""

    def address(self, connector: Any, back_to: str, state: str) -> str:
        """Where an administrator agrees; "" while the connector holds no client."""
        ...

    def exchange(self, connector: Any, back_to: str, code: str) -> Request:
        """The request that turns the code into a token."""
        ...

    def granted(self, answer: Answer) -> Mapping[str, str]:
        """The connector's parameters that the answer sets, by JSON name. Raises BadInput with the product's words."""
        ...


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
    templates: frozenset[str]
    """The JSON names of parameters that are templates, besides those that end in `Template`."""
    updates: bool
    """Whether later occasions change what the first one made (a ticket, a message)."""
    two_way: bool
    """Whether the product reports back what people do there."""
    own_fields: str
    """The JSON name of the parameter that holds `OwnField`s; "" where the product defines none."""
    installation: Installation | None
    """How to get a token without pasting one; None where there is no such way."""

    def proceed(self, errand: Errand, answers: tuple[Answer, ...]) -> Request | Outcome:
        """The next request, given the answers to those before, or how it ended. Deterministic."""
        ...

    def refusal(self, answer: Answer) -> Outcome | None:
        """What went wrong according to an answer; None for success."""
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

    def fields(
        self, connector: Any, params: Any, answers: tuple[Answer, ...]
    ) -> Request | tuple[Offered, ...]:
        """The next request for the fields that the product defines, or all of them. Raises BadInput."""
        ...

    def hear(self, callback: Callback, connector: Any, params: Any) -> HookHeard:
        """What a web request of the product says. Raises Forbidden when it is not the product's, BadInput."""
        ...

    def listen(
        self, callback: Callback, connector: Any, params: Any, answers: tuple[Answer, ...]
    ) -> Request | HookHeard:
        """The next request that hearing takes (the product's keys, who somebody is), or what it said. As `hear`.

        What is public (GET without authorization) is asked once in an hour.
        """
        ...


class ConnectionDefaults:
    """What many products leave as it is: one way, nothing to choose from."""

    name: str
    connector: ValueClass | None = None
    secrets: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    updates = False
    two_way = False
    own_fields = ""
    installation: Installation | None = None

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

    def fields(
        self, connector: Any, params: Any, answers: tuple[Answer, ...]
    ) -> Request | tuple[Offered, ...]:
        """None."""
        del connector, params, answers
        return ()

    def hear(self, callback: Callback, connector: Any, params: Any) -> HookHeard:
        """Raises Forbidden: the product has nothing to say."""
        del callback, connector, params
        raise Forbidden("this product does not report back")

    def listen(
        self, callback: Callback, connector: Any, params: Any, answers: tuple[Answer, ...]
    ) -> Request | HookHeard:
        """As `hear`: nothing needs to be asked."""
        del answers
        return self.hear(callback, connector, params)
