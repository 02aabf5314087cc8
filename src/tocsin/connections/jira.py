"""Jira, Cloud and Server: an issue for each incident; later changes become its title, comments and transitions.

Wire: Jira REST API 2 (`/rest/api/2/issue`, `/transitions`, `/comment`), which both kinds of server speak.
Back: a webhook of Jira with the events issue updated and comment created.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections.answers import done, failed, json_of, json_request, templated, title
from tocsin.connections.hearing import LONGEST_COMMENT
from tocsin.connections.tickets import basic, happened
from tocsin.core.connections import Occasion, Outcome, Remote
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, MinLen, loads, replace, value
from tocsin.plugins import (
    Answer,
    Callback,
    Choice,
    ConnectionDefaults,
    Errand,
    HookHeard,
    HttpRequest,
    Request,
    Told,
    ValueClass,
)
from tocsin.plugins.said import text_at, within

_LONGEST_SUMMARY = 250
_CATEGORY = ("statusCategory", "key")
_DONE = "done"
"""The key of the status category that Jira gives to everything finished."""


@value
class JiraConnector:
    """A Jira site and whom we are there."""

    url: Annotated[str, MinLen(8), MaxLen(2_048)]
    """`https://example.atlassian.net`, or the address of a Jira Server."""
    email: Annotated[str, MaxLen(255)] = ""
    """Of the account whose token is used; empty for a personal access token of Jira Server."""
    password: Annotated[str, MinLen(1), MaxLen(1_024)]
    """The API token."""


@value
class JiraParams:
    """Where the issues go."""

    project: Annotated[str, MinLen(1), MaxLen(255)]
    """The project's key."""
    issue_type: Annotated[str, MinLen(1), MaxLen(255)] = "Task"
    body_template: Annotated[str, MaxLen(65_536)] = ""
    """JSON that is laid over `fields` of the new issue, for custom fields."""
    resolve_transition: Annotated[str, MaxLen(255)] = ""
    """The name of the transition for resolved incidents; empty: the first into a finished status."""


class Jira(ConnectionDefaults):
    """The connection type `jira`."""

    type = "jira"
    name = "Jira"
    connector: ValueClass | None = JiraConnector
    params: ValueClass = JiraParams
    secrets = frozenset({"password"})
    updates = True
    two_way = True

    def proceed(self, errand: Errand, answers: tuple[Answer, ...]) -> Request | Outcome:
        """Create the issue; or comment on it, and close it with the incident."""
        for answer in answers:
            if wrong := failed(answer):
                return wrong
        if errand.remote is None:
            return self._created(errand, answers) if answers else self._create(errand)
        return self._update(errand, errand.remote, answers)

    def probe(self, connector: JiraConnector) -> Request:
        """Whom does Jira take us for."""
        return _request(connector, "GET", "myself")

    def choices(self, name: str, connector: JiraConnector, params: Any) -> Request | None:
        """Projects, and the issue types of one."""
        if name == "project":
            return replace(_request(connector, "GET", "project"), answer_bytes_max=2_000_000)
        if name == "issueType" and params.get("project"):
            request = _request(connector, "GET", f"project/{quote(params['project'], safe='')}")
            return replace(request, answer_bytes_max=2_000_000)
        return None

    def read_choices(self, name: str, answer: Answer) -> tuple[Choice, ...]:
        """Keys with names; or the names of issue types."""
        found = json_of(answer)
        if name == "project" and isinstance(found, list):
            return tuple(
                Choice(value=str(p["key"]), label=str(p.get("name", "")))
                for p in found
                if isinstance(p, dict) and "key" in p
            )
        types = found.get("issueTypes") if isinstance(found, dict) else None
        named = [t["name"] for t in types or () if isinstance(t, dict) and "name" in t]
        return tuple(Choice(value=str(n), label=str(n)) for n in named)

    def hear(self, callback: Callback, connector: Any, params: Any) -> HookHeard:
        """An issue moved to finished resolves, to in progress accepts; a comment comes along."""
        del connector, params
        body = loads(callback.body)
        key = text_at(body, "issue", "key")
        if not key:
            raise BadInput.at("issue", "this is no webhook of Jira about an issue")
        return HookHeard(told=_told(key, body))

    def _create(self, errand: Errand) -> Request:
        o, params = errand.occasion, errand.params
        fields: dict[str, Any] = {
            "project": {"key": params.project},
            "issuetype": {"name": params.issue_type},
            "summary": title(o)[:_LONGEST_SUMMARY],
            "description": _description(o),
            "labels": ["tocsin"],
        }
        if params.body_template:
            laid_over = loads(templated(params.body_template, o))
            fields |= laid_over if isinstance(laid_over, dict) else {}
        return _request(errand.connector, "POST", "issue", {"fields": fields})

    def _created(self, errand: Errand, answers: tuple[Answer, ...]) -> Outcome:
        made = json_of(answers[0])
        key = made.get("key") if isinstance(made, dict) else None
        if not key:
            return Outcome(kind="PERMANENT", answer="Jira named no issue in its answer")
        url = f"{errand.connector.url.rstrip('/')}/browse/{key}"
        return done(answers[0], Remote(id=str(key), url=url))

    def _update(self, errand: Errand, there: Remote, answers: tuple[Answer, ...]) -> Request | Outcome:
        issue, o = f"issue/{quote(there.id, safe='')}", errand.occasion
        if not answers:
            change = {"fields": {"summary": title(o)[:_LONGEST_SUMMARY]}}
            return _request(errand.connector, "PUT", issue, change)
        if len(answers) == 1:
            return _request(errand.connector, "POST", f"{issue}/comment", {"body": happened(o)})
        if not o.over:
            return done(answers[-1])
        if len(answers) == 2:
            return _request(errand.connector, "GET", f"{issue}/transitions")
        if len(answers) == 3:
            chosen = _transition(json_of(answers[2]), errand.params.resolve_transition)
            if chosen is None:
                return Outcome(kind="DONE", answer="no transition leads to a finished status: left open")
            body = {"transition": {"id": chosen}}
            return _request(errand.connector, "POST", f"{issue}/transitions", body)
        return done(answers[-1])


def _request(connector: JiraConnector, method: str, path: str, body: Any = None) -> HttpRequest:
    known = basic(connector.email, connector.password)
    authorization = known if connector.email else ("authorization", f"Bearer {connector.password}")
    url = f"{connector.url.rstrip('/')}/rest/api/2/{path}"
    return json_request(method, url, body, (authorization,))


def _description(o: Occasion) -> str:
    links = "\n".join(f"* [{link.text or link.href}|{link.href}]" for link in o.links)
    parts = (o.details, links, f"Priority: {o.priority}\nSource: {o.source}\nIncident: {o.url}")
    return "\n\n".join(part for part in parts if part)


def _transition(found: Any, wanted: str) -> str | None:
    """The id of the transition of that name, else of the first that finishes the issue."""
    listed = found.get("transitions") if isinstance(found, dict) else None
    possible = [t for t in listed or () if isinstance(t, dict) and "id" in t]
    if wanted:
        return next((str(t["id"]) for t in possible if t.get("name") == wanted), None)
    return next((str(t["id"]) for t in possible if text_at(t, "to", *_CATEGORY) == _DONE), None)


def _told(key: str, body: Any) -> tuple[Told, ...]:
    by = text_at(body, "user", "displayName") or text_at(body, "comment", "author", "displayName")
    if text_at(body, "webhookEvent") == "comment_created" and within(body, "comment"):
        text = text_at(body, "comment", "body")[:LONGEST_COMMENT]
        return (Told(remote_id=key, action="COMMENT", by=by, text=text),)
    items = within(body, "changelog", "items")
    if not isinstance(items, list) or all(text_at(item, "field") != "status" for item in items):
        return ()
    category = text_at(body, "issue", "fields", "status", *_CATEGORY)
    if category == _DONE:
        return (Told(remote_id=key, action="RESOLVE", by=by),)
    return (Told(remote_id=key, action="ACCEPT", by=by),) if category == "indeterminate" else ()


connection = Jira()
