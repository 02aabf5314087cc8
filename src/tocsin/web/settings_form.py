"""A form drawn from the JSON schema of a `@value` class, and read back as its JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from tocsin.kit.value import adapter
from tocsin.web.show import Problems
from tocsin.web.visit import Visit

Kind = Literal["text", "long", "number", "boolean", "choice", "list", "map", "pairs", "secret"]
LONG = 300
MOST_LINES = 200


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the form."""

    name: str
    """Its JSON name, `authToken`."""
    label: str
    kind: Kind
    help: str
    required: bool
    value: str
    """As the form shows it; never a secret."""
    options: tuple[tuple[str, str], ...] = ()
    kept: bool = False
    """Whether a secret is stored already."""


def fields(config: Any, secret: Collection[str], stored: Mapping[str, Any]) -> list[Field]:
    """The fields of a class, filled with what is stored."""
    schema = _schema(config)
    definitions = schema.get("$defs", {})
    required = set(schema.get("required", ()))
    return [
        _field(name, _plain(said, definitions), stored, required=name in required, secret=name in secret)
        for name, said in schema.get("properties", {}).items()
    ]


def by_field(problems: Problems) -> Problems:
    """What is wrong with settings, by the names of their fields."""
    return Problems({path.removeprefix("params."): text for path, text in problems.items()})


@lru_cache(maxsize=512)
def _schema(config: Any) -> Mapping[str, Any]:
    return adapter(config).json_schema(by_alias=True)


def read(visit: Visit, drawn: list[Field]) -> dict[str, Any]:
    """What the form sent, as JSON. Fields left empty are left out: secrets stay, the rest has its default."""
    found: dict[str, Any] = {}
    for field in drawn:
        text = visit.form.get(f"settings.{field.name}", "").strip()[:20_000]
        lines = [line.strip() for line in text.splitlines()[:MOST_LINES] if line.strip()]
        if field.kind == "boolean":
            found[field.name] = text == "on"
        elif field.kind == "list":
            found[field.name] = lines
        elif field.kind == "map":
            pairs = (line.partition(":") for line in lines)
            found[field.name] = {name.strip(): said.strip() for name, _, said in pairs}
        elif field.kind == "pairs":
            found[field.name] = [_pair(line) for line in lines]
        elif text:
            found[field.name] = text
    return found


def _pair(line: str) -> dict[str, str]:
    """A line without a colon says no value, which is refused as such."""
    name, colon, said = line.partition(":")
    return {"key": name.strip(), "value": said.strip()} if colon else {"key": name.strip()}


def typed(visit: Visit, drawn: list[Field]) -> list[Field]:
    """The fields as they were sent, if a form was; a secret is not shown again."""
    return [_typed(visit, field) for field in drawn] if visit.form else drawn


def _typed(visit: Visit, field: Field) -> Field:
    if field.kind == "secret":
        return field
    sent = visit.form.get(f"settings.{field.name}", "")
    value = ("true" if sent == "on" else "false") if field.kind == "boolean" else sent[:20_000]
    return replace(field, value=value)


def _field(
    name: str, said: Mapping[str, Any], stored: Mapping[str, Any], *, required: bool, secret: bool
) -> Field:
    kind = _kind(name, said, secret=secret)
    value = stored.get(name, said.get("default"))
    return Field(
        name=name,
        label=label(name),
        kind=kind,
        help=" ".join(str(said.get("description", "")).replace("`", "").split()),
        required=required,
        value="" if secret else _shown(kind, value),
        options=tuple((str(one), str(one)) for one in said.get("enum", ())),
        kept=secret and bool(stored.get(name)),
    )


def _plain(said: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field's schema without references, and without “or nothing”."""
    if "$ref" in said:
        return {**definitions.get(str(said["$ref"]).rpartition("/")[2], {}), **_without(said, "$ref")}
    if "anyOf" in said:
        real = [one for one in said["anyOf"] if one.get("type") != "null"]
        return {**_plain(real[0], definitions), **_without(said, "anyOf")} if real else said
    return said


def _without(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: text for key, text in said.items() if key != name}


def _kind(name: str, said: Mapping[str, Any], *, secret: bool) -> Kind:
    if secret:
        return "secret"
    if "enum" in said:
        return "choice"
    match said.get("type"):
        case "boolean":
            return "boolean"
        case "integer" | "number":
            return "number"
        case "array":
            return "pairs" if "$ref" in said.get("items", {}) else "list"
        case "object":
            return "map"
        case _:
            one_line = name.lower().endswith("url") or said.get("maxLength", 0) <= LONG
            return "text" if one_line else "long"


def _shown(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "list":
        return "\n".join(map(str, value))
    if kind == "pairs":
        return "\n".join(f"{one['key']}: {one['value']}" for one in value)
    if kind == "map":
        return "\n".join(f"{name}: {said}" for name, said in dict(value).items())
    return str(value)


def label(name: str) -> str:
    """`authToken` as people read it: Auth token."""
    words = re.sub(r"(?<=[a-z0-9])([A-Z])", r" \1", name).lower()
    for short in ("url", "id", "api", "sms", "sid", "tls"):
        words = re.sub(rf"\b{short}\b", short.upper(), words)
    return words[:1].upper() + words[1:]
