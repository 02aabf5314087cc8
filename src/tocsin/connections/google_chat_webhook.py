"""Google Chat by a webhook of a space: the messages of an incident make a thread."""

from __future__ import annotations

from tocsin.connections.answers import title, with_query
from tocsin.connections.chat_shapes import ChatParams, posted
from tocsin.connections.tickets import OneMessage, happened
from tocsin.kit.value import replace
from tocsin.plugins import Errand, Request, ValueClass


class GoogleChat(OneMessage):
    """The connection type `google_chat_webhook`."""

    type = "google_chat_webhook"
    name = "Google Chat (webhook)"
    params: ValueClass = ChatParams
    secrets = frozenset({"url"})

    def request(self, errand: Errand) -> Request:
        """One text message; those of an incident make a thread."""
        o = errand.occasion
        body = {
            "text": f"*{title(o)}*\n{happened(o)}\n{o.url}",
            "thread": {"threadKey": f"tocsin-{o.incident_id}"},
        }
        request = posted(errand, body)
        option = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
        return replace(request, url=with_query(request.url, "messageReplyOption", option))


connection = GoogleChat()
