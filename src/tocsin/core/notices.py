"""Short messages that are about no single incident, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Language = Literal["en", "de"]
MOST_LISTED = 10


def summary(about: Sequence[tuple[int, str]], language: Language) -> dict[str, str]:
    """Several pages told in one: the incidents (number, summary)."""
    say = _SAY[language]
    lines = [f"#{number} {text}" for number, text in about[:MOST_LISTED]]
    if len(about) > MOST_LISTED:
        lines.append(say["more"].format(count=len(about) - MOST_LISTED))
    return {"headline": say["summary"].format(count=len(about)), "text": "\n".join(lines)}


def verification(code: str, minutes: int, language: Language) -> dict[str, str]:
    """The code that proves an address."""
    say = _SAY[language]
    return {
        "headline": say["code"],
        "text": say["code text"].format(code=code, minutes=minutes),
        "code": code,
    }


def test_message(language: Language) -> dict[str, str]:
    """Somebody pressed the button."""
    say = _SAY[language]
    return {"headline": say["test"], "text": say["test text"]}


def test_page(language: Language) -> dict[str, str]:
    """The test that comes by itself, every month."""
    say = _SAY[language]
    return {"headline": say["test"], "text": say["test page"]}


def outcome(name: str, incident: str, others: Sequence[str], language: Language) -> str:
    """What came of an answer, as a sentence. `others` are the codes of incidents that are open too."""
    say = _SAY[language]
    said = say.get(name, say["REFUSED"]).format(incident=incident)
    return f"{said} {say['others'].format(codes=', '.join(others))}" if others else said


_SAY: dict[Language, dict[str, str]] = {
    "en": {
        "summary": "{count} incidents are waiting for you",
        "more": "and {count} more",
        "code": "Your code for Tocsin",
        "code text": "{code} is your code for Tocsin. It is valid for {minutes} minutes.",
        "test": "A test from Tocsin",
        "test text": "This is a test. If you can read or hear it, you can be told this way.",
        "test page": "This is your monthly test. Please answer it with 1 or open the link: "
        "so you and your team know that you can be reached.",
        "ACCEPT": "Accepted: {incident}.",
        "RESOLVE": "Resolved: {incident}.",
        "ESCALATE": "Escalated: {incident}.",
        "TESTED": "Thank you, your test has arrived.",
        "ALREADY_ACCEPTED": "Somebody has accepted it already: {incident}.",
        "ALREADY_RESOLVED": "It is resolved already: {incident}.",
        "NO_NEXT_LEVEL": "The escalation policy has no other level: {incident}.",
        "NOT_UNDERSTOOD": "Sorry, we did not understand that. Answer with 1 (acknowledge), 2 (resolve) or "
        "3 (escalate), and the number from the message if several are open.",
        "HELP": "Tocsin: 1 acknowledges, 2 resolves, 3 escalates; STOP ends these messages, START allows them again.",
        "UNKNOWN": "There is no open incident for that answer.",
        "START": "You will get these messages again. STOP ends them.",
        "REFUSED": "That was not possible: {incident}.",
        "others": "Also open: {codes}.",
    },
    "de": {
        "summary": "{count} Vorfälle warten auf Sie",
        "more": "und {count} weitere",
        "code": "Ihr Code für Tocsin",
        "code text": "{code} ist Ihr Code für Tocsin. Er gilt {minutes} Minuten.",
        "test": "Ein Test von Tocsin",
        "test text": "Dies ist ein Test. Können Sie ihn lesen oder hören, sind Sie auf diesem Weg erreichbar.",
        "test page": "Dies ist Ihr monatlicher Test. Bitte antworten Sie mit 1 oder öffnen Sie den Link: "
        "so wissen Sie und Ihr Team, dass Sie erreichbar sind.",
        "ACCEPT": "Übernommen: {incident}.",
        "RESOLVE": "Gelöst: {incident}.",
        "ESCALATE": "Eskaliert: {incident}.",
        "TESTED": "Danke, Ihr Test ist angekommen.",
        "ALREADY_ACCEPTED": "Es hat schon jemand übernommen: {incident}.",
        "ALREADY_RESOLVED": "Es ist schon gelöst: {incident}.",
        "NO_NEXT_LEVEL": "Die Eskalation hat keine andere Stufe: {incident}.",
        "NOT_UNDERSTOOD": "Das haben wir leider nicht verstanden. Bitte antworten Sie mit 1 (übernehmen), 2 (gelöst) oder "
        "3 (eskalieren), dazu die Nummer aus der Nachricht, wenn mehrere offen sind.",
        "HELP": "Tocsin: 1 übernimmt, 2 löst, 3 eskaliert; STOP beendet diese Nachrichten, START erlaubt sie wieder.",
        "UNKNOWN": "Zu dieser Antwort gibt es keinen offenen Vorfall.",
        "START": "Sie bekommen diese Nachrichten wieder. STOP beendet sie.",
        "REFUSED": "Das war nicht möglich: {incident}.",
        "others": "Auch offen: {codes}.",
    },
}
