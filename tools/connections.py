"""The reference page of the connection types, from the registry and from what the tests say they ran against."""

from __future__ import annotations

from typing import Any

from tocsin.core.connections import AUTOMATIC
from tocsin.kit.value import adapter
from tocsin.plugins import ConnectionType, connection_types

HEAD = """\
# Connections: where incidents are carried to

A **connector** holds the account of another product, a **connection** says what of which alert sources goes
there, and when. [How to set one up](../how-to/connections.md).

*Keeps in step* means that later events change what the first one made (a ticket, a message). *Comes back* means
that what people do there is done here: the connection's `hookUrl` is the address to enter in the other product.

Every type can be told of every trigger, by itself or by hand: {triggers}. In `/api/v1` they say `incident` for `alert`.

Every type is tested against recorded answers of its documented wire: 200, 201, 204, 3xx, 400, 401, 403, 404, 409,
413, 429, 500, 503, broken bodies, no answer, and an answer that was lost. The last column says what else judges it.
None was run against the maker's live service.
"""
JUDGES = {
    "aws_lambda": "moto's server, which checks the signature with botocore; AWS's published example",
    "jira": "a server of ours with the pages of Cloud and Data Center, and the one of older servers",
    "microsoft_teams_bot": "a Bot Connector of ours with keys of its own, whose tokens PyJWT signs",
    "redmine": "Redmine 5 of Debian",
    "slack": "the official SDK's signature verifier",
    "webhook": "lost answers, duplicates and crashes under one seed in the simulator",
}
"""What judges a type besides recorded answers: named in the tests."""


def connections_page() -> str:
    """The table, and the parameters of each type."""
    kinds = [connection_types()[name] for name in sorted(connection_types())]
    rows = [
        f"| [{k.name}](#{k.type}) | `{k.type}` | {_yes(k.updates)} | {_yes(k.two_way)} | {JUDGES.get(k.type, '')} |"
        for k in kinds
    ]
    table = ["| Product | Type | Keeps in step | Comes back | Judged by |", "|--|--|--|--|--|", *rows]
    triggers = ", ".join(f"`{trigger.replace('incident', 'alert')}`" for trigger in AUTOMATIC)
    return "\n".join((HEAD.format(triggers=triggers), *table, "", *(_section(kind) for kind in kinds)))


def _yes(holds: bool) -> str:  # noqa: FBT001
    return "yes" if holds else "no"


def _section(kind: ConnectionType) -> str:
    parts = [f'<a id="{kind.type}"></a>\n## {kind.name}\n']
    for title, values in (("Connector", kind.connector), ("Connection", kind.params)):
        if values is not None and (rows := _fields(kind, adapter(values).json_schema())):
            parts += [f"**{title}**\n", "| Parameter | Needed | Meaning |", "|--|--|--|", *rows, ""]
    return "\n".join(parts)


def _fields(kind: ConnectionType, schema: dict[str, Any]) -> list[str]:
    needed = set(schema.get("required", ()))
    secret = {adapter_name(name) for name in kind.secrets}
    return [
        f"| `{name}` | {'yes' if name in needed else ''} | {_meaning(field, secret=name in secret)} |"
        for name, field in schema.get("properties", {}).items()
    ]


def adapter_name(name: str) -> str:
    """A field's JSON name: `api_key` is `apiKey`."""
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _meaning(field: dict[str, Any], *, secret: bool) -> str:
    said = " ".join(str(field.get("description", "")).split())
    listed = field.get("enum") or ()
    choices = f"One of {', '.join(f'`{choice}`' for choice in listed)}." if listed else ""
    return " ".join(filter(None, (said, choices, "Secret." if secret else ""))).replace("|", "\\|")
