"""People: who there is, and one's own profile."""

from __future__ import annotations

GERMAN: dict[str, str] = {
    "Invite somebody": "Jemanden einladen",
    "Invite": "Einladen",
    "They get a mail with a link, and choose a password.": "Es kommt eine Mail mit einem Link, dort wird ein Passwort gewählt.",
    "Search by name or address": "Nach Name oder Adresse suchen",
    "Role": "Rolle",
    "Asked by": "Gefragt von",
    "Can be reached": "Erreichbar",
    "no policy": "keiner Eskalation",
    "No name or address contains “{wanted}”.": "Kein Name und keine Adresse enthält „{wanted}“.",
    "For signing in, and the first address that incidents are sent to.": (
        "Zum Anmelden, und die erste Adresse, an die Vorfälle gehen."
    ),
    "Language": "Sprache",
    "Time zone": "Zeitzone",
    "Position": "Position",
    "Department": "Abteilung",
    "Your profile": "Ihr Profil",
    "Send a new link": "Neuen Link senden",
    "{name} gets a mail with a link, by which a new password is chosen.": (
        "{name} bekommt eine Mail mit einem Link, über den ein neues Passwort gewählt wird."
    ),
    "Send the link": "Link senden",
    "On duty by": "Dienst laut",
    "These ask or plan with {name}. Take the name out first:": (
        "Diese fragen {name} oder planen damit. Bitte den Namen erst herausnehmen:"
    ),
    "Delete {name}? Sessions and API keys end at once. What happened stays readable.": (
        "{name} löschen? Sitzungen und API-Schlüssel enden sofort. Was geschah, bleibt lesbar."
    ),
    "Delete the person": "Person löschen",
    "Your new API key. It is shown only this once:": "Ihr neuer API-Schlüssel. Er wird nur dieses eine Mal gezeigt:",
    "API key": "API-Schlüssel",
    "Addresses": "Adressen",
    "There is no address: nobody can tell {name} anything.": (
        "Es gibt keine Adresse: {name} ist durch nichts zu benachrichtigen."
    ),
    "How incidents are told": "Wie Vorfälle gemeldet werden",
    "When an incident of high priority is assigned": "Wenn ein Vorfall hoher Priorität zugewiesen wird",
    "When an incident of low priority is assigned": "Wenn ein Vorfall niedriger Priorität zugewiesen wird",
    "no rule: every address that works is told at once": "keine Regel: sofort an jede Adresse, die funktioniert",
    "nothing is sent": "es wird nichts gesendet",
    "API keys": "API-Schlüssel",
    "made {time}": "angelegt {time}",
    "last used {age} ago": "zuletzt benutzt vor {age}",
    "never used": "nie benutzt",
    "Revoke": "Widerrufen",
    "Revoke the key “{name}”? What uses it stops working at once.": (
        "Den Schlüssel „{name}“ widerrufen? Was ihn nutzt, geht sofort nicht mehr."
    ),
    "Revoke the key": "Schlüssel widerrufen",
    "No keys.": "Keine Schlüssel.",
    "What the key is for": "Wofür der Schlüssel ist",
    "Make a key": "Schlüssel anlegen",
    "The present one": "Das jetzige",
    "A new one": "Ein neues",
    "At least {n} characters. Every other session ends.": "Mindestens {n} Zeichen. Alle anderen Sitzungen enden.",
    "Change the password": "Passwort ändern",
    "no": "nein",
    "yes": "ja",
    "not proven": "nicht bestätigt",
    "proven": "bestätigt",
    "BOUNCED": "nicht zustellbar",
    "UNSUBSCRIBED": "abbestellt",
    "after {n} minutes without an answer": "nach {n} Minuten ohne Antwort",
    "a name is missing": "ein Name fehlt",
    "write a name like Europe/Berlin": "einen Namen wie Europe/Berlin",
    "somebody has this address already": "diese Adresse hat schon jemand",
    "this is not your password": "das ist nicht Ihr Passwort",
    "say what it is for": "bitte sagen, wofür er ist",
    "your role does not allow you to give this role": "Ihre Rolle erlaubt nicht, diese zu geben",
    "role:STAKEHOLDER": "erfährt von Vorfällen, ohne etwas zu ändern",
    "role:GUEST": "sieht nur das eigene Profil",
    "role:RESPONDER": "übernimmt und löst Vorfälle, ändert den eigenen Dienst",
    "role:USER": "richtet außerdem Quellen, Dienstpläne und Eskalationen ein",
    "role:ADMIN": "verwaltet außerdem Leute, Kanäle und das System",
    "role:OWNER": "darf alles; genau eine Person",
}
