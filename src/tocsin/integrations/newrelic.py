"""New Relic: workflows (an issue a webhook), and the older channel of type webhook."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import Doc, event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The issue or incident of New Relic's as an event."""
    said = read(inbound)
    if said.text("current_state"):
        return (_older(said),)
    require(
        said.text("issueId", "id") and said.text("state"),
        "a webhook of New Relic's: id and state are missing",
    )
    return (_issue(said),)


def _issue(said: Doc) -> Event:
    entities = said.text("impactedEntities.0", "entitiesData.names.0")
    title = said.text("title.0", "annotations.title.0", "title")
    return event(
        kind_of(
            said.text("state"),
            opens="created activated open",
            accepts="acknowledged",
            resolves="closed deactivated",
        ),
        key=said.text("issueId", "id"),
        summary=title or entities,
        details=joined(
            said.text("annotations.description.0"),
            said.lines(
                "Entity: impactedEntities.0",
                "Condition: alertConditionNames.0",
                "Policy: alertPolicyNames.0",
                "Workflow: workflowName",
                "Incidents: totalIncidents",
            ),
        ),
        links={"Issue": said.text("issueUrl", "issuePageUrl"), "Runbook": said.text("runbookUrl")},
        labels={"policy": said.text("alertPolicyNames.0"), "priority": said.text("priority")},
        raw=said,
    )


def _older(said: Doc) -> Event:
    policy, condition = said.text("policy_name"), said.text("condition_name")
    return event(
        kind_of(said.text("current_state"), opens="open", accepts="acknowledged", resolves="closed"),
        key=said.text("incident_id"),
        summary=": ".join(filter(None, (policy, condition))) or said.text("details"),
        details=joined(
            said.text("details"),
            said.lines(
                "Account: account_name", "Severity: severity", "Target: targets.0.name", "Owner: owner"
            ),
        ),
        links={
            "Incident": said.text("incident_url"),
            "Runbook": said.text("runbook_url"),
            "Policy": said.text("policy_url"),
        },
        images=(said.text("violation_chart_url"),),
        labels={"policy": policy, "account": said.text("account_name"), "severity": said.text("severity")},
        raw=said,
    )


integration = Integration(
    type="NEWRELIC",
    name="New Relic",
    parse=parse,
    opens="state ACTIVATED, CREATED; older: open",
    accepts="state ACKNOWLEDGED; older: acknowledged",
    resolves="state CLOSED; older: closed",
)
