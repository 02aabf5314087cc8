"""GitLab: an issue for each incident, closed with it; closed there, it resolves ours.

Wire: REST API v4. Back: a webhook of the project (issues, comments) with its secret token.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections.answers import json_of, json_request, title
from tocsin.connections.hearing import LONGEST_COMMENT, demand_secret
from tocsin.connections.tickets import Ticket, facts, happened
from tocsin.core.connections import Remote
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, MinLen, loads, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Answer, Callback, Choice, Errand, HookHeard, Request, Told, ValueClass
from tocsin.plugins.said import text_at, within


@value
class GitlabConnector:
    """A GitLab and whom we are there."""

    api_key: Annotated[str, MinLen(1), MaxLen(255)]
    """An access token with the scope api."""
    url: Url = "https://gitlab.com"
    webhook_secret: Annotated[str, MaxLen(255)] = ""
    """The secret token of the project's webhook: without it nothing is taken back."""


@value
class GitlabParams:
    """Which project."""

    project: Annotated[str, MinLen(1), MaxLen(255)]
    """Its id or path, `group/project`."""
    labels: Annotated[tuple[Annotated[str, MaxLen(50)], ...], MaxLen(20)] = ()


class Gitlab(Ticket):
    """The connection type `gitlab`."""

    type = "gitlab"
    name = "GitLab issue"
    connector: ValueClass | None = GitlabConnector
    params: ValueClass = GitlabParams
    secrets = frozenset({"api_key", "webhook_secret"})
    two_way = True

    def probe(self, connector: GitlabConnector) -> Request:
        """Whom does GitLab take us for."""
        return _request(connector, "GET", "/user")

    def choices(self, name: str, connector: GitlabConnector, params: Any) -> Request | None:
        """The projects that we are a member of."""
        del params
        if name != "project":
            return None
        return _request(connector, "GET", "/projects?membership=true&simple=true&per_page=100")

    def read_choices(self, name: str, answer: Answer) -> tuple[Choice, ...]:
        """Paths with names."""
        del name
        found = json_of(answer)
        return (
            tuple(
                Choice(value=str(p["path_with_namespace"]), label=str(p.get("name_with_namespace", "")))
                for p in found
                if isinstance(p, dict) and "path_with_namespace" in p
            )
            if isinstance(found, list)
            else ()
        )

    def create(self, errand: Errand) -> Request:
        """The issue."""
        o = errand.occasion
        body = {"title": title(o)[:255], "description": facts(o), "labels": ",".join(errand.params.labels)}
        return _request(errand.connector, "POST", _issues(errand.params), body)

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """Its number in the project, and its address."""
        del errand
        said = json_of(answer)
        if not isinstance(said, dict) or not said.get("iid"):
            return None
        return Remote(id=str(said["iid"]), url=str(said.get("web_url") or ""))

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """A note, the title, and closed with the incident."""
        o = errand.occasion
        issue = f"{_issues(errand.params)}/{quote(there.id, safe='')}"
        new = {"title": title(o)[:255], **({"state_event": "close"} if o.over else {})}
        return (
            _request(errand.connector, "POST", f"{issue}/notes", {"body": happened(o)}),
            _request(errand.connector, "PUT", issue, new),
        )

    def hear(self, callback: Callback, connector: GitlabConnector, params: Any) -> HookHeard:
        """A closed issue resolves, an assigned one accepts, a comment comes along."""
        del params
        demand_secret(callback.headers.get("x-gitlab-token", ""), connector.webhook_secret)
        body = loads(callback.body)
        if not isinstance(body, dict):
            raise BadInput.at("", "this is no webhook of GitLab")
        return HookHeard(told=_told(body))


def _told(body: dict[str, Any]) -> tuple[Told, ...]:
    by, number = text_at(body, "user", "name"), text_at(body, "object_attributes", "iid")
    match text_at(body, "object_kind"):
        case "issue" if text_at(body, "object_attributes", "action") == "close":
            return (Told(remote_id=number, action="RESOLVE", by=by),)
        case "issue" if within(body, "changes", "assignees") is not None:
            return (Told(remote_id=number, action="ACCEPT", by=by),)
        case "note" if commented := text_at(body, "issue", "iid"):
            text = text_at(body, "object_attributes", "note")[:LONGEST_COMMENT]
            return (Told(remote_id=commented, action="COMMENT", by=by, text=text),)
        case _:
            return ()


def _issues(params: GitlabParams) -> str:
    return f"/projects/{quote(params.project, safe='')}/issues"


def _request(connector: GitlabConnector, method: str, path: str, body: Any = None) -> Request:
    known = (("private-token", connector.api_key),)
    return json_request(method, f"{connector.url.rstrip('/')}/api/v4{path}", body, known)


connection = Gitlab()
