"""Alert sources and what they sent."""

from __future__ import annotations

GERMAN: dict[str, str] = {
    "Alert sources": "Alarmquellen",
    "Search by name, tool or policy": "Nach Name, Werkzeug oder Eskalation suchen",
    "No source, tool or policy contains “{wanted}”.": (
        "Keine Quelle, kein Werkzeug und keine Eskalation enthält „{wanted}“."
    ),
    "{n} open": "{n} offen",
    "DISABLED": "Aus",
    "ALL_RESOLVED": "Alles gelöst",
    "What reports to it?": "Was meldet an sie?",
    "Choose the tool. Whatever can send HTTP fits “Events over HTTP”.": (
        "Wählen Sie das Werkzeug. Was HTTP senden kann, passt zu „Ereignisse über HTTP“."
    ),
    "Search tools": "Werkzeuge suchen",
    "Events over HTTP": "Ereignisse über HTTP",
    "Heartbeat": "Lebenszeichen",
    "Heartbeat monitors": "Lebenszeichen-Wächter",
    "many of them, each with its own times": "viele, jeder mit seinen Zeiten",
    "scripts, cron jobs, your own programs": "Skripte, Cronjobs, eigene Programme",
    "rings when a job stays silent": "klingelt, wenn ein Job schweigt",
    "Another tool": "Anderes Werkzeug",
    "Its incidents follow": "Seine Vorfälle folgen",
    "The policy says who is told.": "Die Eskalation sagt, wer benachrichtigt wird.",
    "There is no escalation policy yet.": "Es gibt noch keine Eskalation.",
    "Create one first": "Zuerst eine anlegen",
    "A ping is expected every": "Ein Lebenszeichen wird erwartet alle",
    "Unit": "Einheit",
    "hours": "Stunden",
    "days": "Tage",
    "What the incident says when it stays away": "Was der Vorfall sagt, wenn es ausbleibt",
    "Rings people, and escalates until somebody accepts. An event may lower it.": (
        "Klingelt bei Leuten und eskaliert, bis jemand übernimmt. Ein Ereignis darf sie senken."
    ),
    "Tells the first level by its low-priority rules, and does not escalate.": (
        "Benachrichtigt die erste Stufe nach ihren Regeln für niedrige Priorität und eskaliert nicht."
    ),
    "Grouping and time": "Gruppierung und Zeit",
    "An event opens a new incident": "Ein Ereignis öffnet einen neuen Vorfall",
    "ONE_INCIDENT_PER_EMAIL": "jedes Mal, es sei denn, sein Schlüssel gehört zu einem offenen",
    "ONE_INCIDENT_PER_EMAIL_SUBJECT": "wenn keiner mit derselben Zusammenfassung offen ist",
    "ONE_PENDING_INCIDENT_ALLOWED": "wenn keiner auf eine Antwort wartet",
    "ONE_OPEN_INCIDENT_ALLOWED": "wenn keiner offen ist",
    "Resolve an incident by itself after": "Einen Vorfall selbsttätig lösen nach",
    "Empty: never.": "Leer: nie.",
    "Switch off": "Ausschalten",
    "Switch it off": "Ausschalten",
    "Switch on": "Einschalten",
    "Events that come while it is off are dropped. Open incidents stay open.": (
        "Was kommt, während sie aus ist, wird verworfen. Offene Vorfälle bleiben offen."
    ),
    "It has {n} open incidents: resolve them first.": "Sie hat {n} offene Vorfälle: bitte erst lösen.",
    "Show them": "Zeigen",
    "Delete “{name}”? Its key stops working at once; its incidents and their timelines stay.": (
        "„{name}“ löschen? Ihr Schlüssel gilt sofort nicht mehr; Vorfälle und Verläufe bleiben."
    ),
    "Delete the source": "Quelle löschen",
    "Overview": "Überblick",
    "It is switched off: its events are dropped.": "Sie ist ausgeschaltet: ihre Ereignisse werden verworfen.",
    "How the tool reaches it": "Wie das Werkzeug sie erreicht",
    "Resolve it again": "Wieder lösen",
    "Send a ping": "Ein Lebenszeichen senden",
    "At the end of a cron job": "Am Ende eines Cronjobs",
    "Last events": "Letzte Ereignisse",
    "All events": "Alle Ereignisse",
    "Nothing yet. Send an event: it appears here by itself.": (
        "Noch nichts. Senden Sie ein Ereignis: es erscheint hier von selbst."
    ),
    "Tool": "Werkzeug",
    "An incident opens": "Ein Vorfall entsteht",
    "is accepted": "wird angenommen",
    "is resolved": "wird behoben",
    "Grouping": "Gruppierung",
    "never": "nie",
    "Last ping": "Letztes Lebenszeichen",
    "none yet": "noch keines",
    "Expected by": "Erwartet bis",
    "HEALTHY": "Gesund",
    "OVERDUE": "Überfällig",
    "No events yet": "Noch keine Ereignisse",
    "Whatever this tool sends is kept here, with what became of it; also what could not be read.": (
        "Was dieses Werkzeug sendet, steht hier mit dem, was daraus wurde; auch was nicht zu lesen war."
    ),
    "effect:OPEN": "öffnete",
    "effect:APPEND": "angefügt",
    "effect:ACCEPT": "übernahm",
    "effect:RESOLVE": "löste",
    "effect:COMMENT": "kommentierte",
    "effect:DROP": "verworfen",
    "effect:REJECT": "nicht lesbar",
    "give it a name, for example Monitoring": "ein Name fehlt, zum Beispiel Monitoring",
    "choose the policy that its incidents follow": "die Eskalation wählen, der die Vorfälle folgen",
    "write minutes, from 1 to 525600, or nothing": "Minuten von 1 bis 525600, oder nichts",
    "choose between one minute and 31 days": "zwischen einer Minute und 31 Tagen wählen",
}
