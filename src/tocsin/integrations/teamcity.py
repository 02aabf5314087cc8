"""TeamCity, by its webhooks: builds that fail and succeed again, agents that go and come back."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations import webhook
from tocsin.integrations.reading import Doc, event, joined, kind_of, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The build or agent as an event. Raises NothingToReport for what is neither over nor gone."""
    said = read(inbound)
    happened, about = said.text("eventType").upper(), said.at("payload")
    if happened.startswith("AGENT_") and about.text("name"):
        return (_agent(said, happened, about),)
    if not (happened.startswith("BUILD_") and about.text("buildTypeId", "buildType.id")):
        return webhook.parse(inbound)
    status = about.word("status")
    if happened not in ("BUILD_FINISHED", "BUILD_INTERRUPTED") or status not in (
        "success",
        "failure",
        "error",
    ):
        raise NothingToReport(f"{happened}: {status or 'no status'}, which needs nobody")
    return (_build(said, about, status),)


def _build(said: Doc, build: Doc, status: str) -> Event:
    """A configuration's builds are one problem in each branch."""
    configuration, branch = build.text("buildTypeId", "buildType.id"), build.text("branchName")
    name = " / ".join(
        filter(None, (build.text("buildType.projectName"), build.text("buildType.name") or configuration))
    )
    return event(
        kind_of(status, opens="failure error", resolves="success"),
        key="/".join(filter(None, (configuration, branch))),
        summary=f"{name} #{build.text('number')}: {build.text('statusText') or status}",
        details=joined(
            build.text("buildType.description"),
            build.lines("Branch: branchName", "Started: startDate", "Ended: finishDate", "Agent: agent.name"),
        ),
        links={"Build": build.text("webUrl"), "Configuration": build.text("buildType.webUrl")},
        labels={
            "project": build.text("buildType.projectName"),
            "configuration": configuration,
            "branch": branch,
        },
        raw=said,
    )


def _agent(said: Doc, happened: str, agent: Doc) -> Event:
    name = agent.text("name")
    gone = happened == "AGENT_UNREGISTERED"
    return event(
        "ALERT" if gone else "RESOLVE",
        key=f"agent/{agent.text('id') or name}",
        summary=f"The build agent {name} " + ("is gone" if gone else "is back, or was removed"),
        links={"Agent": agent.text("webUrl")},
        labels={"agent": name},
        raw=said,
    )


integration = Integration(
    type="TEAMCITY",
    name="TeamCity",
    parse=parse,
    opens="BUILD_FINISHED or BUILD_INTERRUPTED with status FAILURE or ERROR; AGENT_UNREGISTERED",
    resolves="the next build with status SUCCESS; AGENT_REGISTRED, AGENT_REMOVED",
)
