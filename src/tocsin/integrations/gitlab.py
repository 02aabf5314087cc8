"""GitLab, by a project's webhook: issues and incidents, pipelines."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import Doc, event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The issue or pipeline as an event. Raises NothingToReport for what is neither."""
    said = read(inbound)
    kind, project = said.word("object_kind"), said.text("project.path_with_namespace")
    require(kind, "a webhook of GitLab's: object_kind is missing")
    if kind in ("issue", "incident", "work_item"):
        return (_issue(said, project),)
    if kind == "pipeline":
        return (_pipeline(said, project),)
    raise NothingToReport(f"{kind} in {project}: only issues, incidents and pipelines count")


def _issue(said: Doc, project: str) -> Event:
    issue = said.at("object_attributes")
    number, action = issue.text("iid"), issue.word("action")
    if action in ("update", "approved", "unapproved"):
        raise NothingToReport(f"{project}#{number} was changed")
    over = action == "close" or issue.word("state") == "closed"
    return event(
        "RESOLVE" if over else "ALERT",
        key=f"{project}#{number}" if number else "",
        summary=issue.text("title"),
        details=joined(
            issue.text("description"),
            issue.lines("Severity: severity"),
            said.lines("By: user.name", "Project: project.name"),
        ),
        links={"Issue": issue.text("url")},
        labels={"project": project, "labels": ", ".join(one.text("title") for one in said.each("labels"))},
        raw=said,
    )


def _pipeline(said: Doc, project: str) -> Event:
    pipeline = said.at("object_attributes")
    status, branch = pipeline.word("status"), pipeline.text("ref")
    if status not in ("failed", "success"):
        raise NothingToReport(f"a pipeline of {project} is {status}: only failed and success count")
    jobs = [job.text("name") for job in said.each("builds") if job.word("status") == "failed"]
    return event(
        "ALERT" if status == "failed" else "RESOLVE",
        key=f"{project}/pipeline/{branch}",
        summary=f"{project}: pipeline on {branch} {status}",
        details=joined(
            f"Failed: {', '.join(jobs[:50])}" if jobs else "",
            said.lines("Commit: commit.message", "Author: commit.author.name", "By: user.name"),
        ),
        links={"Pipeline": pipeline.text("url")},
        labels={"project": project, "branch": branch},
        raw=said,
    )


integration = Integration(
    type="GITLAB",
    name="GitLab",
    parse=parse,
    opens="an issue or incident is opened, a pipeline fails",
    resolves="the issue is closed, the pipeline of the branch succeeds",
)
