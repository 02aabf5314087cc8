"""What a page by SMS will look like and cost, while its settings are being changed."""

from __future__ import annotations

from typing import get_args

from starlette.responses import Response

from tocsin.channels.hearing import takes_answers
from tocsin.channels.sms_text import MOST_SEGMENTS, Letters, page_text
from tocsin.core.messages import Answers, Message, Subject
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.visit import Visit

MAX_SUMMARY = 1000
_TOKEN = "1234x" + "0" * 32
"""As long as a real one."""


def preview(visit: Visit) -> Response:
    """The message that a summary makes, with its alphabet and count. Changes nothing."""
    wanted = visit.said("settings.segments", 2)
    segments = min(max(int(wanted), 1), 6) if wanted.isascii() and wanted.isdigit() else MOST_SEGMENTS
    letters: Letters = next(
        (known for known in get_args(Letters) if known == visit.said("settings.letters", 20)), "PUNCTUATION"
    )
    heard = takes_answers(visit.said("settings.sender", 200))
    short = page_text(_sample(visit), segments, letters, heard=heard)
    return page(visit, "sms_preview.html", short=short)


def _sample(visit: Visit) -> Message:
    about = Subject(
        id=1234,
        summary=visit.said("sample", MAX_SUMMARY),
        details="",
        status="PENDING",
        priority="HIGH",
        source="Prometheus",
        policy="",
        reported_at=visit.now,
    )
    return Message(
        notification_id=1,
        purpose="ALERT",
        to="",
        name=visit.someone.name,
        language=visit.language,
        subject=about,
        answers=Answers(
            accept=f"{visit.deployment.public_url}/r/{_TOKEN}?do=accept", resolve="", escalate=""
        ),
        reply_code="4",
        sent_at=visit.now,
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/channels/preview", action="MANAGE_CONNECTORS", post=preview, fields=200)]
