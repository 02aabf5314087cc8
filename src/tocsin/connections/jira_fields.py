"""The fields of a Jira issue type: asked of the server, and written as it wants their values.

Wire: `/issue/createmeta/{project}/issuetypes` and `…/issuetypes/{id}`, in pages (Jira Cloud; Server and Data
Center since 8.4); older servers know only `/issue/createmeta` with everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tocsin.connections.answers import failed, json_of
from tocsin.connections.tickets import Asking
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, Offered

MOST_PAGES = 10
_PAGE = 50
_OURS = frozenset({"project", "issuetype", "summary", "description"})
_PLAIN = frozenset({"string", "number", "date", "datetime", "any"})
_NAMED = {
    "option": "value",
    "priority": "name",
    "version": "name",
    "component": "name",
    "group": "name",
    "issuelink": "key",
}
"""By which key the values of a kind are named."""

Ask = Callable[[str], HttpRequest]


def of_type(ask: Ask, project: str, issue_type: str) -> Asking[tuple[Offered, ...]]:
    """Every field that can be filled when such an issue is created. Raises BadInput."""
    if not project or not issue_type:
        raise BadInput.at("params", "choose the project and the issue type first")
    types = f"issue/createmeta/{quote(project, safe='')}/issuetypes"
    answer = yield _large(ask(f"{types}?maxResults={_PAGE}"))
    if isinstance(answer, HttpAnswer) and answer.status == 404:
        return (yield from _all_at_once(ask, project, issue_type))
    found = yield from _pages(ask, types, "issueTypes", answer)
    number = next((str(t["id"]) for t in found if t.get("name") == issue_type and "id" in t), None)
    if number is None:
        raise BadInput.at("params.issueType", f"the project has no issue type {issue_type!r}")
    fields = f"{types}/{quote(number, safe='')}"
    answer = yield _large(ask(f"{fields}?maxResults={_PAGE}"))
    return _offered((yield from _pages(ask, fields, "fields", answer)))


def written(kind: str, text: str, *, cloud: bool) -> Any:
    """A value as Jira takes it for a kind of field. Raises BadInput for what is no number."""
    if kind.startswith("array:"):
        item = kind.removeprefix("array:")
        return [written(item, part.strip(), cloud=cloud) for part in text.split(",") if part.strip()]
    if kind == "number":
        try:
            return int(text) if text.strip().lstrip("-").isdecimal() else float(text)
        except ValueError:
            raise BadInput.at("params.customFields", f"{text!r} is no number") from None
    if kind == "user":
        return {"accountId" if cloud else "name": text}
    if kind == "option-with-child":
        parent, _, child = (part.strip() for part in text.partition("/"))
        return {"value": parent, "child": {"value": child}} if child else {"value": parent}
    return {_NAMED[kind]: text} if kind in _NAMED else text


def is_cloud(url: str) -> bool:
    """Whether the address is one of Atlassian's own: there people are named by account id."""
    return (urlsplit(url).hostname or "").endswith(".atlassian.net")


def _pages(ask: Ask, path: str, name: str, answer: Answer) -> Asking[list[dict[str, Any]]]:
    """What all pages hold together. Cloud calls the list by its content, Data Center calls it `values`."""
    found: list[dict[str, Any]] = []
    for _ in range(MOST_PAGES):
        body = _body(answer)
        listed = body.get(name, body.get("values"))
        page = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        found += page
        total = body.get("total")
        if not page or body.get("isLast") is True or not isinstance(total, int) or len(found) >= total:
            break
        answer = yield _large(ask(f"{path}?maxResults={_PAGE}&startAt={len(found)}"))
    return found


def _all_at_once(ask: Ask, project: str, issue_type: str) -> Asking[tuple[Offered, ...]]:
    wanted = {"projectKeys": project, "issuetypeNames": issue_type, "expand": "projects.issuetypes.fields"}
    body = _body((yield _large(ask(f"issue/createmeta?{urlencode(wanted)}"))))
    for key in ("projects", "issuetypes"):
        listed = body.get(key)
        body = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    fields = body.get("fields")
    if not isinstance(fields, dict):
        raise BadInput.at("params.issueType", f"the project has no issue type {issue_type!r}")
    return _offered({"fieldId": key, **one} for key, one in fields.items() if isinstance(one, dict))


def _offered(fields: Iterable[dict[str, Any]]) -> tuple[Offered, ...]:
    """Those that are not ours and whose kind we can write, what is needed first."""
    found = [
        Offered(
            key=key,
            label=str(one.get("name", "")),
            kind=kind,
            required=one.get("required") is True and one.get("hasDefaultValue") is not True,
            options=_options(one.get("allowedValues")),
        )
        for one in fields
        if (key := str(one.get("fieldId") or one.get("key") or "")) and key not in _OURS
        if (kind := _kind(one.get("schema")))
    ]
    return tuple(sorted(found, key=lambda one: (not one.required, one.label)))


def _kind(schema: Any) -> str:
    """The kind of a field; "" for one that we cannot write, such as an attachment."""
    if not isinstance(schema, dict):
        return ""
    kind, items = str(schema.get("type")), str(schema.get("items"))
    if kind == "array":
        return f"array:{items}" if items in {"string", "user", *_NAMED} else ""
    return kind if kind in {*_PLAIN, *_NAMED, "user", "option-with-child"} else ""


def _options(allowed: Any) -> tuple[str, ...]:
    listed = [one for one in allowed if isinstance(one, dict)] if isinstance(allowed, list) else []
    return tuple(str(one.get("value") or one.get("name") or one.get("key") or "") for one in listed)


def _body(answer: Answer) -> dict[str, Any]:
    """The answer's object. Raises BadInput with Jira's words for a refusal."""
    if wrong := failed(answer):
        raise BadInput.at("params", wrong.answer)
    found = json_of(answer)
    return found if isinstance(found, dict) else {}


def _large(request: HttpRequest) -> HttpRequest:
    return replace(request, answer_bytes_max=2_000_000)
