"""Tools whose messages are not published, or are whatever one's template makes of them.

They are read by the names that such messages commonly have; our own JSON is understood too. A message
in which nothing looks like a summary opens an incident as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tocsin.core.events import Event, EventType
from tocsin.integrations import speaking
from tocsin.integrations.reading import KEYS, Doc, event, joined, listed, read
from tocsin.plugins import Inbound, Integration

_OWN = re.compile(rb'"eventType"\s*:\s*"(?:ALERT|ACCEPT|RESOLVE|COMMENT)"')
_WITHIN = (
    "",
    "alert.",
    "data.",
    "incident.",
    "event.",
    "monitor.",
    "check.",
    "issue.",
    "payload.",
    "ticket.",
    "rule.",
)


def _paths(names: str) -> Mapping[str, tuple[str, ...]]:
    """Where one of these fields may be, by the object that it is in."""
    return {within: tuple(f"{within}{name}" for name in names.split()) for within in _WITHIN}


_SUMMARIES = _paths(
    "title summary subject alert_name alertName alert_title monitor_name monitorName check_name name message text description"
)
_DETAILS = _paths("details description body text message")
_KEYS = _paths(
    "alert_id alertId incident_id incidentId issue_id problem_id ticket_id monitor_id monitorId check_id id uuid key"
)
_WATCHED = _paths("alert_name monitor_name check_name name host hostname")
_STATES = _paths(
    "status state alert_status alertStatus alert_state alertState event_type eventType event type action"
)
_LINKS = _paths("url link href permalink alert_url incident_url html_url web_url details_url")
_OVER = frozenset(
    [
        "ok",
        "up",
        "good",
        "resolved",
        "resolve",
        "closed",
        "close",
        "recovered",
        "recovery",
        "recover",
        "cleared",
        "clear",
        "normal",
        "online",
        "passed",
        "passing",
        "fixed",
        "healthy",
        "success",
        "successful",
        "solved",
        "completed",
        "operational",
        "reporting",
    ]
)
_TAKEN = frozenset(["acknowledged", "acknowledge", "acked", "ack", "accepted", "accept", "in_progress"])


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The message as an event, as far as it can be guessed."""
    if _OWN.search(inbound.body):
        return speaking.parse(inbound)
    return (guess(read(inbound)),)


def guess(said: Doc, *, key: str = "") -> Event:
    """What a message most likely means; `key` stands for one that it lacks. Raises BadInput without a summary."""
    within = _within(said)
    summary, details = said.text(*_in(within, _SUMMARIES)), said.text(*_in(within, _DETAILS))
    return event(
        _kind(said, within),
        # A tool without ids names what it watches.
        key=said.text(*_in(within, _KEYS), *_in(within, _WATCHED)) or key,
        summary=summary,
        details=joined(details if details != summary else "", listed(_plain(said))),
        links={"Link": said.text(*_in(within, _LINKS))},
        raw=said,
    )


def _within(said: Doc) -> list[str]:
    """Which of the objects there are, the outer one first; their fields may also be written out: `alert.title`."""
    names = said.data if isinstance(said.data, dict) else {}
    there = {f"{str(name).partition('.')[0]}." for name in names}
    return [within for within in _WITHIN if within in there or (names and not within)]


def _in(within: list[str], paths: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    return (path for one in within for path in paths[one])


def _kind(said: Doc, within: list[str]) -> EventType:
    states = ".".join(said.word(path) for path in _in(within, _STATES))
    words = set(states.replace(":", ".").replace(" ", ".").split("."))
    if words & _OVER:
        return "RESOLVE"
    return "ACCEPT" if words & _TAKEN else "ALERT"


def _plain(said: Doc) -> dict[str, str]:
    """The fields that are neither objects nor lists."""
    fields = said.data if isinstance(said.data, dict) else {}
    return {
        name: text
        for name, text in said.texts().items()
        if name not in KEYS and not isinstance(fields[name], dict | list)
    }


def _tool(kind: str, name: str) -> Integration:
    return Integration(
        type=kind,
        name=name,
        parse=parse,
        opens="every message with something like a summary",
        accepts="a state like acknowledged, accepted",
        resolves="a state like ok, up, resolved, closed, recovered, cleared",
        tested="common field names",
        page="other-tools",
    )


apica = _tool("APICA", "Apica")
apifortress = _tool("APIFORTRESS", "API Fortress")
clustercontrol = _tool("CLUSTERCONTROL", "ClusterControl")
crowdstrike = _tool("CROWDSTRIKE", "CrowdStrike")
domotz = _tool("DOMOTZ", "Domotz")
dotcommonitor = _tool("DOTCOMMONITOR", "Dotcom-Monitor")
ekara = _tool("EKARA", "Ekara")
fortisoar = _tool("FORTISOAR", "FortiSOAR")
itconductor = _tool("ITCONDUCTOR", "IT-Conductor")
ixon = _tool("IXON", "IXON Cloud")
lightstep = _tool("LIGHTSTEP", "Lightstep")
livewatch = _tool("LIVEWATCH", "LiveWatch")
mezmo = _tool("MEZMO", "Mezmo")
opmanager = _tool("OPMANAGER", "ManageEngine OpManager")
phareio = _tool("PHAREIO", "Phare")
pulsetic = _tool("PULSETIC", "Pulsetic")
rapidspike = _tool("RAPIDSPIKE", "RapidSpike")
sapfrun = _tool("SAPFRUN", "SAP Focused Run")
sciencelogic = _tool("SCIENCELOGIC", "ScienceLogic")
sekoia = _tool("SEKOIA", "Sekoia")
statushub = _tool("STATUSHUB", "StatusHub")
sysaid = _tool("SYSAID", "SysAid")
tool = _tool("TOOL", "Another tool")
tulip = _tool("TULIP", "Tulip")
twilio = _tool("TWILIO", "Twilio Alarms")
whatap = _tool("WHATAP", "WhaTap")
