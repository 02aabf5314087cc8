"""The words of the pages. The templates speak English; codes and German stand in tables."""

from __future__ import annotations

from markupsafe import Markup

from tocsin.core.sentences import Language
from tocsin.web.german import GERMAN

CODES = {
    "PENDING": "Pending",
    "ACCEPTED": "Accepted",
    "RESOLVED": "Resolved",
    "ESCALATED": "Escalated",
    "HIGH": "High",
    "LOW": "Low",
    "HIGH_DURING_SUPPORT_HOURS": "High during support hours, low outside",
    "LOW_DURING_SUPPORT_HOURS": "Low during support hours, high outside",
    "EMAIL": "E-mail",
    "ALERT": "Asked",
    "FALLBACK": "Asked as fallback",
    "INVITATION": "Invitation",
    "NOTICE": "Notice",
    "SUBSCRIPTION": "Subscription",
    "SUMMARY": "Summary",
    "DUTY": "Before a shift",
    "TEST": "Test",
    "VERIFICATION": "Verification",
    "SCHEDULED": "Scheduled",
    "SENDING": "Sending",
    "SENT": "Sent",
    "DELIVERED": "Delivered",
    "SEEN": "Seen",
    "ANSWERED": "Answered",
    "FAILED": "Failed",
    "CANCELLED": "Cancelled",
    "TEMPORARY": "put off",
    "PERMANENT": "refused",
    "UNKNOWN": "outcome unknown",
    "ALREADY_ACCEPTED": "was accepted already",
    "ALREADY_RESOLVED": "was resolved already",
    "NO_NEXT_LEVEL": "there was no other level",
    "STAKEHOLDER": "Stakeholder",
    "GUEST": "Guest",
    "RESPONDER": "Responder",
    "USER": "User",
    "ADMIN": "Administrator",
    "OWNER": "Owner",
    "priority:HIGH": "high priority",
    "priority:LOW": "low priority",
    "role:STAKEHOLDER": "hears of incidents and changes nothing",
    "role:GUEST": "sees their own profile only",
    "role:RESPONDER": "accepts and resolves incidents, changes their own duty",
    "role:USER": "also sets up sources, schedules and policies",
    "role:ADMIN": "also manages people, channels and the system",
    "role:OWNER": "may do everything; exactly one person",
    "BOUNCED": "mail comes back",
    "UNSUBSCRIBED": "unsubscribed",
    "MONDAY": "Monday",
    "TUESDAY": "Tuesday",
    "WEDNESDAY": "Wednesday",
    "THURSDAY": "Thursday",
    "FRIDAY": "Friday",
    "SATURDAY": "Saturday",
    "SUNDAY": "Sunday",
    "changed:ACCEPTED": "when somebody accepts",
    "changed:ESCALATED": "when it is escalated",
    "changed:RESOLVED": "when it is resolved",
    "PHONE": "Telephone",
    "SMS": "SMS",
    "VOICE": "Phone call",
    "PUSH": "Push",
    "TELEGRAM": "Telegram",
    "SLACK": "Slack",
    "WHATSAPP": "WhatsApp",
    "TEAMS": "Microsoft Teams",
    "MATTERMOST": "Mattermost",
    "MATRIX": "Matrix",
    "CHAT": "Chat",
    "UNPROVEN": "not proven",
    "DISABLED": "Off",
    "ALL_RESOLVED": "All resolved",
    "HEALTHY": "Healthy",
    "OVERDUE": "Overdue",
    "ONE_INCIDENT_PER_EMAIL": "every time, unless its key belongs to an open one",
    "ONE_INCIDENT_PER_EMAIL_SUBJECT": "when none with the same summary is open",
    "ONE_PENDING_INCIDENT_ALLOWED": "when none waits for an answer",
    "ONE_OPEN_INCIDENT_ALLOWED": "when none is open",
    "effect:OPEN": "opened",
    "effect:APPEND": "appended",
    "effect:ACCEPT": "accepted",
    "effect:RESOLVE": "resolved",
    "effect:COMMENT": "commented",
    "effect:DROP": "dropped",
    "effect:REJECT": "not readable",
    "said:saved": "Saved.",
    "said:created": "Created.",
    "said:deleted": "Deleted.",
    "said:sent": "Sent.",
    "said:done": "Done.",
    "said:revoked": "Revoked: it stopped working just now.",
    "said:invited": "Invited: the mail with the link is on its way.",
}
"""What codes are called."""


def translate(language: Language, text: str, **values: object) -> str:
    """`text` in the language, with its {blanks} filled in; markup in a value stays markup."""
    said = CODES.get(text, text)
    if language == "de":
        said = GERMAN.get(text, said)
    if not values:
        return said
    if any(isinstance(value, Markup) for value in values.values()):
        return Markup.escape(said).format(**values)
    return said.format(**values)
