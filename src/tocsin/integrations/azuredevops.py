"""Azure DevOps, by service hooks: builds, pipelines and deployments, which fail and succeed again.

Of any other event that somebody subscribes to, each is an incident.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import Doc, event, joined, kind_of, read, require
from tocsin.kit.value import value
from tocsin.plugins import Inbound, Integration


@value
class _Run:
    """Where an event of a kind says what it is about and how it ended."""

    name: tuple[str, ...]
    part: str = ""
    result: tuple[str, ...]
    link: str


_RUNS: Mapping[str, _Run] = {
    "build.complete": _Run(name=("definition.name",), result=("result", "status"), link="_links.web.href"),
    "ms.vss-pipelines.run-state-changed-event": _Run(
        name=("pipeline.name",), result=("run.result",), link="run._links.web.href"
    ),
    "ms.vss-release.deployment-completed-event": _Run(
        name=("environment.releaseDefinition.name", "deployment.releaseDefinition.name"),
        part="environment.name",
        result=("environment.status",),
        link="environment.release._links.web.href",
    ),
}


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The event. Raises NothingToReport for a run that goes on, or that somebody stopped."""
    said = read(inbound)
    kind, resource = said.text("eventType"), said.at("resource")
    summary = said.text("message.text", "detailedMessage.text")
    require(kind and summary, "an event of Azure DevOps': eventType and message.text are missing")
    run = _RUNS.get(kind.lower())
    project = resource.text("project.name", "definition.project.name") or said.text(
        "resourceContainers.project.id"
    )
    if run is None:
        number = resource.text("id", "workItemId", "pullRequestId") or said.text("id")
        return (event("ALERT", key=f"{kind}/{number}", summary=summary, details=_details(said), raw=said),)
    result, name = resource.text(*run.result), resource.text(*run.name)
    if result.lower() in ("", "canceled", "stopped", "none"):
        raise NothingToReport(f"{name or kind}: {result or 'not finished'}, which needs nobody")
    return (
        event(
            kind_of(
                result, opens="failed partiallysucceeded rejected", resolves="succeeded", where="the result"
            ),
            key="/".join(filter(None, (project, name, resource.text(run.part) if run.part else ""))),
            summary=summary,
            details=_details(said),
            links={"Azure DevOps": resource.text(run.link)},
            labels={"project": resource.text("project.name"), "pipeline": name, "result": result},
            raw=said,
        ),
    )


def _details(said: Doc) -> str:
    detailed = said.text("detailedMessage.text")
    return joined(
        detailed if detailed != said.text("message.text") else "",
        said.lines("Reason: resource.reason", "Branch: resource.sourceBranch", "Event: eventType"),
    )


integration = Integration(
    type="AZUREDEVOPS",
    name="Azure DevOps",
    parse=parse,
    opens="a build, pipeline run or deployment that failed; every other event",
    resolves="the next one that succeeded",
)
