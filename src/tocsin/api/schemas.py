"""The schemas of what the routes read and answer, made once each.

pydantic makes the schema of a value class anew wherever one is used, and reads its source for the
field documentation each time: with a hundred routes that was most of the time it took to start.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter


def prepare(endpoint: Callable[..., Any]) -> None:
    """Make the schemas of every value class in the signature of `endpoint`, the innermost first."""
    for hint in get_type_hints(endpoint, include_extras=True).values():
        _prepare(hint)


def _prepare(kind: Any) -> None:
    for inner in get_args(kind):
        _prepare(inner)
    if not (
        isinstance(kind, type) and dataclasses.is_dataclass(kind) and "__pydantic_config__" in vars(kind)
    ):
        return
    if "__pydantic_core_schema__" in vars(kind):
        return
    for hint in get_type_hints(kind, include_extras=True).values():
        _prepare(hint)
    # Where pydantic looks for a schema that is there already.
    kind.__pydantic_core_schema__ = TypeAdapter(kind).core_schema  # type: ignore[attr-defined]
