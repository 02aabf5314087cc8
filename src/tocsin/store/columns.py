"""How our values lie in both databases: instants as BIGINT microseconds, JSON as text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.kit.clock import from_micros, to_micros
from tocsin.kit.value import dumps, loads


class Instant(sa.TypeDecorator[datetime]):
    """An aware UTC instant, stored as microseconds since 1970."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        """Instant to microseconds."""
        del dialect
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        """Microseconds to instant."""
        del dialect
        return None if value is None else from_micros(value)


class Json(sa.TypeDecorator[Any]):
    """Plain JSON data, stored as compact text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Data to text; text that is JSON already passes through."""
        del dialect
        return value if value is None or isinstance(value, str) else dumps(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """Text to data."""
        del dialect
        return None if value is None else loads(value)
