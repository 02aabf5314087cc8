"""Terraform Cloud (HCP Terraform), by a notification of a workspace."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration

_BAD = (
    "run:errored",
    "run:needs_attention",
    "assessment:failed",
    "assessment:drifted",
    "assessment:check_failure",
)
_GOOD = ("run:completed", "assessment:passed")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The run as an event; a workspace is one incident. Raises NothingToReport for the verification."""
    said = read(inbound)
    told = said.at("notifications.0")
    trigger, workspace = told.word("trigger"), said.text("workspace_id", "workspace_name")
    require(trigger, "a notification of Terraform Cloud's: notifications is missing")
    if trigger == "verification":
        raise NothingToReport("Terraform Cloud verifies the URL")
    if trigger not in _BAD + _GOOD:
        raise NothingToReport(f"{trigger}: only runs that failed, need attention or are completed count")
    name = "/".join(filter(None, (said.text("organization_name"), said.text("workspace_name"))))
    kind = trigger.partition(":")[0]
    return (
        event(
            "ALERT" if trigger in _BAD else "RESOLVE",
            key=f"{workspace}/{kind}",
            summary=f"{name}: {told.text('message') or trigger}",
            details=joined(
                said.text("run_message"),
                said.lines("Run: run_id", "By: run_created_by"),
                told.lines("Status: run_status"),
            ),
            links={"Run": said.text("run_url"), "Workspace": said.text("workspace_url")},
            labels={"workspace": said.text("workspace_name"), "organization": said.text("organization_name")},
            raw=said,
        ),
    )


integration = Integration(
    type="TERRAFORMCLOUD",
    name="Terraform Cloud",
    parse=parse,
    opens="a run fails or needs attention, an assessment fails or finds drift",
    resolves="a run of the workspace is completed, an assessment passes",
)
