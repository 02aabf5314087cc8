"""Schedules, shifts, standing in."""

from __future__ import annotations

GERMAN: dict[str, str] = {
    "New schedule": "Neuer Dienstplan",
    "Search schedules": "Dienstpläne suchen",
    "It cannot be read: {why}": "Er ist nicht lesbar: {why}",
    "now": "jetzt",
    "next": "danach",
    "until {time}": "bis {time}",
    "from {time}": "ab {time}",
    "nobody is planned": "niemand ist eingeplant",
    "{n} gaps in two weeks": "{n} Lücken in zwei Wochen",
    "a gap in two weeks": "eine Lücke in zwei Wochen",
    "No policy asks it.": "Keine Eskalation fragt ihn.",
    "No schedule yet": "Noch kein Dienstplan",
    "A schedule says who is on call when: people who take turns, or shifts by hand.": (
        "Ein Dienstplan sagt, wer wann Bereitschaft hat: reihum, oder Schichten von Hand."
    ),
    "to": "bis",
    "gap": "Lücke",
    "override": "Vertretung",
    "layer {name}": "Ebene {name}",
    "The clock is changed: {n} hours": "Zeitumstellung: {n} Stunden",
    "Final schedule": "Dienstplan",
    "Overrides": "Vertretungen",
    "Nobody is on call, in the next {n} days:": "Niemand hat Bereitschaft, in den nächsten {n} Tagen:",
    "Somebody is on call in every minute of the next {n} days.": (
        "In jeder Minute der nächsten {n} Tage hat jemand Bereitschaft."
    ),
    "Who takes over": "Wer übernimmt",
    "From": "Von",
    "Until": "Bis",
    "Stand in": "Vertreten",
    "Take on-call": "Bereitschaft übernehmen",
    "You are on call at once, instead of whoever is now, for": (
        "Sie haben sofort Bereitschaft, anstelle von wem auch immer, für"
    ),
    "{n} h": "{n} h",
    "These policies ask it. Give their levels somebody else first:": (
        "Diese Eskalationen fragen ihn. Bitte ihren Stufen erst jemand anderen geben:"
    ),
    "Delete the schedule “{name}”? No policy asks it.": "Den Dienstplan „{name}“ löschen? Keine Eskalation fragt ihn.",
    "Delete the schedule": "Dienstplan löschen",
    "Earlier": "Früher",
    "Today": "Heute",
    "Later": "Später",
    "{n} weeks": "{n} Wochen",
    "1 week": "1 Woche",
    "my time": "meine Zeit",
    "Choose a shift to let somebody stand in: with the mouse (drag for a part of it), or with the arrow keys and Enter; Shift and arrows choose several.": (
        "Eine Schicht wählen, um jemanden vertreten zu lassen: mit der Maus (ziehen für einen Teil) oder mit "
        "Pfeiltasten und Eingabe; Umschalt und Pfeile wählen mehrere."
    ),
    "Take back": "Zurücknehmen",
    "Take it back": "Zurücknehmen",
    "Take it back? Whoever would be on call without it is again, from now on.": (
        "Zurücknehmen? Ab jetzt hat wieder Bereitschaft, wer sie sonst hätte."
    ),
    "Enter it": "Eintragen",
    "Until it is mended nobody is on call by it, and the policies that ask it go on to their next level.": (
        "Bis er heil ist, hat danach niemand Bereitschaft; Eskalationen, die ihn fragen, gehen zur nächsten Stufe."
    ),
    "Mend it": "Reparieren",
    "write a date and a time": "Datum und Uhrzeit fehlen",
    "choose who takes over": "wählen, wer übernimmt",
    "choose for how many hours": "wählen, für wie viele Stunden",
    "it must come after the start": "muss nach dem Anfang liegen",
    "the past cannot be changed: choose an end in the future": "das Vergangene bleibt: ein Ende in der Zukunft wählen",
    "Shown as soon as every layer has somebody and a beginning.": (
        "Erscheint, sobald jede Ebene jemanden und einen Anfang hat."
    ),
    "Kind": "Art",
    "People take turns": "Reihum",
    "Shifts by hand": "Schichten von Hand",
    "It never changes.": "Sie ändert sich nie.",
    "Hand-overs are in its local time, also when the clocks change.": (
        "Übergaben sind in ihrer Ortszeit, auch bei Zeitumstellungen."
    ),
    "The next 60 days": "Die nächsten 60 Tage",
    "Where several layers apply at once, the lower one wins.": "Gelten mehrere Ebenen zugleich, gewinnt die untere.",
    "Layer {n}": "Ebene {n}",
    "Name of layer {n}": "Name von Ebene {n}",
    "Move layer {n} up": "Ebene {n} nach oben",
    "Move layer {n} down": "Ebene {n} nach unten",
    "Remove layer {n}": "Ebene {n} entfernen",
    "Move turn {n} earlier": "{n}. nach vorn",
    "Remove turn {n}": "{n}. entfernen",
    "Add somebody to layer {n}": "Jemanden zu Ebene {n} hinzufügen",
    "take turns every": "wechseln sich ab alle",
    "how many": "wie viele",
    "weeks": "Wochen",
    "months": "Monate",
    "first on": "erstmals am",
    "on call": "Bereitschaft",
    "around the clock": "rund um die Uhr",
    "at some hours of the day": "zu Stunden des Tages",
    "at some times of the week": "zu Zeiten der Woche",
    "Go on": "Weiter",
    "from": "von",
    "Day": "Tag",
    "Time": "Uhrzeit",
    "Another time": "Noch eine Zeit",
    "End, zone": "Ende, Zeitzone",
    "Ends on": "Endet am",
    "Its own time zone": "Eigene Zeitzone",
    "For teams that follow the sun.": "Für Teams, die der Sonne folgen.",
    "Days without duty use up no turn": "Tage ohne Dienst verbrauchen keinen Turnus",
    "Add a layer": "Ebene hinzufügen",
    "Who": "Wer",
    "Add a shift": "Schicht hinzufügen",
    "The change holds from": "Die Änderung gilt ab",
    "Empty: from now on. What was shown for the past stays.": (
        "Leer: ab jetzt. Was für die Vergangenheit gezeigt wurde, bleibt."
    ),
    "Save the schedule": "Dienstplan speichern",
    "MONDAY": "Montag",
    "TUESDAY": "Dienstag",
    "WEDNESDAY": "Mittwoch",
    "THURSDAY": "Donnerstag",
    "FRIDAY": "Freitag",
    "SATURDAY": "Samstag",
    "SUNDAY": "Sonntag",
    "the past stays as it was: choose an instant from now on": "das Vergangene bleibt: eine Zeit ab jetzt wählen",
    # My shifts
    "My shifts": "Meine Schichten",
    "You are away during {n} of these shifts. They pass on to somebody else only where the schedule has somebody.": (
        "Während {n} dieser Schichten sind Sie abwesend. Es übernimmt nur jemand, wo der Dienstplan jemanden hat."
    ),
    "The next {n} days": "Die nächsten {n} Tage",
    "{hours} h on call in the next {n} days": "{hours} h Bereitschaft in den nächsten {n} Tagen",
    "You have no shift in the next {n} days": "In den nächsten {n} Tagen haben Sie keine Schicht",
    "Whoever may set schedules up can plan with you.": "Wer Dienstpläne einrichten darf, kann Sie einplanen.",
    "Away": "Abwesend",
    "End it": "Beenden",
    "You are there again from now on?": "Sie sind ab jetzt wieder da?",
    "I am there": "Ich bin da",
    "Away from": "Abwesend ab",
    "Others may read it.": "Andere können es lesen.",
    "I am away": "Ich bin abwesend",
}
