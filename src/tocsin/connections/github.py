"""GitHub: an issue for each incident, closed with it; closed there, it resolves ours.

Wire: REST API `2022-11-28`. Back: a webhook of the repository (issues, issue comments), signed with
`X-Hub-Signature-256`.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections.answers import json_of, json_request, title
from tocsin.connections.hearing import LONGEST_COMMENT, demand_signature
from tocsin.connections.tickets import Ticket, facts, happened
from tocsin.core.connections import Remote
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, MinLen, loads, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Answer, Callback, Errand, HookHeard, Request, Told, ValueClass
from tocsin.plugins.said import text_at


@value
class GithubConnector:
    """Whom we are at GitHub."""

    api_key: Annotated[str, MinLen(1), MaxLen(255)]
    """A token that may write issues."""
    url: Url = "https://api.github.com"
    """Another address for GitHub Enterprise Server."""
    webhook_secret: Annotated[str, MaxLen(255)] = ""
    """Of the repository's webhook: without it nothing is taken back."""


@value
class GithubParams:
    """Which repository."""

    owner: Annotated[str, MinLen(1), MaxLen(100)]
    repository: Annotated[str, MinLen(1), MaxLen(100)]
    labels: Annotated[tuple[Annotated[str, MaxLen(50)], ...], MaxLen(20)] = ()


class Github(Ticket):
    """The connection type `github`."""

    type = "github"
    name = "GitHub issue"
    connector: ValueClass | None = GithubConnector
    params: ValueClass = GithubParams
    secrets = frozenset({"api_key", "webhook_secret"})
    two_way = True

    def probe(self, connector: GithubConnector) -> Request:
        """Whom does GitHub take us for."""
        return _request(connector, "GET", "/user")

    def create(self, errand: Errand) -> Request:
        """The issue."""
        o = errand.occasion
        body = {"title": title(o)[:256], "body": facts(o), "labels": list(errand.params.labels)}
        return _request(errand.connector, "POST", _issues(errand.params), body)

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """Its number and address."""
        del errand
        said = json_of(answer)
        if not isinstance(said, dict) or not said.get("number"):
            return None
        return Remote(id=str(said["number"]), url=str(said.get("html_url") or ""))

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """The title and state, and a comment."""
        o = errand.occasion
        issue = f"{_issues(errand.params)}/{quote(there.id, safe='')}"
        new = {"title": title(o)[:256], "state": "closed" if o.over else "open"}
        return (
            _request(errand.connector, "POST", f"{issue}/comments", {"body": happened(o)}),
            _request(errand.connector, "PATCH", issue, new),
        )

    def hear(self, callback: Callback, connector: GithubConnector, params: Any) -> HookHeard:
        """A closed issue resolves, an assigned one accepts, a comment comes along."""
        del params
        given = callback.headers.get("x-hub-signature-256", "")
        wanted = f"sha256={_mac(connector.webhook_secret, callback.body)}"
        demand_signature(given, wanted, connector.webhook_secret)
        body = loads(callback.body)
        if not isinstance(body, dict):
            raise BadInput.at("", "this is no webhook of GitHub")
        return HookHeard(told=_told(callback.headers.get("x-github-event", ""), body))


def _told(event: str, body: dict[str, Any]) -> tuple[Told, ...]:
    number, by = text_at(body, "issue", "number"), text_at(body, "sender", "login")
    if not number:
        return ()
    match event, text_at(body, "action"):
        case "issues", "closed":
            return (Told(remote_id=number, action="RESOLVE", by=by),)
        case "issues", "assigned":
            return (Told(remote_id=number, action="ACCEPT", by=by),)
        case "issue_comment", "created":
            text = text_at(body, "comment", "body")[:LONGEST_COMMENT]
            return (Told(remote_id=number, action="COMMENT", by=by, text=text),)
        case _:
            return ()


def _mac(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _issues(params: GithubParams) -> str:
    return f"/repos/{quote(params.owner, safe='')}/{quote(params.repository, safe='')}/issues"


def _request(connector: GithubConnector, method: str, path: str, body: Any = None) -> Request:
    known = (("authorization", f"Bearer {connector.api_key}"), ("x-github-api-version", "2022-11-28"))
    return json_request(method, connector.url.rstrip("/") + path, body, known)


connection = Github()
