"""Oh Dear, by a webhook of a site or team."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration

_GOOD = ("Recovered", "Fixed", "Restored", "Resolved")
_BAD = ("Failed", "Expires", "Found", "Degraded", "Slow", "Changed", "Detected")
_ENDINGS = (*_GOOD, *_BAD, "Check", "Soon", "Still")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The notification as an event; the site and the kind of check are the key."""
    said = read(inbound)
    kind, site = (
        said.text("type").removesuffix("Notification"),
        said.text("site.id", "site.url", "monitor.id"),
    )
    require(kind and site, "a webhook of Oh Dear's: type and site are missing")
    over = any(word in kind for word in _GOOD)
    if not over and not any(word in kind for word in _BAD):
        raise NothingToReport(f"{kind}: neither a failure nor a recovery")
    check = kind
    for ending in _ENDINGS:
        check = check.replace(ending, "")
    url = said.text("site.sort_url", "site.url", "site.label", "monitor.url") or site
    return (
        event(
            "RESOLVE" if over else "ALERT",
            key=f"{site}/{check}",
            summary=f"{url}: {_spaced(kind)}",
            details=joined(
                said.text("run.outcome", "run.summary"),
                said.lines("Result: run.result", "Ended: run.ended_at"),
            ),
            links={"Target": said.text("site.url", "monitor.url")},
            labels={"site": url, "check": check},
            raw=said,
        ),
    )


def _spaced(kind: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()


integration = Integration(
    type="OHDEAR",
    name="Oh Dear",
    parse=parse,
    opens="a check fails, a certificate expires soon, broken links or mixed content are found",
    resolves="the check recovers",
)
