"""How people are told, and how their answers are heard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from tocsin.core.delivery import Receipt, ReportState
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import field, value
from tocsin.plugins.network import Answer, Request, ValueClass


class Channel(Protocol):
    """One way to tell a person something."""

    method: Method

    def render(self, message: Message, sender: str) -> Request:
        """The request that sends `message` from the address `sender`. Deterministic."""
        ...

    def read(self, answer: Answer) -> Receipt:
        """What the provider's answer means."""
        ...


@value
class Sending:
    """What a provider needs for a request besides the message and its own settings."""

    callback_url: str
    """Where the provider reports to us: append `/status`, `/keys` or the like, and query parameters.

    Secret: it is given to nobody but the provider. Append `Message.token` so that what comes back says
    which message it is about.
    """
    access_token: str = ""
    """What `authorize` fetched, for providers that need it."""
    entropy: bytes = b""
    """32 fresh random bytes, for providers that encrypt: the only chance that `render` may use."""


@value
class Callback:
    """A web request that a provider made to its `callback_url`."""

    method: str
    url: str
    """The whole public URL, as the provider called it: some sign it."""
    rest: str = ""
    """The path after the callback URL, without slashes at its ends: `status`."""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""
    received_at: datetime
    """To refuse signatures that are too old."""


@value
class Report:
    """A provider says what became of a message."""

    state: ReportState
    token: str | None = None
    """`Message.token`, where it was part of the callback URL or of the provider's own field."""
    reference: str | None = None
    """The provider's id of the message (`Receipt.reference`): one of the two is needed."""
    reason: str = ""
    """Why it failed, in the provider's words."""
    bounced: bool = False
    """The address itself is wrong: it is not used again until somebody mends it."""


@value
class Reply:
    """A person answered. What it means is not the provider's to say: the text goes to `core.replies`."""

    text: str
    """What was written, pressed or spoken: `2`, `ack 17`, `accept`. Buttons send accept, resolve, escalate."""
    token: str | None = None
    """`Message.token` of the message that is answered, where the provider hands it back (buttons, calls)."""
    reference: str | None = None
    """The provider's id of the message that is answered, where it says so."""
    from_address: str | None = None
    """Who answers, as `Message.to` is written for this provider (telephone numbers as +491701234567)."""
    key: str = ""
    """The provider's own id of this answer, so that one that is delivered twice counts once."""
    enrols: str = ""
    """A code of the person's profile that was handed back from a chat: proof that `from_address` is theirs."""
    name: str = ""
    """Beside `enrols`: what the person is called there."""
    quiet: bool = False
    """Whether the button shows nobody that it was pressed: then a message says what came of it."""
    in_place: bool = False
    """Whether `respond` tells the person what came of it (a call, a toast). Else a message is sent."""


@value
class Enrolment:
    """How somebody proves a chat by writing from it."""

    command: str
    """What to write there: `/start 12x…`."""
    url: str = ""
    """A link that writes it at one tap; "" where there is none."""


@value
class Updates:
    """What was heard by asking."""

    callbacks: tuple[Callback, ...] = ()
    after: str = ""
    """What the next question says was heard."""


@value
class HttpReply:
    """What a provider's web request is answered with."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@value
class Heard:
    """What a provider's web request says."""

    reports: tuple[Report, ...] = ()
    replies: tuple[Reply, ...] = ()
    answer: HttpReply | None = None
    """Given back as it is, where the answer does not depend on us (a challenge)."""


@value
class Answered:
    """What came of a reply."""

    reply: Reply
    outcome: str
    """ACCEPT, RESOLVE, ESCALATE; REPEAT (`0`, or nothing understood in a call: say the message again);
    NOT_UNDERSTOOD, UNKNOWN, or why it was refused (ALREADY_ACCEPTED, ALREADY_RESOLVED, NO_NEXT_LEVEL)."""
    text: str = ""
    """The outcome as a sentence for the person, in their language."""
    message: Message | None = None
    """The message that was answered, as it would be sent now: to be spoken again, or to redraw a chat's."""


class Provider(Protocol):
    """One company's, or one program's, way to tell a person something, both ways. Pure.

    Several providers may serve one method (SMS by Twilio, by Vonage): the account's settings order them.
    """

    method: Method
    """SMS, VOICE, PUSH, TELEGRAM, SLACK, WHATSAPP and so on."""
    type: str
    """In lower case: `twilio`. Method and type together are unique."""
    name: str
    """For people: “Twilio SMS”."""
    config: ValueClass
    """A `@value` class. Its schema draws the form and documents the API's `params`; its defaults are the form's."""
    secret_fields: frozenset[str]
    """Which of its fields, by their JSON names (`authToken`), are kept sealed and never shown again."""
    reports: bool
    """Whether the provider reports delivery. If so, a missing report makes the next provider try."""
    typed: bool
    """Whether people type its addresses in, and so have to prove them; else a device hands them out."""
    asks_token: bool
    """Whether `authorize` is to be asked for an access token before anything is sent."""

    def takes(self, address: str) -> bool:
        """Whether an address is one of this provider's kind: `+491701234567` for SMS, `ntfy:ann` for ntfy.

        A provider is never tried for an address of another kind, and no contact has one that none takes.
        """
        ...

    def render(self, message: Message, config: Any, sending: Sending) -> Request:
        """The request that sends `message` to `message.to`. Deterministic in its arguments."""
        ...

    def read(self, answer: Answer) -> Receipt:
        """What the provider's answer means; with `reference`, and `pause_seconds` when it wants us to wait."""
        ...

    def hear(self, callback: Callback, config: Any) -> Heard:
        """Reports and replies in a web request. Raises Forbidden when it is not the provider's, BadInput."""
        ...

    def respond(
        self, heard: Heard, answered: tuple[Answered, ...], config: Any, sending: Sending
    ) -> HttpReply:
        """What the web request is answered with (TwiML, NCCO, a toast), knowing what came of its replies."""
        ...

    def redraw(self, answered: Answered, config: Any) -> Request | None:
        """The request that lets the message with the button show how things stand now; None: it stays as it is.

        `answered.message` is there. What the provider answers does not matter: the outcome was told.
        """
        ...

    def enrolment(self, code: str, config: Any) -> Enrolment | None:
        """How a person hands back a code from their chat (`Reply.enrols`); None: by a code sent there."""
        ...

    def poll(self, after: str, config: Any) -> Request | None:
        """The request that waits for what people do, `after` what was heard; None: the provider calls us."""
        ...

    def polled(self, answer: Answer, after: str, config: Any, now: datetime) -> Updates | None:
        """What the answer to `poll` holds; None when it is none."""
        ...

    def reply_by(self, reply: HttpReply, config: Any) -> Request | None:
        """The request that says what `respond` would have said to a call; None for nothing."""
        ...

    def authorize(self, config: Any, now: datetime) -> Request:
        """The request for an access token."""
        ...

    def read_token(self, answer: Answer) -> AccessToken | Receipt:
        """The access token, or why there is none."""
        ...

    def callers(self, config: Any) -> tuple[str, ...]:
        """The telephone numbers that messages and calls come from, for people's address books."""
        ...

    def ready_made(self, seed: bytes, contact: str) -> Any | None:
        """A `config` that works without an account anywhere (Web Push: keys drawn from `seed`, 64 bytes).

        None for all others. Stored at the first start. `contact` is a mailto: or https: address of ours.
        """
        ...


@value
class AccessToken:
    """What some providers want with every request."""

    text: str
    lasts_seconds: float


class ProviderDefaults:
    """What most providers leave as it is: nothing comes back, no token is needed."""

    secret_fields: frozenset[str] = frozenset()
    reports: bool = False
    typed: bool = True
    asks_token: bool = False

    def takes(self, address: str) -> bool:
        """Any address."""
        return bool(address)

    def hear(self, callback: Callback, config: Any) -> Heard:
        """Nothing."""
        del callback, config
        return Heard()

    def respond(
        self, heard: Heard, answered: tuple[Answered, ...], config: Any, sending: Sending
    ) -> HttpReply:
        """The answer that `hear` gave, else an empty 200."""
        del answered, config, sending
        return heard.answer or HttpReply()

    def redraw(self, answered: Answered, config: Any) -> Request | None:
        """None."""
        del answered, config
        return None

    def enrolment(self, code: str, config: Any) -> Enrolment | None:
        """None."""
        del code, config
        return None

    def poll(self, after: str, config: Any) -> Request | None:
        """None."""
        del after, config
        return None

    def polled(self, answer: Answer, after: str, config: Any, now: datetime) -> Updates | None:
        """Not asked, because `poll` asks nothing."""
        del answer, after, config, now
        return None

    def reply_by(self, reply: HttpReply, config: Any) -> Request | None:
        """Not asked either."""
        del reply, config
        return None

    def authorize(self, config: Any, now: datetime) -> Request:
        """Not asked, because `asks_token` is false."""
        del config, now
        raise LookupError("this provider needs no access token")

    def read_token(self, answer: Answer) -> AccessToken | Receipt:
        """Not asked either."""
        del answer
        raise LookupError("this provider needs no access token")

    def callers(self, config: Any) -> tuple[str, ...]:
        """None."""
        del config
        return ()

    def ready_made(self, seed: bytes, contact: str) -> Any | None:
        """None: it has to be configured."""
        del seed, contact
        return None
