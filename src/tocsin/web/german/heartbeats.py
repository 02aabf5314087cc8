"""Heartbeats."""

from __future__ import annotations

GERMAN: dict[str, str] = {
    "Heartbeats": "Lebenszeichen",
    "New heartbeat": "Neues Lebenszeichen",
    "Search heartbeats": "Lebenszeichen suchen",
    "Next": "Nächstes",
    "No heartbeat yet": "Noch kein Lebenszeichen",
    "Heartbeats report to an alert source of their own kind. Create one first.": (
        "Lebenszeichen melden an eine eigene Art von Alarmquelle. Bitte erst eine anlegen."
    ),
    "A job says that it ran; when it stays silent, somebody is told.": (
        "Ein Job sagt, dass er lief; schweigt er, wird jemand benachrichtigt."
    ),
    "Delete “{name}”? Its addresses stop working at once.": "„{name}“ löschen? Die Adressen gelten sofort nicht mehr.",
    "What the job calls": "Was der Job aufruft",
    "At its end": "Am Ende",
    "At its start, to know how long it runs": "Am Anfang, um die Laufzeit zu kennen",
    "When it failed": "Wenn er fehlschlug",
    "Last pings": "Letzte Lebenszeichen",
    "took {n} s": "dauerte {n} s",
    "exit status {n}": "Exit-Status {n}",
    "Waiting for the first ping. It appears here by itself.": "Wartet auf das erste. Es erscheint hier von selbst.",
    "Expected": "Erwartet",
    "and {n} min later at the latest": "spätestens {n} min danach",
    "Rings at": "Klingelt um",
    "Its next times": "Die nächsten Zeiten",
    "Reports to": "Meldet an",
    "Its silence is reported by": "Sein Schweigen meldet",
    "Or at the times of a cron expression": "Oder zu den Zeiten eines Cron-Ausdrucks",
    "As 30 2 * * 1-5: then the interval does not matter.": "Etwa 30 2 * * 1-5: dann zählt der Abstand nicht.",
    "It may come later by": "Es darf später kommen um",
    "every {n} days": "alle {n} Tage",
    "every hour": "jede Stunde",
    "every {n} hours": "alle {n} Stunden",
    "every {n} minutes": "alle {n} Minuten",
    "beat:NEW": "wartet auf das erste",
    "beat:UP": "pünktlich",
    "beat:LATE": "verspätet",
    "beat:DOWN": "überfällig",
    "beat:PAUSED": "pausiert",
    "ping:SUCCESS": "fertig",
    "ping:START": "begonnen",
    "ping:FAIL": "fehlgeschlagen",
    "ping:LOG": "vermerkt",
    "ping:IGNORED": "übergangen",
    "choose where its silence is reported": "wählen, wer das Schweigen meldet",
    "give it a name, for example Nightly backup": "ein Name fehlt, zum Beispiel Nächtliche Sicherung",
    "write a number": "eine Zahl schreiben",
    "another heartbeat of this source has this name already": "ein anderes dieser Quelle heißt schon so",
    "use a cron expression of five fields, for example 30 2 * * 1-5": "fünf Felder, zum Beispiel 30 2 * * 1-5",
}
