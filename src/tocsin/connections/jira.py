"""Jira, Cloud and Server: an issue for each incident; later changes become its title, comments and transitions.

Wire: Jira REST API 2 (`/rest/api/2/issue`, `/transitions`, `/comment`, `/createmeta`), which both kinds of server speak.
Back: a webhook of Jira with the events issue updated and comment created.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections import jira_fields
from tocsin.connections.answers import done, json_of, json_request, templated, title
from tocsin.connections.hearing import LONGEST_COMMENT
from tocsin.connections.tickets import Course, Steps, basic, happened, replay
from tocsin.core.connections import Occasion, Outcome, Remote
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, MinLen, loads, replace, value
from tocsin.kit.web_address import Url
from tocsin.plugins import (
    Answer,
    Callback,
    Choice,
    Errand,
    HookHeard,
    HttpRequest,
    Offered,
    OwnField,
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

    url: Url
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
    custom_fields: Annotated[tuple[OwnField, ...], MaxLen(100)] = ()
    """Fields of Jira's own, as the issue type has them; each value is a template."""
    accept_transition: Annotated[str, MaxLen(255)] = ""
    """The name of the transition for accepted incidents; empty: none."""
    resolve_transition: Annotated[str, MaxLen(255)] = ""
    """The name of the transition for resolved incidents; empty: the first into a finished status."""


class Jira(Course):
    """The connection type `jira`."""

    type = "jira"
    name = "Jira"
    connector: ValueClass | None = JiraConnector
    params: ValueClass = JiraParams
    secrets = frozenset({"password"})
    updates = True
    two_way = True
    own_fields = "customFields"

    def steps(self, errand: Errand) -> Steps:
        """Create the issue; or change its title, comment on it, and move it along with the incident."""
        there, o = errand.remote, errand.occasion
        if there is None:
            answer = yield self._create(errand)
            return self.refusal(answer) or self._created(errand, answer)
        issue = f"issue/{quote(there.id, safe='')}"
        for method, path, body in (
            ("PUT", issue, {"fields": {"summary": title(o)[:_LONGEST_SUMMARY]}}),
            ("POST", f"{issue}/comment", {"body": happened(o)}),
        ):
            answer = yield _request(errand.connector, method, path, body)
            if wrong := self.refusal(answer):
                return wrong
        moved = o.over or (o.trigger == "incident-acknowledged" and errand.params.accept_transition)
        return (yield from self._move(errand, f"{issue}/transitions")) if moved else done(answer)

    def _move(self, errand: Errand, transitions: str) -> Steps:
        found = yield _request(errand.connector, "GET", transitions)
        if wrong := self.refusal(found):
            return wrong
        params, over = errand.params, errand.occasion.over
        wanted = params.resolve_transition if over else params.accept_transition
        chosen = _transition(json_of(found), wanted)
        if chosen is None:
            why = f"to {wanted!r}" if wanted else "to a finished status"
            return Outcome(kind="DONE", answer=f"no transition leads {why}: left as it was")
        answer = yield _request(errand.connector, "POST", transitions, {"transition": {"id": chosen}})
        return self.refusal(answer) or done(answer)

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

    def fields(
        self, connector: JiraConnector, params: Any, answers: tuple[Answer, ...]
    ) -> Request | tuple[Offered, ...]:
        """The fields of the chosen issue type, as Jira has them. Raises BadInput with Jira's words."""
        ask = partial(_request, connector, "GET")
        return replay(
            jira_fields.of_type(ask, params.get("project", ""), params.get("issueType", "")), answers
        )

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
        cloud = jira_fields.is_cloud(errand.connector.url)
        for own in params.custom_fields:
            fields[own.key] = jira_fields.written(own.kind, templated(own.value, o), cloud=cloud)
        if params.body_template:
            laid_over = loads(templated(params.body_template, o))
            fields |= laid_over if isinstance(laid_over, dict) else {}
        return _request(errand.connector, "POST", "issue", {"fields": fields})

    def _created(self, errand: Errand, answer: Answer) -> Outcome:
        made = json_of(answer)
        key = made.get("key") if isinstance(made, dict) else None
        if not key:
            return Outcome(kind="PERMANENT", answer="Jira named no issue in its answer")
        url = f"{errand.connector.url.rstrip('/')}/browse/{key}"
        return done(answer, Remote(id=str(key), url=url))


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
