"""The description of the raw routes, which FastAPI cannot see. In our vocabulary."""

from __future__ import annotations

from typing import Any

from tocsin.api import dialect
from tocsin.plugins import integrations

_REFS = "#/components/schemas/"

RAW_SCHEMAS: dict[str, Any] = {
    "Event": {
        "type": "object",
        "description": "What a tool reports: a problem, its end, or something about it.",
        "required": ["eventType"],
        "properties": {
            "integrationKey": {
                "type": "string",
                "description": "The key of the alert source, if the path has none",
            },
            "apiKey": {"type": "string", "description": "The older name of integrationKey"},
            "eventType": {"type": "string", "enum": ["ALERT", "ACCEPT", "RESOLVE", "COMMENT"]},
            "summary": {"type": "string", "description": "Required for an ALERT"},
            "details": {"type": "string"},
            "incidentKey": {"type": "string", "description": "Events with the same key are one incident"},
            "priority": {"type": "string", "enum": ["HIGH", "LOW"]},
            "images": {"type": "array", "items": {"$ref": f"{_REFS}EventImage"}},
            "links": {"type": "array", "items": {"$ref": f"{_REFS}EventLink"}},
            "comments": {"type": "array", "items": {"$ref": f"{_REFS}EventComment"}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "customDetails": {"type": "object"},
            "severity": {"type": "integer", "minimum": 1, "maximum": 5, "description": "1 is the worst"},
            "services": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"alias": {"type": "string"}, "id": {"type": "integer"}},
                },
            },
            "routingKey": {
                "type": "string",
                "description": "Routing keys of escalation policies, separated by commas: the first known one wins",
            },
        },
    },
    "EventImage": {
        "type": "object",
        "required": ["src"],
        "properties": {name: {"type": "string"} for name in ("src", "href", "alt")},
    },
    "EventLink": {
        "type": "object",
        "required": ["href"],
        "properties": {name: {"type": "string"} for name in ("href", "text")},
    },
    "EventComment": {
        "type": "object",
        "required": ["content"],
        "properties": {name: {"type": "string"} for name in ("creator", "content")},
    },
    "EventResponse": {
        "type": "object",
        "description": "What became of an event.",
        "required": ["responseCode"],
        "properties": {
            "incidentKey": {"type": "string"},
            "incidentUrl": {"type": "string"},
            "responseCode": {
                "type": "string",
                "description": "NEW_INCIDENT_CREATED, EVENT_APPENDED and so on",
            },
            "reason": {"type": "string", "description": "Why nothing came of it"},
            "events": {"type": "integer", "description": "How many events the body held, when several"},
        },
    },
}

_KEY = {
    "name": "key",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "The integration key",
}
_VERB = {**_KEY, "name": "verb", "description": "start, fail, log, or the exit status, 0 to 255"}
_RUN = {
    "name": "rid",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "Tells runs apart that overlap",
}
_QUERY = {
    "name": "parameters",
    "in": "query",
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    "description": "What the tool reports",
}
_SLUG = {**_KEY, "name": "slug", "description": "The kind of tool; the alert source's own type decides"}


_OF_KEY = {
    "get": {
        "operationId": "v1_incident_of_key",
        "summary": "From a tool's key to the incident's page.",
        "tags": ["events"],
        "parameters": [
            {**_KEY, "name": "source_key"},
            {**_KEY, "name": "incident_key", "description": "The key that the tool gave"},
        ],
        "responses": {
            "302": {"description": "The incident's page"},
            "404": {"description": "There is none"},
        },
    }
}


def raw_paths(spoken: dialect.Dialect) -> dict[str, Any]:
    """The paths of events and heartbeats in a dialect, in our vocabulary."""
    base = dialect.prefix(spoken)
    code = "200" if spoken == "v1" else "202"
    event = {"application/json": {"schema": {"$ref": f"{_REFS}Event"}}}
    anything: dict[str, Any] = {"*/*": {"schema": {}}}
    return {
        f"{base}/events": {"post": _events(spoken, "send_event", code, content=event, parameters=[])},
        f"{base}/events/{{key}}": {
            "post": _events(spoken, "send_event_by_key", code, content=anything, parameters=[_KEY])
        },
        f"{base}/events/{{slug}}/{{key}}": {
            method: _events(spoken, f"{way}_tool_event", code, content=anything, parameters=[_SLUG, _KEY])
            for method, way in (("post", "send"), ("put", "put"))
        },
        **{
            f"{base}/events/{tool.slug}/{{key}}": {
                "get": _events(
                    spoken, f"send_{tool.slug}_event", code, content=None, parameters=[_KEY, _QUERY]
                )
            }
            for tool in integrations().values()
            if tool.by_get
        },
        **(
            {f"{base}/incidents/resolve-ik/{{source_key}}/{{incident_key}}": _OF_KEY}
            if spoken == "v1"
            else {}
        ),
        f"{base}/heartbeats/{{key}}": {
            method: _ping(f"{spoken}_ping_{method}") for method in ("get", "head", "post")
        },
        f"{base}/heartbeats/{{key}}/ping": {"post": _ping(f"{spoken}_ping_explicitly")},
        f"{base}/pings/{{key}}": {
            method: _ping(f"{spoken}_ping_monitor_{method}") for method in ("get", "head", "post")
        },
        f"{base}/pings/{{key}}/{{verb}}": {
            method: _ping(f"{spoken}_ping_monitor_verb_{method}", _VERB, _RUN)
            for method in ("get", "head", "post")
        },
        **({"/api/hooks/{token}": {"post": _HOOK}, **_CALLBACKS} if spoken == "current" else {}),
    }


_REFUSED = {"application/json": {"schema": {"$ref": f"{_REFS}Error"}}}
_HOOK: dict[str, Any] = {
    "operationId": "current_report_back",
    "summary": "Where another product reports back what people did there. The address is the secret: see a connection's hookUrl.",
    "tags": ["connections"],
    "parameters": [{"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}],
    "requestBody": {"content": {"*/*": {"schema": {}}}},
    "responses": {
        "200": {"description": "Heard"},
        **{code: {"description": "Refused", "content": _REFUSED} for code in ("400", "403", "404", "413")},
    },
}


def _callback(method: str, suffix: str) -> dict[str, Any]:
    return {
        "operationId": f"current_channel_{'below_' if suffix else ''}{method}",
        "summary": "Where a channel's provider reports back. The address is the secret: see its callbackUrl.",
        "tags": ["channel-providers"],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in ("token", *(("rest",) if suffix else ()))
        ],
        "responses": _HOOK["responses"],
    }


_CALLBACKS: dict[str, Any] = {
    f"/callbacks/{{token}}{suffix}": {method: _callback(method, suffix) for method in ("get", "post")}
    for suffix in ("", "/{rest}")
}


def _events(
    spoken: dialect.Dialect,
    name: str,
    code: str,
    *,
    content: dict[str, Any] | None,
    parameters: list[dict[str, Any]],
) -> dict[str, Any]:
    answer = {"application/json": {"schema": {"$ref": f"{_REFS}EventResponse"}}}
    return {
        "operationId": f"{spoken}_{name}",
        "summary": "Report an event. The integration key is all that is needed.",
        "tags": ["events"],
        "parameters": parameters,
        **({"requestBody": {"required": True, "content": content}} if content else {}),
        "responses": {
            code: {"description": "Taken in, and on disk", "content": answer},
            **(
                {"202": {"description": "On disk, processed later", "content": answer}}
                if code == "200"
                else {}
            ),
            **_refusals("400", "404", "413", "429", "503"),
        },
    }


def _ping(name: str, *more: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": "Say that a job is alive.",
        "tags": ["heartbeats"],
        "parameters": [_KEY, *more],
        "responses": {"202": {"description": "Heard"}, **_refusals("400", "413", "429", "503")},
    }


def _refusals(*codes: str) -> dict[str, Any]:
    return {code: {"description": "Refused", "content": _REFUSED} for code in codes}
