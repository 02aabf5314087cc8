"""What a channel is asked to say: everything already looked up, nothing left to decide."""

from __future__ import annotations

from datetime import datetime

from tocsin.core.incidents import Image, Link, Priority, Status
from tocsin.core.notifying import Purpose
from tocsin.kit.value import value
from tocsin.languages import Language


@value
class Subject:
    """The incident as a message shows it."""

    id: int
    summary: str
    details: str
    status: Status
    priority: Priority
    source: str
    policy: str
    reported_at: datetime
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


@value
class Answers:
    """Where the person can answer without signing in. Pages that show on GET and act on POST."""

    accept: str
    resolve: str
    escalate: str


@value
class Message:
    """One message to one person."""

    notification_id: int
    purpose: Purpose
    to: str
    """The address on the channel."""
    name: str
    language: Language = "en"
    timezone: str = "UTC"
    subject: Subject | None = None
    """None for messages that are about no incident."""
    headline: str = ""
    """PLAIN purposes: the subject line."""
    text: str = ""
    """PLAIN purposes: what to say. For updates: who did it ("Bo Ruiz")."""
    token: str = ""
    """Stands for this notification, unguessably, in callback URLs: lower-case letters and digits."""
    reply_code: str = ""
    """A short number that stands for the incident in replies from this telephone (“ack 4”); "" when none is taken."""
    code: str = ""
    """VERIFICATION: the code itself, to be spelled out; `text` holds it too, in a sentence."""
    open_incidents: int = 0
    """How many incidents are open and this person's, for the badge of an app."""
    next_step: str = ""
    """What happens next and when, as a sentence in the person's language."""
    incident_url: str | None = None
    answers: Answers | None = None
    """None when no answer is asked for."""
    reply_to: str | None = None
    """The address that takes a reply to this very notification."""
    bounce_to: str | None = None
    """The envelope sender: where a mail server reports that it could not deliver."""
    unsubscribe_url: str | None = None
    message_id: str = ""
    """This message's own id, with angle brackets; stored before sending."""
    thread_id: str | None = None
    """The id that all messages about the incident to this person refer to."""
    sent_at: datetime
    """The Date of the message."""
