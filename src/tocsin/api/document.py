"""The OpenAPI document: both dialects, from the same declarations.

FastAPI writes each dialect in our vocabulary; today's is then renamed by the table that renames its
bodies. Both land in one document, where v1's schemas carry their dialect in the name.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tocsin.api import dialect
from tocsin.api.raw_paths import RAW_SCHEMAS, raw_paths
from tocsin.api.routing import Route, Served

_SECURITY = {
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key of a user"},
    "password": {"type": "http", "scheme": "basic", "description": "user@tenant and password"},
}
_REFS = "#/components/schemas/"
_DESCRIPTION = (
    "Tocsin speaks two dialects over the same data: `/api/v1`, the vocabulary of 2020 (incident, incidentKey), "
    "and `/api`, today's (alert, alertKey). Requests may use either vocabulary in both."
)
_ERROR = {
    "type": "object",
    "description": "Why a request was refused.",
    "required": ["status", "message", "code"],
    "properties": {
        "status": {"type": "integer"},
        "message": {"type": "string"},
        "code": {"type": "string", "description": "Stable, for machines"},
        "details": {"description": "For wrong input: a list of {field, message}"},
    },
}


def document(app: FastAPI, public_url: str) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Error": _ERROR}
    spoken: dialect.Dialect
    for spoken in ("current", "v1"):
        half = _half(app, spoken)
        paths.update(half["paths"])
        schemas.update(half["components"]["schemas"])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tocsin", "version": app.version, "description": _DESCRIPTION},
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
    }


def _half(app: FastAPI, spoken: dialect.Dialect) -> dict[str, Any]:
    """One dialect's paths and schemas."""
    routes = [
        route.served
        for route in app.router.routes
        if isinstance(route, Route) and dialect.of_path(route.path) == spoken
    ]
    half = get_openapi(title="", version="", routes=routes)
    half["paths"].update(raw_paths(spoken))
    half["components"]["schemas"].update(RAW_SCHEMAS)
    for route in routes:
        for method in route.methods or ():
            _operation(half["paths"][route.path_format][method.lower()], route)
    for name in ("HTTPValidationError", "ValidationError"):
        half["components"]["schemas"].pop(name, None)
    renamed: dict[str, Any] = _renamed(half, spoken, ())
    return renamed


def _operation(operation: dict[str, Any], route: Served) -> None:
    """What FastAPI cannot know: how we refuse, and who may call."""
    responses = operation["responses"]
    responses.pop("422", None)
    refused = {"application/json": {"schema": {"$ref": f"{_REFS}Error"}}}
    codes = ["400", "503"] if route.action == "PUBLIC" else ["400", "401", "403", "404", "409", "429", "503"]
    if "requestBody" in operation:
        codes.append("413")
    for code in codes:
        responses.setdefault(code, {"description": "Refused", "content": refused})
    if route.action != "PUBLIC":
        operation["security"] = [{"apiKey": []}, {"password": []}]
        operation["x-action"] = route.action


def _renamed(node: Any, spoken: dialect.Dialect, path: tuple[str, ...]) -> Any:
    """The node in the words of the dialect: names of schemas and properties, enumerations, prose."""
    if isinstance(node, list):
        return [_renamed(item, spoken, path) for item in node]
    if not isinstance(node, dict):
        return _word(node, spoken, path)
    parent = path[-1] if path else ""
    result = {}
    for name, value in node.items():
        shown = name
        if parent == "properties" and spoken == "current":
            shown = dialect.NAMES.get(name, name)
        elif parent == "schemas":
            shown = _schema(name, spoken)
        result[shown] = _renamed(value, spoken, (*path, name))
    return result


def _word(text: Any, spoken: dialect.Dialect, path: tuple[str, ...]) -> Any:
    if not isinstance(text, str) or spoken == "v1":
        return _referred(text, spoken) if path and path[-1] == "$ref" else text
    last = path[-1] if path else ""
    if last == "$ref":
        return _referred(text, spoken)
    if last in {"description", "summary", "title"}:
        return dialect.prose(text, spoken)
    if last in {"required", "tags"}:
        return dialect.RESOURCES.get(text, dialect.NAMES.get(text, text))
    if last in {"enum", "default", "const"} and "incidentCreation" in path:
        return dialect.word("incidentCreation", text)
    return text.replace("incident", "alert") if last == "operationId" else text


def _referred(text: str, spoken: dialect.Dialect) -> str:
    return _REFS + _schema(text.removeprefix(_REFS), spoken)


def _schema(name: str, spoken: dialect.Dialect) -> str:
    """`IncidentWire` is Alert today and IncidentV1 in the 2020 dialect."""
    if name == "Error":
        return name
    plain = name.replace("Wire", "")
    return f"{plain}V1" if spoken == "v1" else plain.replace("Incident", "Alert")
