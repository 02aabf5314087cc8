"""Channels, addresses and rules."""

from __future__ import annotations

GERMAN: dict[str, str] = {
    "SMS": "SMS",
    "VOICE": "Anruf",
    "PUSH": "Push",
    "TELEGRAM": "Telegram",
    "SLACK": "Slack",
    "WHATSAPP": "WhatsApp",
    "TEAMS": "Microsoft Teams",
    "MATTERMOST": "Mattermost",
    "MATRIX": "Matrix",
    "CHAT": "Chat",
    "UNPROVEN": "nicht bestätigt",
    "PHONE": "Telefon",
    "changed:ACCEPTED": "wenn jemand übernimmt",
    "changed:ESCALATED": "wenn eskaliert wird",
    "changed:RESOLVED": "wenn gelöst wird",
    "Channels": "Kanäle",
    "Add a provider": "Anbieter hinzufügen",
    "Another provider": "Anderer Anbieter",
    "Providers carry text messages, calls, pushes and chats. E-mail needs none: it goes through the mail server of the settings.": (
        "Anbieter tragen Textnachrichten, Anrufe, Push und Chats. E-Mail braucht keinen: sie geht über den Mailserver."
    ),
    "tried from top to bottom": "von oben nach unten versucht",
    "Off": "Aus",
    "waits until {time}": "wartet bis {time}",
    "in use": "in Gebrauch",
    "In use": "In Gebrauch",
    "Test": "Testen",
    "First": "Zuerst",
    "Delete “{name}”? What it was to send goes to the next of its channel.": (
        "„{name}“ löschen? Was er senden sollte, geht an den nächsten des Kanals."
    ),
    "Delete the provider": "Anbieter löschen",
    "No provider yet": "Noch kein Anbieter",
    "Without one, people are told by e-mail only.": "Ohne einen wird nur per E-Mail benachrichtigt.",
    "Where the provider reports deliveries and answers. It is a secret.": (
        "Wohin der Anbieter Zustellungen und Antworten meldet. Das ist geheim."
    ),
    "If no delivery report comes within": "Kommt kein Zustellbericht binnen",
    "the next provider of the channel tries. 0: for ever.": "versucht es der nächste Anbieter des Kanals. 0: nie.",
    "seconds": "Sekunden",
    "One a line, as Name: value.": "Eines je Zeile, als Name: Wert.",
    "write seconds, at most 3600": "Sekunden, höchstens 3600",
    "Prove": "Bestätigen",
    "Send a code": "Code senden",
    "The code that came": "Der Code, der kam",
    "Confirm": "Bestätigen",
    "Remove {address}? Rules that name it go too.": "{address} entfernen? Regeln, die sie nennen, gehen mit.",
    "Remove it": "Entfernen",
    "Add an address": "Adresse hinzufügen",
    "Add it": "Hinzufügen",
    "A code is sent there. It is used as soon as the code came back.": (
        "Dorthin geht ein Code. Benutzt wird sie, sobald er zurückkam."
    ),
    "muted until {time}": "stumm bis {time}",
    "When others change an incident that was told": "Wenn andere einen gemeldeten Vorfall ändern",
    "Before a shift": "Vor einer Schicht",
    "Change": "Änderung",
    "By which way": "Auf welchem Weg",
    "minutes before the shift": "Minuten vor der Schicht",
    "minutes later, without an answer": "Minuten später, ohne Antwort",
    "{n} minutes before": "{n} Minuten vorher",
    "when it begins": "wenn sie beginnt",
    "Quiet": "Ruhe",
    "Ring again": "Wieder klingeln",
    "Tell me nothing for": "Nichts melden für",
    "Mute": "Stumm",
    "Levels that ask only muted people are passed over at once. The fallback is told all the same.": (
        "Stufen, die nur Stumme fragen, werden sofort übergangen. Der Ersatz wird trotzdem benachrichtigt."
    ),
    "this is not the code that was sent": "das ist nicht der gesendete Code",
    "it was wrong too often: ask for a new code": "zu oft falsch: bitte einen neuen Code anfordern",
    "it is no longer valid: ask for a new code": "nicht mehr gültig: bitte einen neuen Code anfordern",
    "this is no address that this channel can send to": "an diese Adresse kann der Kanal nicht senden",
    "choose a way": "einen Weg wählen",
    "write minutes, at most 1440": "Minuten, höchstens 1440",
    "choose a change": "eine Änderung wählen",
    "you have no address that this provider can send to: add one to your profile": (
        "Sie haben keine Adresse, an die dieser Anbieter senden kann: bitte im Profil eine anlegen"
    ),
    "the provider is switched off": "der Anbieter ist ausgeschaltet",
}
