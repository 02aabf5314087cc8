"""Graylog, by an HTTP notification of an event definition; the alarm callback of version 2 too."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import Doc, event, joined, listed, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The event as one of ours. Raises NothingToReport for the test notification."""
    said = read(inbound)
    if said.at("check_result"):
        return (_older(said),)
    happened, definition = said.at("event"), said.text("event_definition_id")
    require(definition and happened, "a notification of Graylog's: event_definition_id is missing")
    if definition == "this-is-a-test-notification":
        raise NothingToReport("a test notification of Graylog's")
    title = said.text("event_definition_title")
    about = happened.text("key")
    return (
        event(
            "RESOLVE" if happened.word("alert") == "false" else "ALERT",
            key="/".join(filter(None, (definition, about))),
            summary=happened.text("message") or title,
            details=joined(
                said.text("event_definition_description"),
                happened.lines("Source: source", "Key: key", "Priority: priority", "Time: timestamp"),
                listed(happened.texts("fields")),
                "\n".join(
                    f"- {one.text('source')}: {one.text('message')}" for one in said.each("backlog")[:20]
                ),
            ),
            labels={"definition": title, **happened.texts("group_by_fields")},
            links={"Replay": happened.text("replay_info.url")},
            raw=said,
        ),
    )


def _older(said: Doc) -> Event:
    result, stream = said.at("check_result"), said.at("stream")
    return event(
        "RESOLVE" if result.word("triggered") == "false" else "ALERT",
        key=result.text("triggered_condition.id") or stream.text("id"),
        summary=f"{stream.text('title')}: {result.text('triggered_condition.title', 'result_description')}".strip(
            ": "
        ),
        details=result.text("result_description"),
        raw=said,
    )


integration = Integration(
    type="GRAYLOG",
    name="Graylog",
    parse=parse,
    opens="an event that is an alert",
    resolves="an event with alert false",
)
