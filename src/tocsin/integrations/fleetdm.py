"""Fleet, by the webhooks of its automations: policies, vulnerabilities, hosts that stay away."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import webhook
from tocsin.integrations.reading import Doc, event, joined, numbered, read
from tocsin.plugins import Inbound, Integration

_MOST_HOSTS = 50


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """What was found as an event; Fleet does not say when it is mended."""
    said = read(inbound)
    policy, hole = said.at("policy"), said.at("vulnerability")
    if policy.text("name"):
        return (_policy(said, policy, said.each("hosts")),)
    if hole.text("cve"):
        return (_vulnerability(said, hole, hole.each("hosts_affected")),)
    if said.text("text") and said.text("data.unseen_hosts"):
        return (_unseen(said),)
    return webhook.parse(inbound)


def _policy(said: Doc, policy: Doc, hosts: list[Doc]) -> Event:
    return event(
        "ALERT",
        key=f"policy/{policy.text('id') or policy.text('name')}",
        summary=f"Policy failed: {policy.text('name')} ({_named(hosts)})",
        details=joined(
            policy.text("description"),
            policy.lines(
                "Resolution: resolution",
                "Platform: platform",
                "Critical: critical",
                "Failing hosts: failing_host_count",
                "Passing hosts: passing_host_count",
            ),
            _listed(hosts),
        ),
        links=_links(hosts),
        labels={"policy": policy.text("name"), "critical": policy.text("critical")},
        raw=said,
    )


def _vulnerability(said: Doc, hole: Doc, hosts: list[Doc]) -> Event:
    cve = hole.text("cve")
    return event(
        "ALERT",
        key=f"vulnerability/{cve}",
        summary=f"{cve} was found ({_named(hosts)})",
        details=joined(
            hole.lines(
                "CVSS score: cvss_score",
                "Probability of an exploit: epss_probability",
                "Known to be exploited: cisa_known_exploit",
                "Published: cve_published",
            ),
            _listed(hosts),
        ),
        links={cve: hole.text("details_link"), **_links(hosts)},
        labels={"cve": cve},
        raw=said,
    )


def _unseen(said: Doc) -> Event:
    team = said.text("data.team_id", "data.fleet_id")
    return event(
        "ALERT",
        key="/".join(filter(None, ("unseen", team))),
        summary=f"{said.text('data.unseen_hosts')} of {said.text('data.total_hosts')} hosts"
        f" were not seen for {said.text('data.days_unseen')} days",
        details=joined(said.text("text"), said.lines("Hosts: data.host_ids", "Team: data.team_id")),
        labels={"team": team},
        raw=said,
    )


def _name(host: Doc) -> str:
    return host.text("display_name", "hostname", "id")


def _named(hosts: list[Doc]) -> str:
    """The one host, or how many there are."""
    return _name(hosts[0]) if len(hosts) == 1 else f"{len(hosts)} hosts"


def _listed(hosts: list[Doc]) -> str:
    return "\n".join(numbered(_name(host) for host in hosts[:_MOST_HOSTS]))


def _links(hosts: list[Doc]) -> dict[str, str]:
    return {_name(host): host.text("url") for host in hosts}


integration = Integration(
    type="FLEETDM",
    name="Fleet",
    parse=parse,
    opens="a policy that newly fails, a new vulnerability, hosts that were not seen",
)
