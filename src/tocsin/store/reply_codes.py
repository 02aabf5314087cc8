"""The short numbers by which incidents are answered from a telephone."""

from __future__ import annotations

import sqlalchemy as sa

from tocsin.store.database import Transaction
from tocsin.store.tables import conversations, incidents, reply_codes

CODED = ("SMS", "WHATSAPP")
"""Methods by which people answer in words: there a short code says which incident is meant."""
_T = reply_codes


def code_for(tx: Transaction, address: str, incident_id: int) -> int:
    """The code of an incident at an address: the one it has, else the smallest that no open incident has."""
    rows = tx.all(
        sa.select(_T.c.code, _T.c.incident_id, incidents.c.status)
        .join(incidents, incidents.c.id == _T.c.incident_id)
        .where(_T.c.address == address)
    )
    for row in rows:
        if row.incident_id == incident_id:
            return int(row.code)
    over = [row.code for row in rows if row.status == "RESOLVED"]
    if over:
        tx.run(sa.delete(_T).where(_T.c.address == address, _T.c.code.in_(over)))
    taken = {row.code for row in rows} - set(over)
    code = next(n for n in range(1, len(taken) + 2) if n not in taken)
    tx.run(sa.insert(_T), {"address": address, "code": code, "incident_id": incident_id})
    return code


def incident_of(tx: Transaction, address: str, code: int) -> int | None:
    """The incident that a code means at an address."""
    found: int | None = tx.scalar(
        sa.select(_T.c.incident_id).where(_T.c.address == address, _T.c.code == code)
    )
    return found


def open_codes(tx: Transaction, address: str, but: int) -> list[int]:
    """The codes of incidents that nobody has accepted yet, without that of the incident `but`."""
    query = (
        sa.select(_T.c.code)
        .join(incidents, incidents.c.id == _T.c.incident_id)
        .where(_T.c.address == address, incidents.c.status == "PENDING", incidents.c.id != but)
        .order_by(_T.c.code)
    )
    return [row.code for row in tx.all(query)]


def misunderstood(tx: Transaction, address: str) -> int:
    """Count one more answer that we did not understand; how many that makes in a row."""
    here = conversations.c.address == address
    count: int | None = tx.scalar(
        sa.update(conversations)
        .where(here)
        .values(misunderstood=conversations.c.misunderstood + 1)
        .returning(conversations.c.misunderstood)
    )
    if count is None:
        count = 1
        tx.run(sa.insert(conversations), {"address": address, "misunderstood": count})
    return count


def understood(tx: Transaction, address: str) -> None:
    """The person can be talked with: begin counting anew."""
    tx.run(sa.delete(conversations).where(conversations.c.address == address))
