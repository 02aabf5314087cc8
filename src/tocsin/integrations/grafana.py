"""Grafana: alerting since version 9 (Alertmanager's groups with more in them), and the older webhook."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.core.incidents import Image, Link
from tocsin.integrations import prometheus
from tocsin.integrations.reading import Doc, event, joined, kind_of, priority, read, require, web_links
from tocsin.kit.value import replace
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """One event for the group, or for the rule."""
    said = read(inbound)
    if isinstance(said.get("alerts"), list):
        return (_with_more(prometheus.event_of(said.data), said),)
    return (_old(said),)


def _with_more(found: Event, said: Doc) -> Event:
    """What Alertmanager does not say: values, panels, pictures; the cluster goes before the summary."""
    alerts, cluster = said.each("alerts"), said.text("commonLabels.cluster")
    values = "\n".join(f"- {measured}" for one in alerts if (measured := one.text("valueString")))
    links = (
        Link(href=href, text=name)
        for one in alerts
        for name, field in (("Panel", "panelURL"), ("Dashboard", "dashboardURL"), ("Silence", "silenceURL"))
        if (href := one.text(field))
    )
    firing = (one for one in alerts if one.word("status") != "resolved")
    pictures = web_links(Link(href=one.text("imageURL")) for one in firing)
    here = said.text("externalURL")
    known = (Link(href=here, text="Grafana") if link.href == here else link for link in found.links)
    return replace(
        found,
        summary=f"[{cluster}] {found.summary}" if cluster else found.summary,
        details=joined(found.details, f"Values:\n{values}" if values else ""),
        links=web_links((*known, *links)),
        images=tuple(Image(src=picture.href) for picture in pictures),
    )


def _old(said: Doc) -> Event:
    state, rule = said.word("state"), said.text("ruleName", "title")
    require(state and rule, "a webhook of Grafana's: neither alerts nor a state and a ruleName")
    if state in ("pending", "unknown"):
        raise NothingToReport(f"{rule} is {state}")
    matches = "\n".join(f"- {one.text('metric')}: {one.text('value')}" for one in said.each("evalMatches"))
    return event(
        kind_of(state, opens="alerting no_data execution_error", accepts="paused", resolves="ok"),
        key=said.text("ruleId") or rule,
        summary=said.text("title") or rule,
        details=joined(said.text("message"), matches),
        links={"Grafana": said.text("ruleUrl")},
        images=(said.text("imageUrl"),),
        labels=said.texts("tags"),
        priority=priority(said.text("tags.priority")),
        raw=said,
    )


integration = Integration(
    type="GRAFANA",
    name="Grafana",
    parse=parse,
    opens="a group fires; before version 9: state alerting, no_data",
    accepts="before version 9: state paused",
    resolves="all alerts of the group are over; before version 9: state ok",
)
