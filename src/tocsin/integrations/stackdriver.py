"""Google Cloud Monitoring (once Stackdriver), by a notification channel of type webhook; Error Reporting too."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import Doc, event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The incident of Google's as an event. Raises NothingToReport for the test message."""
    said = read(inbound)
    if said.at("group_info") or said.at("exception_info"):
        return (_error(said),)
    theirs = said.at("incident")
    require(theirs.text("incident_id", "state"), "a notification of Google's: incident is missing")
    if said.word("version") == "test":
        raise NothingToReport("a test message of Google Cloud Monitoring's")
    policy, condition = theirs.text("policy_name"), theirs.text("condition_name")
    project = theirs.text("scoping_project_id", "project_id", "resource.labels.project_id")
    return (
        event(
            kind_of(theirs.text("state"), opens="open", accepts="acknowledged", resolves="closed resolved"),
            key=theirs.text("incident_id"),
            summary=f"[{project}] " * bool(project)
            + (": ".join(filter(None, (policy, condition))) or theirs.text("summary")),
            details=joined(
                theirs.text("summary"),
                theirs.text("documentation.content"),
                theirs.lines(
                    "Resource: resource_display_name",
                    "Metric: metric.displayName",
                    "Observed: observed_value",
                    "Threshold: threshold_value",
                    "Severity: severity",
                ),
            ),
            links={"Google Cloud": theirs.text("url")},
            labels={
                "project": project,
                "policy": policy,
                **theirs.texts("resource.labels"),
                **theirs.texts("policy_user_labels"),
            },
            raw=said,
        ),
    )


def _error(said: Doc) -> Event:
    """An error group of Error Reporting's."""
    service = said.text("event_info.service", "group_info.service")
    return event(
        "ALERT",
        key=said.text("group_info.detail_link", "group_info.group_id"),
        summary=f"{service}: {said.text('exception_info.type')}: {said.text('exception_info.message')}".strip(
            ": "
        ),
        details=joined(
            said.text("subject"), said.lines("Project: group_info.project_id", "Version: event_info.version")
        ),
        links={"Error": said.text("group_info.detail_link"), "Log": said.text("event_info.log_message")},
        labels={"project": said.text("group_info.project_id"), "service": service},
        raw=said,
    )


integration = Integration(
    type="STACKDRIVER",
    name="Google Cloud Monitoring",
    parse=parse,
    opens="state open; an error of Error Reporting",
    accepts="state acknowledged",
    resolves="state closed",
    aliases=("googlecloudmonitoring",),
)
