"""Policies, who is on call, schedules."""

from __future__ import annotations

GERMAN: dict[str, str] = {
    # Policies
    "Escalation policies": "Eskalationen",
    "New policy": "Neue Eskalation",
    "Search policies": "Eskalationen suchen",
    "Asks": "Fragt",
    "Used by": "Genutzt von",
    "{n} levels": "{n} Stufen",
    "one level": "eine Stufe",
    "asked {n} times": "{n} Durchgänge",
    "starts after {n} min": "beginnt nach {n} min",
    "then": "dann",
    "no source": "keiner Quelle",
    "and {n} more": "und {n} weitere",
    "Nothing fits": "Nichts passt",
    "No name contains “{wanted}”.": "Kein Name enthält „{wanted}“.",
    "No policy yet": "Noch keine Eskalation",
    "A policy says who is asked, in which order, and how long each has.": (
        "Eine Eskalation sagt, wer gefragt wird, in welcher Reihenfolge und wie lange jeder Zeit hat."
    ),
    "Levels": "Stufen",
    "It cannot be deleted yet.": "Noch nicht zu löschen.",
    "These sources follow it. Give them another policy first:": (
        "Diese Quellen folgen ihr. Bitte ihnen erst eine andere geben:"
    ),
    "Delete the policy “{name}”? Nothing uses it.": "Die Eskalation „{name}“ löschen? Nichts nutzt sie.",
    "Delete the policy": "Eskalation löschen",
    "{n} minutes after an incident is opened": "{n} Minuten nachdem ein Vorfall entsteht",
    "As soon as an incident is opened": "Sobald ein Vorfall entsteht",
    "ask": "fragen:",
    "If nobody accepts within {n} minutes, go on.": "Übernimmt in {n} Minuten niemand, geht es weiter.",
    "If nobody accepts within {n} minutes, the escalation ends.": (
        "Übernimmt in {n} Minuten niemand, endet die Eskalation."
    ),
    "Then again from the top: {n} passes in all.": "Dann wieder von oben: im Ganzen {n} Durchgänge.",
    "Then it ends; nobody else is asked.": "Dann ist Schluss; sonst wird niemand gefragt.",
    "Routing key": "Routing-Schlüssel",
    "none": "keiner",
    "Changed": "Geändert",
    "version {n}; open incidents keep the one they began with": (
        "Version {n}; offene Vorfälle behalten die, mit der sie begannen"
    ),
    "Who would be told": "Wer benachrichtigt würde",
    "Ask": "Fragen",
    "At what time": "Zu welcher Zeit",
    "At what time; now when empty": "Zu welcher Zeit; leer heißt jetzt",
    "priority:HIGH": "hohe Priorität",
    "priority:LOW": "niedrige Priorität",
    "Shown as soon as every level asks somebody.": "Erscheint, sobald jede Stufe jemanden fragt.",
    "after {span}": "nach {span}",
    "at once": "sofort",
    "as fallback": "ersatzweise",
    "not verified": "nicht bestätigt",
    "Nobody would be told.": "Niemand würde benachrichtigt.",
    "If still nobody has accepted, the escalation ends at {time}.": (
        "Hat auch dann niemand übernommen, endet die Eskalation um {time}."
    ),
    "Edit {name}": "{name} bearbeiten",
    "What people will read, for example Payments at night.": "Was alle lesen, zum Beispiel Zahlungen nachts.",
    "Begin": "Beginnen",
    "minutes after an incident is opened": "Minuten nachdem ein Vorfall entsteht",
    "Remove {name}": "{name} entfernen",
    "Add somebody to level {n}": "Jemanden zu Stufe {n} hinzufügen",
    "+ somebody": "+ jemanden",
    "+ at the same time": "+ gleichzeitig",
    "Schedules": "Dienstpläne",
    "and if nobody accepts within": "und wenn niemand übernimmt binnen",
    "minutes, go on.": "Minuten, weiter.",
    "Move level {n} up": "Stufe {n} nach oben",
    "Move level {n} down": "Stufe {n} nach unten",
    "Remove level {n}": "Stufe {n} entfernen",
    "Add a level": "Stufe hinzufügen",
    "Then start again from the top,": "Dann wieder von oben beginnen,",
    "how often": "wie oft",
    "times.": "Mal.",
    "Events that carry this key follow this policy, whatever their source says.": (
        "Ereignisse mit diesem Schlüssel folgen dieser Eskalation, was immer ihre Quelle sagt."
    ),
    "one of them in turn, incident by incident, instead of all at once": (
        "reihum eine davon, Vorfall für Vorfall, statt alle zugleich"
    ),
    "If nobody ever accepts, tell": "Übernimmt nie jemand, benachrichtigen:",
    "Add somebody who is told last": "Jemanden hinzufügen, der zuletzt benachrichtigt wird",
    "nobody else": "sonst niemanden",
    "on call by {schedule}": "Bereitschaft laut {schedule}",
    "Save the policy": "Eskalation speichern",
    # Who is on call
    "Who is on call": "Wer Bereitschaft hat",
    "asks you": "fragt Sie",
    "cannot be reached": "nicht zu erreichen",
    "nobody": "niemand",
    "Is anybody there?": "Ist jemand da?",
    "Nobody of the policy could be told:": "Niemand aus der Eskalation wäre zu erreichen:",
    "Somebody could be told in every minute.": "In jeder Minute ist jemand zu erreichen.",
    "Level {n} has nobody {times} times, first from {time}.": "Stufe {n} hat {times}-mal niemanden, zuerst ab {time}.",
    "{who} has no two proven addresses of different kinds.": (
        "{who} hat keine zwei bestätigten Adressen verschiedener Art."
    ),
    "{who} cannot be reached at all.": "{who} ist gar nicht zu erreichen.",
}
