"""Parameters that many routes share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from annotated_types import Ge, Le
from fastapi import Depends, Path, Query
from pydantic import AfterValidator, BeforeValidator

from tocsin.api.call import Calling
from tocsin.kit.errors import NotFound
from tocsin.kit.value import MaxLen, value
from tocsin.languages import Language as Spoken
from tocsin.store import documents, people
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS

LARGEST = 2**63 - 1
Number = Annotated[int, Ge(0), Le(LARGEST)]
Id = Annotated[Number, Path(alias="id")]
Reference = Annotated[str, Path(alias="id", max_length=255)]
"""An id, or another name by which the resource is known."""
_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _plus(text: object) -> object:
    """In a query an unescaped `+` of an offset arrives as a space."""
    return text.strip().replace(" ", "+") if isinstance(text, str) and "T" in text else text


def _sane(instant: datetime) -> datetime:
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    if not _FIRST <= instant <= _LAST:
        raise ValueError("the instant must lie between 1971 and 2200")
    return instant.astimezone(UTC)


Instant = Annotated[datetime, BeforeValidator(_plus), AfterValidator(_sane)]


@value
class Page:
    """Which part of a list."""

    start: int
    count: int


async def _page(
    start: Annotated[Number, Query(alias="start-index", description="How many to leave out")] = 0,
    count: Annotated[
        int, Ge(1), Le(100), Query(alias="max-results", description="How many at the most")
    ] = 50,
) -> Page:
    return Page(start=start, count=count)


Paging = Annotated[Page, Depends(_page)]


async def _page_of_20(
    start: Annotated[Number, Query(alias="start-index", description="How many to leave out")] = 0,
    count: Annotated[int, Ge(1), Le(20), Query(alias="max-results", description="How many at the most")] = 20,
) -> Page:
    return Page(start=start, count=count)


PagingBy20 = Annotated[Page, Depends(_page_of_20)]


async def _page_up_to_250(
    start: Annotated[Number, Query(alias="start-index", description="How many to leave out")] = 0,
    count: Annotated[
        int, Ge(1), Le(250), Query(alias="max-results", description="How many at the most")
    ] = 50,
) -> Page:
    return Page(start=start, count=count)


PagingUpTo250 = Annotated[Page, Depends(_page_up_to_250)]


async def _language(
    lng: Annotated[Spoken | None, Query()] = None,
    lang: Annotated[Spoken | None, Query()] = None,
    language: Annotated[Spoken | None, Query()] = None,
) -> Spoken:
    return lng or lang or language or "en"


Language = Annotated[Spoken, Depends(_language)]


@value
class Count:
    """How many."""

    count: int


@value
class IdRef:
    """Something, by its id."""

    id: Annotated[int, Ge(0)]


ShortText = Annotated[str, MaxLen(255)]


def number_in(reference: str) -> int | None:
    """The id that a reference spells, None when it is a name."""
    if not (reference.isascii() and reference.isdigit()):
        return None
    number = int(reference) if len(reference) < 30 else LARGEST + 1
    if number > LARGEST:
        raise NotFound(f"there is nothing with the id {reference}")
    return number


def user_id(tx: Transaction, reference: str, call: Calling | None = None) -> int:
    """The id behind a user's id, user name, or `current`. Raises NotFound."""
    if reference == "current" and call is not None:
        return call.caller.user_id
    number = number_in(reference)
    if number is not None:
        if documents.many(tx, USERS, (number,), deleted=False):
            return number
    else:
        found = people.by_login(tx, reference)
        if found:
            return found[0].id
    raise NotFound(f"there is no user {reference!r}")
