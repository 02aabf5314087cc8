"""A test event: sent as the tool would send it, through the same door."""

from __future__ import annotations

import anyio.from_thread
from starlette.responses import Response

from tocsin.core.events import AlertSource
from tocsin.kit.errors import BadInput, Forbidden, Overloaded
from tocsin.kit.value import dumps
from tocsin.store import documents, intake
from tocsin.store.kinds import SOURCES
from tocsin.web.declare import Page
from tocsin.web.visit import Visit, see_other

TESTABLE = ("API", "PROMETHEUS")
"""Kinds whose payloads we can write ourselves."""


def send_test(visit: Visit) -> Response:
    """Send an event as the tool would, through the same door. Raises NotFound, Overloaded."""
    with visit.deployment.db.read() as tx:
        source = documents.get(tx, SOURCES, visit.number("id"))
    if not source.active:
        raise Forbidden("this alert source is disabled, so it takes no events")
    payload = intake.Payload(
        key=source.integration_key, body=_test_body(visit, source), content_type="application/json"
    )
    outcome = anyio.from_thread.run(visit.deployment.intake.receive, payload)
    if outcome.problems:
        raise BadInput(*outcome.problems)
    if outcome.spooled:
        raise Overloaded("The database is away: the event is kept and will be processed later.")
    opened = next((taken.verdict.incident_id for taken in outcome.taken if taken.verdict.incident_id), None)
    return see_other(f"/incidents/{opened}" if opened else "/incidents")


def _test_body(visit: Visit, source: AlertSource) -> bytes:
    summary = f"Test event for {source.name}"
    details = f"Sent by {visit.someone.name} with the button “Send a test event”. Nothing is broken."
    if source.integration_type == "PROMETHEUS":
        labels = {"alertname": "TestEvent", "instance": summary}
        alert = {
            "status": "firing",
            "labels": labels,
            "annotations": {"summary": summary, "description": details},
        }
        group = {"version": "4", "status": "firing", "groupKey": "test", "commonLabels": labels}
        return dumps({**group, "commonAnnotations": alert["annotations"], "alerts": [alert]}).encode()
    said = {"eventType": "ALERT", "summary": summary, "details": details}
    return dumps({"apiKey": source.integration_key, **said}).encode()


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/sources/{id}/test", action="CONFIGURE", post=send_test)]
