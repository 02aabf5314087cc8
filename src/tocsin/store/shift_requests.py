"""Requests for somebody to take shifts: stored, answered, and each side told."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from tocsin.core import duty_words
from tocsin.core.notifying import quietly
from tocsin.core.on_call import Roster
from tocsin.core.people import BYSTANDERS
from tocsin.core.shift_requests import Answer, ShiftRequest, answered, requested, shown
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import decode, encode, replace
from tocsin.languages import msgid
from tocsin.store import documents, people, replacing, schedules, telling
from tocsin.store.database import Row, Transaction
from tocsin.store.kinds import SCHEDULES
from tocsin.store.tables import shift_requests

MOST_PENDING = 100
"""Requests of one person that wait for an answer."""
MOST_SHOWN = 500
PAGE = "/on-call/mine/requests"
"""Where requests are shown and answered."""


def create(tx: Transaction, wanted: ShiftRequest) -> ShiftRequest:
    """Ask a colleague, who is told. Raises BadInput."""
    rosters = _rosters(tx, wanted)
    request = requested(wanted, rosters, tx.now)
    colleague = people.load(tx, (request.colleague.id,)).get(request.colleague.id)
    if colleague is None or colleague.role in BYSTANDERS:
        raise BadInput.at("colleague.id", msgid("there is no such user who can be on call"))
    waiting = sa.and_(
        shift_requests.c.requester_id == request.requester.id, shift_requests.c.state == "PENDING"
    )
    if int(tx.scalar(sa.select(sa.func.count()).select_from(shift_requests).where(waiting))) >= MOST_PENDING:
        raise BadInput.at("", f"{MOST_PENDING} of your requests wait for an answer: cancel some")
    request = replace(request, id=tx.next_id("shift_requests"))
    tx.run(sa.insert(shift_requests), {**_row(tx, request), "id": request.id, "created_at": tx.now})
    _tell(tx, request, request.colleague.id)
    return request


def answer(tx: Transaction, request_id: int, given: Answer, by: int) -> ShiftRequest:
    """Accept, decline or cancel; the other side is told. Raises NotFound, Refused."""
    query = sa.select(shift_requests).where(shift_requests.c.id == request_id).with_for_update()
    request = _theirs(tx.first(query), request_id, by)
    outcome = answered(request, given, by, _rosters(tx, request), tx.now)
    for schedule_id, override in outcome.overrides:
        replacing.override(tx, schedule_id, override, by)
    same = shift_requests.c.id == request_id
    tx.run(sa.update(shift_requests).where(same).values(_row(tx, outcome.request)))
    _tell(tx, outcome.request, outcome.tell)
    return outcome.request


def one(tx: Transaction, request_id: int, user_id: int) -> ShiftRequest:
    """A request of, or to, this user. Raises NotFound."""
    row = tx.first(sa.select(shift_requests).where(shift_requests.c.id == request_id))
    return _theirs(row, request_id, user_id)


def of_user(tx: Transaction, user_id: int) -> list[ShiftRequest]:
    """The requests of, and to, a user: those that wait, and those answered in the last day. Newest first."""
    return [request for request in history(tx, user_id) if shown(request, tx.now)]


def history(tx: Transaction, user_id: int, limit: int = MOST_SHOWN) -> list[ShiftRequest]:
    """The last requests of, and to, a user, however long ago they were answered. Newest first."""
    mine = sa.or_(shift_requests.c.requester_id == user_id, shift_requests.c.colleague_id == user_id)
    query = sa.select(shift_requests).where(mine).order_by(shift_requests.c.id.desc()).limit(limit)
    return [_request(row) for row in tx.all(query)]


def _theirs(row: Row | None, request_id: int, user_id: int) -> ShiftRequest:
    if row is None or user_id not in (row.requester_id, row.colleague_id):
        raise NotFound(f"there is no request of yours with the id {request_id}")
    return _request(row)


def _rosters(tx: Transaction, request: ShiftRequest) -> Mapping[int, Roster]:
    ids = {part.schedule_id for part in (*request.shifts, *request.in_return)}
    rotas, _ = schedules.load(tx, ids, tx.now)
    return {number: Roster(rota) for number, rota in rotas.items()}


def _tell(tx: Transaction, request: ShiftRequest, user_id: int) -> None:
    everybody = people.load(tx, (request.requester.id, request.colleague.id))
    if user_id not in everybody:
        return
    ids = {part.schedule_id for part in (*request.shifts, *request.in_return)}
    names = {i: schedule.name for i, schedule in documents.many(tx, SCHEDULES, ids).items()}
    headline, text = duty_words.request(request, everybody, names, everybody[user_id])
    words = telling.Words(headline=headline, text=text, path=PAGE)
    telling.tell(tx, "NOTICE", words, quietly(everybody[user_id], tx.now))


def _row(tx: Transaction, request: ShiftRequest) -> dict[str, object]:
    return {
        "requester_id": request.requester.id,
        "colleague_id": request.colleague.id,
        "state": request.state,
        "body": encode(ShiftRequest, request),
        "changed_at": tx.now,
    }


def _request(row: Row) -> ShiftRequest:
    return replace(decode(ShiftRequest, row.body), id=row.id)
