"""The first alert source: create it, copy its key, send a test event and watch it ring."""

from __future__ import annotations

from http import HTTPStatus

import anyio.from_thread
from starlette.responses import Response

from tocsin.core.events import AlertSource
from tocsin.kit.errors import BadInput, Forbidden, Overloaded
from tocsin.kit.value import dumps
from tocsin.store import documents, intake, sources
from tocsin.store.kinds import POLICIES, SOURCES
from tocsin.web.declare import Page
from tocsin.web.show import page, problems_by_field
from tocsin.web.visit import Visit, see_other

TYPES = ("API", "PROMETHEUS")


def show_form(visit: Visit) -> Response:
    """The form."""
    return _form(visit, {})


def create(visit: Visit) -> Response:
    """Create the source and lead to its key."""
    name, kind = visit.said("name", 255), visit.said("type")
    try:
        if not name:
            raise BadInput.at("name", "give it a name, for example Monitoring")
        if kind not in TYPES:
            raise BadInput.at("type", "choose one")
        with visit.deployment.db.write() as tx:
            policy = documents.listing(tx, POLICIES, limit=1)
            if not policy:
                raise BadInput.at("name", "there is no escalation policy yet: create one first")
            wanted = AlertSource(name=name, integration_type=kind, policy_id=policy[0].id)
            source = sources.create(tx, wanted, visit.deployment.chance)
    except BadInput as wrong:
        return _form(visit, problems_by_field(wrong), HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(f"/sources/{source.id}")


def _form(visit: Visit, problems: dict[str, str], status: int = 200) -> Response:
    said = {"name": visit.said("name", 255), "type": visit.said("type") or "API"}
    return page(visit, "new_source.html", status=status, said=said, problems=problems)


def show(visit: Visit) -> Response:
    """How to send events to a source. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        source = documents.get(tx, SOURCES, visit.number("id"))
        policy = documents.get(tx, POLICIES, source.policy_id, deleted=True)
    base = visit.deployment.public_url
    curl, alertmanager = _curl(base, source), _alertmanager(base, source)
    return page(visit, "source.html", source=source, policy=policy, curl=curl, alertmanager=alertmanager)


def _curl(base: str, source: AlertSource) -> str:
    """An event to copy, the key filled in."""
    body = {
        "apiKey": source.integration_key,
        "eventType": "ALERT",
        "summary": "Disk is almost full",
        "incidentKey": "disk-1",
    }
    return f"curl {base}/api/v1/events \\\n  -H 'Content-Type: application/json' \\\n  -d '{dumps(body)}'"


def _alertmanager(base: str, source: AlertSource) -> str:
    """A receiver to copy, the key filled in."""
    return (
        "receivers:\n- name: tocsin\n  webhook_configs:\n"
        f"  - url: {base}/api/v1/events/prometheus/{source.integration_key}\n    send_resolved: true\n"
        "route:\n  receiver: tocsin"
    )


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
    return [
        Page(path="/sources/new", action="CONFIGURE", get=show_form, post=create),
        Page(path="/sources/{id}", action="VIEW_KEYS", get=show),
        Page(path="/sources/{id}/test", action="CONFIGURE", post=send_test),
    ]
