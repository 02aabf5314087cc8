"""The table of the tools that can report, made from what is registered."""

from __future__ import annotations

from tocsin.plugins import Integration, integrations

HEAD = """\
# Tools that report to Tocsin

Create an alert source of the tool's type and let the tool send to its URL: the page of the tool says how.
The URL is `/api/v1/events/<type in lower case>/<key>`; `/api/events/...` takes the same and answers 202 in
place of 200. Several sources of a type are fine.

Whatever cannot be understood opens an incident all the same, with the message as it came, and the label
`tocsin: unrecognised`. What is understood and needs no incident, a test message for example, is dropped. The
event log of the source shows every message, and what became of it.

A dash means that the tool has no way to say it, or none that we know of. Tools are tested with payloads as
their makers document them; no account with a maker took part. Where a real tool did, the last column says which.
"""


def integrations_page() -> str:
    """The table of the tools that can report."""
    head = "| Tool | Type | Opens | Accepts | Resolves | Tested with |\n|--|--|--|--|--|--|\n"
    tools = sorted(integrations().values(), key=lambda tool: tool.name.lower())
    return f"{HEAD}\n{head}" + "".join(map(_integration, tools))


def _integration(tool: Integration) -> str:
    cells = (
        f"[{tool.name}]({tool.page or tool.slug}.md)",
        tool.type,
        tool.opens,
        tool.accepts,
        tool.resolves,
        tool.tested,
    )
    return f"| {' | '.join(cell or '–' for cell in cells)} |\n"
