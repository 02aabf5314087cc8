"""GitHub, by a repository's webhook: issues, check runs and security alerts."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import Doc, event, joined, read, require
from tocsin.kit.value import loads
from tocsin.plugins import Inbound, Integration

_FAILED = ("failure", "timed_out", "action_required", "startup_failure")
_PASSED = ("success", "neutral", "skipped")
_ALERT_OVER = ("fixed", "resolved", "closed_by_user", "dismissed", "auto_dismissed")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The issue, check run or alert as an event. Raises NothingToReport for what is none of them."""
    said = read(inbound)
    if form := said.text("payload"):
        said = Doc(loads(form))
    repository = said.text("repository.full_name")
    if said.text("zen") and not said.at("issue"):
        raise NothingToReport("GitHub says hello: the webhook was set up")
    require(repository, "a webhook of GitHub's: repository.full_name is missing")
    if said.at("check_run"):
        return (_check_run(said, repository),)
    if said.at("issue"):
        return (_issue(said, repository),)
    if said.at("alert"):
        return (_alert(said, repository),)
    what = inbound.headers.get("x-github-event") or said.text("action") or "event"
    raise NothingToReport(f"{what} in {repository}: only issues, check runs and security alerts count")


def _issue(said: Doc, repository: str) -> Event:
    issue, action = said.at("issue"), said.word("action")
    number = issue.text("number")
    if action not in ("opened", "reopened", "closed", "deleted"):
        raise NothingToReport(f"{repository}#{number} was {action}")
    over = action in ("closed", "deleted") or issue.word("state") == "closed"
    return event(
        "RESOLVE" if over else "ALERT",
        key=f"{repository}#{number}" if number else "",
        summary=issue.text("title"),
        details=joined(issue.text("body"), issue.lines("By: user.login")),
        links={"Issue": issue.text("html_url")},
        labels={"repository": repository},
        raw=said,
    )


def _check_run(said: Doc, repository: str) -> Event:
    run = said.at("check_run")
    name, branch, conclusion = run.text("name"), run.text("check_suite.head_branch"), run.word("conclusion")
    if conclusion not in _FAILED + _PASSED:
        raise NothingToReport(f"check run {name} in {repository}: {conclusion or run.text('status')}")
    return event(
        "ALERT" if conclusion in _FAILED else "RESOLVE",
        key=f"{repository}/{branch}/{name}",
        summary=f"{repository}: {name} on {branch or 'a branch'}: {conclusion.replace('_', ' ')}",
        details=joined(run.text("output.title"), run.text("output.summary"), run.lines("Commit: head_sha")),
        links={"Check run": run.text("html_url"), "Details": run.text("details_url")},
        labels={"repository": repository, "branch": branch},
        raw=said,
    )


def _alert(said: Doc, repository: str) -> Event:
    """Code scanning, secret scanning and Dependabot."""
    alert, number = said.at("alert"), said.text("alert.number")
    about = alert.text(
        "security_advisory.summary", "rule.description", "secret_type_display_name", "secret_type"
    )
    over = said.word("action") in _ALERT_OVER or alert.word("state") in ("fixed", "resolved", "dismissed")
    return event(
        "RESOLVE" if over else "ALERT",
        key=alert.text("html_url") or (f"{repository}/alert/{number}" if number else ""),
        summary=f"{repository}: {about or 'security alert'}",
        details=joined(
            alert.text("security_advisory.description", "rule.full_description"),
            alert.lines("Package: dependency.package.name", "Severity: rule.severity"),
        ),
        links={"Alert": alert.text("html_url")},
        labels={"repository": repository},
        raw=said,
    )


integration = Integration(
    type="GITHUB",
    name="GitHub",
    parse=parse,
    opens="an issue is opened, a check run fails, a security alert appears",
    resolves="the issue is closed, the check run passes, the alert is fixed or dismissed",
    headers=("x-github-event",),
)
