"""Grafana OnCall's formatted webhook: the fields that its templates fill."""

from __future__ import annotations

from tocsin.core.events import MAX_DETAILS, MAX_SUMMARY, Event, storable_key
from tocsin.core.incidents import Image
from tocsin.integrations import foreign
from tocsin.kit.errors import BadInput
from tocsin.plugins import Inbound

_ENDED = frozenset({"ok", "resolved"})


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The one event. Raises BadInput."""
    sent = foreign.mapping(inbound.body)
    title = foreign.text(sent.get("title")) or foreign.text(sent.get("message")).partition("\n")[0]
    over = foreign.text(sent.get("state")).lower() in _ENDED
    key = storable_key(foreign.text(sent.get("alert_uid")))
    if over and not key:
        raise BadInput.at("alert_uid", "what is over must be named")
    if not over and not title:
        raise BadInput.at("title", "an alert needs a title or a message")
    image = foreign.text(sent.get("image_url"))
    event = Event(
        event_type="RESOLVE" if over else "ALERT",
        summary=title[:MAX_SUMMARY],
        details=foreign.text(sent.get("message"))[:MAX_DETAILS],
        key=key,
        images=(Image(src=image),) if image else (),
        links=foreign.links([(sent.get("link_to_upstream_details"), "Details")]),
        custom_details=sent,
    )
    return (event,)
