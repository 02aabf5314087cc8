"""Public holidays as exceptions of support hours, from the tables of the library `holidays`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from tocsin.core.support_hours import MAX_EXCEPTIONS, SupportException, SupportHours
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, replace, value

MAX_YEARS = 10


@value
class HolidayImport:
    """Whose public holidays become exceptions."""

    country: Annotated[str, MaxLen(10)]
    """An ISO 3166 code: DE."""
    subdivision: Annotated[str, MaxLen(20)] | None = None
    """A part of it, by the second half of its ISO 3166-2 code: BY."""
    years: Annotated[tuple[Annotated[int, Ge(1971), Le(2199)], ...], MinLen(1), MaxLen(MAX_YEARS)]
    language: Annotated[str, MaxLen(10)] | None = None
    """Of the names, if there are any in it: de."""


def holidays_of(
    country: str, subdivision: str | None, years: Iterable[int], language: str | None = None
) -> tuple[SupportException, ...]:
    """The public holidays of a country, or a part of it, in these years. Raises BadInput for an unknown one.

    Names come in English, or the `language` if the library has it.
    """
    import holidays  # noqa: PLC0415 - its tables take longer to load than the rest of a start

    known = holidays.list_supported_countries()
    country = country.strip().upper()
    if country not in known:
        raise BadInput.at("country", f"{country!r} is no country we have holidays for: use a code such as DE")
    if subdivision and subdivision not in known[country]:
        among = ", ".join(known[country]) or "none"
        raise BadInput.at("subdivision", f"{subdivision!r} is no part of {country}; there are: {among}")
    spoken = holidays.list_localized_countries().get(country, [])
    wanted = (each for each in (language, "en_US", "en") if each)
    chosen = next(
        (full for want in wanted for full in spoken if full == want or full.startswith(f"{want}_")), None
    )
    found = holidays.country_holidays(country, subdiv=subdivision, years=set(years), language=chosen)
    return tuple(
        SupportException(name=name[:255], start=day, end=day, support_status="OUTSIDE")
        for day, name in sorted(found.items())
    )


def with_holidays(hours: SupportHours, found: Iterable[SupportException]) -> SupportHours:
    """The hours with exceptions for holidays; days that are an exception already stay as they are.

    Raises BadInput when there are too many.
    """
    taken = [(each.start, each.end) for each in hours.exceptions]
    fresh = [day for day in found if not any(start <= day.start <= end for start, end in taken)]
    exceptions = (*hours.exceptions, *fresh)
    if len(exceptions) > MAX_EXCEPTIONS:
        raise BadInput.at("years", f"support hours have {MAX_EXCEPTIONS} exceptions at the most")
    return replace(hours, exceptions=exceptions)
