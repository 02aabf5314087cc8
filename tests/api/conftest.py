"""The API over both databases."""

from __future__ import annotations

import pytest

from tests.api.fakes import Api
from tests.cast import Cast, assemble
from tocsin.store.database import Database


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


@pytest.fixture
def api(cast: Cast) -> Api:
    return Api(cast)
