"""One declaration per thing.

A class marked `@value` is at once the immutable domain value, its JSON codec, its camelCase
wire model and its OpenAPI schema; the string under a field is that field's documentation.
Building one in code costs what a dataclass costs; only `decode` checks types.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, cast, dataclass_transform

import pydantic_core
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.schema_words import problems

__all__ = [
    "Ge",
    "Le",
    "MaxLen",
    "MinLen",
    "decode",
    "decode_json",
    "encode",
    "field",
    "named",
    "replace",
    "value",
]

T = TypeVar("T")

field = dataclasses.field
replace = dataclasses.replace


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(dataclasses.field,))
def value(cls: type[T]) -> type[T]:
    """Make `cls` a frozen, keyword-only dataclass with a camelCase JSON form.

    Unknown JSON fields are ignored, wrong types refused with the field's path.
    """
    config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", use_attribute_docstrings=True
    )
    cls.__pydantic_config__ = config  # type: ignore[attr-defined]
    return dataclasses.dataclass(frozen=True, kw_only=True, slots=True)(cls)


def named(name: str) -> Any:
    """What a field is called in JSON when that is no Python name, such as `from`."""
    return Field(alias=name)


BOM = b"\xef\xbb\xbf"
"""What tools on Windows put before their JSON; a reader may skip it (RFC 8259, 8.1)."""

_adapters: dict[Any, TypeAdapter[Any]] = {}


def adapter(kind: Any) -> TypeAdapter[Any]:
    """The codec of a value class, or of any type built from them."""
    known = _adapters.get(kind)
    if known is None:
        known = _adapters[kind] = TypeAdapter(kind)
    return known


def decode(kind: type[T], data: object) -> T:
    """Read parsed JSON as `kind`. Raises BadInput naming every wrong field by its path."""
    try:
        return cast("T", adapter(kind).validate_python(data))
    except ValidationError as wrong:
        raise _refused(wrong) from None


def decode_json(kind: type[T], text: str | bytes) -> T:
    """Read JSON text as `kind`. Raises BadInput for text that is not JSON, and as `decode` does."""
    try:
        return cast("T", adapter(kind).validate_json(_unmarked(text)))
    except ValidationError as wrong:
        raise _refused(wrong) from None


def encode(kind: type[T], thing: T, without: set[str] | None = None) -> Any:
    """The JSON form of `thing`: camelCase names, absent fields left out, and those `without`."""
    return adapter(kind).dump_python(thing, mode="json", by_alias=True, exclude_none=True, exclude=without)


def encode_json(kind: type[T], thing: T) -> str:
    """As `encode`, as text."""
    return adapter(kind).dump_json(thing, by_alias=True, exclude_none=True).decode()


def dumps(data: object) -> str:
    """Plain JSON data as compact text (instants as RFC 3339)."""
    return pydantic_core.to_json(data).decode()


def loads(text: str | bytes) -> Any:
    """Parse JSON text. Raises BadInput when it is none."""
    try:
        return pydantic_core.from_json(_unmarked(text))
    except ValueError as wrong:
        raise BadInput(Problem(path="", message=f"not valid JSON: {wrong}")) from None


def _unmarked(text: str | bytes) -> str | bytes:
    return text.removeprefix(BOM) if isinstance(text, bytes) else text


def _refused(wrong: ValidationError) -> BadInput:
    return BadInput(*problems(wrong.errors(include_url=False, include_input=False)))
