"""Redmine: an issue for each incident; later changes become its subject, notes and status.

Wire: the REST API (`/issues.json`, `/issues/{id}.json`, `/issue_statuses.json`) with the key of an account.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections.answers import done, json_of, json_request, title
from tocsin.connections.tickets import Course, Steps, facts, happened
from tocsin.core.connections import Outcome, Remote
from tocsin.kit.value import MaxLen, MinLen, replace, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Answer, Choice, Errand, HttpRequest, Request, ValueClass
from tocsin.plugins.said import text_at, within

_LONGEST_SUBJECT = 255
_LISTS = {
    "project": ("projects.json?limit=100", "projects", "identifier"),
    "trackerId": ("trackers.json", "trackers", "id"),
    "priorityId": ("enumerations/issue_priorities.json", "issue_priorities", "id"),
    "acceptedStatusId": ("issue_statuses.json", "issue_statuses", "id"),
    "resolvedStatusId": ("issue_statuses.json", "issue_statuses", "id"),
}
"""Where the choices for a parameter are listed: path, name of the list, name of the value."""

Id = Annotated[str, MaxLen(20)]


@value
class RedmineConnector:
    """A Redmine and whom we are there."""

    url: Url
    """`https://redmine.example.com`; its REST API must be switched on."""
    api_key: Annotated[str, MinLen(1), MaxLen(255)]
    """Of an account that may add and edit issues of the project."""


@value
class RedmineParams:
    """How the issues are filled."""

    project: Annotated[str, MinLen(1), MaxLen(255)]
    """The project's identifier."""
    tracker_id: Id = ""
    """Empty: the project's first."""
    priority_id: Id = ""
    """Empty: the usual one."""
    accepted_status_id: Id = ""
    """The status for accepted incidents; empty: as it is."""
    resolved_status_id: Id = ""
    """The status for resolved incidents; empty: the first that closes an issue."""


class Redmine(Course):
    """The connection type `redmine`."""

    type = "redmine"
    name = "Redmine"
    connector: ValueClass | None = RedmineConnector
    params: ValueClass = RedmineParams
    secrets = frozenset({"api_key"})
    updates = True

    def steps(self, errand: Errand) -> Steps:
        """Create the issue; or change its subject and status, with a note."""
        o, there, params = errand.occasion, errand.remote, errand.params
        if there is None:
            answer = yield _request(errand.connector, "POST", "issues.json", {"issue": _issue(errand)})
            return self.refusal(answer) or _created(errand.connector, answer)
        change = {"subject": title(o)[:_LONGEST_SUBJECT], "notes": happened(o)}
        status = params.accepted_status_id if o.trigger == "incident-acknowledged" else ""
        if o.over and not (status := params.resolved_status_id):
            listed = yield _request(errand.connector, "GET", "issue_statuses.json")
            if wrong := self.refusal(listed):
                return wrong
            status = _closing(json_of(listed))
        wanted = {"issue": {**change, **({"status_id": status} if status else {})}}
        answer = yield _request(errand.connector, "PUT", f"issues/{quote(there.id, safe='')}.json", wanted)
        return self.refusal(answer) or done(answer)

    def probe(self, connector: RedmineConnector) -> Request:
        """Whom does Redmine take us for."""
        return _request(connector, "GET", "users/current.json")

    def choices(self, name: str, connector: RedmineConnector, params: Any) -> Request | None:
        """Projects, trackers, priorities and statuses."""
        del params
        if name not in _LISTS:
            return None
        return replace(_request(connector, "GET", _LISTS[name][0]), answer_bytes_max=1_000_000)

    def read_choices(self, name: str, answer: Answer) -> tuple[Choice, ...]:
        """Identifiers or ids with names."""
        _, list_name, key = _LISTS[name]
        listed = within(json_of(answer), list_name)
        found = listed if isinstance(listed, list) else []
        return tuple(
            Choice(value=text_at(one, key), label=text_at(one, "name")) for one in found if text_at(one, key)
        )


def _issue(errand: Errand) -> dict[str, Any]:
    params, o = errand.params, errand.occasion
    wanted = {"tracker_id": params.tracker_id, "priority_id": params.priority_id}
    return {
        "project_id": params.project,
        "subject": title(o)[:_LONGEST_SUBJECT],
        "description": facts(o),
        **{name: number for name, number in wanted.items() if number},
    }


def _created(connector: RedmineConnector, answer: Answer) -> Outcome:
    number = text_at(json_of(answer), "issue", "id")
    if not number:
        return Outcome(kind="PERMANENT", answer="Redmine did not say what it made")
    return done(answer, Remote(id=number, url=f"{connector.url.rstrip('/')}/issues/{number}"))


def _closing(found: Any) -> str:
    """The first status that closes an issue; "" where none does."""
    listed = within(found, "issue_statuses")
    closing = [one for one in listed if within(one, "is_closed") is True] if isinstance(listed, list) else []
    return text_at(closing, 0, "id")


def _request(connector: RedmineConnector, method: str, path: str, body: Any = None) -> HttpRequest:
    url = f"{connector.url.rstrip('/')}/{path}"
    return json_request(method, url, body, (("x-redmine-api-key", connector.api_key),))


connection = Redmine()
