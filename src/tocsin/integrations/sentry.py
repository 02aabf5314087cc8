"""Sentry: integration webhooks (issues, issue alerts, metric alerts), and the older webhook plugin."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import Doc, event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration

_OVER = ("resolved", "ignored", "archived")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The issue or alert as an event. Raises NothingToReport for comments, installations and the like."""
    said = read(inbound)
    about = inbound.headers.get("sentry-hook-resource", "")
    if about in ("installation", "comment", "error", "seer") or (
        said.at("installation.app") and not said.at("data.issue")
    ):
        raise NothingToReport(f"a webhook about {about or 'the installation'}: only issues and alerts count")
    if said.at("data.metric_alert"):
        return (_metric(said),)
    if said.at("data.issue"):
        return (_issue(said, said.at("data.issue")),)
    if said.at("data.event"):
        return (_triggered(said, said.at("data.event")),)
    require(said.text("project_slug", "project"), "a webhook of Sentry's")
    return (_plugin(said),)


def _metric(said: Doc) -> Event:
    alert = said.at("data.metric_alert")
    return event(
        kind_of(said.text("action"), opens="critical warning open", resolves="resolved"),
        key=f"metric-{alert.text('identifier', 'id')}",
        summary=said.text("data.description_title") or alert.text("title", "alert_rule.name"),
        details=said.text("data.description_text"),
        links={"Sentry": said.text("data.web_url")},
        labels={"rule": alert.text("alert_rule.name")},
        raw=said,
    )


def _issue(said: Doc, issue: Doc) -> Event:
    action = said.word("action")
    over = action in _OVER or issue.word("status") in ("resolved", "ignored")
    return event(
        "RESOLVE" if over else "ALERT",
        key=issue.text("id"),
        summary=issue.text("title"),
        details=issue.lines(
            "Culprit: culprit", "Project: project.slug", "Level: level", "Platform: platform", "Events: count"
        ),
        links={"Issue": issue.text("web_url", "permalink")},
        labels={"project": issue.text("project.slug"), "level": issue.text("level")},
        raw=said,
    )


def _triggered(said: Doc, happened: Doc) -> Event:
    return event(
        "ALERT",
        key=happened.text("issue_id", "groupID") or happened.text("issue_url").rstrip("/").rpartition("/")[2],
        summary=happened.text("title", "message"),
        details=joined(
            happened.text("message"),
            said.lines("Rule: data.triggered_rule"),
            happened.lines(
                "Culprit: culprit", "Level: level", "Environment: environment", "Release: release"
            ),
        ),
        links={"Event": happened.text("web_url")},
        labels={"level": happened.text("level"), "environment": happened.text("environment")},
        raw=said,
    )


def _plugin(said: Doc) -> Event:
    project = said.text("project_name", "project_slug", "project")
    return event(
        "ALERT",
        key=said.text("id"),
        summary=f"{project}: {said.text('event.title', 'message', 'culprit')}",
        details=joined(
            said.text("message"), said.lines("Culprit: culprit", "Level: level", "Logger: logger")
        ),
        links={"Issue": said.text("url")},
        labels={"project": said.text("project_slug", "project"), "level": said.text("level")},
        raw=said,
    )


integration = Integration(
    type="SENTRY",
    name="Sentry",
    parse=parse,
    opens="an issue appears or an alert rule fires",
    resolves="the issue is resolved, ignored or archived; a metric alert is resolved",
    headers=("sentry-hook-resource",),
)
