"""Tools whose messages are not published, or are whatever one's template makes of them.

They are read by the names that such messages commonly have; our own JSON is understood too. A message
in which nothing looks like a summary opens an incident as it came.
"""

from __future__ import annotations

from tocsin.core.events import Event, EventType
from tocsin.integrations import speaking
from tocsin.integrations.reading import Doc, event, joined, listed, read
from tocsin.plugins import Inbound, Integration

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
_SUMMARIES = "title summary subject alert_name alertName alert_title monitor_name monitorName check_name name message text description"
_KEYS = "alert_id alertId incident_id incidentId issue_id problem_id ticket_id monitor_id monitorId check_id id uuid key"
_STATES = (
    "status state alert_status alertStatus alert_state alertState event_type eventType event type action"
)
_LINKS = "url link href permalink alert_url incident_url html_url web_url details_url"
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
    if speaking.speaks(inbound) and (b'"ALERT"' in inbound.body or b'"RESOLVE"' in inbound.body):
        return speaking.parse(inbound)
    said = read(inbound)
    summary, details = _said(said, _SUMMARIES), _said(said, "details description body text message")
    return (
        event(
            _kind(said),
            # A tool without ids names what it watches.
            key=_said(said, _KEYS) or _said(said, "alert_name monitor_name check_name name host hostname"),
            summary=summary,
            details=joined(details if details != summary else "", listed(_plain(said))),
            links={"Link": _said(said, _LINKS)},
            raw=said,
        ),
    )


def _said(said: Doc, names: str) -> str:
    """What one of these fields says; the outer ones go first, then the names in their order."""
    return said.text(*(f"{within}{name}" for within in _WITHIN for name in names.split()))


def _kind(said: Doc) -> EventType:
    words = [said.word(f"{within}{name}") for within in _WITHIN for name in _STATES.split()]
    ends = {part for word in words for part in (word, *word.replace(":", ".").replace(" ", ".").split("."))}
    if ends & _OVER:
        return "RESOLVE"
    return "ACCEPT" if ends & _TAKEN else "ALERT"


def _plain(said: Doc) -> dict[str, str]:
    """The fields that are neither objects nor lists."""
    fields = said.data if isinstance(said.data, dict) else {}
    return {name: text for name, text in said.texts().items() if not isinstance(fields[name], dict | list)}


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
appsignal = _tool("APPSIGNAL", "AppSignal")
azuredevops = _tool("AZUREDEVOPS", "Azure DevOps")
clustercontrol = _tool("CLUSTERCONTROL", "ClusterControl")
connectwisepsa = _tool("CONNECTWISEPSA", "ConnectWise PSA")
cronitor = _tool("CRONITOR", "Cronitor")
crowdstrike = _tool("CROWDSTRIKE", "CrowdStrike")
domotz = _tool("DOMOTZ", "Domotz")
dotcommonitor = _tool("DOTCOMMONITOR", "Dotcom-Monitor")
ekara = _tool("EKARA", "Ekara")
fleetdm = _tool("FLEETDM", "Fleet")
fortisoar = _tool("FORTISOAR", "FortiSOAR")
googlescc = _tool("GOOGLESCC", "Google Security Command Center")
helpscout = _tool("HELPSCOUT", "Help Scout")
itconductor = _tool("ITCONDUCTOR", "IT-Conductor")
ixon = _tool("IXON", "IXON Cloud")
levelio = _tool("LEVELIO", "Level")
lightstep = _tool("LIGHTSTEP", "Lightstep")
livewatch = _tool("LIVEWATCH", "LiveWatch")
mezmo = _tool("MEZMO", "Mezmo")
msscom = _tool("MSSCOM", "Microsoft SCOM")
opmanager = _tool("OPMANAGER", "ManageEngine OpManager")
opsgenie = _tool("OPSGENIE", "Opsgenie")
pandorafms = _tool("PANDORAFMS", "Pandora FMS")
particle = _tool("PARTICLE", "Particle")
phareio = _tool("PHAREIO", "Phare")
postman = _tool("POSTMAN", "Postman")
pulsetic = _tool("PULSETIC", "Pulsetic")
rapidspike = _tool("RAPIDSPIKE", "RapidSpike")
raygun = _tool("RAYGUN", "Raygun")
samsara = _tool("SAMSARA", "Samsara")
sapfrun = _tool("SAPFRUN", "SAP Focused Run")
sciencelogic = _tool("SCIENCELOGIC", "ScienceLogic")
sekoia = _tool("SEKOIA", "Sekoia")
statushub = _tool("STATUSHUB", "StatusHub")
sysaid = _tool("SYSAID", "SysAid")
teamcity = _tool("TEAMCITY", "TeamCity")
tool = _tool("TOOL", "Another tool")
tulip = _tool("TULIP", "Tulip")
twilio = _tool("TWILIO", "Twilio Alarms")
twilioerrors = _tool("TWILIOERRORS", "Twilio Errors")
uptime = _tool("UPTIME", "Uptime.com")
wazuh = _tool("WAZUH", "Wazuh")
whatap = _tool("WHATAP", "WhaTap")
