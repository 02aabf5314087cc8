"""Jira, by its webhook. An issue ends when it gets a resolution, not when it merely changes its status."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import Doc, event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The issue as an event. Raises NothingToReport for an update of one that has its resolution."""
    said = read(inbound)
    issue, happened = said.at("issue"), said.word("webhookEvent")
    key = issue.text("key")
    require(key, "a webhook of Jira's: issue.key is missing")
    if not happened.startswith("jira:issue_"):
        raise NothingToReport(f"{happened or 'something'} at {key}: only created, updated and deleted count")
    over = happened == "jira:issue_deleted" or _resolved_now(said)
    if not over and happened != "jira:issue_created" and issue.text("fields.resolution.name"):
        raise NothingToReport(f"{key} has its resolution and was updated")
    return (
        event(
            "RESOLVE" if over else "ALERT",
            key=key,
            summary=f"{key}: {issue.text('fields.summary')}",
            details=joined(
                issue.text("fields.description"),
                issue.lines(
                    "Project: fields.project.name",
                    "Type: fields.issuetype.name",
                    "Status: fields.status.name",
                    "Priority: fields.priority.name",
                    "Reporter: fields.reporter.displayName",
                ),
            ),
            links={key: _page(issue.text("self"), key)},
            labels={"project": issue.text("fields.project.key"), "type": issue.text("fields.issuetype.name")},
            raw=said,
        ),
    )


def _resolved_now(said: Doc) -> bool:
    changed = [one for one in said.each("changelog.items") if one.word("field") == "resolution"]
    return bool(changed) and bool(changed[-1].text("to", "toString"))


def _page(address: str, key: str) -> str:
    """The issue for people, from its address in the API."""
    base, found, _ = address.partition("/rest/api/")
    return f"{base}/browse/{key}" if found else ""


integration = Integration(
    type="JIRA",
    name="Jira",
    parse=parse,
    opens="an issue is created or updated; its resolution is taken back",
    resolves="the issue gets a resolution, or is deleted",
)
