"""Dynatrace, by its custom integration with the payload of our documentation."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The problem as an event. Raises NothingToReport for the test message."""
    said = read(inbound)
    number = said.text("PID", "ProblemID")
    require(number and said.text("State"), "a problem of Dynatrace's: State and ProblemID are missing")
    if said.text("ProblemID") in ("TESTID", "999") and "test" in said.word("ProblemTitle"):
        raise NothingToReport("a test message of Dynatrace's")
    return (
        event(
            kind_of(said.text("State"), opens="open reopened", resolves="resolved closed merged"),
            key=number,
            summary=said.text("ProblemTitle") or f"Problem {number}",
            details=joined(
                said.text("ProblemDetailsText", "ProblemDetailsMarkdown"),
                said.lines(
                    "Problem: ProblemID",
                    "Impact: ProblemImpact",
                    "Severity: ProblemSeverity",
                    "Entity: ImpactedEntity",
                ),
            ),
            links={"Problem": said.text("ProblemURL")},
            labels={"severity": said.text("ProblemSeverity"), "impact": said.text("ProblemImpact")},
            raw=said,
        ),
    )


integration = Integration(
    type="DYNATRACE", name="Dynatrace", parse=parse, opens="State OPEN", resolves="State RESOLVED, MERGED"
)
