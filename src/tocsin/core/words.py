"""What happened to an incident, in sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from tocsin.core.people import Actor

Language = Literal["en", "de"]


def log_text(
    kind: str, by: Actor, said: Mapping[str, Any], names: Mapping[int, str], language: Language = "en"
) -> str:
    """One line of a timeline. `said` are the entry's variables, `names` the users they mention.

    A type that nobody wrote words for is shown by its name, so that nothing is hidden.
    """
    template = LOG_WORDS[language].get(kind, kind)
    words: dict[str, Any] = {name: _shown(value) for name, value in said.items()}
    words["by"] = by.name or SMALL_WORDS[language]["SOURCE" if by.kind == "SOURCE" else "SYSTEM"]
    words["users"] = _people(said.get("users"), names, language)
    for name in ("answer", "reason"):
        words[name] = SMALL_WORDS[language].get(str(said.get(name, "")), str(said.get(name, "")))
    detail = str(said.get("detail") or "")
    words["detail"] = f" ({detail})" if detail else ""
    words["because"] = f": {words['reason']}" if words["reason"] else ""
    return template.format_map(_Lenient(words))


def log_users(said: Mapping[str, Any]) -> tuple[int, ...]:
    """The users that an entry's variables mention."""
    found = said.get("users")
    return tuple(i for i in found if isinstance(i, int)) if isinstance(found, list | tuple) else ()


class _Lenient(dict[str, Any]):
    """An entry written by another release may lack a variable."""

    def __missing__(self, name: str) -> str:
        return "?"


def _shown(value: Any) -> str:
    return str(value)


def _people(found: Any, names: Mapping[int, str], language: Language) -> str:
    ids = log_users({"users": found})
    return ", ".join(names.get(i, f"#{i}") for i in ids) or SMALL_WORDS[language]["nobody"]


LOG_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "AlertReceived": "Event received: {summary}",
        "AlertSourceResponse": "{answer} by {by}",
        "CommentAdded": "{by} commented: {text}",
        "ConnectionFailed": "{connection} could not be told{because}",
        "ConnectionSucceeded": "{connection} was told",
        "EscalatedToLevel": "Escalated to level {level} by {by}",
        "EscalationEnded": "The escalation policy has ended and nobody accepted",
        "FallbackTold": "Nobody of the policy could be told, so the fallback was: {users}",
        "HeartbeatOverdue": "The heartbeat is overdue",
        "HeartbeatResolved": "The heartbeat was heard again",
        "IncidentAssignedBySystem": "Level {level}: assigned to {users}",
        "IncidentAssignedByUser": "Assigned to {users} by {by}",
        "IncidentAssignedToPolicy": "Assigned to the escalation policy {policy} by {by}",
        "IncidentAutoResolved": "Resolved automatically after its time",
        "IncidentCreatedByUser": "Created by {by}",
        "IncidentRaisedBySystem": "The priority was raised to high",
        "IncidentRaisedByUser": "The priority was raised to high by {by}",
        "ResponderAdded": "{users} asked too, by {by}",
        "LevelReachedNobody": "Level {level} reached nobody{because}",
        "LastResortTold": "Nobody accepted, so the policy's last resort was told: {users}",
        "NobodyOnCall": "Level {level}: nobody is on call by {schedule}{because}{detail}",
        "NobodyTold": "Nobody could be told: not by the policy and not by the fallback",
        "NotTold": "{users} was not told: {reason}{detail}",
        "UserResponse": "{answer} by {by}",
    },
    "de": {
        "AlertReceived": "Ereignis empfangen: {summary}",
        "AlertSourceResponse": "{answer} durch {by}",
        "CommentAdded": "{by} schrieb: {text}",
        "ConnectionFailed": "{connection} konnte nicht benachrichtigt werden{because}",
        "ConnectionSucceeded": "{connection} wurde benachrichtigt",
        "EscalatedToLevel": "Von {by} auf Stufe {level} eskaliert",
        "EscalationEnded": "Die Eskalation ist zu Ende, niemand hat übernommen",
        "FallbackTold": "Aus der Eskalation war niemand zu erreichen, darum benachrichtigt: {users}",
        "HeartbeatOverdue": "Das Lebenszeichen ist überfällig",
        "HeartbeatResolved": "Das Lebenszeichen ist wieder da",
        "IncidentAssignedBySystem": "Stufe {level}: zugewiesen an {users}",
        "IncidentAssignedByUser": "Von {by} zugewiesen an {users}",
        "IncidentAssignedToPolicy": "Von {by} der Eskalation {policy} zugewiesen",
        "IncidentAutoResolved": "Nach Ablauf der Frist selbsttätig gelöst",
        "IncidentCreatedByUser": "Angelegt von {by}",
        "IncidentRaisedBySystem": "Die Priorität wurde auf hoch gesetzt",
        "IncidentRaisedByUser": "Die Priorität wurde von {by} auf hoch gesetzt",
        "ResponderAdded": "{users} wurde von {by} dazugeholt",
        "LevelReachedNobody": "Stufe {level} hat niemanden erreicht{because}",
        "LastResortTold": "Niemand hat übernommen, darum als Letzte benachrichtigt: {users}",
        "NobodyOnCall": "Stufe {level}: nach {schedule} hat niemand Bereitschaft{because}{detail}",
        "NobodyTold": "Niemand konnte benachrichtigt werden, weder aus der Eskalation noch ersatzweise",
        "NotTold": "{users} wurde nicht benachrichtigt: {reason}{detail}",
        "UserResponse": "{answer} von {by}",
    },
}
"""A sentence for every type of entry that is written. Keys: see core.incidents.Log."""

SMALL_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "SYSTEM": "Tocsin",
        "SOURCE": "the alert source",
        "nobody": "nobody",
        "ACCEPTED": "Accepted",
        "RESOLVED": "Resolved",
        "NO_CONTACT": "there is no address for it",
        "CONTACT_UNUSABLE": "the address cannot be used",
        "MUTED": "muted their notifications",
        "NO_RULE_CHOSEN": "chose not to be told of low priority",
        "USER_MISSING": "the user was deleted",
        "ABSENT": "is absent",
        "SCHEDULE_MISSING": "the schedule was deleted",
        "SCHEDULE_BROKEN": "the schedule cannot be read",
    },
    "de": {
        "SYSTEM": "Tocsin",
        "SOURCE": "die Alarmquelle",
        "nobody": "niemand",
        "ACCEPTED": "Übernommen",
        "RESOLVED": "Gelöst",
        "NO_CONTACT": "dafür ist keine Adresse hinterlegt",
        "CONTACT_UNUSABLE": "die Adresse ist nicht verwendbar",
        "MUTED": "hat Benachrichtigungen stumm geschaltet",
        "NO_RULE_CHOSEN": "will bei niedriger Priorität nicht benachrichtigt werden",
        "USER_MISSING": "der Benutzer wurde gelöscht",
        "ABSENT": "ist abwesend",
        "SCHEDULE_MISSING": "der Plan wurde gelöscht",
        "SCHEDULE_BROKEN": "der Plan ist nicht lesbar",
    },
}
