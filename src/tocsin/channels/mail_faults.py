"""Which refusals mean that the address itself is wrong.

Such an address is not used again until somebody mends it, so only what is plain counts:
a spam filter's, a quota's or a login's refusal must never silence a person.
"""

from __future__ import annotations

import re

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_NO_SUCH_USER = re.compile(
    r"(no such|unknown|invalid|non-?existent) (local )?(user|recipient|mailbox|address|account)"
    r"|(user|recipient|mailbox|address|account)( name)?( is)? (unknown|not found|invalid)"
    r"|(user|recipient|mailbox|address|account|<[^<>\s]+>):? (does not|doesn't|doesn’t) exist",
    re.IGNORECASE,
)


def enhanced_code(text: str) -> str:
    """The first enhanced status code (RFC 3463) in a server's words: `5.1.1`, or ""."""
    found = _ENHANCED.search(text)
    return found.group(0) if found else ""


def is_address_fault(code: int, text: str) -> bool:
    """Whether a reply says that there is no such mailbox, or that it is closed for good."""
    if code // 100 != 5:
        return False
    status = enhanced_code(text)
    if status and not status.startswith("5.0."):
        return is_address_status(status)
    return code in (551, 553) or (code in (550, 554) and _NO_SUCH_USER.search(text) is not None)


def is_address_status(status: str) -> bool:
    """Whether an enhanced code is about the recipient's address: 5.1.x and 5.2.1 (mailbox disabled).

    Except 5.1.7 and 5.1.8: those are about the sender's.
    """
    return (status.startswith("5.1.") and status not in ("5.1.7", "5.1.8")) or status == "5.2.1"
