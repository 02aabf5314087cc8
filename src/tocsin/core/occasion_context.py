"""An occasion as conditions and templates see it: `{{ incidentSummary }}`, `alert.priority == HIGH`.

Flat names are those of the product's webhook templates, in both vocabularies; the nested ones are its
condition language's.
"""

from __future__ import annotations

from typing import Any

from tocsin.core.connections import Occasion
from tocsin.kit.clock import rfc3339
from tocsin.kit.value import dumps


def variables(o: Occasion) -> dict[str, Any]:
    """Everything that a condition or a template may name."""
    nested = _nested(o)
    own = {
        "Id": o.incident_id,
        "Key": o.key,
        "Summary": o.summary,
        "Details": o.details,
        "Status": o.status,
        "Priority": o.priority,
        "Url": o.url,
    }
    return {
        **{f"{noun}{name}": text for noun in ("incident", "alert") for name, text in own.items()},
        "alertSourceId": o.source_id,
        "alertSourceName": o.source,
        "escalationPolicyId": o.policy_id,
        "escalationPolicyName": o.policy,
        "reportTime": rfc3339(o.reported_at),
        "link": o.links[0].href if o.links else "",
        "eventType": o.event_type,
        "comment": o.comment,
        "by": o.by,
        "incident": nested,
        "alert": nested,
    }


def json_text(text: str) -> str:
    """A value as part of a JSON string."""
    return dumps(text)[1:-1]


def _nested(o: Occasion) -> dict[str, Any]:
    assigned = o.assigned_to
    return {
        "id": o.incident_id,
        "summary": o.summary,
        "details": o.details,
        "status": o.status,
        "priority": o.priority,
        "alertKey": o.key,
        "incidentKey": o.key,
        "reportTime": rfc3339(o.reported_at),
        "alertSource": {"id": o.source_id, "name": o.source},
        "escalationPolicy": {"id": o.policy_id, "name": o.policy},
        "assignedTo": {"id": assigned.id, "username": assigned.username, "email": assigned.email}
        if assigned
        else None,
        "labels": dict(o.labels),
        "links": [{"href": link.href, "text": link.text} for link in o.links],
        "customDetails": dict(o.custom_details) if o.custom_details is not None else None,
    }
