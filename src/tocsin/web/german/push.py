"""Push to this device, and what a short message will look like."""

from __future__ import annotations

GERMAN: dict[str, str] = {
    "Push to this device": "Push auf dieses Gerät",
    "Tocsin can show incidents on this device even when no page is open, with buttons that answer.": "Tocsin kann Vorfälle auf diesem Gerät zeigen, auch wenn keine Seite offen ist, mit Knöpfen zum Antworten.",
    "An administrator has switched this channel off.": "Ein Administrator hat diesen Kanal abgeschaltet.",
    "This browser cannot receive pushes. On an iPhone or iPad: tap Share, then “Add to Home Screen”, open Tocsin from there, and come back to this page.": "Dieser Browser kann keine Pushs empfangen. Auf iPhone oder iPad: „Teilen“ antippen, „Zum Home-Bildschirm“ wählen, Tocsin von dort öffnen und auf diese Seite zurückkommen.",
    "This browser was told to block notifications from here. Allow them in its settings for this site, then come back.": "Dieser Browser soll Mitteilungen von hier unterdrücken. Erlauben Sie sie in seinen Einstellungen für diese Seite und kommen Sie zurück.",
    "Pushes reach this device. Your rules say when they are used.": "Pushs erreichen dieses Gerät. Ihre Regeln sagen, wann sie benutzt werden.",
    "That did not work:": "Das hat nicht geklappt:",
    "Turn on pushes": "Pushs einschalten",
    "This needs JavaScript.": "Dafür wird JavaScript gebraucht.",
    "A push can come late: batteries are saved. Keep a second way for incidents of high priority.": "Ein Push kann spät kommen: Akkus werden geschont. Behalten Sie für Vorfälle hoher Priorität einen zweiten Weg.",
    "GSM alphabet.": "GSM-Alphabet.",
    "Not in the GSM alphabet, so that 70 characters fit into a message:": "Nicht im GSM-Alphabet, sodass 70 Zeichen in eine Nachricht passen:",
    "Messages to pay for: {n}. Room left: {left}.": "Zu bezahlende Nachrichten: {n}. Noch Platz: {left}.",
    "Something had to be left out.": "Etwas musste weggelassen werden.",
    "What a page will look like, by this summary": "Wie eine Nachricht aussieht, bei dieser Zusammenfassung",
    "Disk full on db-1": "Platte voll auf db-1",
}
