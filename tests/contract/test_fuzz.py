"""Whatever is sent, we do not break: requests made from our own OpenAPI document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.fakes import Api
from tests.cast import assemble
from tocsin.kit.clock import SystemClock
from tocsin.store.database import Database

EXAMPLES = 12
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
"""A code that the document does not name counts too."""

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def api(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    path = tmp_path_factory.mktemp("fuzz") / "tocsin.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    db = Database(f"sqlite:///{path}", SystemClock())
    api = Api(assemble(db))
    api.cast.alert()
    yield api
    db.close()


def _operations(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(path, method.upper()) for path, methods in document["paths"].items() for method in methods]


def test_nothing_that_the_document_allows_or_forbids_breaks_us(api: Api) -> None:
    document = api.get("/api-docs/openapi.json")
    schema = schemathesis.openapi.from_dict(document)
    schema.app = api.app
    seen: Counter[int] = Counter()
    for path, method in sorted(_operations(document), key=lambda operation: operation[1] == "DELETE"):
        _fuzz(api, schema[path][method], seen)
    assert sum(seen[code] for code in (200, 201, 202, 204)) > len(document["paths"]), seen


def _fuzz(api: Api, operation: Any, seen: Counter[int]) -> None:
    headers = {"authorization": f"Bearer {api.keys[api.cast.ann.id]}"}

    @seed(20260302)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_cases(operation), real=st.booleans())
    def attempt(case: Any, real: bool) -> None:
        if real and "id" in case.path_parameters:
            case.path_parameters["id"] = 1
        seen[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

    attempt()


def _cases(operation: Any) -> st.SearchStrategy[Any]:
    """Requests that fit the document, and requests that do not."""
    return st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )
