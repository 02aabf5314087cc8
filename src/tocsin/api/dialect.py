"""Two vocabularies for the same things: `/api/v1` (ours) and `/api` (today's), as one table.

Inside there is one vocabulary, that of 2020: incident, incidentKey, connection. What is read may use
either, because clients mix them; what is answered uses the one of its path. Pure.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from tocsin.kit.errors import BadInput, Problem

Dialect = Literal["v1", "current"]

V1_PREFIX = "/api/v1"
CURRENT_PREFIX = "/api"

NAMES = {
    "incidentKey": "alertKey",
    "incidentUrl": "alertUrl",
    "incidentId": "alertId",
    "incidentCreation": "alertCreation",
    "incidentPriorityRule": "alertPriorityRule",
    "incidentGroupingWindow": "alertGroupingWindow",
    "incidentKeyTemplate": "alertKeyTemplate",
    "autoRaiseIncidents": "autoRaiseAlerts",
    "subscribedIncidentUpdateStates": "subscribedAlertUpdateStates",
    "subscribedIncidentUpdateNotificationTypes": "subscribedAlertUpdateNotificationTypes",
}
"""Field names: ours to today's."""
RESOURCES = {"incidents": "alerts", "connections": "alert-actions"}
"""Path segments: ours to today's."""
OPAQUE = frozenset({"customDetails", "labels", "vars", "params"})
"""Fields whose content is somebody else's: never looked into."""

_OURS = {today: ours for ours, today in NAMES.items()}
_LARGEST = 2**63 - 1


def of_path(path: str) -> Dialect:
    """The dialect that a request's path asks for."""
    return "v1" if path == V1_PREFIX or path.startswith(V1_PREFIX + "/") else "current"


def prefix(dialect: Dialect) -> str:
    """Where a dialect's resources lie."""
    return V1_PREFIX if dialect == "v1" else CURRENT_PREFIX


def resource(name: str, dialect: Dialect) -> str:
    """The path segment of a resource in a dialect."""
    return name if dialect == "v1" else RESOURCES.get(name, name)


def read(body: Any) -> Any:
    """A parsed JSON body in our vocabulary. Raises BadInput for values no database can hold."""
    problems: list[Problem] = []
    ours = _read(body, (), problems)
    if problems:
        raise BadInput(*problems)
    return ours


def write(body: Any, dialect: Dialect) -> Any:
    """A JSON answer of ours in the words of `dialect`."""
    return body if dialect == "v1" else _write(body)


def path_of(path: str, dialect: Dialect) -> str:
    """The path of a field (`escalationRules.0.user`) in the words of `dialect`."""
    if dialect == "v1":
        return path
    return ".".join(NAMES.get(part, part) for part in path.split("."))


def code(text: str, dialect: Dialect) -> str:
    """A response code (`NEW_INCIDENT_CREATED`) in the words of `dialect`."""
    return text if dialect == "v1" else text.replace("INCIDENT", "ALERT")


def prose(text: str, dialect: Dialect) -> str:
    """A description in the words of `dialect`."""
    if dialect == "v1":
        return text
    text = re.sub(r"\b([Ii])ncident(s?)\b", lambda m: ("A" if m[1] == "I" else "a") + "lert" + m[2], text)
    return re.sub(r"(?<!/)\bconnection(s?)\b", r"alert action\1", text)


def _read(body: Any, path: tuple[str, ...], problems: list[Problem]) -> Any:
    match body:
        case dict():
            named = ((_OURS.get(str(name), str(name)), value) for name, value in body.items())
            return {name: _read_field(name, value, path, problems) for name, value in named}
        case list():
            return [_read(item, (*path, str(index)), problems) for index, item in enumerate(body)]
        case str() if "\0" in body:
            problems.append(Problem(".".join(path), "must not contain the character NUL"))
        case int() if not -_LARGEST <= body <= _LARGEST:
            problems.append(Problem(".".join(path), "the number is too large"))
    return body


def _read_field(name: str, value: Any, path: tuple[str, ...], problems: list[Problem]) -> Any:
    if name in OPAQUE:
        return value
    if name == "incidentCreation" and isinstance(value, str):
        value = value.replace("_ALERT_", "_INCIDENT_")
    return _read(value, (*path, name), problems)


def _write(body: Any) -> Any:
    if isinstance(body, dict):
        return {NAMES.get(name, name): _write_field(name, value) for name, value in body.items()}
    if isinstance(body, list):
        return [_write(item) for item in body]
    return body


def _write_field(name: str, value: Any) -> Any:
    if name in OPAQUE:
        return value
    if isinstance(value, str):
        return word(name, value)
    if isinstance(value, list):
        return [word(name, item) if isinstance(item, str) else _write(item) for item in value]
    return _write(value)


def word(name: str, value: str) -> str:
    """An enumerated value of the field `name` as today's dialect spells it."""
    if name == "incidentCreation":
        return value.replace("_INCIDENT_", "_ALERT_")
    if name in {"triggerTypes", "trigger"}:
        return value.replace("incident", "alert")
    if name == "logEntryType" and value.startswith("Incident"):
        return "Alert" + value.removeprefix("Incident")
    return value
