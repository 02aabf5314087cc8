"""Connectors, connections and what they told."""

from __future__ import annotations

GERMAN: dict[str, str] = {
    "Connectors": "Zugänge",
    "Connector": "Zugang",
    "Add a connector": "Zugang hinzufügen",
    "The accounts of other products. Connections say what goes there.": (
        "Die Konten bei anderen Produkten. Verbindungen sagen, was dorthin geht."
    ),
    "Delete “{name}” and its secrets?": "„{name}“ mit seinen Geheimnissen löschen?",
    "Delete the connector": "Zugang löschen",
    "No connector yet": "Noch kein Zugang",
    "A connector holds the account of another product: Jira, Slack, ServiceNow and so on.": (
        "Ein Zugang hält das Konto bei einem anderen Produkt: Jira, Slack, ServiceNow und so weiter."
    ),
    "The product did not know us. It said:": "Das Produkt kannte uns nicht. Es sagte:",
    "Another product": "Anderes Produkt",
    "Private networks that it may reach": "Private Netze, die er erreichen darf",
    "For a product on your own premises: 10.1.0.0/16": "Für ein Produkt im eigenen Haus: 10.1.0.0/16",
    "Connections": "Verbindungen",
    "New connection": "Neue Verbindung",
    "failing": "gestört",
    "by hand": "von Hand",
    "by itself": "von selbst",
    "When": "Wann",
    "No connection yet": "Noch keine Verbindung",
    "A connection makes a ticket, a message or a call in another product when something happens to an incident.": (
        "Eine Verbindung macht aus dem, was einem Vorfall geschieht, anderswo ein Ticket, eine Nachricht oder einen Aufruf."
    ),
    "Delete “{name}”? What still waits is not sent.": "„{name}“ löschen? Was noch wartet, wird nicht gesendet.",
    "Delete the connection": "Verbindung löschen",
    "Product": "Produkt",
    "Only if": "Nur wenn",
    "Where the product reports back. It is a secret.": "Wohin das Produkt zurückmeldet. Das ist geheim.",
    "What was told": "Was gesendet wurde",
    "What": "Was",
    "Answer": "Antwort",
    "Nothing yet. The test button sends a made-up incident.": "Noch nichts. „Testen“ sendet einen erfundenen Vorfall.",
    "This product needs a connector first: the account that we are there.": (
        "Dieses Produkt braucht zuerst einen Zugang: das Konto, das wir dort sind."
    ),
    "by itself, when this happens": "von selbst, wenn dies geschieht",
    "by hand: a button on the incident": "von Hand: ein Knopf am Vorfall",
    "What is told": "Was gesendet wird",
    "Not resolved after": "Nicht gelöst nach",
    "After the escalation ended, wait": "Nach dem Ende der Eskalation warten",
    "A condition, as in alert.priority == HIGH; empty: always.": (
        "Eine Bedingung wie alert.priority == HIGH; leer: immer."
    ),
    "name at least one alert source": "mindestens eine Alarmquelle nennen",
    "say what is to be told": "sagen, was gesendet werden soll",
    "choose an account": "einen Zugang wählen",
    "List what the product offers": "Auflisten, was das Produkt anbietet",
    "{n} found: the field offers them.": "{n} gefunden: Das Feld bietet sie an.",
    "Fill in what the list depends on first, such as the project.": (
        "Zuerst ausfüllen, wovon die Liste abhängt, etwa das Projekt."
    ),
    "The product offers nothing here. It said:": "Das Produkt bietet hier nichts an. Es sagte:",
    "The product gave no list. It said:": "Das Produkt gab keine Liste. Es sagte:",
    "write seconds within the limit": "Sekunden innerhalb der Grenze",
    "Actions": "Aktionen",
    "Run": "Ausführen",
    "Nothing is carried to other products.": "Nichts geht an andere Produkte.",
    "incident-created": "eröffnet",
    "incident-assigned": "zugewiesen",
    "incident-auto-escalated": "von selbst eskaliert",
    "incident-acknowledged": "übernommen",
    "incident-raised": "Priorität erhöht",
    "incident-comment-added": "kommentiert",
    "incident-escalation-ended": "Eskalation zu Ende",
    "incident-resolved": "gelöst",
    "incident-auto-resolved": "von selbst gelöst",
    "incident-responder-added": "jemand dazugeholt",
    "v-incident-not-resolved": "nach der Frist nicht gelöst",
    "manual": "von Hand",
    "test": "Test",
    "errand:SCHEDULED": "geplant",
    "errand:SENDING": "unterwegs",
    "errand:DONE": "gesendet",
    "errand:SKIPPED": "ausgelassen",
    "errand:FAILED": "gescheitert",
    "said:known": "Das Produkt kennt uns.",
    "said:untried": "Das lässt sich erst mit einer Verbindung probieren.",
}
